#include "catenet/link/red.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "catenet/link/link_fixture.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet {
namespace {

using link_test::at;
using link_test::Pair;
using wire::Ecn;

constexpr u64 whole = 1'000'000'000'000'000;

// The average is the queue of now: each arrival's chance is known.
RedSettings without_memory() {
  return {.min = 50, .max = 150, .probability_ppb = 100'000'000, .weight_per_1e15 = whole};
}

struct Bench {
  explicit Bench(const RedSettings& settings, u64 seed = 1) : red(RandomStream(seed)) {
    red.set(settings, 10'000'000);
  }
  std::optional<Drop> arrive(u32 queue, u32 bytes = 1'000) {
    return red.on_arrival(Instant(), {queue, u64{queue} * 1'000, 1_ms, {}}, bytes);
  }
  u64 count(u32 arrivals, u32 queue, Drop reason, u32 bytes = 1'000) {
    u64 hits = 0;
    for (u32 i = 0; i < arrivals; ++i) hits += arrive(queue, bytes) == reason;
    return hits;
  }
  Red red;
};

TEST(Red, average_is_a_low_pass_of_the_queue) {
  Bench bench({.min = 1'000, .max = 2'000});
  for (int i = 0; i < 512; ++i) EXPECT_FALSE(bench.arrive(100));
  EXPECT_EQ(bench.red.average(), 63u);  // 100 (1 - (1 - 2^-9)^512)
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(bench.arrive(100));
  EXPECT_EQ(bench.red.average(), 99u);
  for (int i = 0; i < 512; ++i) EXPECT_FALSE(bench.arrive(0));
  EXPECT_EQ(bench.red.average(), 36u);
}

// 1024 bytes of wire a frame: at 8.192 Mbit/s one a millisecond.
TEST(Red, average_falls_while_nothing_is_sent_as_if_frames_had_come) {
  Bench bench({.min = 1'000, .max = 2'000});
  bench.red.set({.min = 1'000, .max = 2'000}, 8'192'000);
  for (int i = 0; i < 20'000; ++i) EXPECT_FALSE(bench.arrive(1'000));
  const u64 before = bench.red.average();
  bench.red.on_arrival(Instant(), {0, 0, {}, 512_ms}, 1'000);
  EXPECT_NEAR(static_cast<double>(bench.red.average()), static_cast<double>(before) * 0.3675, 1);
  bench.red.on_arrival(Instant(), {0, 0, {}, Duration::seconds(86'400 * 365)}, 1'000);
  EXPECT_EQ(bench.red.average(), 0u);
}

TEST(Red, nothing_is_dropped_below_min) {
  Bench bench(without_memory());
  EXPECT_EQ(bench.count(10'000, 49, Drop::red_early), 0u);
}

TEST(Red, chance_grows_from_min_to_max_evenly) {
  const auto share = [](u32 queue) {
    u64 drops = 0;
    for (u64 seed = 0; seed < 20; ++seed) {
      drops += Bench(without_memory(), seed).count(10'000, queue, Drop::red_early);
    }
    return static_cast<double>(drops) / 200'000;
  };
  // Drops are 1 to 1 / p_b - 1 frames apart, so half of that on average: twice p_b of all.
  EXPECT_NEAR(share(60), 0.02, 0.001);
  EXPECT_NEAR(share(100), 0.10, 0.002);
  EXPECT_NEAR(share(149), 0.198, 0.004);
}

// p_b = 5 %: 1 to 19 frames from drop to drop, each as likely.
TEST(Red, drops_are_spread_evenly) {
  std::vector<u64> gaps(21);
  for (u64 seed = 0; seed < 40; ++seed) {
    Bench bench(without_memory(), seed);
    std::size_t gap = 0;
    for (u32 i = 0; i < 10'000; ++i) {
      ++gap;
      if (!bench.arrive(100)) continue;
      ASSERT_LT(gap, gaps.size());
      ++gaps[gap];
      gap = 0;
    }
  }
  for (std::size_t gap = 1; gap <= 19; ++gap) {
    EXPECT_NEAR(static_cast<double>(gaps[gap]), 400'000.0 / 10 / 19, 200) << gap;
  }
}

TEST(Red, gentle_goes_on_to_twice_max_and_harsh_ends_at_max) {
  RedSettings harsh = without_memory();
  harsh.gentle = false;
  EXPECT_EQ(Bench(harsh).count(1'000, 150, Drop::red_forced), 1'000u);
  Bench gentle(without_memory());
  EXPECT_EQ(gentle.count(1'000, 300, Drop::red_forced), 1'000u);
  // Half way from 10 % to 100 %: p_b is 55 %, and after one frame that passed none does.
  const u64 early = gentle.count(10'000, 225, Drop::red_early);
  EXPECT_GT(early, 9'000u);
  EXPECT_LE(early, 10'000u);
  EXPECT_EQ(gentle.count(1'000, 299, Drop::red_forced), 0u);
}

TEST(Red, in_bytes_short_frames_have_a_smaller_chance) {
  RedSettings settings = without_memory();
  settings.in_bytes = true;
  settings.min = 50'000;
  settings.max = 150'000;
  const u64 full = Bench(settings).count(100'000, 100, Drop::red_early, 1'000);
  const u64 small = Bench(settings).count(100'000, 100, Drop::red_early, 100);
  EXPECT_NEAR(static_cast<double>(full), 10'000, 300);  // p_b 5 %
  EXPECT_NEAR(static_cast<double>(small), 1'000, 100);  // p_b 0.5 %
}

Impairment red_line(const RedSettings& settings, bool ecn = false) {
  Impairment impairment;
  impairment.rate_bps = 10'000'000;
  impairment.queue.discipline = Discipline::red;
  impairment.queue.red = settings;
  impairment.queue.ecn = ecn;
  return impairment;
}

constexpr RedSettings quick = {.min = 5, .max = 15, .weight_per_1e15 = 2'000'000'000'000};

TEST(RedLine, short_burst_passes_and_a_standing_queue_is_dropped_from) {
  Pair net(red_line(quick));
  for (u32 tag = 0; tag < 50; ++tag) net.send(1'514, tag);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.count, 50u);
  // Four times as many as the line takes.
  net.send_many(3'000, 1'514, Duration::microseconds(300));
  EXPECT_GT(net.dropped(Drop::red_early), 100u);
  EXPECT_GT(net.dropped(Drop::red_forced), 0u);
  EXPECT_EQ(net.dropped(Drop::queue_full), 0u);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(RedLine, frame_that_finds_the_queue_full_is_dropped_for_that) {
  Impairment impairment = red_line(quick);
  impairment.queue.frames = 20;
  Pair net(impairment);
  for (u32 tag = 0; tag < 50; ++tag) net.send(1'514, tag);
  EXPECT_EQ(net.dropped(Drop::queue_full), 29u);
}

TEST(RedLine, rfc3168_7_marks_early_and_drops_when_it_is_far_too_long) {
  Pair net(red_line(quick, true));
  net.bob.keep = true;
  for (u32 i = 0; i < 6'000; ++i) {
    net.alice.nic.output(link_test::make_ip_frame(net.pool, Family::ipv4, Ecn::ect_0, 1'514));
    net.engine.run_until(net.engine.now() + Duration::microseconds(615));
  }
  net.engine.run_until_idle();
  EXPECT_EQ(net.dropped(Drop::red_early), 0u);
  EXPECT_GT(net.dropped(Drop::red_forced), 0u);
  const auto ce = std::ranges::count_if(net.bob.frames, [](const Packet& frame) {
    const wire::Ipv4View ip(frame.data() + wire::ethernet::header_size);
    return ip.ecn() == Ecn::ce && ip.checksum_ok();
  });
  EXPECT_GT(ce, 0);
  EXPECT_EQ(net.there().counters().marked, static_cast<u64>(ce));
  EXPECT_TRUE(net.link.books_balance());
}

// Its thresholds are never reached, so all that could differ is luck.
TEST(RedLine, draws_move_nobody_else_s_luck) {
  Impairment impairment = red_line({.min = 900, .max = 1'000});
  impairment.jitter.amount = 3_ms;
  impairment.loss.independent_ppb = 100'000'000;
  impairment.duplicate_ppb = 100'000'000;
  Pair with(impairment);
  impairment.queue = {};
  Pair without(impairment);
  for (Pair* net : {&with, &without}) net->send_many(1'000, 500, 500_us);
  EXPECT_EQ(with.bob.heard, without.bob.heard);
}

TEST(RedLine, costs_no_events_of_its_own) {
  Pair with(red_line({.min = 900, .max = 1'000})), without(Impairment{.rate_bps = 10'000'000});
  for (Pair* net : {&with, &without}) net->send_many(100, 1'514, 100_us);
  EXPECT_EQ(with.engine.events_run(), without.engine.events_run());
}

TEST(RedLine, new_settings_hold_while_frames_wait_and_the_average_goes_on) {
  RedSettings wide = quick;
  wide.min = 400;
  wide.max = 500;
  Pair net(red_line(wide));
  for (u32 tag = 0; tag < 600; ++tag) net.send(1'514, tag);
  EXPECT_EQ(net.there().counters().dropped_total(), 0u);
  ASSERT_TRUE(net.link.set(Way::a_to_b, red_line(quick)));
  for (u32 tag = 0; tag < 100; ++tag) net.send(1'514, tag);
  EXPECT_EQ(net.dropped(Drop::red_forced), 100u);
  net.engine.run_until_idle();
  EXPECT_TRUE(net.link.books_balance());
}

TEST(RedLine, same_seed_same_drops_another_seed_others) {
  Pair first(red_line(quick), 5), second(red_line(quick), 5), third(red_line(quick), 6);
  for (Pair* net : {&first, &second, &third}) {
    net->send_many(1'000, 1'514, Duration::microseconds(900));
  }
  EXPECT_EQ(first.bob.heard, second.bob.heard);
  EXPECT_NE(first.bob.heard, third.bob.heard);
}

}  // namespace
}  // namespace catenet
