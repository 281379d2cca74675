// Names that mean something else, next hops that are none, and text that a terminal must not obey.
#include "catenet/lab/bad_lab_test.hpp"
#include "catenet/lab/plan_report.hpp"
#include "catenet/lab/run_test.hpp"

namespace catenet::lab {
namespace {

class CornerLab : public testing::TestWithParam<BadLab> {};

TEST_P(CornerLab, is_told_where_and_how) { expect_told(GetParam(), errors_of(GetParam().text)); }

#define TWO_HOSTS "nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n"

constexpr BadLab name_rows[] = {
    {"node_called_by_a_number", "nodes: {a: , \"127\": }\n", 1, 14,
     "no node can have the name '127'; tools take it for the address 0.0.0.127"},
    {"node_called_by_a_hexadecimal_number", "nodes: {a: , 0x7f: }\n", 1, 14,
     "take it for the address 0.0.0.127"},
    {"host_called_by_a_number", "nodes: {a: {hosts: {10.1: 10.0.0.9}}}\n", 1, 21,
     "hosts: '10.1' can be no host's name; tools take it for the address 10.0.0.1"},
    {"host_called_localhost", "nodes: {a: {hosts: {LocalHost: 10.0.0.9}}}\n", 1, 21,
     "hosts: 'LocalHost' can be no host's name; every host calls itself so"},
    {"host_with_a_blank", "nodes: {a: {hosts: {a b: 10.0.0.9}}}\n", 1, 21,
     "'a b' is not a host's name; letters, digits, '-' and '_', dots between"},
    {"link_called_like_a_port",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], name: \"a:eth0\"}]\n", 2, 35,
     "a link cannot have the name 'a:eth0'; node:interface is a port"},
    {"lab_name_that_is_no_utf8", "name: \"a\\xe9\x01\"\nnodes: {a: }\n", 1, 7, "no control"},
    {"lab_name_that_turns_the_writing", "name: \"a\\u202eb\"\nnodes: {a: }\n", 1, 7,
     "name: 'a\\u202eb' is not a lab's name"},
    {"kind_with_what_it_cannot_have", "kinds: {switch: {services: [echo]}}\nnodes: {a: }\n", 1, 9,
     "'switch' is a switch and has no 'services'"},
    {"group_without_any", "nodes: {a: {group: g}}\n", 1, 20,
     "unknown group 'g'; there is none; say groups: {g: {}}"},
    {"step_without_any_name", TWO_HOSTS "script: [{at: 0 s, wait: x}]\n", 3, 26,
     "no step has the name 'x'; none has one; say name: x in it"},
    {"run_without_time", TWO_HOSTS "script: [{at: 0 s, on: a, run: ping -c 1 b, timeout: 0 s}]\n",
     3, 54, "timeout: 0 leaves the command no time; say how long it may take"},
};

constexpr BadLab next_hop_rows[] = {
    {"gateway_is_the_network",
     "nodes: {a: {gateway: 10.0.1.0}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1, 22,
     "gateway 10.0.1.0 is the network address of 10.0.1.0/24; a next hop is one station"},
    {"route_to_everybody",
     "nodes: {a: {routes: [{to: 10.9.0.0/16, via: 10.0.1.255}]}, b: }\nlinks: [{endpoints: [a, "
     "b]}]\n",
     1, 45, "route 10.0.1.255 is the broadcast address of 10.0.1.0/24"},
    {"other_family_than_it_has",
     "families: [ipv4]\n" TWO_HOSTS "script: [{at: 0 s, on: a, run: ping -6 -c 1 b}]\n", 4, 32,
     "run: 'b' has no IPv6 address that its name stands for"},
    {"address_that_nobody_forms",
     "nodes: {a: , b: {slaac: true}}\nlinks: [{endpoints: [a, b]}]\n"
     "script: [{at: 0 s, on: a, run: fetch -6 http://b/}]\n",
     3, 32, "stands for; it forms its own (slaac), of what no router in this file advertises"},
};

constexpr BadLab text_rows[] = {
    {"reserved_at", "@foo: 1\n", 1, 1, "not YAML: text cannot begin with '@'; put it in quotes"},
    {"reserved_backquote", "nodes: {a: }\nname: `x`\n", 2, 7, "text cannot begin with '`'"},
    {"lines_that_end_with_cr", "nodes: {a: }\rname: x\r", 1, 13,
     "lines end with CR alone; end them with LF, or CR LF"},
};

INSTANTIATE_TEST_SUITE_P(Names, CornerLab, testing::ValuesIn(name_rows), row_name);
INSTANTIATE_TEST_SUITE_P(NextHops, CornerLab, testing::ValuesIn(next_hop_rows), row_name);
INSTANTIATE_TEST_SUITE_P(Text, CornerLab, testing::ValuesIn(text_rows), row_name);

TEST(LabErrors, nul_is_told_where_it_stands) {
  using namespace std::string_literals;
  const Diagnostics found = errors_of("nodes: {a: }\nname: x\0y\n"s);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].one_line(),
            "lab.yaml:2:8: error: not YAML: a NUL byte; a lab file is text; in double quotes \\0 "
            "stands for one");
}

