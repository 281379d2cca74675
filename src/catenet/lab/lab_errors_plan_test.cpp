// Labs that are well spelt and cannot be: unknown names, taken addresses, ways that do not exist.
#include <fmt/core.h>

#include "catenet/lab/bad_lab_test.hpp"
#include "catenet/service/tool.hpp"

namespace catenet::lab {
namespace {

class ImpossibleLab : public testing::TestWithParam<BadLab> {};

TEST_P(ImpossibleLab, is_told_where_and_how) {
  Diagnostics found = errors_of(GetParam().text);
  std::erase_if(found, [](const Diagnostic& d) { return d.severity == Severity::warning; });
  expect_told(GetParam(), found);
}

constexpr BadLab topology_rows[] = {
    {"no_nodes", "links: []\n", 1, 1, "the lab has no nodes"},
    {"nodes_without_any", "seed: 1\nnodes: {}\n", 2, 8, "the lab has no nodes"},
    {"names_that_differ_in_case", "nodes:\n  web: {}\n  Web: {}\n", 3, 3,
     "'Web' and 'web' differ in case only; host names are compared without it; the other is on "
     "line 2"},
    {"link_without_a_name", "nodes: {a: , b: }\nlinks: [{name: '', endpoints: [a, b]}]\n", 2, 16,
     "a link cannot have the name ''"},
    {"link_named_all", "nodes: {a: , b: }\nlinks: [{name: all, endpoints: [a, b]}]\n", 2, 16,
     "heal: all means every link"},
    {"interface_lo", "nodes: {a: , b: }\nlinks: [{endpoints: [\"a:lo\", b]}]\n", 2, 25,
     "no interface of 'a' can have the name 'lo'; it is the loopback interface's"},
    {"interface_all_of_the_kernel",
     "nodes: {n: {kind: namespace}, b: }\nlinks: [{endpoints: [\"n:all\", b]}]\n", 2, 25,
     "no interface of 'n' can have the name 'all'; the kernel means all interfaces by it"},
    {"mtu_too_small_for_the_kernel",
     "nodes: {n: {kind: namespace, interfaces: {eth0: {mtu: 1279}}}, b: }\nlinks: [{endpoints: "
     "[n, b]}]\n",
     1, 55,
     "mtu 1279 is below what IPv6 needs; make it 1280 (RFC 8200, 5), or say families: [ipv4]"},
    {"mtu_too_large_for_the_kernel",
     "nodes: {n: {kind: namespace, interfaces: {eth0: {mtu: 65535}}}, b: }\nlinks: [{endpoints: "
     "[n, b]}]\n",
     1, 55, "mtu 65535 is more than a namespace can have; at most 65521"},
    {"unknown_node", "nodes: {alice: , bob: }\nlinks: [{endpoints: [alice, bbo]}]\n", 2, 29,
     "unknown node 'bbo'; did you mean 'bob'?"},
    {"self_link", "nodes: {a: }\nlinks: [{endpoints: [a, \"a:x\"]}]\n", 2, 25,
     "a link from 'a' to itself"},
    {"interface_used_twice",
     "nodes: {a: , b: , c: }\nlinks:\n  - endpoints: [\"a:x\", b]\n  - endpoints: [\"a:x\", c]\n",
     4, 20, "interface 'a:x' is the end of two links; the other is on line 3"},
    {"same_name_twice",
     "nodes: {a: , b: , c: }\nlinks:\n  - {name: l, endpoints: [a, b]}\n  - {name: l, endpoints: "
     "[a, c]}\n",
     4, 12, "two links have the name 'l'; the other is on line 3"},
    {"link_named_as_node", "nodes: {a: , b: }\nlinks: [{name: a, endpoints: [a, b]}]\n", 2, 16,
     "name of node 'a'"},
    {"interface_without_link",
     "nodes: {a: {interfaces: {eth1: {mtu: 1400}}}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1, 26,
     "no link ends at interface 'eth1' of 'a'; did you mean 'eth0'?"},
    {"bad_endpoint", "nodes: {a: , b: }\nlinks: [{endpoints: [a, \"b:\"]}]\n", 2, 28,
     "'' is not an interface's name"},
    {"unknown_group", "groups: {web: {}}\nnodes: {a: {group: wbe}}\n", 2, 20,
     "unknown group 'wbe'; did you mean 'web'?"},
    {"group_in_group", "groups: {x: {group: y}, y: {}}\nnodes: {a: }\n", 1, 21,
     "groups do not nest"},
    {"kind_in_kind", "kinds: {host: {kind: router}}\nnodes: {a: }\n", 1, 22,
     "kind 'host' has a kind"},
    {"switch_with_service", "nodes: {s: {kind: switch, services: [echo]}}\n", 1, 9,
     "is a switch and has no 'services'"},
    {"switch_with_address",
     "nodes: {s: {kind: switch, interfaces: {eth0: {address: 10.0.0.1/24}}}, a: }\nlinks: "
     "[{endpoints: [s, a]}]\n",
     1, 56, "is a switch and has no addresses"},
    {"two_services_on_a_port",
     "nodes:\n  a:\n    services:\n      - http\n      - {echo: {port: 80}}\n", 5, 9,
     "two services of 'a' on port 80; the other is on line 4"},
    {"tcp_options_of_the_kernel", "nodes: {n: {kind: namespace, options: {tcp: {sack: false}}}}\n",
     1, 9, "'n' is a namespace and has no 'options: tcp'; leave it out"},
    {"ip_options_of_the_kernel", "nodes: {n: {kind: namespace, options: {ip: {ttl: 3}}}}\n", 1, 9,
     "'n' is a namespace and has no 'options: ip'"},
    {"switch_with_options", "nodes: {s: {kind: switch, options: {ip: {ttl: 3}}}}\n", 1, 9,
     "'s' is a switch and has no 'options: ip'"},
    {"ageing_of_a_host", "nodes: {h: {ageing: 10 s}}\n", 1, 9, "'h' is a host and has no 'ageing'"},
    {"ageing_of_nothing", "nodes: {s: {kind: switch, ageing: 0 s}}\n", 1, 35,
     "ageing: 0 s is out of range; more than 0 s, at most 1000000 s (IEEE 802.1D, 7.9.2)"},
    {"ageing_beyond_the_standard", "nodes: {s: {kind: switch, ageing: 12 d}}\n", 1, 35,
     "ageing: 12 d is out of range"},
    {"slaac_on_router", "nodes: {r: {kind: router, slaac: true}}\n", 1, 9,
     "forwards and has slaac"},
    {"host_advertises", "nodes: {h: {advertise: true}}\n", 1, 9,
     "does not forward; say kind: router"},
    {"virtual_time_with_namespace", "time: virtual\nnodes: {n: {kind: namespace}}\n", 1, 7,
     "node 'n' is a real namespace"},
    {"virtual_time_with_the_outside",
     "time: virtual\nnodes: {m: {kind: outside, device: {tap: lab0}}}\n", 1, 7,
     "node 'm' is outside"},
    {"outside_of_nothing", "nodes: {m: {kind: outside}}\n", 1, 9,
     "'m' does not say what it stands for; say device: {tap: lab0}"},
    {"device_of_a_host", "nodes: {m: {device: {tap: lab0}}}\n", 1, 9,
     "'m' is a host and has no 'device'"},
    {"device_of_two_kinds", "nodes: {m: {kind: outside, device: {tap: lab0, interface: eth1}}}\n",
     1, 36, "a device is a TAP or an interface"},
    {"addresses_of_an_interface_that_is_there",
     "nodes: {m: {kind: outside, device: {interface: eth1, address: 10.0.0.1/24}}}\n", 1, 63,
     "an interface that is there keeps its own addresses"},
    {"device_address_without_a_length",
     "nodes: {m: {kind: outside, device: {tap: lab0, address: 10.0.0.1}}}\n", 1, 57,
     "this address lacks its prefix length; say 10.0.0.1/24"},
    {"outside_without_a_link", "nodes: {m: {kind: outside, device: {tap: lab0}}, a: }\n", 1, 9,
     "no link ends at 'm', which is outside; join it to the lab: links: [{endpoints: [m, …]}]"},
    {"outside_all_alone", "nodes: {m: {kind: outside, device: {tap: lab0}}}\n", 1, 9,
     "no link ends at 'm', which is outside"},
    {"two_nodes_on_one_interface",
     "nodes:\n  m: {kind: outside, device: {interface: eth1}}\n"
     "  n: {kind: outside, device: {interface: eth1}}\n"
     "  a: {}\nlinks: [{endpoints: [m, a]}, {endpoints: [n, a]}]\n",
     3, 42,
     "'m' and 'n' stand for the same interface eth1; one node a device; join others to 'm' by a "
     "switch. The other is on line 2"},
    {"one_tap_by_both_its_names",
     "nodes:\n  m: {kind: outside, device: {tap: lab0}}\n"
     "  n: {kind: outside, device: {interface: lab0}}\n",
     3, 42, "'m' and 'n' stand for the same interface lab0"},
    {"tap_named_lo", "nodes: {m: {kind: outside, device: {tap: lo}}}\n", 1, 42,
     "a TAP cannot have the name 'lo'; it is the loopback interface's"},
    {"address_of_the_outside_at_its_endpoint",
     "nodes: {m: {kind: outside, device: {tap: lab0}}, a: }\n"
     "links: [{endpoints: [{node: m, address: 10.0.1.9/24}, a]}]\n",
     2, 41,
     "'m' is outside and has no addresses; what the machine's end of a TAP gets stands in device: "
     "{tap, address}"},
    {"node_named_localhost", "nodes: {Localhost: {}}\n", 1, 9,
     "no node can have the name 'Localhost'; every host calls itself so (RFC 6761, 6.3)"},
    {"private_etc_by_a_detour", "nodes: {a: {kind: namespace, private: [/opt/../etc]}}\n", 1, 40,
     "private: '/opt/../etc' cannot be private; that is /etc: it is the machine's"},
    {"file_in_the_place_of_a_folder", "nodes: {a: {kind: namespace, files: {/etc: x}}}\n", 1, 38,
     "files: '/etc' is a folder of every machine, or private; say a file's path, such as "
     "/etc/index.html"},
    {"file_in_the_place_of_a_private_folder",
     "nodes: {a: {kind: namespace, private: [/opt/own], files: {/opt/own: x}}}\n", 1, 59,
     "files: '/opt/own' is a folder"},
    {"file_of_the_kernel", "nodes: {a: {kind: namespace, files: {/proc/sys/net/x: x}}}\n", 1, 38,
     "files: '/proc/sys/net/x' is the kernel's; no file can stand in its place"},
    {"files_that_find_no_room",
     "nodes:\n  a:\n    kind: namespace\n    files:\n      /tmp/1: {size: 64 MiB}\n"
     "      /tmp/2: {size: 64 MiB}\n      /tmp/3: {size: 64 MiB}\n      /tmp/4: {size: 64 MiB}\n"
     "      /tmp/5: x\n",
     9, 7, "files: those in /tmp are more than it holds; a private place has 256 MiB"},
    {"services_of_the_outside",
     "nodes: {m: {kind: outside, device: {tap: lab0}, services: [echo]}}\n", 1, 9,
     "'m' is outside and has no 'services'"},
    {"two_links_to_the_outside",
     "nodes: {m: {kind: outside, device: {tap: lab0}}, a: , b: }\n"
     "links: [{endpoints: [a, m]}, {endpoints: [b, m]}]\n",
     2, 46, "a second link ends at 'm'; what is outside has one wire"},
    {"nodes_in_both_places", "nodes: {a: }\ntopology: {nodes: {b: }}\n", 2, 12,
     "'nodes' stands both at the top"},
    {"bad_jitter",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], impair: {reorder: {chance: 1 %, by: 0 s}}}]\n",
     2, 65, "reorder.by: 0 s lets no frame overtake"},
};

