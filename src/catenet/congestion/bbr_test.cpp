// BBR's machine and model, in a pipe and by hand. The clauses are draft-ietf-ccwg-bbr-06's.
#include "catenet/congestion/bbr.hpp"

#include <gtest/gtest.h>

#include "catenet/congestion/test_pipe.hpp"

namespace catenet::congestion {
namespace {

using State = Bbr::State;

constexpr u64 pipe_bdp = 500'000;  // of PipeOptions{}: 100 Mbit/s, 40 ms

// The states a flow goes through, looked at each millisecond.
std::vector<State> states_within(Pipe& pipe, PipeFlow& flow, Duration time) {
  std::vector<State> states{flow.controller.bbr()->state()};
  const Instant end = pipe.now + time;
  while (pipe.now < end) {
    pipe.run(Duration::milliseconds(1));
    const State state = flow.controller.bbr()->state();
    if (state != states.back()) states.push_back(state);
  }
  return states;
}

bool run_until(Pipe& pipe, PipeFlow& flow, State state, Duration most) {
  const Instant end = pipe.now + most;
  while (flow.controller.bbr()->state() != state && pipe.now < end) {
    pipe.run(Duration::milliseconds(1));
  }
  return flow.controller.bbr()->state() == state;
}

TEST(Bbr, s5_3_1_startup_finds_the_bandwidth_in_logarithmic_time) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  ASSERT_TRUE(run_until(pipe, flow, State::drain, Duration::seconds(5)));
  const Bbr& bbr = *flow.controller.bbr();
  EXPECT_TRUE(bbr.full_bw_reached());
  // 10 segments double six times to 500; three rounds show the plateau, one is under way.
  EXPECT_LE(bbr.round_count(), 12u);
  EXPECT_NEAR(static_cast<double>(bbr.max_bw()), 12'500'000, 250'000);
  EXPECT_EQ(flow.lost, 0u);
}

TEST(Bbr, s5_3_2_drain_empties_the_queue_of_startup) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  ASSERT_TRUE(run_until(pipe, flow, State::drain, Duration::seconds(5)));
  EXPECT_GT(flow.in_flight, pipe_bdp * 3 / 2);
  EXPECT_LT(flow.controller.pacing_rate({}), pipe.options.rate * 6 / 10);
  const Instant began = pipe.now;
  // Through ProbeBW_DOWN, which has nothing to do then.
  ASSERT_TRUE(run_until(pipe, flow, State::probe_bw_cruise, Duration::seconds(1)));
  EXPECT_LE(flow.in_flight, pipe_bdp * 11 / 10);
  EXPECT_LT(pipe.now - began, Duration::milliseconds(150));
}

TEST(Bbr, s5_3_3_probe_bw_goes_round_through_its_four_states) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  ASSERT_TRUE(run_until(pipe, flow, State::probe_bw_cruise, Duration::seconds(5)));
  const auto states = states_within(pipe, flow, Duration::seconds(4));
  ASSERT_GE(states.size(), 5u);
  EXPECT_EQ(std::vector(states.begin(), states.begin() + 5),
            (std::vector{State::probe_bw_cruise, State::probe_bw_refill, State::probe_bw_up,
                         State::probe_bw_down, State::probe_bw_cruise}));
}

