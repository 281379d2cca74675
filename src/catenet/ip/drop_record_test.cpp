// What recorders are told of packets that end in a host: which frame it was, and under which id.
#include <set>

#include "catenet/ip/ip_test_bench.hpp"

namespace catenet {
namespace {

using namespace ip_test;

struct Ended {
  PortId port = 0;
  FrameEvent event = FrameEvent::sent;
  Drop reason = Drop::count;
  PacketMeta meta;
};

class Watcher final : public Recorder {
 public:
  void on_frame(Instant, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override {
    seen.push_back({port, event, reason.value_or(Drop::count), frame.meta()});
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  std::vector<Ended> of(Drop reason) const {
    std::vector<Ended> all;
    for (const Ended& one : seen) {
      if (one.reason == reason) all.push_back(one);
    }
    return all;
  }
  std::vector<Ended> seen;
};

// 10.0.0.0/24, where bob is, behind port 0; 10.0.1.0/24, where nobody answers, behind port 1.
struct Net {
  explicit Net(const IpOptions& options = {}) : host(world, "r", options) {
    host.plug(1, {"10.0.0.1/24"});
    host.plug(2, {"10.0.1.1/24"});
    host.knows("10.0.0.9", 9);
    for (PortId port : {0u, 1u}) host.port(port).nic.set_recorder(&watcher, port);
  }
  Packet from_bob(std::string_view to, const Bytes& payload, u64 counter,
                  wire::Ipv4Header header = {}) {
    header.protocol = wire::IpProtocol::udp;
    header.source = v4("10.0.0.9");
    header.destination = v4(to);
    Packet packet = ipv4_frame(world, header, payload, {.from = 9});
    packet.meta().id = {77, counter};
    return packet;
  }

  World world;
  Watcher watcher;
  Host host;
};

TEST(DropRecord, packets_that_no_neighbour_is_found_for_have_ids_of_their_own) {
  Net net;
  for (int i = 0; i < 105; ++i) ASSERT_TRUE(net.host.ping("10.0.1.9"));  // four too many
  net.world.pass(10_s);
  std::set<u64> counters;
  for (const Drop reason : {Drop::neighbour_queue_full, Drop::neighbour_unreachable}) {
    for (const Ended& one : net.watcher.of(reason)) {
      EXPECT_EQ(one.port, 1u);
      EXPECT_EQ(one.meta.id.origin, u32{'r'});
      EXPECT_EQ(one.meta.passage, 0u);
      counters.insert(one.meta.id.counter);
    }
  }
  EXPECT_EQ(counters.size(), 105u);
  EXPECT_FALSE(counters.contains(0));
}

TEST(DropRecord, forwarded_packet_that_cannot_leave_keeps_its_id_and_passed_nothing) {
  Net net({.forwarding = true});
  net.host.hears(net.from_bob("10.0.1.9", udp(1, 9), 5));
  net.world.pass(10_s);
  const auto ended = net.watcher.of(Drop::neighbour_unreachable);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].port, 1u);
  EXPECT_EQ(ended[0].meta.id, (FrameId{77, 5}));
  EXPECT_EQ(ended[0].meta.passage, 0u);
}

TEST(DropRecord, reassembled_datagram_ends_with_the_fragment_that_came_last) {
  Net net;
  net.host.refuses = Refusal::port_unreachable;
  const Bytes whole = udp(1, 9, 24);
  const Bytes front(whole.begin(), whole.begin() + 16), back(whole.begin() + 16, whole.end());
  net.host.hears(net.from_bob("10.0.0.1", back, 1, {.identification = 3, .fragment_offset = 16}));
  net.host.hears(net.from_bob("10.0.0.1", front, 2, {.identification = 3, .more_fragments = true}));
  const auto ended = net.watcher.of(Drop::no_socket);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].meta.passage, 2u);
  net.host.hears(net.from_bob("10.0.0.1", front, 3, {.identification = 4, .more_fragments = true}));
  net.host.hears(net.from_bob("10.0.0.1", back, 4, {.identification = 4, .fragment_offset = 16}));
  const u32 reply = 1;  // the port unreachable about the first
  ASSERT_EQ(net.watcher.of(Drop::no_socket).size(), 2u);
  EXPECT_EQ(net.watcher.of(Drop::no_socket)[1].meta.passage, 4u + reply);
}

TEST(DropRecord, super_segment_too_long_for_the_next_link_counts_all_its_segments) {
  Net net({.forwarding = true});
  net.host.port(1).nic.set_mtu(576);
  net.host.knows("10.0.1.9", 8, 1);
  Packet segments = super_segment(net.world, v4("10.0.0.9"), v4("10.0.1.9"), 10'000, 1'400);
  Bytes bytes(segments.size());
  segments.copy_out(0, bytes);
  wire::Ipv4Header header;
  header.protocol = wire::IpProtocol::tcp;
  header.dont_fragment = true;
  header.source = v4("10.0.0.9");
  header.destination = v4("10.0.1.9");
  Packet packet = ipv4_frame(net.world, header, bytes, {.from = 9});
  packet.meta() = segments.meta();
  packet.meta().checksum_start = 34;
  net.host.hears(std::move(packet));
  EXPECT_EQ(net.host.drops(Drop::fragmentation_needed), 8u);
  EXPECT_EQ(net.host.port(0).nic.counters().received_frames, 8u);
  EXPECT_EQ(net.watcher.of(Drop::fragmentation_needed).size(), 1u);
}

}  // namespace
}  // namespace catenet
