// A plan made real, the counters that expectations name, and the counting of packets.
#include "catenet/lab/network.hpp"

#include <set>

#include "catenet/lab/counters.hpp"
#include "catenet/lab/packet_counter.hpp"
#include "catenet/lab/run_test.hpp"
#include "catenet/socket/async.hpp"

namespace catenet::lab {
namespace {

const std::string routed =
    "nodes: {a: , s: {kind: switch}, r: {kind: router}, b: }\n"
    "links:\n"
    "  - {endpoints: [a, s], impair: {delay: 1 ms}}\n"
    "  - {endpoints: [s, r], impair: {delay: 1 ms}}\n"
    "  - {name: far, endpoints: [r, b], impair: {delay: 1 ms}}\n";

// Sends `count` datagrams of `size` bytes from the first node to port 9 of the last, where nobody
// is.
void send_datagrams(Network& network, u32 count, u32 size = 100) {
  const PlanNode& last = network.plan().nodes.back();
  System& system = *network.system(0);
  auto socket = system.open(Family::ipv4, SocketType::datagram);
  ASSERT_TRUE(socket);
  const std::vector<u8> bytes(size);
  for (u32 i = 0; i < count; ++i) {
    ASSERT_TRUE((*socket)->send_to(bytes, {last.interfaces[0].addresses[0].address, 9}));
    network.shards().run_until(network.shards().now() + 100_ms);
  }
}

TEST(Network, nodes_are_what_their_kind_says) {
  const Plan plan = plan_of(routed);
  Network network(plan);
  EXPECT_TRUE(network.host(0) && network.system(0) && !network.switch_at(0));
  EXPECT_TRUE(!network.host(1) && !network.system(1) && network.switch_at(1));
  EXPECT_TRUE(network.host(2)->ip().forwarding());
  EXPECT_FALSE(network.host(0)->ip().forwarding());
  EXPECT_EQ(network.link_count(), 3u);
  EXPECT_EQ(network.host(0)->name(), "a");
}

TEST(Network, interface_called_lo_is_not_the_loopback_interface) {
  Plan plan = plan_of("nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n");
  plan.nodes[0].interfaces[0].name = "lo";  // which the reader would have refused
  Network network(plan);
  const auto interfaces = network.host(0)->ip().interfaces();
  ASSERT_EQ(interfaces.size(), 2u);
  ASSERT_EQ(interfaces[1]->addresses4().size(), 1u);
  EXPECT_EQ(interfaces[1]->addresses4()[0].address.to_string(), "10.0.1.10");
  EXPECT_EQ(interfaces[0]->addresses4().size(), 1u);
}

TEST(Network, ports_are_numbered_by_name) {
  const Plan plan = plan_of(routed);
  Network network(plan);
  ASSERT_EQ(network.ports().size(), 6u);
  for (std::size_t i = 1; i < network.ports().size(); ++i) {
    EXPECT_LT(plan.port_name(network.ports()[i - 1]), plan.port_name(network.ports()[i]));
  }
}

TEST(Network, origins_are_in_the_order_of_their_names_each_once) {
  const Plan plan = plan_of(routed);
  Network network(plan);
  const auto hashes = network.origin_hashes();
  EXPECT_EQ(hashes.size(), 4u + 2 * 3u);
  EXPECT_TRUE(std::is_sorted(hashes.begin(), hashes.end()));
}

TEST(Network, adding_a_host_changes_nobody_elses_luck) {
  const Plan small = plan_of(routed);
  const Plan large = plan_of("nodes: {a: , s: {kind: switch}, r: {kind: router}, b: , aa: }\n" +
                             routed.substr(routed.find("links:")) + "  - {endpoints: [aa, s]}\n");
  Network one(small);
  Network two(large);
  EXPECT_EQ(one.origin(0).random("luck").next(), two.origin(0).random("luck").next());
  EXPECT_NE(one.origin(0).random("luck").next(), two.origin(4).random("luck").next());
}

TEST(Network, run_is_the_same_for_any_number_of_shards_and_books_balance) {
  const Plan plan = plan_of(routed);
  std::set<u64> hashes;
  for (const NetworkOptions& options :
       {NetworkOptions{}, NetworkOptions{.shards = 2},
        NetworkOptions{.shards = 3, .interleave = true}, NetworkOptions{.shards = 9}}) {
    Network network(plan, options);
    send_datagrams(network, 5);
    hashes.insert(network.event_hash());
    const Books books = network.books();
    EXPECT_TRUE(books.balance);
    EXPECT_GE(books.offered, 30u);
    EXPECT_EQ(books.offered, books.delivered + books.in_flight);
  }
  EXPECT_EQ(hashes.size(), 1u);
}

TEST(Network, link_that_is_down_from_the_start_carries_nothing) {
  const Plan plan = plan_of("nodes: {a: , b: }\nlinks: [{endpoints: [a, b], up: false}]\n");
  Network network(plan);
  network.shards().run_until(Instant::at(1_s));
  EXPECT_EQ(network.books().delivered, 0u);
}

PlanTarget node_target(NodeIndex node) {
  PlanTarget target;
  target.node = node;
  return target;
}
PlanTarget link_target(LinkIndex link) {
  PlanTarget target;
  target.link = link;
  return target;
}
PlanTarget port_target(NodeIndex node, u32 interface) {
  PlanTarget target;
  target.node = node;
  target.interface = interface;
  return target;
}

TEST(Counters, every_listed_name_can_be_read_and_no_other) {
  const Plan plan = plan_of(routed);
  Network network(plan);
  for (const PlanTarget& target : {node_target(0), link_target(0), port_target(2, 0)}) {
    const auto names = counter_names(plan, target);
    EXPECT_GE(names.size(), 5u);
    for (const std::string_view name : names) {
      EXPECT_TRUE(read_counter(network, target, name)) << name;
    }
    for (const char* name : {"", "dropped.", "dropped.nonsense", "droppedx", "tcp.", "offere"}) {
      EXPECT_FALSE(read_counter(network, target, name)) << name;
    }
    EXPECT_TRUE(read_counter(network, target, "dropped.queue_full"));
  }
  EXPECT_FALSE(read_counter(network, link_target(0), "tcp.in_segs"));
  EXPECT_FALSE(read_counter(network, port_target(0, 0), "tcp.in_segs"));
  EXPECT_FALSE(read_counter(network, node_target(1), "tcp.in_segs"));  // a switch has no TCP
}

TEST(Counters, hosts_protocols_and_both_ways_of_a_link_are_counted) {
  const Plan plan = plan_of(routed);
  Network network(plan);
  send_datagrams(network, 5);
  const auto read = [&](const PlanTarget& target, std::string_view name) {
    return read_counter(network, target, name).value_or(~u64{0});
  };
  EXPECT_EQ(read(node_target(0), "udp.out_datagrams"), 5u);
  EXPECT_EQ(read(node_target(3), "udp.no_ports"), 5u);
  EXPECT_EQ(read(node_target(3), "dropped.no_socket"), 5u);
  EXPECT_EQ(read(node_target(3), "dropped"), 5u);
  EXPECT_EQ(read(port_target(3, 0), "dropped.no_socket"), 5u);
  EXPECT_GE(read(node_target(2), "ip.forw_datagrams"), 5u);
  const Link& far = network.link(2);
  EXPECT_EQ(read(link_target(2), "delivered"), far.direction(Way::a_to_b).counters().delivered +
                                                   far.direction(Way::b_to_a).counters().delivered);
  // A node's ports together: the router's two saw what came from both sides.
  EXPECT_EQ(
      read(node_target(2), "received_frames"),
      read(port_target(2, 0), "received_frames") + read(port_target(2, 1), "received_frames"));
}

TEST(PacketCounter, link_counts_what_is_sent_into_it_at_either_end_once) {
  const Plan plan = plan_of(routed);
  Network network(plan);
  PacketCounter of_link(network, link_target(2), {});
  PacketCounter of_port(network, port_target(2, 1), {});
  PacketCounter of_node(network, node_target(2), {});
  PacketCounter none(network, node_target(2), [](ByteView) { return false; });
  TeeRecorder tee;
  for (PacketCounter* counter : {&of_link, &of_port, &of_node, &none}) tee.add(*counter);
  network.set_recorder(&tee);
  send_datagrams(network, 5);
  const u64 crossed = network.books().offered;
  EXPECT_EQ(of_link.count(), *read_counter(network, link_target(2), "offered"));
  EXPECT_EQ(of_port.count(), *read_counter(network, port_target(2, 1), "sent_frames") +
                                 *read_counter(network, port_target(2, 1), "received_frames"));
  EXPECT_EQ(of_node.count(), *read_counter(network, node_target(2), "sent_frames") +
                                 *read_counter(network, node_target(2), "received_frames"));
  EXPECT_GT(crossed, of_link.count());
  EXPECT_EQ(none.count(), 0u);
}

TEST(PacketCounter, super_segment_counts_as_the_wire_frames_it_stands_for) {
  const std::string fetch =
      "name: pair\nnodes: {a: , b: {services: [{http: {files: {/big: {size: 300 kB}}}}]}}\n"
      "links: [{name: line, endpoints: [a, b], impair: {delay: 1 ms}}]\n"
      "script: [{at: 0 s, on: a, run: fetch http://b/big}]\n"
      "expect: [{packets: {where: b, min: 210}}, {counter: line.offered, min: 1}]\n";
  const RunResult result = run_of(fetch);
  ASSERT_EQ(result.expectations.size(), 2u);
  EXPECT_EQ(faults(result.steps[0]), "");
  // 300 kB are at least 208 wire frames, however few super-segments carried them.
  EXPECT_GE(result.expectations[0].measured, 210u);
  EXPECT_GE(result.expectations[1].measured, 210u);
}

}  // namespace
}  // namespace catenet::lab