TEST(Bbr, s5_3_3_8_waits_between_probes_differ_by_seed) {
  std::vector<i64> waits;
  for (u32 seed = 0; seed < 6; ++seed) {
    Pipe pipe({});
    PipeFlow& flow = pipe.add(CongestionKind::bbr, seed);
    ASSERT_TRUE(run_until(pipe, flow, State::probe_bw_cruise, Duration::seconds(5)));
    const Instant began = pipe.now;
    ASSERT_TRUE(run_until(pipe, flow, State::probe_bw_refill, Duration::seconds(5)));
    waits.push_back((pipe.now - began).ms());
    EXPECT_LE(waits.back(), 3'100);
    EXPECT_GE(waits.back(), 1'900);
  }
  std::sort(waits.begin(), waits.end());
  EXPECT_GT(waits.back() - waits.front(), 100);
}

TEST(Bbr, s5_3_4_probe_rtt_halves_the_flight_every_five_seconds) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  pipe.run(Duration::seconds(1));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(run_until(pipe, flow, State::probe_rtt, Duration::milliseconds(5'500)));
    const Instant began = pipe.now;
    flow.least_in_flight = ~u32{0};
    EXPECT_FALSE(run_until(pipe, flow, State::startup, Duration::milliseconds(200)));
    EXPECT_EQ(flow.controller.bbr()->state(), State::probe_rtt);
    ASSERT_TRUE(run_until(pipe, flow, State::probe_bw_cruise, Duration::seconds(1)));
    EXPECT_LT(pipe.now - began, Duration::milliseconds(400));
    EXPECT_LE(flow.least_in_flight, pipe_bdp / 2 + 2 * PipeFlow::mss);
    EXPECT_GT(flow.controller.window(), pipe_bdp);  // the window is what it was
    // Its low rate says nothing of the path.
    EXPECT_NEAR(static_cast<double>(flow.controller.bbr()->max_bw()), 12'500'000, 250'000);
  }
}

TEST(Bbr, s5_3_4_late_comer_learns_the_propagation_delay) {
  Pipe pipe({});
  PipeFlow& first = pipe.add(CongestionKind::bbr, 1);
  PipeFlow& late = pipe.add(CongestionKind::bbr, 2, Instant::at(Duration::milliseconds(700)));
  pipe.run(Duration::seconds(20));
  for (const auto* flow : {&first, &late}) {
    EXPECT_LT(flow->controller.bbr()->min_rtt(), Duration::milliseconds(50));
  }
}

TEST(Bbr, s5_3_1_3_loss_ends_startup_before_the_plateau_shows) {
  PipeOptions options;
  options.buffer = 20'000;
  Pipe pipe(options);
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  ASSERT_TRUE(run_until(pipe, flow, State::drain, Duration::seconds(5)));
  EXPECT_GT(flow.lost, 6u);
  EXPECT_NE(flow.controller.bbr()->inflight_longterm(), Bbr::infinity);
}

TEST(Bbr, s5_4_restart_from_idle_paces_at_the_bandwidth_and_is_no_probe_rtt) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  pipe.run(Duration::seconds(4));
  pipe.supply(flow, 0);
  pipe.run(Duration::seconds(20));
  ASSERT_EQ(flow.in_flight, 0u);
  const u64 before = flow.delivered;
  pipe.supply(flow, 1'000'000);
  const auto states = states_within(pipe, flow, Duration::seconds(2));
  EXPECT_EQ(std::count(states.begin(), states.end(), State::probe_rtt), 0);
  EXPECT_GT(flow.delivered - before, 2 * 12'500 * 7 / 10);
}

TEST(Bbr, s5_5_4_samples_the_application_limited_do_not_lower_the_bandwidth) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  pipe.run(Duration::seconds(3));
  const u64 known = flow.controller.bbr()->max_bw();
  pipe.supply(flow, 0);
  for (int i = 0; i < 800; ++i) {
    pipe.supply(flow, 10);  // 8 Mbit/s for 8 s
    pipe.run(Duration::milliseconds(10));
  }
  EXPECT_EQ(flow.controller.bbr()->max_bw(), known);
}

TEST(Bbr, s5_5_9_aggregated_acknowledgements_widen_the_window) {
  PipeOptions options;
  options.ack_every = Duration::milliseconds(20);
  Pipe bunched(options), even({});
  PipeFlow& slow = bunched.add(CongestionKind::bbr);
  PipeFlow& flow = even.add(CongestionKind::bbr);
  for (Pipe* pipe : {&bunched, &even}) pipe->run(Duration::seconds(4));
  EXPECT_GT(slow.controller.bbr()->extra_acked(), 50'000u);
  EXPECT_LT(flow.controller.bbr()->extra_acked(), 5'000u);
  const u64 before = slow.delivered;
  bunched.run(Duration::seconds(10));
  EXPECT_GT(slow.delivered - before, 125'000u * 9 / 10);
}

TEST(Bbr, s5_5_10_2_loss_while_probing_bounds_the_flight_for_long) {
  PipeOptions options;
  options.buffer = 100'000;
  Pipe pipe(options);
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  pipe.run(Duration::seconds(10));
  const u64 bound = flow.controller.bbr()->inflight_longterm();
  EXPECT_GT(bound, pipe_bdp * 9 / 10);
  EXPECT_LT(bound, pipe_bdp + options.buffer + 100'000);
  EXPECT_LE(flow.controller.window(), bound);
}

TEST(Bbr, s5_5_10_3_loss_while_cruising_bounds_rate_and_flight_until_the_next_probe) {
  PipeOptions options;
  options.loss_per_million = 10'000;
  Pipe pipe(options);
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  const Bbr& bbr = *flow.controller.bbr();
  pipe.run(Duration::seconds(2));
  ASSERT_TRUE(run_until(pipe, flow, State::probe_bw_cruise, Duration::seconds(5)));
  pipe.run(Duration::milliseconds(300));
  ASSERT_EQ(bbr.state(), State::probe_bw_cruise);
  EXPECT_LT(bbr.bw_shortterm(), bbr.max_bw());
  EXPECT_GT(bbr.bw_shortterm(), bbr.max_bw() * 7 / 10);
  EXPECT_EQ(bbr.bw(), bbr.bw_shortterm());
  EXPECT_NE(bbr.inflight_shortterm(), Bbr::infinity);
  ASSERT_TRUE(run_until(pipe, flow, State::probe_bw_refill, Duration::seconds(5)));
  EXPECT_EQ(bbr.bw_shortterm(), Bbr::infinity);
  EXPECT_EQ(bbr.inflight_shortterm(), Bbr::infinity);
}

TEST(Bbr, s5_5_11_spurious_loss_in_startup_returns_to_startup) {
  PipeOptions options;
  options.buffer = 20'000;
  Pipe pipe(options);
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  // By single segments: the next episode of loss saves anew.
  while (flow.controller.bbr()->state() == State::startup && pipe.now.ns() < 5'000'000'000) {
    pipe.run(Duration::microseconds(10));
  }
  ASSERT_EQ(flow.controller.bbr()->state(), State::drain);
  ASSERT_LT(flow.controller.bbr()->round_count(), 12u);
  flow.controller.restore();
  EXPECT_EQ(flow.controller.bbr()->state(), State::startup);
  EXPECT_EQ(flow.controller.bbr()->inflight_longterm(), Bbr::infinity);
  EXPECT_FALSE(flow.controller.bbr()->full_bw_reached());
}

TEST(Bbr, s5_6_4_4_timeout_leaves_one_segment_and_recovery_gives_back_the_window) {
  Pipe pipe({});
  PipeFlow& flow = pipe.add(CongestionKind::bbr);
  pipe.run(Duration::seconds(3));
  Controller& c = flow.controller;
  const u32 before = c.window();
  c.on_rto(pipe.now, flow.in_flight, false);
  EXPECT_EQ(c.window(), PipeFlow::mss);
  c.on_rto(pipe.now, flow.in_flight, true);
  c.on_recovery_end();
  EXPECT_EQ(c.window(), before);
}

TEST(Bbr, s3_7_marks_are_congestion) {
  PipeOptions options;
  options.mark_above = 50'000;
  Pipe marking(options), silent({});
  PipeFlow& marked = marking.add(CongestionKind::bbr);
  PipeFlow& flow = silent.add(CongestionKind::bbr);
  for (Pipe* pipe : {&marking, &silent}) pipe->run(Duration::seconds(5));
  EXPECT_EQ(flow.controller.bbr()->inflight_longterm(), Bbr::infinity);
  EXPECT_LT(marked.controller.bbr()->inflight_longterm(), pipe_bdp * 2);
  for (Pipe* pipe : {&marking, &silent}) {
    pipe->mean_queue();
    pipe->run(Duration::seconds(20));
  }
  EXPECT_LT(marking.mean_queue(), silent.mean_queue());
  EXPECT_GT(marked.delivered, 25u * 12'500 * 8 / 10);
}

TEST(Bbr, initial_rate_follows_from_the_handshakes_round_trip) {
  const Controller c(CongestionKind::bbr, 1'000, 10);
  EXPECT_EQ(c.pacing_rate(Duration::milliseconds(100)), 277'000u);  // 2.77 windows a round trip
  EXPECT_EQ(c.pacing_rate(Duration::zero()), 27'700'000u);          // of a millisecond
  EXPECT_EQ(c.window(), 10'000u);
}

TEST(Bbr, range_sent_before_it_was_chosen_grows_the_window_and_measures_nothing) {
  Controller c(CongestionKind::cubic, 1'000, 10);
  c.set_kind(CongestionKind::bbr);
  EXPECT_TRUE(c.uses_rate());
  DeliveryRate rate;
  rate.on_delivered(SentState{}, 2'000);
  const RateSample sample = rate.take(Instant::at(Duration::seconds(1)));
  c.on_ack({.now = Instant::at(Duration::seconds(1)), .acked = 2'000, .rate = &sample});
  EXPECT_EQ(c.window(), 12'000u);
  EXPECT_EQ(c.bbr()->max_bw(), 0u);
  c.set_kind(CongestionKind::newreno);
  EXPECT_EQ(c.bbr(), nullptr);
}

}  // namespace
}  // namespace catenet::congestion
