// ECN from end to end: a queue that marks, an end that echoes, an end that slows down.
#include <gtest/gtest.h>

#include "catenet/host/host_fixture.hpp"

namespace catenet {
namespace {

using host_test::Streamer;
using host_test::Trio;

// Streams for 20 s through a queue that marks or drops; returns alice's counters.
tcp::Counters stream_through_codel(tcp::Ecn asked, Family family) {
  HostOptions options;
  options.tcp.ecn = asked;
  Impairment slow{.rate_bps = 10'000'000, .delay = 5_ms};
  slow.queue.discipline = Discipline::codel;
  slow.queue.ecn = true;
  Trio net(slow, options);
  Streamer source(net.alice());
  Streamer sink(net.bob());
  source.writes = true;
  sink.listen(5'001);
  EXPECT_TRUE(source.open({Trio::bob_address(family), 5'001}));
  net.pass(20_s);
  EXPECT_GT(sink.received, 20'000'000u);
  return net.alice().tcp().counters();
}

TEST(Rfc3168, s5_marks_slow_the_sender_down_and_nothing_is_lost) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const tcp::Counters counters = stream_through_codel(tcp::Ecn::on, family);
    EXPECT_GT(counters.ecn_reductions, 3u);
    EXPECT_EQ(counters.retrans_segs, 0u);
  }
}

TEST(Rfc3168, s5_without_ecn_the_same_queue_drops) {
  const tcp::Counters counters = stream_through_codel(tcp::Ecn::passive, Family::ipv4);
  EXPECT_EQ(counters.ecn_reductions, 0u);
  EXPECT_GT(counters.fast_retransmits, 3u);
  EXPECT_EQ(counters.timeouts, 0u);
}

}  // namespace
}  // namespace catenet