constexpr BadLab refusing_route_rows[] = {
    {"blackhole_with_a_next_hop",
     "nodes: {r: {kind: router, routes: [{to: 10.9.0.0/16, type: blackhole, via: 10.0.1.2}]}}\n", 1,
     76, "a route of type blackhole has no 'via'; leave one of them out"},
    {"prohibit_with_an_interface",
     "nodes: {r: {kind: router, routes: [{to: 10.9.0.0/16, type: prohibit, interface: eth0}]}}\n",
     1, 81, "a route of type prohibit has no 'interface'"},
    {"unicast_to_nowhere", "nodes: {r: {routes: [{to: 10.9.0.0/16, type: unicast}]}}\n", 1, 22,
     "a route has neither 'via' nor 'interface'; say via: the next hop, or type: blackhole"},
    {"route_of_another_type", "nodes: {r: {routes: [{to: 10.9.0.0/16, type: throw}]}}\n", 1, 46,
     "'throw'"},
    {"blackhole_of_the_kernel",
     "nodes: {n: {kind: namespace, routes: [{to: 10.9.0.0/16, type: blackhole}]}, a: }\n"
     "links: [{endpoints: [n, a]}]\n",
     1, 39, "'n' is a namespace, whose kernel is given unicast routes alone; let a step on it say"},
};

