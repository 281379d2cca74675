// Congestion control from end to end: what each algorithm makes of one path.
#include <gtest/gtest.h>

#include "catenet/host/host_fixture.hpp"

namespace catenet {
namespace {

using host_test::Streamer;
using host_test::Trio;

struct Outcome {
  u64 received = 0;
  tcp::Counters counters;
};

// Streams for `time` through `path`.
Outcome stream(const HostOptions& options, const Impairment& path, Duration time) {
  Trio net(path, options);
  Streamer source(net.alice());
  Streamer sink(net.bob());
  source.writes = true;
  sink.listen(5'001);
  EXPECT_TRUE(source.open({Trio::bob_address(Family::ipv4), 5'001}));
  net.pass(time);
  return {sink.received, net.alice().tcp().counters()};
}

Outcome stream(CongestionKind kind, const Impairment& path, Duration time, bool pacing = false) {
  HostOptions options;
  options.tcp.congestion = kind;
  options.tcp.pacing = pacing;
  options.tcp.send_buffer = options.tcp.receive_buffer = 2 << 20;
  return stream(options, path, time);
}

u64 share(const Outcome& outcome, u64 rate_bps, Duration time) {
  return outcome.received * 100 / (rate_bps / 8 * static_cast<u64>(time.s()));
}

// draft-ietf-ccwg-bbr §3.1: losses that are no congestion do not take its rate away.
TEST(Bbr, keeps_its_rate_where_few_packets_are_lost_at_random) {
  Impairment path{.rate_bps = 20'000'000, .delay = 20_ms};
  path.loss.independent_ppb = 2'000'000;
  const Outcome bbr = stream(CongestionKind::bbr, path, 20_s);
  const Outcome cubic = stream(CongestionKind::cubic, path, 20_s);
  EXPECT_GT(share(bbr, path.rate_bps, 20_s), 80u);
  EXPECT_LT(share(cubic, path.rate_bps, 20_s), 60u);
}

TEST(Bbr, fills_a_path_with_a_shallow_queue_and_loses_little) {
  Impairment path{.rate_bps = 20'000'000, .delay = 20_ms};
  path.queue.frames = 30;
  const Outcome bbr = stream(CongestionKind::bbr, path, 20_s);
  EXPECT_GT(share(bbr, path.rate_bps, 20_s), 85u);
  EXPECT_LT(bbr.counters.retrans_segs, 1'500u);
}

// Without SACK losses are known one at a time, and what arrives by duplicates alone: BBR hears of
// both, or its first recovery would take its rate to nothing.
TEST(Bbr, keeps_going_without_sack) {
  HostOptions options;
  options.tcp.congestion = CongestionKind::bbr;
  options.tcp.sack = false;
  options.tcp.send_buffer = options.tcp.receive_buffer = 2 << 20;
  Impairment path{.rate_bps = 20'000'000, .delay = 20_ms};
  path.queue.frames = 30;
  EXPECT_GT(share(stream(options, path, 20_s), path.rate_bps, 20_s), 10u);
  path.queue.frames = 100;
  EXPECT_GT(share(stream(options, path, 20_s), path.rate_bps, 20_s), 30u);
}

// RFC 9406 §4: slow start ends before the queue runs over.
TEST(Rfc9406, s4_2_slow_start_ends_without_a_loss_where_the_queue_is_deep) {
  Impairment path{.rate_bps = 20'000'000, .delay = 25_ms};
  path.queue.frames = 1'200;
  const Outcome cubic = stream(CongestionKind::cubic, path, 3_s);
  EXPECT_EQ(cubic.counters.retrans_segs, 0u);
  EXPECT_GT(share(cubic, path.rate_bps, 3_s), 70u);
}

// RFC 8257 §3.3: marks shrink the window by their share, so that the path stays full.
TEST(Rfc8257, s3_3_marks_keep_the_queue_short_and_the_path_full) {
  Impairment path{.rate_bps = 50'000'000, .delay = 1_ms};
  path.queue.discipline = Discipline::codel;
  path.queue.codel.target = 500_us;
  path.queue.codel.interval = 5_ms;
  path.queue.ecn = true;
  const Outcome dctcp = stream(CongestionKind::dctcp, path, 10_s);
  EXPECT_GT(dctcp.counters.ecn_reductions, 20u);
  EXPECT_EQ(dctcp.counters.retrans_segs, 0u);
  EXPECT_GT(share(dctcp, path.rate_bps, 10_s), 85u);
}

// A path that holds more than any buffer begins with: both grow, and stay where their user sized
// them.
TEST(WindowTuning, long_fat_path_is_filled_by_buffers_that_grow) {
  const Impairment path{.rate_bps = 100'000'000, .delay = 25_ms};
  HostOptions options;
  EXPECT_GT(share(stream(options, path, 10_s), path.rate_bps, 10_s), 80u);
  options.tcp.receive_buffer_most = 0;
  EXPECT_LT(share(stream(options, path, 10_s), path.rate_bps, 10_s), 40u);
}

TEST(Pacing, spares_a_queue_that_a_burst_would_overrun) {
  Impairment path{.rate_bps = 20'000'000, .delay = 25_ms};
  path.queue.frames = 12;
  const Outcome bursts = stream(CongestionKind::newreno, path, 10_s);
  const Outcome paced = stream(CongestionKind::newreno, path, 10_s, true);
  EXPECT_GT(paced.received, bursts.received);
}

}  // namespace
}  // namespace catenet
