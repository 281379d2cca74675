#include "catenet/link/nic.hpp"

#include <gtest/gtest.h>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

using link_test::CountingRecorder;
using link_test::make_frame;
using link_test::Origins;
using link_test::Pair;
using link_test::Station;

u64 drops(const Nic& nic, Drop reason) {
  return nic.counters().drops[static_cast<std::size_t>(reason)];
}

TEST(Nic, output_without_a_cable_is_no_peer) {
  Engine engine;
  PacketPool pool;
  Origins origins({"alice"});
  Station alice("alice", 1, engine, pool, origins["alice"]);
  alice.send(MacAddress::broadcast(), 60, 1);
  EXPECT_EQ(drops(alice.nic, Drop::no_peer), 1u);
  EXPECT_EQ(alice.nic.counters().sent_frames, 0u);
}

TEST(Nic, output_without_carrier_is_link_down) {
  Pair net;
  net.link.set_up(false);
  net.send(60, 1);
  EXPECT_EQ(drops(net.alice.nic, Drop::link_down), 1u);
  EXPECT_EQ(net.there().counters().offered, 0u);
}

TEST(Nic, carrier_changes_are_told_once) {
  Pair net;
  EXPECT_EQ(net.alice.carrier, (std::vector<bool>{true}));
  net.link.set_up(false);
  net.link.set_up(false);
  net.link.set_up(true);
  EXPECT_EQ(net.alice.carrier, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(net.bob.carrier, (std::vector<bool>{true, false, true}));
}

TEST(Nic, unicast_to_another_is_not_for_us_unless_promiscuous) {
  Pair net;
  const MacAddress carol = MacAddress::from_u64(0x02000000000c);
  net.alice.send(carol, 60, 1);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.count, 0u);
  EXPECT_EQ(drops(net.bob.nic, Drop::not_for_us), 1u);
  net.bob.nic.set_promiscuous(true);
  net.alice.send(carol, 60, 2);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{2}));
}

TEST(Nic, broadcast_and_multicast_are_marked) {
  Pair net;
  net.bob.keep = true;
  net.alice.send(MacAddress::broadcast(), 60, 1);
  net.alice.send(MacAddress(0x33, 0x33, 0, 0, 0, 1), 60, 2);
  net.send(60, 3);
  net.engine.run_until_idle();
  ASSERT_EQ(net.bob.frames.size(), 3u);
  const auto& frames = net.bob.frames;
  EXPECT_TRUE(frames[0].meta().link_broadcast && !frames[0].meta().link_multicast);
  EXPECT_TRUE(!frames[1].meta().link_broadcast && frames[1].meta().link_multicast);
  EXPECT_TRUE(!frames[2].meta().link_broadcast && !frames[2].meta().link_multicast);
  net.bob.frames.clear();
}

TEST(Nic, frame_without_a_whole_header_is_dropped) {
  Pair net;
  for (u32 size = 0; size < wire::ethernet::header_size; ++size) {
    Packet runt = net.pool.allocate(size + 1);
    std::memset(runt.append(size), 0xff, size);
    net.alice.nic.output(std::move(runt));
  }
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.count, 0u);
  EXPECT_EQ(drops(net.bob.nic, Drop::bad_ethernet_frame), 14u);
}

TEST(Nic, ids_are_given_once_and_count_per_node) {
  Pair net;
  net.bob.keep = true;
  net.send(60, 1);
  net.send(60, 2);
  Packet forwarded = make_frame(net.pool, net.bob.nic.mac(), net.alice.nic.mac(), 60, 3);
  forwarded.meta().id = {77, 5};
  net.alice.nic.output(std::move(forwarded));
  net.engine.run_until_idle();
  ASSERT_EQ(net.bob.frames.size(), 3u);
  const u32 rank = net.origins["alice"].rank();
  EXPECT_EQ(net.bob.frames[0].meta().id, (FrameId{rank, 1}));
  EXPECT_EQ(net.bob.frames[1].meta().id, (FrameId{rank, 2}));
  EXPECT_EQ(net.bob.frames[2].meta().id, (FrameId{77, 5}));
  net.bob.frames.clear();
}

// Keeps the metadata of all that is dropped.
class DropRecorder final : public Recorder {
 public:
  void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    if (event == FrameEvent::dropped) dropped.push_back(frame.meta());
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  std::vector<PacketMeta> dropped;
};

TEST(Nic, frames_that_are_not_sent_have_ids_of_their_own) {
  Pair net;
  net.link.set_up(false);
  DropRecorder recorder;
  net.alice.nic.set_recorder(&recorder, 0);
  const auto make = [&] {
    return make_frame(net.pool, net.bob.nic.mac(), net.alice.nic.mac(), 60, 1);
  };
  net.alice.nic.output(make());
  net.alice.nic.drop_unsent(make(), Drop::neighbour_unreachable);
  Packet forwarded = make();
  forwarded.meta().id = {77, 5};
  forwarded.meta().passage = 3;  // where it came in
  net.alice.nic.drop_unsent(std::move(forwarded), Drop::neighbour_unreachable);
  const u32 rank = net.origins["alice"].rank();
  ASSERT_EQ(recorder.dropped.size(), 3u);
  EXPECT_EQ(recorder.dropped[0].id, (FrameId{rank, 1}));
  EXPECT_EQ(recorder.dropped[1].id, (FrameId{rank, 2}));
  EXPECT_EQ(recorder.dropped[2].id, (FrameId{77, 5}));
  for (const PacketMeta& meta : recorder.dropped) EXPECT_EQ(meta.passage, 0u);
}