constexpr BadLab address_rows[] = {
    {"router_with_the_machines_address",
     "nodes:\n  m: {kind: outside, device: {tap: lab0, address: 10.9.0.1/24}}\n"
     "  r: {kind: router, addresses: 10.9.0.1}\nlinks: [{endpoints: [m, r]}]\n",
     3, 32, "10.9.0.1 is taken by m:eth0"},
    {"network_address_of_the_machine",
     "nodes: {m: {kind: outside, device: {tap: lab0, address: 10.9.0.0/24}}, r: }\n"
     "links: [{endpoints: [m, r]}]\n",
     1, 57, "10.9.0.0 is the network address of 10.9.0.0/24"},
    {"broadcast_address_of_the_machine",
     "nodes: {m: {kind: outside, device: {tap: lab0, address: 10.9.0.255/24}}, r: }\n"
     "links: [{endpoints: [m, r]}]\n",
     1, 57, "10.9.0.255 is the broadcast address of 10.9.0.0/24"},
    {"foreign_address_of_the_machine",
     "nodes: {m: {kind: outside, device: {tap: lab0, address: 10.9.0.1/24}}, r: }\n"
     "links: [{endpoints: [m, r], subnet: 10.8.0.0/24}]\n",
     1, 57, "10.9.0.1 is outside its segment's prefix; the prefix is 10.8.0.0/24"},
    {"address_of_the_machine_twice",
     "nodes: {m: {kind: outside, device: {tap: lab0, address: [10.9.0.1/24, 10.9.0.1/24]}}, r: }\n"
     "links: [{endpoints: [m, r]}]\n",
     1, 71, "10.9.0.1 is taken by m:eth0"},
    {"address_taken",
     "nodes: {a: {addresses: 10.9.0.1/24}, b: {addresses: 10.9.0.1/24}}\nlinks: [{endpoints: [a, "
     "b]}]\n",
     1, 53, "10.9.0.1 is taken by a:eth0"},
    {"address_outside_subnet",
     "nodes: {a: {addresses: 10.8.0.1}, b: }\nlinks: [{endpoints: [a, b], subnet: 10.9.0.0/24}]\n",
     1, 24, "10.8.0.1 is outside its segment's prefix; the prefix is 10.9.0.0/24"},
    {"address_without_length",
     "nodes: {a: {addresses: 192.168.0.1}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1, 24,
     "192.168.0.1 is outside its segment's prefix; the prefix is 10.0.1.0/24"},
    {"network_address", "nodes: {a: {addresses: 10.9.0.0/24}, b: }\nlinks: [{endpoints: [a, b]}]\n",
     1, 24, "10.9.0.0 is the network address of 10.9.0.0/24"},
    {"broadcast_address",
     "nodes: {a: {addresses: 10.9.0.255/24}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1, 24,
     "10.9.0.255 is the broadcast address"},
    {"lengths_differ",
     "nodes: {a: {addresses: 10.9.0.1/24}, b: {addresses: 10.9.0.2/16}}\nlinks: [{endpoints: [a, "
     "b]}]\n",
     1, 53, "say 10.9.0.2/24"},
    {"host_length", "nodes: {a: {addresses: 10.9.0.1/32}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1,
     24, "no subnet for a link"},
    {"subnets_overlap",
     "nodes: {a: , b: , c: }\nlinks:\n  - {endpoints: [a, b], subnet: 10.9.0.0/24}\n  - "
     "{endpoints: [b, c], subnet: 10.9.0.0/16}\n",
     4, 33, "10.9.0.0/16 overlaps 10.9.0.0/24; the prefix of another segment on line 3"},
    {"same_subnet_twice",
     "nodes: {a: , b: , c: }\nlinks:\n  - {endpoints: [a, b], subnet: 10.9.0.0/24}\n  - "
     "{endpoints: [b, c], subnet: 10.9.0.0/24}\n",
     4, 33, "overlaps 10.9.0.0/24"},
    {"subnet_too_small",
     "nodes: {a: , b: , c: , s: {kind: switch}}\nlinks:\n  - {endpoints: [a, s], subnet: "
     "10.9.0.0/30}\n  - endpoints: [b, s]\n  - endpoints: [c, s]\n",
     5, 17, "no address is left in 10.9.0.0/30 for c:eth0"},
    {"multicast_subnet", "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], subnet: 224.0.1.0/24}]\n",
     2, 37, "no subnet for a link"},
    {"subnet_of_half_the_internet",
     "nodes: {a: {addresses: 10.0.0.1/1}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1, 24,
     "0.0.0.0/1 is no subnet for a link"},
    {"subnet_over_the_loopback",
     "nodes: {a: , b: }\nlinks: [{endpoints: [a, b], subnet: 126.0.0.0/7}]\n", 2, 37,
     "no subnet for a link"},
    {"which_interface",
     "nodes: {a: {addresses: 10.9.0.1/24}, b: , c: }\nlinks: [{endpoints: [a, b]}, {endpoints: [a, "
     "c]}]\n",
     1, 24, "which interface of 'a' gets 10.9.0.1?"},
    {"mac_taken",
     "nodes:\n  a: {interfaces: {eth0: {mac: \"02:00:00:00:00:01\"}}}\n  b: {interfaces: {eth0: "
     "{mac: \"02:00:00:00:00:01\"}}}\nlinks: [{endpoints: [a, b]}]\n",
     3, 32, "MAC address of a:eth0 already"},
    {"gateway_elsewhere", "nodes: {a: {gateway: 10.7.0.1}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1,
     22, "gateway 10.7.0.1 is on no segment of 'a'; the node is on 10.0.1.0/24"},
    {"gateway_is_self", "nodes: {a: {gateway: 10.0.1.10}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1,
     22, "gateway 10.0.1.10 is an address of 'a' itself; a next hop is another station"},
    {"two_default_routes",
     "nodes: {a: {gateway: 10.0.1.11, routes: [{to: default, via: 10.0.1.11}]}, b: }\nlinks: "
     "[{endpoints: [a, b]}]\n",
     1, 42, "two IPv4 default routes for 'a'"},
    {"two_equal_routes",
     "nodes: {a: {routes: [{to: 10.7.0.0/16, via: 10.0.1.11}, {to: 10.7.0.0/16, via: 10.0.1.11}]}, "
     "b: }\nlinks: [{endpoints: [a, b]}]\n",
     1, 57, "two routes to 10.7.0.0/16"},
    {"route_by_unknown_interface",
     "nodes: {a: {routes: [{to: 10.7.0.0/16, interface: eth7}]}, b: }\nlinks: [{endpoints: [a, "
     "b]}]\n",
     1, 51, "'a' has no interface 'eth7'"},
    {"link_local_without_interface",
     "nodes: {a: {gateway: \"fe80::1\"}, b: }\nlinks: [{endpoints: [a, b]}]\n", 1, 22,
     "fe80::1 is link-local"},
};

