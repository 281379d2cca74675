// Impairments that are luck, on a link with a fixed seed. Ranges are four standard deviations or
// more, so that another generator passes too; what must hold exactly is said exactly.
#include "catenet/link/channel.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>
#include <vector>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

using link_test::at;
using link_test::Heard;
using link_test::Pair;

// Arrival times by tag.
std::map<u32, i64> times(const Pair& net) {
  std::map<u32, i64> all;
  for (const Heard& heard : net.bob.heard) all[heard.tag] = heard.at_ns;
  return all;
}

u64 inversions(const std::vector<u32>& tags) {
  u64 count = 0;
  for (std::size_t i = 1; i < tags.size(); ++i) count += tags[i] < tags[i - 1] ? 1 : 0;
  return count;
}

TEST(Loss, independent_two_percent_of_100000) {
  Pair net({.loss = {.independent_ppb = 20'000'000}});
  net.send_many(100'000, 60, 1_us);
  EXPECT_NEAR(static_cast<double>(net.dropped(Drop::random_loss)), 2'000, 4 * 45);
  EXPECT_EQ(net.bob.count + net.dropped(Drop::random_loss), 100'000u);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(Loss, always_loses_all_and_never_none) {
  Pair all({.loss = {.independent_ppb = always_ppb}});
  all.send_many(100, 60, 1_us);
  EXPECT_EQ(all.bob.count, 0u);
  Pair none({.loss = {.independent_ppb = 0, .every_nth = 1'000}});
  none.send_many(999, 60, 1_us);
  EXPECT_EQ(none.bob.count, 999u);
}

TEST(Loss, every_nth_takes_the_nth_and_its_multiples) {
  Pair net({.loss = {.every_nth = 3}});
  net.send_many(10, 60, 1_us);
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 1, 3, 4, 6, 7, 9}));
  EXPECT_EQ(net.dropped(Drop::every_nth_loss), 3u);
}

// p = 1 %, r = 25 %: p / (p + r) = 3.85 % lost, in bursts of 1 / r = 4 frames on average.
TEST(Loss, gilbert_elliott_bursts_have_the_model_s_share_and_length) {
  Pair net({.loss = {.burst = {.to_bad_ppb = 10'000'000, .to_good_ppb = 250'000'000}}});
  net.send_many(200'000, 60, 1_us);
  const auto tags = net.bob.tags();
  u64 bursts = 0;
  for (std::size_t i = 1; i < tags.size(); ++i) bursts += tags[i] != tags[i - 1] + 1 ? 1 : 0;
  const u64 lost = net.dropped(Drop::burst_loss);
  EXPECT_NEAR(static_cast<double>(lost), 7'692, 800);
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(bursts), 4.0, 0.3);
}

TEST(Loss, gilbert_elliott_good_state_loses_its_own_share) {
  Pair net(
      {.loss = {
           .burst = {.to_bad_ppb = 1, .to_good_ppb = always_ppb, .good_loss_ppb = 50'000'000}}});
  net.send_many(20'000, 60, 1_us);
  EXPECT_NEAR(static_cast<double>(net.dropped(Drop::burst_loss)), 1'000, 4 * 31);
}

TEST(Loss, lost_frame_has_used_its_time_on_the_wire) {
  Pair net({.rate_bps = 10'000'000, .loss = {.every_nth = 2}});
  for (u32 tag = 0; tag < 3; ++tag) net.send(1'514, tag);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'230'400, 0, 1'514}, {3'691'200, 2, 1'514}}));
}

TEST(Channel, loss_leaves_the_jitter_of_other_frames_alone) {
  Impairment impairment{.delay = 10_ms, .jitter = {.amount = 5_ms}};
  Pair without(impairment);
  impairment.loss = {200'000'000, {100'000'000, 500'000'000}, 7};
  impairment.bit_errors_per_1e15 = 100'000'000'000;
  Pair with(impairment);
  without.send_many(2'000, 60, 100_us);
  with.send_many(2'000, 60, 100_us);
  const auto expected = times(without);
  EXPECT_LT(with.bob.count, 1'500u);
  EXPECT_GT(with.bob.count, 500u);
  for (const auto& [tag, when] : times(with)) EXPECT_EQ(when, expected.at(tag)) << tag;
}

TEST(Channel, copies_leave_the_jitter_of_originals_alone) {
  Impairment impairment{.delay = 10_ms, .jitter = {.amount = 5_ms}};
  Pair without(impairment);
  impairment.duplicate_ppb = 300'000'000;
  Pair with(impairment);
  without.send_many(2'000, 60, 100_us);
  with.send_many(2'000, 60, 100_us);
  std::map<u32, std::set<i64>> heard_at;
  for (const Heard& heard : with.bob.heard) heard_at[heard.tag].insert(heard.at_ns);
  for (const auto& [tag, when] : times(without)) EXPECT_TRUE(heard_at[tag].contains(when)) << tag;
  EXPECT_GT(with.bob.count, 2'500u);
}

TEST(Channel, copies_leave_the_bursts_of_originals_alone) {
  Impairment impairment{.loss = {.burst = {.to_bad_ppb = 50'000'000, .to_good_ppb = 200'000'000}}};
  Pair without(impairment);
  impairment.duplicate_ppb = 500'000'000;
  Pair with(impairment);
  without.send_many(2'000, 60, 1_us);
  with.send_many(2'000, 60, 1_us);
  const auto expected = times(without);
  EXPECT_LT(expected.size(), 1'900u);
  // A copy shares its original's state: in a burst both are lost, else neither.
  const auto heard = times(with);
  EXPECT_EQ(heard.size(), expected.size());
  for (const auto& [tag, when] : expected) EXPECT_TRUE(heard.contains(tag)) << tag;
}

TEST(Channel, same_seed_same_luck_and_another_seed_another) {
  const Impairment impairment{.delay = 3_ms,
                              .jitter = {Jitter::Distribution::normal, 500_us},
                              .loss = {.independent_ppb = 100'000'000},
                              .duplicate_ppb = 50'000'000};
  Pair first(impairment, 7), second(impairment, 7), third(impairment, 8);
  for (Pair* net : {&first, &second, &third}) net->send_many(500, 60, 1_ms);
  EXPECT_EQ(first.bob.heard, second.bob.heard);
  EXPECT_NE(first.bob.heard, third.bob.heard);
}

TEST(Duplicate, copies_are_transmissions_of_their_own) {
  Pair net({.duplicate_ppb = 100'000'000});
  net.send_many(10'000, 60, 1_us);
  const auto counters = net.there().counters();
  EXPECT_NEAR(static_cast<double>(counters.duplicated), 1'000, 4 * 30);
  EXPECT_EQ(counters.offered, 10'000 + counters.duplicated);
  EXPECT_EQ(counters.delivered, counters.offered);
  EXPECT_EQ(net.alice.nic.counters().sent_frames, 10'000u);
  EXPECT_EQ(inversions(net.bob.tags()), 0u);
}

TEST(Duplicate, copy_is_not_copied_again_and_keeps_the_id) {
  Pair net({.duplicate_ppb = always_ppb});
  net.bob.keep = true;
  net.send(60, 1);
  net.engine.run_until_idle();
  ASSERT_EQ(net.bob.frames.size(), 2u);
  EXPECT_EQ(net.bob.frames[0].meta().id, net.bob.frames[1].meta().id);
  net.bob.frames.clear();
}

TEST(Duplicate, copy_queues_behind_its_original_and_may_find_no_place) {
  Pair net({.rate_bps = 10'000'000, .duplicate_ppb = always_ppb, .queue = {.frames = 0}});
  net.send(1'514, 1);
  net.engine.run_until_idle();
  EXPECT_EQ(net.bob.count, 1u);
  EXPECT_EQ(net.dropped(Drop::queue_full), 1u);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(Jitter, uniform_stays_within_its_bounds_and_fills_them) {
  Pair net({.delay = 10_ms, .jitter = {.amount = 4_ms}});
  net.send_many(5'000, 60, 20_ms);
  i64 least = INT64_MAX, most = 0, sum = 0;
  for (const auto& [tag, when] : times(net)) {
    const i64 delay = when - i64{tag} * 20'000'000;
    least = std::min(least, delay);
    most = std::max(most, delay);
    sum += delay;
  }
  EXPECT_GE(least, 6'000'000);
  EXPECT_LT(least, 6'050'000);
  EXPECT_LE(most, 14'000'000);
  EXPECT_GT(most, 13'950'000);
  EXPECT_NEAR(static_cast<double>(sum) / 5'000, 10'000'000, 4 * 33'000);
}

TEST(Jitter, every_distribution_has_its_mean_at_the_delay) {
  for (const auto distribution : {Jitter::Distribution::normal, Jitter::Distribution::pareto,
                                  Jitter::Distribution::pareto_normal}) {
    Pair net({.delay = 100_ms, .jitter = {distribution, 1_ms}});
    net.send_many(20'000, 60, 1_s);
    i64 sum = 0;
    for (const auto& [tag, when] : times(net)) sum += when - i64{tag} * 1'000'000'000;
    EXPECT_NEAR(static_cast<double>(sum) / 20'000, 100'000'000, 50'000) << to_string(distribution);
  }
}

TEST(Jitter, more_jitter_than_delay_never_arrives_before_it_left) {
  Pair net({.delay = 1_ms, .jitter = {Jitter::Distribution::normal, 10_ms}});
  net.send_many(500, 60, 100_ms);
  u64 at_once = 0;
  for (const auto& [tag, when] : times(net)) {
    EXPECT_GE(when, i64{tag} * 100'000'000);
    at_once += when == i64{tag} * 100'000'000 ? 1 : 0;
  }
  EXPECT_GT(at_once, 150u);
}

TEST(Jitter, reorders_unless_told_to_keep_order) {
  Impairment impairment{.delay = 10_ms, .jitter = {.amount = 5_ms}};
  Pair free(impairment);
  impairment.jitter.keep_order = true;
  Pair kept(impairment);
  free.send_many(1'000, 60, 1_ms);
  kept.send_many(1'000, 60, 1_ms);
  EXPECT_GT(inversions(free.bob.tags()), 300u);
  EXPECT_EQ(inversions(kept.bob.tags()), 0u);
  EXPECT_EQ(free.bob.count, 1'000u);
  EXPECT_EQ(kept.bob.count, 1'000u);
  EXPECT_TRUE(free.link.books_balance() && kept.link.books_balance());
}

TEST(Jitter, correlation_ties_a_frame_to_the_one_before) {
  const auto roughness = [](u32 correlation_ppb) {
    Pair net({.delay = 10_ms, .jitter = {.amount = 5_ms, .correlation_ppb = correlation_ppb}});
    net.send_many(2'000, 60, 20_ms);
    i64 sum = 0, last = 0;
    for (const auto& [tag, when] : times(net)) {
      const i64 delay = when - i64{tag} * 20'000'000;
      if (tag > 0) sum += std::abs(delay - last);
      last = delay;
    }
    return sum;
  };
  EXPECT_LT(roughness(900'000'000) * 4, roughness(0));
}

TEST(Reorder, frame_held_back_is_overtaken_by_those_within_its_time) {
  Pair net({.delay = 1_ms, .reorder = {.chance_ppb = always_ppb, .by = 2'500_us, .gap = 3}});
  net.send_many(6, 60, 1_ms);
  EXPECT_EQ(net.bob.heard, (std::vector<Heard>{{1'000'000, 0, 60},
                                               {2'000'000, 1, 60},
                                               {4'000'000, 3, 60},
                                               {5'000'000, 4, 60},
                                               {5'500'000, 2, 60},
                                               {8'500'000, 5, 60}}));
}

TEST(Reorder, gap_leaves_frames_between_two_held_back) {
  Pair net({.delay = 1_ms, .reorder = {.chance_ppb = always_ppb, .by = 1'500_us, .gap = 4}});
  net.send_many(9, 60, 1_ms);
  EXPECT_EQ(net.bob.tags(), (std::vector<u32>{0, 1, 2, 4, 3, 5, 6, 8, 7}));
  EXPECT_EQ(net.there().counters().held_back, 2u);
}

TEST(Reorder, chance_holds_back_its_share) {
  Pair net({.delay = 1_ms, .reorder = {.chance_ppb = 50'000'000, .by = 1'500_us}});
  net.send_many(10'000, 60, 1_ms);
  const u64 held = net.there().counters().held_back;
  EXPECT_NEAR(static_cast<double>(held), 500, 4 * 22);
  EXPECT_NEAR(static_cast<double>(inversions(net.bob.tags())), static_cast<double>(held), 60);
  EXPECT_EQ(net.bob.count, 10'000u);
}

TEST(Channel, all_at_once_still_balances) {
  Pair net({.rate_bps = 100'000'000,
            .delay = 2_ms,
            .jitter = {Jitter::Distribution::pareto, 300_us},
            .loss = {20'000'000, {5'000'000, 300'000'000, 1'000'000, 800'000'000}, 97},
            .reorder = {30'000'000, 1_ms, 3},
            .duplicate_ppb = 20'000'000,
            .bit_errors_per_1e15 = 1'000'000'000,
            .queue = {.frames = 20},
            .mtu = 1'400});
  for (u32 tag = 0; tag < 20'000; ++tag) {
    net.send(60 + tag * 37 % 1'400, tag);
    net.engine.run_until(net.engine.now() + Duration::nanoseconds(60'000));
    ASSERT_TRUE(net.link.books_balance());
  }
  net.engine.run_until_idle();
  const auto counters = net.there().counters();
  EXPECT_TRUE(net.link.books_balance());
  EXPECT_EQ(counters.in_flight, 0u);
  for (const Drop reason : {Drop::random_loss, Drop::burst_loss, Drop::every_nth_loss,
                            Drop::bad_fcs, Drop::queue_full, Drop::frame_too_long}) {
    EXPECT_GT(net.dropped(reason), 0u) << static_cast<int>(reason);
  }
  EXPECT_EQ(net.bob.count, counters.delivered);
}

}  // namespace
}  // namespace catenet