TEST(LabErrors, what_a_terminal_would_obey_is_written_visibly) {
  const Diagnostics found = errors_of("nodes: {a\u202e\u0085: }\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].to_string(),
            "lab.yaml:1:9: error: nodes: 'a\\u202e\\xc2\\x85' is not a node's name\n"
            "    1 | nodes: {a\\u202e\\xc2\\x85: }\n"
            "      |         ^~~~~~~~~~~~~~~\n"
            "        letters, digits, '_' and single '-' inside; at most 63\n");
}

std::string only_warning(const std::string& text) {
  const Plan plan = plan_of(text);
  EXPECT_LE(plan.warnings.size(), 1u) << to_string(plan.warnings);
  return plan.warnings.empty() ? "" : plan.warnings[0].one_line();
}

TEST(Routes, next_hop_that_nobody_has_is_a_warning) {
  const auto lab = [](const std::string& b) {
    return "nodes: {a: {gateway: 10.0.1.77}, b: " + b + "}\nlinks: [{endpoints: [a, b]}]\n";
  };
  EXPECT_EQ(only_warning(lab("")),
            "lab.yaml:1:22: warning: gateway 10.0.1.77 is the address of no node; nothing that "
            "takes this way arrives, unless a node answers for it (proxy ARP)");
  EXPECT_EQ(only_warning(lab("{kind: namespace}")), "");
  EXPECT_EQ(only_warning(lab("{kind: outside, device: {tap: lab0}}")), "");
}

TEST(Hosts, name_of_a_node_with_another_address_is_a_warning) {
  const auto lab = [](const std::string& address) {
    return "nodes: {a: {hosts: {B: " + address + "}}, b: }\nlinks: [{endpoints: [a, b]}]\n";
  };
  EXPECT_EQ(only_warning(lab("10.9.9.9")),
            "lab.yaml:1:21: warning: hosts: 'B' is a node's name, and 10.9.9.9 is no address of "
            "it; the node is then not reached by its name");
  EXPECT_EQ(only_warning(lab("10.0.1.11")), "");
}

TEST(Slaac, address_that_a_node_will_form_is_known_by_its_name) {
  const RunResult result = run_of(
      "nodes: {a: {slaac: true}, b: , r: {kind: router, advertise: true}}\n"
      "links: [{endpoints: [a, r]}, {endpoints: [b, r]}]\n"
      "script: [{at: 9 s, on: b, run: ping -6 -c 1 a}]\n");
  EXPECT_TRUE(result.passed()) << faults(result.steps[0]) << result.steps[0].output;
}

TEST(Slaac, plan_says_who_forms_addresses) {
  const Plan plan = plan_of("nodes: {a: {slaac: true}, b: }\nlinks: [{endpoints: [a, b]}]\n");
  EXPECT_NE(plan_text(plan).find("10.0.1.10/24  slaac "), std::string::npos) << plan_text(plan);
}

TEST(LabErrors, filter_that_nothing_fits_says_which_addresses_it_knows) {
  ReadOptions options;
  options.check_filter = [](const std::string&) {
    return std::optional<std::string>("expression rejects all packets");
  };
  MemoryFileSource files;
  const auto plan =
      read_lab_text(TWO_HOSTS "capture: {filter: ip6 and arp}\n", "lab.yaml", files, options);
  ASSERT_FALSE(plan);
  EXPECT_NE(plan.error()[0].one_line().find("known before the run, not for what it forms (slaac)"),
            std::string::npos);
}

}  // namespace
}  // namespace catenet::lab
