// A path that takes less than its ends believe, and tells nobody.
#include <gtest/gtest.h>

#include "catenet/host/host_fixture.hpp"
#include "catenet/tcp/mtu_search.hpp"

namespace catenet {
namespace {

using host_test::Streamer;
using host_test::Trio;

struct Found {
  u64 received = 0;
  u32 pmtu = 0;
};

// Streams for a minute over links that take `mtu` bytes.
Found stream(u32 mtu, tcp::MtuProbing probing, Family family) {
  HostOptions options;
  options.tcp.mtu_probing = probing;
  Impairment path{.rate_bps = 10'000'000, .delay = 5_ms};
  path.mtu = mtu;
  Trio net(path, options);
  Streamer source(net.alice());
  Streamer sink(net.bob());
  source.writes = true;
  sink.listen(5'001);
  EXPECT_TRUE(source.open({Trio::bob_address(family), 5'001}));
  net.pass(60_s);
  return {sink.received, source.flow()->connection().info().pmtu};
}

TEST(Rfc4821, s7_7_black_hole_is_survived_and_the_path_is_searched) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const Found found = stream(1'400, tcp::MtuProbing::black_hole, family);
    EXPECT_GT(found.received, 50'000'000u);
    EXPECT_LE(found.pmtu, 1'400u);
    EXPECT_GT(found.pmtu, 1'400u - tcp::MtuSearch::least_gain);
  }
}

TEST(Rfc4821, s7_2_search_from_the_first_finds_what_the_path_takes) {
  const Found narrow = stream(1'400, tcp::MtuProbing::on, Family::ipv4);
  EXPECT_GT(narrow.received, 65'000'000u);
  EXPECT_GT(narrow.pmtu, 1'400u - tcp::MtuSearch::least_gain);
  const Found whole = stream(0, tcp::MtuProbing::on, Family::ipv4);
  EXPECT_EQ(whole.pmtu, 1'500u);
}

TEST(Rfc4821, s7_7_without_probing_a_black_hole_lets_nothing_through) {
  EXPECT_EQ(stream(1'400, tcp::MtuProbing::off, Family::ipv4).received, 0u);
}

}  // namespace
}  // namespace catenet