TEST(Nic, every_coming_and_going_is_a_passage_of_its_own) {
  Pair net;
  net.bob.keep = true;
  net.send(60, 1);
  net.send(60, 2);
  net.engine.run_until_idle();
  ASSERT_EQ(net.bob.frames.size(), 2u);
  EXPECT_EQ(net.bob.frames[0].meta().passage, 1u);
  EXPECT_EQ(net.bob.frames[1].meta().passage, 2u);
  DropRecorder recorder;
  net.bob.nic.set_recorder(&recorder, 0);
  ASSERT_TRUE(net.link.set(Way::b_to_a, {.loss = {.independent_ppb = always_ppb}}));
  net.bob.nic.output(std::move(net.bob.frames[0]));
  ASSERT_EQ(recorder.dropped.size(), 1u);
  EXPECT_EQ(recorder.dropped[0].passage, 3u);
  net.bob.frames.clear();
}

TEST(Nic, copy_that_the_link_makes_and_frame_with_a_wrong_fcs_passed_no_port) {
  Pair net({.rate_bps = 1'000,
            .duplicate_ppb = always_ppb,
            .bit_errors_per_1e15 = 100'000'000'000'000,
            .queue = {.frames = 1}});
  DropRecorder at_alice, at_bob;
  net.alice.nic.set_recorder(&at_alice, 0);
  net.bob.nic.set_recorder(&at_bob, 1);
  net.send(1'514, 1);  // its copy waits
  net.send(1'514, 2);  // queue_full, both
  ASSERT_EQ(at_alice.dropped.size(), 2u);
  EXPECT_EQ(at_alice.dropped[0].passage, 2u);
  EXPECT_EQ(at_alice.dropped[1].passage, 0u);
  net.engine.run_until_idle();
  ASSERT_EQ(at_bob.dropped.size(), 2u);
  for (const PacketMeta& meta : at_bob.dropped) EXPECT_EQ(meta.passage, 0u);
}

TEST(Nic, dropped_has_what_the_node_refused_and_what_the_wire_lost) {
  Pair net({.mtu = 100});
  net.send(200, 1);
  net.alice.nic.drop(make_frame(net.pool, net.alice.nic.mac(), net.bob.nic.mac(), 60, 1),
                     Drop::no_socket);
  EXPECT_EQ(total_drops(net.alice.nic.dropped()), 2u);
  EXPECT_EQ(net.alice.nic.dropped()[static_cast<std::size_t>(Drop::frame_too_long)], 1u);
  EXPECT_EQ(net.alice.nic.dropped()[static_cast<std::size_t>(Drop::no_socket)], 1u);
  EXPECT_EQ(total_drops(net.alice.nic.counters().drops), 1u);
  EXPECT_EQ(total_drops(net.bob.nic.dropped()), 0u);
}

TEST(Nic, dropped_has_bad_fcs_where_it_was_found) {
  Pair net({.bit_errors_per_1e15 = 100'000'000'000'000});
  net.send(1'514, 1);
  net.engine.run_until_idle();
  EXPECT_EQ(total_drops(net.alice.nic.dropped()), 0u);
  EXPECT_EQ(net.bob.nic.dropped()[static_cast<std::size_t>(Drop::bad_fcs)], 1u);
}

// Sees what a recorder is shown of a frame whose owner has taken its headers off.
class SizeRecorder final : public Recorder {
 public:
  void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    if (event != FrameEvent::dropped) return;
    dropped_size = frame.size();
    checksum_start = frame.meta().checksum_start;
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  u32 dropped_size = 0;
  u32 checksum_start = 0;
};

TEST(Nic, drop_of_a_consumed_frame_is_recorded_whole) {
  Pair net;
  SizeRecorder recorder;
  net.bob.nic.set_recorder(&recorder, 1);
  Packet frame = make_frame(net.pool, net.bob.nic.mac(), net.alice.nic.mac(), 60, 3);
  frame.consume(34);
  frame.meta().checksum = ChecksumState::deferred;  // from here on
  net.bob.nic.drop(std::move(frame), Drop::no_socket, 34);
  EXPECT_EQ(recorder.dropped_size, 60u);
  EXPECT_EQ(recorder.checksum_start, 34u);
  EXPECT_EQ(drops(net.bob.nic, Drop::no_socket), 1u);
}

TEST(Nic, recorder_sees_a_frame_sent_and_received) {
  Pair net;
  CountingRecorder recorder;
  net.watch(recorder);
  net.send(60, 1);
  net.engine.run_until_idle();
  const std::map<std::pair<PortId, FrameEvent>, u64> expected = {{{0, FrameEvent::sent}, 1},
                                                                 {{1, FrameEvent::received}, 1}};
  EXPECT_EQ(recorder.events, expected);
  EXPECT_EQ(net.alice.nic.counters().sent_bytes, 60u);
  EXPECT_EQ(net.bob.nic.counters().received_bytes, 60u);
}

}  // namespace
}  // namespace catenet
