#include "catenet/link/link.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

using link_test::at;
using link_test::CountingRecorder;
using link_test::Heard;
using link_test::Pair;

Impairment slow(Duration delay) { return {.rate_bps = 10'000'000, .delay = delay}; }

TEST(Link, directions_are_named_after_their_ports) {
  Pair net;
  EXPECT_EQ(Link::direction_name(net.alice.nic, net.bob.nic), "alice:eth0>bob:eth0");
  EXPECT_EQ(&net.link.direction_from(net.bob.nic), &net.back());
  EXPECT_EQ(net.there().origin().name(), "alice:eth0>bob:eth0");
}

TEST(Link, plain_link_delivers_at_the_same_instant_but_never_inside_the_call) {
  Pair net;
  net.engine.run_until(at(5_ms));
  net.send(60, 1);
  EXPECT_EQ(net.bob.count, 0u);
  EXPECT_EQ(net.there().counters().in_flight, 1u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{5'000'000, 1, 60}}));
  EXPECT_EQ(net.alice.count, 0u);
}

TEST(Link, many_in_flight_need_one_event) {
  Pair net({.delay = 1_s});
  for (u32 tag = 0; tag < 100; ++tag) net.send(60, tag);
  EXPECT_EQ(net.there().counters().in_flight, 100u);
  EXPECT_TRUE(net.engine.run_next());
  EXPECT_EQ(net.bob.count, 1u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.engine.events_run(), 100u);
}

TEST(Link, set_leaves_what_is_in_flight_as_it_was) {
  Pair net({.delay = 50_ms});
  net.send(60, 1);
  ASSERT_TRUE(net.link.set_both({.delay = 10_ms, .loss = {.independent_ppb = always_ppb}}));
  net.send(60, 2);
  ASSERT_TRUE(net.link.set_both({.delay = 20_ms}));
  net.send(60, 3);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{20'000'000, 3, 60}, {50'000'000, 1, 60}}));
  EXPECT_EQ(net.dropped(Drop::random_loss), 1u);
}

TEST(Link, wrong_impairment_is_refused_and_changes_nothing) {
  Pair net({.delay = 3_ms});
  const auto result = net.link.set(Way::a_to_b, {.delay = -(1_ms)});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().field, "delay");
  EXPECT_EQ(net.there().impairment(), (Impairment{.delay = 3_ms}));
}

TEST(Link, down_drops_what_is_queued_and_in_flight) {
  Pair net(slow(20_ms));
  CountingRecorder recorder;
  net.watch(recorder);
  for (u32 tag = 0; tag < 6; ++tag) net.send(1'514, tag);
  net.engine.run_until(at(Duration::nanoseconds(22'400'000)));  // the first arrived at 21.23 ms
  net.link.set_up(false);
  EXPECT_EQ(net.bob.count, 1u);
  EXPECT_EQ(net.dropped(Drop::link_down), 5u);
  EXPECT_EQ((recorder.drops[{0, Drop::link_down}]), 5u);
  EXPECT_EQ(net.there().counters().in_flight, 0u);
  EXPECT_FALSE(net.alice.nic.carrier() || net.bob.nic.carrier());
  EXPECT_TRUE(net.engine.idle());
  EXPECT_TRUE(net.link.books_balance());
}

TEST(Link, up_again_starts_with_an_idle_transmitter) {
  Pair net(slow(20_ms));
  for (u32 tag = 0; tag < 6; ++tag) net.send(1'514, tag);
  net.link.set_up(false);
  net.link.set_up(true);
  net.send(1'514, 9);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{21'230'400, 9, 1'514}}));
}

TEST(Link, up_again_does_not_wait_behind_frames_that_are_gone) {
  Pair net({.delay = 100_ms, .jitter = {.amount = 1_ns, .keep_order = true}});
  net.send(60, 1);
  net.link.set_up(false);
  net.link.set_up(true);
  ASSERT_TRUE(net.link.set_both({.delay = 1_ms, .jitter = {.amount = 1_ns, .keep_order = true}}));
  net.send(60, 2);
  net.engine.run_until_idle();
  ASSERT_EQ(net.bob.tags(), (std::vector<u32>{2}));
  EXPECT_LE(net.bob.heard[0].at_ns, 1'000'001);
}

