// Every way a lab file can be misspelt, and where and how that is told: YAML, keys, types, units
// and words.
#include "catenet/lab/bad_lab_test.hpp"

namespace catenet::lab {
namespace {

class MisspeltLab : public testing::TestWithParam<BadLab> {};

TEST_P(MisspeltLab, is_told_where_and_how) { expect_told(GetParam(), errors_of(GetParam().text)); }

constexpr BadLab yaml_rows[] = {
    {"empty_file", "", 1, 1, "the file is empty"},
    {"only_a_comment", "# nothing\n", 1, 1, "the file is empty"},
    {"a_list_at_the_top", "- a\n", 1, 1, "the lab: found a list"},
    {"text_at_the_top", "hello", 1, 1, "the lab: found 'hello'"},
    {"unclosed_list", "nodes: {a: {}}\nlinks: [\n", 3, 1, "not YAML"},
    {"unclosed_map", "nodes: {a: {}\n", 2, 1, "not YAML"},
    {"two_colons", "nodes:\n  a: b: c\n", 2, 7, "text that holds ': ' needs quotes"},
    {"second_document", "nodes: {a: {}}\n---\nnodes: {b: {}}\n", 2, 1, "a second document"},
    {"duplicate_key", "name: x\nnodes: {a: {}}\nname: y\n", 3, 1,
     "key 'name' is given twice; first on line 1"},
    {"duplicate_node", "nodes:\n  a: {}\n  b: {}\n  a: {}\n", 4, 3,
     "key 'a' is given twice; first on line 2"},
    {"duplicate_key_in_flow", "nodes: {a: {kind: host, kind: host}}\n", 1, 25,
     "'kind' is given twice"},
    {"unknown_alias", "nodes: {a: *no}\n", 1, 12, "anchor"},
    {"alias_within_itself", "nodes: &n {a: *n}\n", 1, 15, "lies within"},
    {"merge_of_text", "nodes:\n  a: {<<: text}\n", 2, 11, "<< merges mappings, found 'text'"},
    {"merged_twice", "x-a: &a {kind: host}\nnodes:\n  a:\n    <<: *a\n    <<: *a\n", 5, 5,
     "key '<<' is given twice; first on line 4"},
    {"unknown_tag", "nodes: {a: !fancy {}}\n", 1, 12, "unknown tag '!fancy'"},
    {"list_as_key", "nodes: {[a]: {}}\n", 1, 9, "a key must be text, found a list"},
    {"tab_as_indent", "nodes:\n\ta: {}\n", 2, 3, "indent with blanks"},
};

constexpr BadLab key_rows[] = {
    {"unknown_top_key", "nodes: {a: {}}\nlinsk: []\n", 2, 1,
     "unknown key 'linsk' in the lab; did you mean 'links'?"},
    {"unknown_node_key", "nodes:\n  a: {servces: []}\n", 2, 7,
     "unknown key 'servces' in a node; did you mean 'services'?"},
    {"unknown_node_key_of_a_long_one", "nodes:\n  a: {adress: []}\n", 2, 7,
     "unknown key 'adress' in a node; did you mean 'addresses'?"},
    {"unknown_link_key", "nodes: {a: , b: }\nlinks:\n  - {endpoints: [a, b], delay: 1 ms}\n", 3, 25,
     "unknown key 'delay' in a link; it goes into 'impair'"},
    {"unknown_impair_key",
     "nodes: {a: , b: }\nlinks:\n  - {endpoints: [a, b], impair: {dely: 1 ms}}\n", 3, 34,
     "did you mean 'delay'?"},
    {"word_of_netem",
     "nodes: {a: , b: }\nlinks:\n  - {endpoints: [a, b], impair: {latency: 1 ms}}\n", 3, 34,
     "here it is called 'delay'"},
    {"unknown_step_key",
     "nodes: {a: }\nscript:\n  - {at: 0 s, on: a, rnu: ls, run: ping localhost}\n", 3, 22,
     "did you mean 'run'?"},
    {"unknown_expect_key",
     "nodes: {a: }\nscript:\n  - {at: 0 s, on: a, run: ping localhost, expect: {exti: 0}}\n", 3, 52,
     "did you mean 'exit'?"},
    {"unknown_output_key",
     "nodes: {a: }\nscript:\n  - {at: 0 s, on: a, run: ping localhost, expect: {stdout: {contain: "
     "x}}}\n",
     3, 61, "did you mean 'contains'?"},
    {"unknown_option", "nodes: {a: {options: {tcp: {congestoin: cubic}}}}\n", 1, 29,
     "did you mean 'congestion'?"},
    {"unknown_service", "nodes: {a: {services: [{htpp: {}}]}}\n", 1, 25, "did you mean 'http'?"},
    {"unknown_service_word", "nodes: {a: {services: [htpp]}}\n", 1, 24,
     "unknown word 'htpp'; did you mean 'http'?"},
    {"two_services_in_one_item", "nodes: {a: {services: [{http: {}, echo: {}}]}}\n", 1, 24,
     "exactly 1 wanted"},
    {"far_from_everything", "nodes: {a: {}}\nzzzzzzzz: 1\n", 2, 1, "known: name, description"},
    {"unknown_kind", "nodes: {a: {kind: ruoter}}\n", 1, 19,
     "kind: unknown word 'ruoter'; did you mean 'router'?"},
    {"unknown_kind_in_kinds", "kinds: {hots: {}}\nnodes: {a: }\n", 1, 9, "did you mean 'host'?"},
    {"missing_endpoints", "nodes: {a: }\nlinks:\n  - name: x\n", 3, 5, "a link has no 'endpoints'"},
    {"missing_route_target", "nodes: {a: {routes: [{via: 10.0.0.1}]}}\n", 1, 22,
     "a route has no 'to'"},
    {"one_endpoint", "nodes: {a: }\nlinks: [{endpoints: [a]}]\n", 2, 21,
     "endpoints: found 1 items, exactly 2 wanted"},
    {"three_endpoints", "nodes: {a: }\nlinks: [{endpoints: [a, b, c]}]\n", 2, 21,
     "found 3 items, exactly 2 wanted"},
};

constexpr BadLab type_rows[] = {
    {"nodes_as_list", "nodes: [a, b]\n", 1, 8, "nodes: found a list; it should be a mapping"},
    {"links_as_map", "nodes: {a: }\nlinks: {a: b}\n", 2, 8,
     "links: found a mapping; it should be a list"},
    {"node_as_text", "nodes: {a: host}\n", 1, 12, "a: found 'host'; it should be a mapping"},
    {"seed_as_text", "seed: lucky\nnodes: {a: }\n", 1, 7, "seed: 'lucky' is not a whole number"},
    {"seed_negative", "seed: -1\nnodes: {a: }\n", 1, 7, "'-1' is not a whole number"},
    {"seed_too_big", "seed: 99999999999999999999\nnodes: {a: }\n", 1, 7, "out of range"},
    {"forwarding_as_word", "nodes: {a: {forwarding: yes}}\n", 1, 25, "'yes' is not true or false"},
    {"duration_without_unit", "stop_time: 20\nnodes: {a: }\n", 1, 12,
     "'20' has no unit; say '20 s'; units are ns, us, ms, s"},
    {"duration_with_bad_unit", "stop_time: 20 sex\nnodes: {a: }\n", 1, 12,
     "unknown unit 'sex'; units are ns"},
    {"duration_in_capitals", "stop_time: 20 MS\nnodes: {a: }\n", 1, 12,
     "unknown unit 'MS'; did you mean 'ms'?"},
    {"duration_too_fine", "stop_time: 0.5 ns\nnodes: {a: }\n", 1, 12, "finer than 1 ns"},
    {"duration_negative", "stop_time: -1 s\nnodes: {a: }\n", 1, 12,
     "is not a duration such as '20 ms'"},
    {"duration_too_long", "stop_time: 99999 d\nnodes: {a: }\n", 1, 12, "more than 100 years"},
    {"rate_without_unit", "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {rate: 10}}]\n",
     2, 44, "rate: '10' has no unit; say '10 Mbit'"},
    {"rate_in_bytes", "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {rate: 10 MB}}]\n", 2,
     44, "unknown unit 'MB'; units are bit, kbit, Mbit"},
    {"loss_without_percent",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {loss: 0.01}}]\n", 2, 44,
     "loss: '0.01' has no unit; say '0.01 %'"},
    {"loss_over_all", "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {loss: 101 %}}]\n", 2,
     44, "'101 %' is more than 100 %"},
    {"bit_errors_with_unit",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {bit_errors: 1 %}}]\n", 2, 50,
     "without unit, such as 1e-9"},
    {"size_without_unit", "nodes: {a: {files: {/x: {size: 10}}}}\n", 1, 32,
     "'10' has no unit; say '10 B'"},
    {"size_with_small_k", "nodes: {a: {files: {/x: {size: 10 KB}}}}\n", 1, 32,
     "unknown unit 'KB'; did you mean 'kB'?"},
    {"queue_of_nothing",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {queue: {frames: 0}}}]\n", 2, 54,
     "frames: 0 is out of range; from 1 to"},
    {"jitter_as_list",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {jitter: [1 ms]}}]\n", 2, 46,
     "it should be a duration such as '20 ms' or a mapping"},
    {"impair_as_word", "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: lossy}]\n", 2, 37,
     "unknown word 'lossy'; known: none"},
    {"unknown_distribution",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {jitter: {amount: 1 ms, distribution: "
     "gauss}}}]\n",
     2, 75, "known: uniform, normal, pareto and pareto_normal"},
    {"mtu_too_small", "nodes: {a: {interfaces: {eth0: {mtu: 67}}}}\n", 1, 38,
     "mtu: 67 is out of range; from 68 to 65535"},
    {"mtu_with_unit", "nodes: {a: {interfaces: {eth0: {mtu: 1500 B}}}}\n", 1, 38,
     "not a whole number"},
    {"bad_mac", "nodes: {a: {interfaces: {eth0: {mac: 02-03}}}}\n", 1, 38,
     "is not a MAC address such as"},
    {"multicast_mac", "nodes: {a: {interfaces: {eth0: {mac: \"01:00:5e:00:00:01\"}}}}\n", 1, 38,
     "01:00:5e:00:00:01 is no station's address"},
    {"bad_address", "nodes: {a: {addresses: 10.0.0.256}}\n", 1, 24,
     "is not an address such as 10.0.1.7/24"},
    {"multicast_address", "nodes: {a: {addresses: 224.0.0.1/24}}\n", 1, 24,
     "no address that an interface can have"},
    {"bad_prefix", "nodes: {a: {routes: [{to: 10.0.0.0, via: 10.0.0.1}]}}\n", 1, 27,
     "is not a prefix such as"},
    {"prefix_with_host_bits", "nodes: {a: {routes: [{to: 10.0.0.1/8, via: 10.0.0.1}]}}\n", 1, 27,
     "the prefix is 10.0.0.0/8"},
    {"route_nowhere", "nodes: {a: {routes: [{to: default}]}}\n", 1, 22,
     "neither 'via' nor 'interface'"},
    {"route_to_other_family", "nodes: {a: {routes: [{to: 10.0.0.0/8, via: \"fd00::1\"}]}}\n", 1, 44,
     "wants an IPv4 address"},
    {"two_gateways", "nodes: {a: {gateway: [10.0.0.1, 10.0.0.2]}}\n", 1, 33,
     "a second IPv4 gateway"},
    {"port_zero", "nodes: {a: {services: [{echo: {port: 0}}]}}\n", 1, 38, "from 1 to 65535"},
    {"web_host_without_pages", "nodes: {a: {services: [{http: {hosts: {www.example: {}}}}]}}\n", 1,
     40, "host 'www.example' has neither root nor files; say a folder"},
    {"web_host_twice",
     "nodes:\n  a:\n    services:\n      - http:\n          hosts:\n"
     "            www.example: {files: {/a: a}}\n            WWW.example: {files: {/b: b}}\n",
     7, 13,
     "host 'WWW.example' is given twice; names of hosts are compared without case; the other is on "
     "line 6"},
    {"web_host_in_no_folder", "nodes: {a: {services: [{http: {hosts: {www.example: nowhere}}}]}}\n",
     1, 53, "root: no folder 'nowhere'"},
    {"no_such_root", "nodes: {a: {services: [{http: {root: nowhere}}]}}\n", 1, 38,
     "root: no folder 'nowhere'"},
    {"bad_node_name", "nodes: {\"a b\": {}}\n", 1, 9, "'a b' is not a node's name"},
    {"node_name_too_long",
     "nodes: {aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff0123: {}}\n", 1, 9,
     "at most 63"},
    {"interface_name_too_long", "nodes: {a: {interfaces: {abcdefghijklmnop: {}}}}\n", 1, 26,
     "at most 15"},
    {"exit_out_of_range",
     "nodes: {a: }\nscript: [{at: 0 s, on: a, run: ping localhost, expect: {exit: 256}}]\n", 2, 63,
     "from 0 to 255"},
    {"bad_pattern",
     "nodes: {a: }\nscript: [{at: 0 s, on: a, run: ping localhost, expect: {stdout: {matches: "
     "\"a(\"}}}]\n",
     2, 75, "is not a regular expression"},
    {"advertised_ipv4", "nodes: {a: {kind: router, advertise: {prefixes: 10.0.0.0/8}}}\n", 1, 49,
     "routers advertise IPv6"},
    {"advertised_too_often", "nodes: {a: {kind: router, advertise: {interval: 1 s}}}\n", 1, 49,
     "from 4 s to 1800 s"},
    {"delayed_ack_too_long", "nodes: {a: {options: {tcp: {delayed_ack: 1 s}}}}\n", 1, 42,
     "at most 500 ms"},
    {"ports_backwards", "nodes: {a: {options: {ip: {ports: [9, 8]}}}}\n", 1, 35,
     "the first is above the last"},
    {"null_for_duration", "stop_time:\nnodes: {a: }\n", 1, 1, "stop_time: found nothing"},
    {"null_at_the_end", "nodes: {a: }\nlinks:\n", 2, 1, "links: found nothing"},
    {"null_item", "nodes: {a: }\nlinks:\n  - # none\n\nname: x\n", 3, 3, "links: found nothing"},
    {"null_item_said", "nodes: {a: }\nlinks:\n  -\n    ~\n", 4, 5, "links: found nothing"},
    {"class_e_address", "nodes: {a: {addresses: 240.0.0.1/24}}\n", 1, 24,
     "240.0.0.1 is no address that an interface can have; give a unicast address"},
    {"address_of_this_network", "nodes: {a: {addresses: 0.0.0.5/24}}\n", 1, 24,
     "0.0.0.5 is no address that an interface can have"},
    {"mapped_address", "nodes: {a: {addresses: \"::ffff:1.2.3.4/64\"}}\n", 1, 24,
     "no address that an interface can have"},
    {"advertised_link_local", "nodes: {a: {kind: router, advertise: {prefixes: \"fe80::/64\"}}}\n",
     1, 49, "fe80::/64 is link-local; hosts ignore it"},
    {"advertised_multicast", "nodes: {a: {kind: router, advertise: {prefixes: \"ff00::/8\"}}}\n", 1,
     49, "ff00::/8 is no prefix that hosts can have addresses of"},
    {"advertised_everything", "nodes: {a: {kind: router, advertise: {prefixes: \"::/0\"}}}\n", 1,
     49, "::/0 is no prefix that hosts can have addresses of"},
    {"advertised_loopback", "nodes: {a: {kind: router, advertise: {prefixes: \"::1/128\"}}}\n", 1,
     49, "is no prefix that hosts can have addresses of"},
    {"advertised_twice",
     "nodes: {a: {kind: router, advertise: {prefixes: [\"fd00:9::/64\", \"fd00:9::/64\"]}}}\n", 1,
     65, "fd00:9::/64 is advertised twice"},
    {"service_of_no_kind", "nodes: {a: {services: [{x-foo: 1}]}}\n", 1, 24,
     "found 0 keys, exactly 1 wanted; say http, echo or iperf3"},
    {"name_that_climbs", "name: ../../escape\nnodes: {a: }\n", 1, 7,
     "'../../escape' is not a lab's name; a folder is called so"},
    {"name_of_the_folder_above", "name: ..\nnodes: {a: }\n", 1, 7, "'..' is not a lab's name"},
    {"name_with_a_line_end", "name: \"a\\nb\"\nnodes: {a: }\n", 1, 7, "is not a lab's name"},
    {"name_that_is_empty", "name: ''\nnodes: {a: }\n", 1, 7, "is not a lab's name"},
    {"family_twice", "families: [ipv4, ipv4]\nnodes: {a: }\n", 1, 18, "'ipv4' is given twice"},
    {"page_twice", "nodes: {a: {services: [{http: {files: {/x: 1, x: 2}}}]}}\n", 1, 47,
     "files: '/x' is given twice; first on line 1"},
    {"page_twice_by_dots", "nodes: {a: {files: {/x: 1, /y/.././x: 2}}}\n", 1, 28,
     "files: '/x' is given twice"},
    {"page_without_a_name", "nodes: {a: {services: [{http: {files: {/: x}}}]}}\n", 1, 40,
     "files: '/' is a folder's name; say a file's: /index.html"},
    {"file_with_nul", "nodes: {a: {files: {\"/x\\0y\": 1}}}\n", 1, 21, "holds a NUL; no file can"},
    {"private_place_with_nul", "nodes: {a: {kind: namespace, private: \"/x\\0y\"}}\n", 1, 39,
     "it holds a NUL; no folder can"},
    {"file_below_a_file", "nodes: {a: {files: {/x: 1, /xa: 1, /x/y: 2}}}\n", 1, 36,
     "files: '/x/y' lies below '/x'; which is a file, on line 1"},
    {"node_file_too_large", "nodes: {a: {files: {/x: {size: 65 MiB}}}}\n", 1, 32,
     "from 0 B to 67108864 B"},
    {"queue_too_long",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {queue: {frames: 10000000}}}]\n", 2,
     54, "frames: 10000000 is out of range; from 1 to 1000000"},
    {"rate_too_high", "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {rate: 100 Tbit}}]\n",
     2, 44, "'100 Tbit' is more than 10 Tbit"},
    {"rate_too_low", "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {rate: 99 bit}}]\n", 2,
     44, "99 bit/s is out of range"},
    {"pattern_with_a_look_back",
     "nodes: {a: }\nscript: [{at: 0 s, on: a, run: ping localhost, expect: {stdout: {matches: "
     "'(a)\\1'}}}]\n",
     2, 75, "is not a regular expression: invalid escape sequence: \\1; the syntax is that of RE2"},
};

