#include "catenet/link/codel.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "catenet/link/link_fixture.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet {
namespace {

using link_test::at;
using link_test::Heard;
using link_test::Pair;
using wire::Ecn;

constexpr Duration slot = Duration::nanoseconds(1'230'400);  // a full frame at 10 Mbit/s

Impairment codel(u64 rate_bps = 10'000'000, bool ecn = false) {
  Impairment impairment;
  impairment.rate_bps = rate_bps;
  impairment.queue.discipline = Discipline::codel;
  impairment.queue.ecn = ecn;
  return impairment;
}

Impairment drop_tail(u64 rate_bps = 10'000'000) {
  Impairment impairment;
  impairment.rate_bps = rate_bps;
  return impairment;
}

class DropTimes final : public Recorder {
 public:
  void on_frame(Instant now, PortId, FrameEvent event, const Packet&,
                std::optional<Drop> reason) override {
    if (event == FrameEvent::dropped && reason == Drop::codel)
      at_ns.push_back((now - Instant()).ns());
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  std::vector<i64> at_ns;
};

// `standing` full frames at once, then one for each that goes out.
void overload(Pair& net, u32 standing, u32 slots) {
  for (u32 tag = 0; tag < standing; ++tag) net.send(1'514, tag);
  for (u32 i = 1; i <= slots; ++i) {
    net.engine.run_until(at(slot * i));
    net.send(1'514, standing + i);
  }
}

// Frame 5 leaves 6.152 ms after it came: above target. An interval later, at 106.152 ms, it has
// been so for too long; the next frame leaves at 87 slots. From there on 100 ms / sqrt(count) lie
// between drops, each put off to the next slot.
TEST(Codel, rfc8289_5_5_first_drop_after_an_interval_then_by_the_control_law) {
  Pair net(codel());
  DropTimes drops;
  net.alice.nic.set_recorder(&drops, 0);
  overload(net, 20, 330);
  EXPECT_EQ(drops.at_ns,
            (std::vector<i64>{107'044'800, 207'937'600, 278'070'400, 335'899'200, 386'345'600}));
  EXPECT_TRUE(net.link.books_balance());
}

TEST(Codel, rfc8289_3_1_burst_that_drains_within_an_interval_is_left_alone) {
  Pair net(codel());
  for (u32 tag = 0; tag < 80; ++tag) net.send(1'514, tag);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.count, 80u);
  EXPECT_EQ(net.dropped(Drop::codel), 0u);
}

TEST(Codel, rfc8289_3_1_burst_that_takes_longer_is_not) {
  Pair net(codel());
  for (u32 tag = 0; tag < 200; ++tag) net.send(1'514, tag);
  net.engine.run_until_idle();
  EXPECT_GT(net.dropped(Drop::codel), 0u);
  EXPECT_EQ(net.bob.count + net.dropped(Drop::codel), 200u);
}

// 40 frames go round and round; one that is dropped is missing from then on. Five keep the line
// busy and wait for 4.92 ms.
TEST(Codel, rfc8289_4_standing_queue_is_brought_below_target_and_then_left_alone) {
  Pair net(codel());
  ASSERT_TRUE(net.link.set(Way::b_to_a, {}));
  net.alice.bounces = net.bob.bounces = UINT64_MAX;
  for (u32 tag = 0; tag < 40; ++tag) net.send(1'514, tag);
  net.engine.run_until(at(3_s));
  EXPECT_EQ(net.dropped(Drop::codel), 35u);
  EXPECT_EQ(net.there().queued(), 4u);
  EXPECT_TRUE(net.link.books_balance());
}

// At 100 kbit/s a frame takes 123 ms: one that waits behind another is late, and no harm.
TEST(Codel, rfc8289_4_1_queue_of_one_full_frame_is_never_too_long) {
  Pair net(codel(100'000));
  for (u32 i = 0; i < 30; ++i) {
    net.engine.run_until(at(slot * 100 * i));
    net.send(1'514, i);
    if (i == 0) net.send(1'514, 100);
  }
  EXPECT_EQ(net.there().queued(), 1u);
  EXPECT_EQ(net.dropped(Drop::codel), 0u);
}

TEST(Codel, rfc8289_5_6_spacing_is_interval_by_the_root_of_count) {
  const Duration interval = 100_ms;
  EXPECT_EQ(codel_spacing(interval, 1), 100_ms);
  EXPECT_EQ(codel_spacing(interval, 4), 50_ms);
  EXPECT_EQ(codel_spacing(interval, 2), Duration::nanoseconds(70'710'678));
  __extension__ using u128 = unsigned __int128;
  for (u32 count = 1; count < 100'000; count += 7) {
    const u64 ns = static_cast<u64>(codel_spacing(interval, count).ns());
    const u128 square = u128{100'000'000} * 100'000'000;
    EXPECT_LE(u128{ns} * ns * count, square) << count;
    EXPECT_GT(u128{ns + 10} * (ns + 10) * count, square) << count;
  }
}

// Judges three frames that have waited for `sojourn` each, and says how many were dropped.
class Judge {
 public:
  u32 drops(Instant now, Duration sojourn) {
    for (int i = 0; i < 3; ++i)
      queue_.push({link_test::make_frame(pool_, {}, {}, 100, 0), now - sojourn, false});
    PacketQueue dropped;
    u64 marked = 0;
    queue_.dequeue(now, 0, dropped, marked);
    while (queue_.take().frame) {
    }
    return dropped.size();
  }
  // When the first frame is dropped of those that leave every millisecond from `from` on.
  i64 first_drop_ms(i64 from) {
    for (i64 ms = from; ms < from + 10'000; ++ms) {
      if (drops(at(Duration::milliseconds(ms)), 6_ms) > 0) return ms;
    }
    return -1;
  }

 private:
  PacketPool pool_;
  CodelQueue queue_;
};

TEST(Codel, sojourn_below_target_ends_dropping) {
  Judge judge;
  EXPECT_EQ(judge.first_drop_ms(1'000), 1'100);
  EXPECT_EQ(judge.drops(at(1'150_ms), 4_ms), 0u);
  EXPECT_EQ(judge.first_drop_ms(1'151), 1'251);
}

// Ten drops, the last at a spacing of 100 / sqrt(10) ms; then a short pause.
TEST(Codel, rfc8289_5_5_dropping_goes_on_near_its_last_rate_after_a_short_pause) {
  Judge judge;
  i64 ms = 1'000;
  for (int drop = 0; drop < 10; ++drop) ms = judge.first_drop_ms(ms) + 1;
  judge.drops(at(Duration::milliseconds(ms)), 4_ms);
  const i64 again = judge.first_drop_ms(ms + 1);
  EXPECT_EQ(again, ms + 101);
  EXPECT_EQ(judge.first_drop_ms(again + 1), again + 34);  // 100 / sqrt(9)
}

TEST(Codel, rfc8289_5_5_dropping_begins_slowly_after_a_long_pause) {
  Judge judge;
  i64 ms = 1'000;
  for (int drop = 0; drop < 10; ++drop) ms = judge.first_drop_ms(ms) + 1;
  judge.drops(at(Duration::milliseconds(ms + 1'700)), 4_ms);
  const i64 again = judge.first_drop_ms(ms + 1'701);
  EXPECT_EQ(judge.first_drop_ms(again + 1), again + 100);
}

void overload_with(Pair& net, Ecn ecn, u32 slots) {
  net.bob.keep = true;
  const auto send = [&] {
    net.alice.nic.output(link_test::make_ip_frame(net.pool, Family::ipv4, ecn, 1'514));
  };
  for (u32 i = 0; i < 20; ++i) send();
  for (u32 i = 1; i <= slots; ++i) {
    net.engine.run_until(at(slot * i));
    send();
  }
}

u64 heard_ce(const Pair& net) {
  return static_cast<u64>(std::ranges::count_if(net.bob.frames, [](const Packet& frame) {
    return wire::Ipv4View(frame.data() + wire::ethernet::header_size).ecn() == Ecn::ce;
  }));
}

TEST(CodelEcn, marks_when_it_would_have_dropped) {
  Pair net(codel(10'000'000, true));
  overload_with(net, Ecn::ect_0, 330);
  EXPECT_EQ(net.dropped(Drop::codel), 0u);
  EXPECT_EQ(net.there().counters().marked, 5u);  // as many as the control law drops
  EXPECT_EQ(heard_ce(net), 5u);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(CodelEcn, drops_what_cannot_be_marked_and_all_where_ecn_is_off) {
  Pair deaf(codel(10'000'000, true)), off(codel());
  overload_with(deaf, Ecn::not_ect, 330);
  overload_with(off, Ecn::ect_0, 330);
  for (Pair* net : {&deaf, &off}) {
    EXPECT_EQ(net->dropped(Drop::codel), 5u);
    EXPECT_EQ(net->there().counters().marked, 0u);
    EXPECT_EQ(heard_ce(*net), 0u);
  }
}

TEST(CodelQueueing, fewer_than_the_limit_wait) {
  Impairment impairment = codel();
  impairment.queue.frames = 2;
  Pair net(impairment);
  for (u32 tag = 0; tag < 5; ++tag) net.send(1'514, tag);
  EXPECT_EQ(net.there().queued(), 2u);
  EXPECT_EQ(net.dropped(Drop::queue_full), 2u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 1, 2}));
}

TEST(CodelQueueing, sends_when_drop_tail_would_have) {
  Pair held(codel(9'000'000)), settled(drop_tail(9'000'000));
  for (Pair* net : {&held, &settled}) {
    for (u32 tag = 0; tag < 50; ++tag) {
      net->send(60 + tag * 20, tag);
      net->engine.run_until(net->engine.now() + Duration::microseconds(tag * 23));
    }
    net->engine.run_until_idle();
  }
  EXPECT_EQ(held.bob.heard, settled.bob.heard);
}

TEST(CodelQueueing, frames_that_wait_are_in_flight) {
  Pair net(codel());
  for (u32 tag = 0; tag < 4; ++tag) net.send(1'514, tag);
  EXPECT_EQ(net.there().counters().in_flight, 4u);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(CodelQueueing, link_down_ends_what_waits_and_up_begins_anew) {
  Pair net(codel());
  for (u32 tag = 0; tag < 4; ++tag) net.send(1'514, tag);
  net.engine.run_until(at(slot + 1_us));
  net.link.set_up(false);
  EXPECT_EQ(net.dropped(Drop::link_down), 3u);
  EXPECT_EQ(net.there().queued(), 0u);
  EXPECT_TRUE(net.link.books_balance());
  net.link.set_up(true);
  net.send(1'514, 9);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'230'400, 0, 1'514}, {2'461'800, 9, 1'514}}));
}

TEST(CodelQueueing, what_waits_as_a_partition_begins_arrives) {
  Pair net(codel());
  for (u32 tag = 0; tag < 3; ++tag) net.send(1'514, tag);
  net.link.set_partitioned(true);
  net.send(1'514, 3);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 1, 2}));
  EXPECT_EQ(net.dropped(Drop::partitioned), 1u);
}

TEST(CodelQueueing, what_waits_goes_out_in_its_turn_when_drop_tail_takes_over) {
  Pair net(codel());
  for (u32 tag = 0; tag < 3; ++tag) net.send(1'514, tag);
  ASSERT_TRUE(net.link.set(Way::a_to_b, drop_tail()));
  EXPECT_EQ(net.there().queued(), 2u);
  net.send(1'514, 3);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'230'400, 0, 1'514},
                                               {2'460'800, 1, 1'514},
                                               {3'691'200, 2, 1'514},
                                               {4'921'600, 3, 1'514}}));
}

TEST(CodelQueueing, what_drop_tail_has_settled_goes_out_before_what_is_held) {
  Pair net(drop_tail());
  for (u32 tag = 0; tag < 3; ++tag) net.send(1'514, tag);
  ASSERT_TRUE(net.link.set(Way::a_to_b, codel()));
  net.send(1'514, 3);
  EXPECT_EQ(net.there().queued(), 3u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard.back(), (Heard{4'921'600, 3, 1'514}));
  EXPECT_EQ(net.bob.count, 4u);
}

TEST(CodelQueueing, new_rate_holds_for_frames_that_wait_and_a_lifted_one_lets_them_go) {
  Pair net(codel());
  for (u32 tag = 0; tag < 4; ++tag) net.send(1'514, tag);
  ASSERT_TRUE(net.link.set(Way::a_to_b, codel(100'000'000)));
  net.engine.run_until(at(slot));
  ASSERT_TRUE(net.link.set(Way::a_to_b, codel(0)));
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'230'400, 0, 1'514},
                                               {1'353'440, 1, 1'514},
                                               {1'353'440, 2, 1'514},
                                               {1'353'440, 3, 1'514}}));
}

TEST(CodelQueueing, super_segments_are_cut_before) {
  Pair net(codel(0));
  EXPECT_FALSE(net.there().takes_super_segments());
}

TEST(CodelQueueing, copies_wait_as_any_frame) {
  Impairment impairment = codel();
  impairment.duplicate_ppb = always_ppb;
  Pair net(impairment);
  net.send(1'514, 7);
  EXPECT_EQ(net.there().queued(), 1u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{7, 7}));
  EXPECT_EQ(net.there().counters().duplicated, 1u);
}

TEST(CodelQueueing, frames_that_wait_when_the_link_is_unplugged_vanish_with_it) {
  Engine engine;
  PacketPool pool;
  link_test::Origins origins({"a", "b", "a>b", "b>a"});
  link_test::Station a("a", 1, engine, pool, origins["a"]);
  link_test::Station b("b", 2, engine, pool, origins["b"]);
  {
    Link link(a.nic, b.nic, origins["a>b"], origins["b>a"], codel());
    for (u32 tag = 0; tag < 4; ++tag) a.send(b.nic.mac(), 1'514, tag);
    EXPECT_EQ(pool.live(), 4u);
  }
  EXPECT_EQ(pool.live(), 0u);
  engine.run_until_idle();
  EXPECT_EQ(b.count, 0u);
}

}  // namespace
}  // namespace catenet