#define PAIR                                                           \
  "nodes: {a: , b: , s: {kind: switch}, lone: , r1: {kind: router}}\n" \
  "links: [{endpoints: [a, s]}, {endpoints: [b, s]}, {endpoints: [a, b]}, {endpoints: [a, b]}]\n"

constexpr BadLab script_rows[] = {
    {"step_on_unknown_node", PAIR "script: [{at: 0 s, on: loen, run: ping a}]\n", 3, 24,
     "unknown node 'loen'; did you mean 'lone'?"},
    {"step_on_switch", PAIR "script: [{at: 0 s, on: s, run: ping a}]\n", 3, 24,
     "'s' is a switch: nothing runs there"},
    {"step_on_isolated_node", PAIR "script: [{at: 0 s, on: lone, run: ping a}]\n", 3, 24,
     "no link ends at 'lone'"},
    {"step_without_time", PAIR "script: [{on: a, run: ping a}]\n", 3, 10, "a step has no time"},
    {"step_with_two_times",
     PAIR
     "script: [{name: x, at: 0 s, on: a, run: ping a}, {at: 1 s, after: x, on: a, run: ping a}]\n",
     3, 60, "both 'at' and 'after'"},
    {"step_without_node", PAIR "script: [{at: 0 s, run: ping a}]\n", 3, 10, "say on: the node"},
    {"step_without_action", PAIR "script: [{at: 0 s}]\n", 3, 10, "a step does nothing"},
    {"step_with_two_actions", PAIR "script: [{at: 0 s, on: a, run: ping a, down: a--s}]\n", 3, 40,
     "this does 'run' and 'down'"},
    {"empty_command", PAIR "script: [{at: 0 s, on: a, run: \"  \"}]\n", 3, 32,
     "the command is empty"},
    {"command_with_nul", PAIR "script: [{at: 0 s, on: a, run: \"echo a\\0b\"}]\n", 3, 32,
     "run: the command holds a NUL"},
    {"ping_of_two", PAIR "script: [{at: 0 s, on: a, run: ping -c 1 b a}]\n", 3, 32,
     "run: ping: extra operand 'a'; where that is meant"},
    {"arp_of_two", PAIR "script: [{at: 0 s, on: a, run: arp -D b eth0}]\n", 3, 32,
     "run: arp: extra operand 'eth0'; where that is meant"},
    {"impair_without_link", PAIR "script: [{at: 0 s, impair: {loss: 1 %}}]\n", 3, 10,
     "say link: which one"},
    {"link_without_impair", PAIR "script: [{at: 0 s, link: a--s}]\n", 3, 10,
     "changes nothing of the link"},
    {"expect_beside_down", PAIR "script: [{at: 0 s, down: a--s, expect: {exit: 0}}]\n", 3, 32,
     "it goes with 'run'"},
    {"unknown_link", PAIR "script: [{at: 0 s, link: a--x, impair: {loss: 1 %}}]\n", 3, 26,
     "unknown link 'a--x'; did you mean 'a--s'?"},
    {"ambiguous_link", PAIR "script: [{at: 0 s, link: a--b, impair: {loss: 1 %}}]\n", 3, 26,
     "'a--b' fits 2 links; say a:eth1--b:eth1 or a:eth2--b:eth2"},
    {"unknown_target_of_down", PAIR "script: [{at: 0 s, down: lon}]\n", 3, 26,
     "unknown link or node 'lon'; did you mean 'lone'?"},
    {"heal_all_and_more", PAIR "script: [{at: 0 s, heal: [all, a--s]}]\n", 3, 26, "'all' and more"},
    {"node_partitioned_twice", PAIR "script: [{at: 0 s, partition: [[a, b], [a]]}]\n", 3, 41,
     "'a' is in the partition twice"},
    {"two_steps_of_a_name",
     PAIR "script:\n  - {name: x, at: 0 s, on: a, run: ping a}\n  - {name: x, at: 0 s, on: a, run: "
          "ping a}\n",
     5, 12, "two steps have the name 'x'; the other is on line 4"},
    {"after_nobody",
     PAIR "script:\n  - {name: fetch, at: 0 s, on: a, run: ping a}\n  - {after: fecth, on: a, run: "
          "ping a}\n",
     5, 13, "no step has the name 'fecth'; did you mean 'fetch'?"},
    {"after_itself", PAIR "script: [{name: x, after: x, on: a, run: ping a}]\n", 3, 27,
     "waits for 'x', which waits for it"},
    {"after_in_a_circle",
     PAIR "script:\n  - {name: x, after: y, on: a, run: ping a}\n  - {name: y, after: x, on: a, "
          "run: ping a}\n",
     4, 22, "waits for 'y'"},
    {"step_after_the_end", "stop_time: 5 s\n" PAIR "script: [{at: 5 s, on: a, run: ping a}]\n", 4,
     15, "at 5 s the lab has stopped"},
    {"delay_without_after", PAIR "script: [{at: 0 s, delay: 1 s, on: a, run: ping a}]\n", 3, 20,
     "it goes with 'after'"},
    {"every_without_times", PAIR "script: [{at: 0 s, every: 1 s, on: a, run: ping a}]\n", 3, 20,
     "only with 'at', 'every' and 'times'"},
    {"takes_upside_down",
     PAIR "script: [{at: 0 s, on: a, run: ping a, expect: {takes: {min: 2 s, max: 1 s}}}]\n", 3, 56,
     "min is more than max"},
    {"within_and_takes",
     PAIR "script: [{at: 0 s, on: a, run: ping a, expect: {takes: {max: 1 s}, within: 1 s}}]\n", 3,
     76, "keep one"},
    {"unreachable_by_name",
     "nodes: {a: , b: , c: , d: }\nlinks: [{endpoints: [a, b]}, {endpoints: [c, d]}]\nscript: "
     "[{at: 0 s, on: a, run: ping -c 1 d}]\n",
     3, 32, "'a' cannot reach 'd'"},
    {"unreachable_by_url",
     "nodes: {a: , b: , c: , d: }\nlinks: [{endpoints: [a, b]}, {endpoints: [c, d]}]\nscript: "
     "[{at: 0 s, on: a, run: \"fetch http://D:8080/x\"}]\n",
     3, 32, "'a' cannot reach 'd'"},
    {"ping_of_a_switch", PAIR "script: [{at: 0 s, on: a, run: ping s}]\n", 3, 32,
     "'s' is a switch and has no address"},
    {"pipe_on_a_lab_host", PAIR "script: [{at: 0 s, on: a, run: \"ping -c 1 b | grep ttl\"}]\n", 3,
     32, "run: a lab host has no shell, and '|' means nothing there; say one step a command"},
    {"two_commands_on_a_lab_host", PAIR "script: [{at: 0 s, on: a, run: \"arp && arp\"}]\n", 3, 32,
     "run: a lab host has no shell, and '&&' means nothing there"},
    {"empty_word_as_command", PAIR "script: [{at: 0 s, on: a, run: \"''\"}]\n", 3, 32,
     "run: the command is empty"},
    {"open_quote", PAIR "script: [{at: 0 s, on: a, run: \"ping 'b\"}]\n", 3, 32,
     "run: a quote is not closed"},
    {"lone_quote", PAIR "script: [{at: 0 s, on: a, run: '\"'}]\n", 3, 32,
     "run: a quote is not closed"},
    {"misspelt_tool", PAIR "script: [{at: 0 s, on: a, run: pingg b}]\n", 3, 32,
     "a lab host has no tool 'pingg'; did you mean 'ping'?"},
    {"unknown_tool", PAIR "script: [{at: 0 s, on: a, run: ls -l}]\n", 3, 32,
     "it has arp, fetch, iperf3, ping and traceroute; other programs run on a node with "
     "programs: real"},
    {"bad_option", PAIR "script: [{at: 0 s, on: a, run: ping -Z b}]\n", 3, 32,
     "run: ping: invalid option -- 'Z'; it has -4 -6 -b -c -f -h -I -i -M -n -O -Q -q -R -s -t -W "
     "-w --address --timestamp --type; "
     "where that is meant, expect an exit that is not 0"},
    {"ping_by_no_interface", PAIR "script: [{at: 0 s, on: a, run: ping -c 1 -I eth9 b}]\n", 3, 32,
     "run: 'a' has no interface 'eth9'"},
    {"bad_iperf3", PAIR "script: [{at: 0 s, on: a, run: iperf3 -c b -P 0}]\n", 3, 32,
     "run: iperf3: parameter error - -P: '0'; a number from 1 to 128 is right"},
    {"iperf3_with_nobody", PAIR "script: [{at: 0 s, on: a, run: iperf3 -c r2}]\n", 3, 32,
     "run: 'a' knows no host 'r2'; did you mean 'r1'?"},
    {"unknown_host", PAIR "script: [{at: 0 s, on: a, run: ping r2}]\n", 3, 32,
     "run: 'a' knows no host 'r2'; did you mean 'r1'?"},
    {"unknown_host_in_url", PAIR "script: [{at: 0 s, on: a, run: \"fetch http://web.example/\"}]\n",
     3, 32, "run: 'a' knows no host 'web.example'"},
    {"user_in_url", PAIR "script: [{at: 0 s, on: a, run: \"fetch http://me:pw@b/\"}]\n", 3, 32,
     "no user or password may stand in a URL"},
    {"repeated_for_ever",
     PAIR "script: [{at: 36525 d, every: 36525 d, times: 3, on: a, run: ping a}]\n", 3, 15,
     "the last of 3 times is more than 100 years away"},
    {"delayed_for_ever",
     PAIR
     "script:\n  - {name: x, at: 36525 d, on: a, run: ping a}\n  - {after: x, delay: 1 s, on: a, "
     "run: ping a}\n",
     5, 13, "this step is more than 100 years away"},
    {"takes_more_than_within",
     PAIR "script: [{at: 0 s, on: a, run: ping a, expect: {within: 1 s, takes: {min: 2 s}}}]\n", 3,
     69, "takes: min is more than 'within'"},
    {"bounds_that_exclude_each_other", PAIR "expect: [{packets: {where: a, min: 5, max: 3}}]\n", 3,
     20, "no number is at least 5 and at most 3"},
    {"bound_below_nothing", PAIR "expect: [{counter: a.dropped, below: 0}]\n", 3, 10,
     "no number is below 0"},
    {"counter_of_a_link_unknown", PAIR "expect: [{counter: \"a--s.tcp.in_segs\", is: 0}]\n", 3, 20,
     "'a--s' has no counter 'tcp.in_segs'"},
    {"counter_misspelt_behind", PAIR "expect: [{counter: a.droppedx, is: 0}]\n", 3, 20,
     "'a' has no counter 'droppedx'; did you mean 'dropped'?"},
    {"counter_too_deep", PAIR "expect: [{counter: a.foo.dropped.queue_full, is: 0}]\n", 3, 20,
     "'a' has no counter 'foo.dropped.queue_full'"},
    {"counter_without_a_name", PAIR "expect: [{counter: a., is: 0}]\n", 3, 20,
     "'a' has no counter ''"},
    {"tcp_counter_of_the_kernel",
     "nodes: {n: {kind: namespace}, b: }\nlinks: [{endpoints: [n, b]}]\nexpect: [{counter: "
     "n.tcp.in_segs, is: 0}]\n",
     3, 20, "'n' has no counter 'tcp.in_segs'"},
    {"expectation_of_nothing", PAIR "expect: [{name: x}]\n", 3, 10, "say counter or packets"},
    {"expectation_without_number", PAIR "expect: [{counter: \"a.x\"}]\n", 3, 10,
     "say is, min, max, above or below"},
    {"number_outside_packets", PAIR "expect: [{packets: {where: a, count: 1}, min: 2}]\n", 3, 42,
     "belongs inside 'packets'"},
    {"counter_of_nobody", PAIR "expect: [{counter: \"r2.ip.forwarded\", is: 0}]\n", 3, 20,
     "unknown node, port or link 'r2'; did you mean 'r1'?"},
    {"counter_of_unknown_port", PAIR "expect: [{counter: \"a:eth9.dropped.bad_fcs\", is: 0}]\n", 3,
     20, "'a' has no interface 'eth9'"},
    {"counter_without_path", PAIR "expect: [{counter: a, is: 0}]\n", 3, 20, "names no counter"},
    {"counter_misspelt", PAIR "expect: [{counter: \"a.tcp.retrans_seg\", is: 0}]\n", 3, 20,
     "'a' has no counter 'tcp.retrans_seg'; did you mean 'tcp.retrans_segs'?"},
    {"counter_unknown", PAIR "expect: [{counter: \"a.udp.sent\", is: 0}]\n", 3, 20,
     "'a' has no counter 'udp.sent'; known: udp.in_datagrams, udp.no_ports, udp.in_errors, "
     "udp.rcvbuf_errors and udp.out_datagrams"},
    {"counter_of_port_unknown", PAIR "expect: [{counter: \"a:eth0.tcp.in_segs\", is: 0}]\n", 3, 20,
     "'a:eth0' has no counter 'tcp.in_segs'; known: dropped, sent_frames, sent_bytes, "
     "received_frames and received_bytes"},
    {"counter_of_link_misspelt", PAIR "expect: [{counter: \"a--s.oferred\", is: 0}]\n", 3, 20,
     "'a--s' has no counter 'oferred'; did you mean 'offered'?"},
    {"counter_of_switch", PAIR "expect: [{counter: \"s.tcp.in_segs\", is: 0}]\n", 3, 20,
     "'s' has no counter 'tcp.in_segs'"},
    {"unknown_drop", PAIR "expect: [{counter: \"a.dropped.queue_fool\", is: 0}]\n", 3, 20,
     "did you mean 'queue_full'?"},
    {"packets_nowhere", PAIR "expect: [{packets: {where: q, count: 1}}]\n", 3, 28,
     "unknown node, port or link 'q'"},
    {"capture_of_nobody", PAIR "capture: [alicia]\n", 3, 11, "unknown node, port or link 'alicia'"},
};