INSTANTIATE_TEST_SUITE_P(Yaml, MisspeltLab, testing::ValuesIn(yaml_rows), row_name);
INSTANTIATE_TEST_SUITE_P(Keys, MisspeltLab, testing::ValuesIn(key_rows), row_name);
INSTANTIATE_TEST_SUITE_P(Types, MisspeltLab, testing::ValuesIn(type_rows), row_name);

TEST(LabErrors, several_are_told_in_the_order_of_the_file) {
  const Diagnostics found = errors_of("sed: 1\nnodes:\n  a: {knd: host}\nlinks: {}\n");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].line, 1u);
  EXPECT_EQ(found[1].line, 3u);
  EXPECT_EQ(found[2].line, 4u);
}

TEST(LabErrors, excerpt_has_the_line_and_a_caret) {
  const Diagnostics found = errors_of("nodes:\n  a: {kind: ruoter}\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].to_string(),
            "lab.yaml:2:13: error: kind: unknown word 'ruoter'\n"
            "    2 |   a: {kind: ruoter}\n"
            "      |             ^~~~~~\n"
            "        did you mean 'router'?\n");
}

TEST(LabErrors, hundreds_are_counted_not_told) {
  std::string text = "nodes: {a: }\n";
  for (int i = 0; i < 300; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const Diagnostics found = errors_of(text);
  EXPECT_EQ(found.size(), Report::most_errors + 1);
  EXPECT_EQ(found.back().message, "200 more errors");
}

TEST(LabErrors, control_characters_of_a_file_stay_out_of_messages) {
  const Diagnostics found = errors_of("\"\\e[31mred\": 1\nnodes: {a: }\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].to_string().find('\x1b'), std::string::npos);
}

TEST(LabErrors, long_values_are_cut_in_messages) {
  const std::string long_word(100'000, 'x');
  for (const std::string& text :
       {"nodes: {a: }\nseed: " + long_word + "\n", "nodes: {" + long_word + ": }\n",
        "nodes: {a: {kind: " + long_word + "}}\n", "nodes: {a: {" + long_word + ": 1}}\n",
        "nodes: {a: , b: }\nlinks: [{endpoints: [a, " + long_word + "]}]\n"}) {
    const Diagnostics found = errors_of(text);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_LT(found[0].to_string().size(), 1'000u) << found[0].to_string();
  }
}

TEST(LabErrors, what_is_no_regular_file_is_not_read) {
  class Pipes final : public FileSource {
   public:
    std::expected<std::string, Errno> read(const std::string&) override {
      ADD_FAILURE() << "read";
      return "";
    }
    FileKind kind(const std::string&) override { return FileKind::other; }
  };
  Pipes files;
  const auto plan = read_lab("pipe", files);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error()[0].one_line(),
            "pipe: error: this is no regular file; '-' reads standard input");
  const Diagnostics found = errors_of("include: pipe\nnodes: {a: }\n", files);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].one_line(),
            "lab.yaml:1:10: error: include: cannot read 'pipe': it is no regular file; looked for "
            "pipe");
}

TEST(LabErrors, missing_file_is_told_without_a_line) {
  MemoryFileSource files;
  const std::expected<Plan, Diagnostics> plan = read_lab("no.yaml", files);
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error()[0].one_line().find("no.yaml: error: cannot read"), std::string::npos);
}

}  // namespace
}  // namespace catenet::lab
