// What many connections, and a flood of SYNs, leave in a host. Read RFC 4987 and RFC 9293 section
// 3.6.1.
#include "catenet/host/host_fixture.hpp"

namespace catenet {
namespace {

using host_test::Streamer;

class TcpScale : public host_test::Families {
 protected:
  // A SYN for bob's web from a spoofed address, as IP hands it up.
  void flood(u32 n) {
    IpInfo info;
    info.destination = server().address;
    info.source = GetParam() == Family::ipv4
                      ? IpAddress(Ipv4Address::from_u32(0x0b000000 + n / 50'000))
                      : *IpAddress::parse(fmt::format("2001:db8:ff::{:x}", 1 + n / 50'000));
    info.interface = net.bob().ip().interface("eth0");
    wire::TcpHeader header;
    header.source_port = static_cast<u16>(1'024 + n % 50'000);
    header.destination_port = port;
    header.seq = wire::Seq(n);
    header.flags = wire::TcpFlag::syn;
    header.window = 60'000;
    std::array<u8, 20> bytes{};
    header.emit(bytes);
    Packet segment = net.pool.copy_of(bytes);
    segment.meta().checksum = ChecksumState::verified;
    net.bob().tcp().input(info, std::move(segment));
  }
};

TEST_P(TcpScale, rfc4987_million_syns_leave_the_backlog_and_a_client_still_comes_in) {
  web.listen(port);
  const u32 backlog = net.bob().tcp().environment().options.syn_backlog;
  for (u32 n = 0; n < 1'000'000; ++n) {
    flood(n);
    if (n % 1'000 == 0) net.pass(1_ms);
    ASSERT_LE(net.bob().tcp().flow_count(), backlog);
  }
  EXPECT_EQ(web.listener()->machine().half_open(), backlog);
  ASSERT_TRUE(client.open(server()));
  net.pass(100_ms);
  ASSERT_TRUE(web.flow());
  EXPECT_EQ(web.connection().remote(), client.connection().local());
  EXPECT_GE(net.bob().tcp().counters().syn_cookies_received, 1u);
  net.pass(200_s);
  EXPECT_EQ(net.bob().tcp().flow_count(), 1u);
}

TEST_P(TcpScale, quiet_connection_keeps_nothing_beside_itself_and_speaks_on) {
  connect();
  const std::array<u8, 100> words{};
  for (u32 round = 1; round <= 2; ++round) {
    ASSERT_EQ(client.connection().send(net.engine.now(), words), words.size());
    client.pump();
    net.pass(100_ms);
    EXPECT_GT(client.connection().footprint(), 0u);
    net.pass(5_s);
    EXPECT_EQ(client.connection().footprint(), 0u);
    EXPECT_EQ(web.connection().footprint(), 0u);
    EXPECT_EQ(web.received, round * words.size());
  }
  EXPECT_EQ(net.alice().tcp().counters().retrans_segs, 0u);
}

TEST_P(TcpScale, thousand_in_time_wait_wait_for_one_event) {
  connect();
  for (u32 n = 0; n < 1'000; ++n) {
    for (Streamer* side : {&client, &web}) {
      side->connection().close(net.engine.now());
      side->pump();
      side->let_go();
      net.pass(10_ms);
    }
    ASSERT_TRUE(client.open(server()));
    net.pass(10_ms);
    ASSERT_TRUE(web.flow());
  }
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 1'000u);
  net.pass(5_s);
  const u64 before = net.engine.events_run();
  net.pass(100_s);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 0u);
  // They end at a thousand times: not more than one event for each of those, and nothing between.
  EXPECT_LE(net.engine.events_run() - before, 1'100u);
}

INSTANTIATE_TEST_SUITE_P(Each, TcpScale, testing::Values(Family::ipv4, Family::ipv6),
                         host_test::Families::name);

}  // namespace
}  // namespace catenet