INSTANTIATE_TEST_SUITE_P(Topology, ImpossibleLab, testing::ValuesIn(topology_rows), row_name);
INSTANTIATE_TEST_SUITE_P(RefusingRoutes, ImpossibleLab, testing::ValuesIn(refusing_route_rows),
                         row_name);
INSTANTIATE_TEST_SUITE_P(Addresses, ImpossibleLab, testing::ValuesIn(address_rows), row_name);
INSTANTIATE_TEST_SUITE_P(Script, ImpossibleLab, testing::ValuesIn(script_rows), row_name);

TEST(LabErrors, advertisement_holds_24_prefixes) {
  const auto named = [](u32 count) {
    std::string list;
    for (u32 i = 1; i <= count; ++i)
      list += (i == 1 ? "\"fd00:" : ", \"fd00:") + std::to_string(i) + "::/64\"";
    return errors_of("nodes: {r: {kind: router, advertise: {prefixes: [" + list + "]}}}\n");
  };
  EXPECT_TRUE(named(24).empty());
  ASSERT_EQ(named(25).size(), 1u);
  EXPECT_NE(named(25)[0].one_line().find("1:49: error: prefixes: found 25, at most 24 wanted"),
            std::string::npos);
}

TEST(LabErrors, interface_has_at_most_24_prefixes_to_advertise) {
  const auto owned = [](u32 count, bool one_prefix) {
    std::string list;
    for (u32 i = 1; i <= count; ++i) {
      list += (i == 1 ? "\"fd00:" : ", \"fd00:") +
              (one_prefix ? "1::" + std::to_string(i) : std::to_string(i) + "::1") + "/64\"";
    }
    return errors_of("nodes: {r: {kind: router, advertise: true, interfaces: {eth0: {address: [" +
                     list + "]}}}, b: }\nlinks: [{endpoints: [r, b]}]\n");
  };
  EXPECT_TRUE(owned(100, true).empty());
  EXPECT_TRUE(owned(24, false).empty());
  ASSERT_EQ(owned(25, false).size(), 1u);
  EXPECT_NE(owned(25, false)[0].one_line().find("'r' has 25 prefixes to advertise on eth0"),
            std::string::npos);
}