TEST(Link, taken_down_by_the_receiver_of_a_frame_drops_the_rest) {
  struct Cutter final : FrameHandler {
    explicit Cutter(Link& cable) : link(cable) {}
    void on_frame(Nic&, Packet&&) override { link.set_up(false); }
    void on_carrier(Nic&, bool) override {}
    Link& link;
  };
  Pair net({.delay = 1_ms});
  Cutter cutter(net.link);
  net.bob.nic.attach(cutter);
  for (u32 tag = 0; tag < 3; ++tag) net.send(60, tag);
  net.engine.run_until_idle();
  EXPECT_EQ(net.there().counters().delivered, 1u);
  EXPECT_EQ(net.dropped(Drop::link_down), 2u);
}

TEST(Link, transmit_past_the_nic_while_down_is_dropped) {
  Pair net({.duplicate_ppb = always_ppb});
  net.link.set_up(false);
  net.there().transmit(
      link_test::make_frame(net.pool, net.bob.nic.mac(), net.alice.nic.mac(), 60, 1));
  EXPECT_EQ(net.dropped(Drop::link_down), 1u);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(Link, partition_drops_what_is_offered_and_keeps_carrier) {
  Pair net({.delay = 10_ms});
  net.send(60, 1);
  net.link.set_partitioned(true);
  net.send(60, 2);
  net.bob.send(net.alice.nic.mac(), 60, 3);
  EXPECT_TRUE(net.alice.nic.carrier());
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{1}));
  EXPECT_EQ(net.alice.count, 0u);
  EXPECT_EQ(net.dropped(Drop::partitioned), 1u);
  net.link.set_partitioned(false);
  net.send(60, 4);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{1, 4}));
}

TEST(Link, partition_of_one_way_leaves_the_other) {
  Pair net;
  net.link.set_partitioned(Way::a_to_b, true);
  net.send(60, 1);
  net.bob.send(net.alice.nic.mac(), 60, 2);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.count, 0u);
  EXPECT_EQ(net.alice.tags(), (std::vector<u32>{2}));
}

TEST(Link, mtu_counts_payload_and_not_the_vlan_tag) {
  Pair net({.mtu = 100});
  net.send(114, 1);
  net.send(115, 2);
  const auto send_tagged = [&](u32 size, u32 tag) {
    Packet frame =
        link_test::make_frame(net.pool, net.bob.nic.mac(), net.alice.nic.mac(), size, tag);
    store16(frame.data() + 12, 0x8100);
    net.alice.nic.output(std::move(frame));
  };
  send_tagged(118, 3);
  send_tagged(119, 4);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{1, 3}));
  EXPECT_EQ(net.dropped(Drop::frame_too_long), 2u);
}

TEST(Link, unplugged_port_has_no_peer) {
  Engine engine;
  PacketPool pool;
  link_test::Origins origins({"a", "b", "a:eth0>b:eth0", "b:eth0>a:eth0"});
  link_test::Station a("a", 1, engine, pool, origins["a"]);
  link_test::Station b("b", 2, engine, pool, origins["b"]);
  {
    Link link(a.nic, b.nic, origins["a:eth0>b:eth0"], origins["b:eth0>a:eth0"], {.delay = 1_ms});
    a.send(b.nic.mac(), 60, 1);
  }
  a.send(b.nic.mac(), 60, 2);
  engine.run_until_idle();
  EXPECT_EQ(b.count, 0u);
  EXPECT_EQ(a.nic.counters().drops[static_cast<std::size_t>(Drop::no_peer)], 1u);
  EXPECT_EQ(pool.live(), 0u);
}

TEST(Link, recorder_sees_a_loss_at_the_sending_port) {
  Pair net({.loss = {.independent_ppb = always_ppb}});
  CountingRecorder recorder;
  net.watch(recorder);
  net.send(60, 1);
  net.engine.run_until_idle();
  const std::map<std::pair<PortId, FrameEvent>, u64> expected = {{{0, FrameEvent::sent}, 1},
                                                                 {{0, FrameEvent::dropped}, 1}};
  EXPECT_EQ(recorder.events, expected);
}

}  // namespace
}  // namespace catenet