TEST(LabErrors, command_that_may_work_is_not_refused) {
  for (const char* run :
       {"ping -c 1 B", "ping '10.7.7.7'", "fetch b WWW.example:8080/x", "traceroute -n localhost",
        "fetch -h", "ping", "ping nobody", "fetch http://me@b/"}) {
    const bool fails = std::string_view(run).find_first_of("@h") != std::string_view::npos ||
                       std::string_view(run) == "ping" || std::string_view(run) == "ping nobody";
    const std::string lab =
        std::string("nodes: {a: {hosts: {www.example: 10.9.9.9}}, b: , n: {kind: namespace}}\n") +
        "links: [{endpoints: [a, b]}, {endpoints: [n, b]}]\nscript:\n  - {at: 0 s, on: n, run: \"" +
        "pingg 'x || ls http://who/\"}\n  - {at: 0 s, on: a, run: \"" + run + "\"" +
        (fails ? ", expect: {exit: 2}" : "") + "}\n";
    const Diagnostics found = errors_of(lab);
    EXPECT_TRUE(found.empty()) << run << "\n" << to_string(found);
  }
}

TEST(LabErrors, asking_a_tool_for_its_options_is_no_mistake) {
  for (const std::string_view tool : tool_names()) {
    const Diagnostics found = errors_of(
        fmt::format("nodes: {{a: }}\nscript: [{{at: 0 s, on: a, run: {} --help}}]\n", tool));
    EXPECT_TRUE(found.empty()) << to_string(found);
  }
}

TEST(LabErrors, filters_are_checked_by_whoever_can) {
  ReadOptions options;
  options.check_filter = [](const std::string& filter) -> std::optional<std::string> {
    return filter == "tcp" ? std::nullopt : std::optional<std::string>("syntax error");
  };
  MemoryFileSource files;
  const std::string lab = "nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\ncapture: {filter: ";
  EXPECT_TRUE(read_lab_text(lab + "tcp}\n", "lab.yaml", files, options));
  EXPECT_EQ(read_lab_text("nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n"
                          "capture: {filter: ip host a}\n",
                          "lab.yaml", files)
                ->capture.filter,
            "ip host (10.0.1.10)");
  const auto plan = read_lab_text(lab + "tpc}\n", "lab.yaml", files, options);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error()[0].one_line(),
            "lab.yaml:3:19: error: filter: syntax error; the syntax is that of pcap-filter(7)");
}

}  // namespace
}  // namespace catenet::lab
