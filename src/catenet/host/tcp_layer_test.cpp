// Connections in their hosts: who gets a segment, what answers where nobody is, and how a
// connection leaves. Read RFC 9293 sections 3.10.7.1 and 3.6.
#include "catenet/host/host_fixture.hpp"

namespace catenet {
namespace {

using host_test::Streamer;
using host_test::Trio;

constexpr u16 port = 80;

class TcpHost : public testing::TestWithParam<Family> {
 protected:
  Endpoint server() const { return {Trio::bob_address(GetParam()), port}; }
  Trio net;
};

TEST_P(TcpHost, syn_to_a_port_without_listener_is_reset) {
  Streamer client(net.alice());
  ASSERT_TRUE(client.open(server()));
  net.pass(1_s);
  EXPECT_TRUE(client.seen & tcp::Event::closed);
  EXPECT_EQ(client.error, Errno::connection_refused);
  EXPECT_EQ(net.bob().tcp().counters().out_rsts, 1u);
  EXPECT_EQ(net.bob().tcp().flow_count(), 0u);
  EXPECT_EQ(net.alice().tcp().flow_count(), 0u);
}

TEST_P(TcpHost, handshake_wakes_the_listener_and_both_sides_are_in_their_tables) {
  Streamer client(net.alice());
  Streamer web(net.bob());
  web.listen(port);
  ASSERT_TRUE(client.open(server()));
  net.pass(1_s);
  ASSERT_TRUE(web.flow());
  EXPECT_TRUE(client.seen & tcp::Event::connected);
  EXPECT_EQ(web.connection().remote(), client.connection().local());
  EXPECT_EQ(net.alice().tcp().connections().size(), 1u);
  EXPECT_EQ(net.bob().tcp().connections().size(), 1u);
  EXPECT_EQ(net.bob().tcp().counters().curr_estab, 1u);
}

TEST_P(TcpHost, second_flow_with_the_same_pair_of_endpoints_is_refused) {
  Streamer client(net.alice());
  Streamer web(net.bob());
  web.listen(port);
  ASSERT_TRUE(client.open(server()));
  net.pass(1_s);
  const auto again =
      net.alice().tcp().create(client.connection().local(), server(), client, nullptr);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), Errno::address_in_use);
}

TEST_P(TcpHost, side_that_closes_first_keeps_a_small_time_wait_for_a_while) {
  Streamer client(net.alice());
  Streamer web(net.bob());
  web.listen(port);
  ASSERT_TRUE(client.open(server()));
  net.pass(1_s);
  for (Streamer* side : {&client, &web}) {
    side->connection().close(net.engine.now());
    side->pump();
    side->let_go();
    net.pass(1_s);
  }
  EXPECT_EQ(net.alice().tcp().flow_count(), 0u);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 1u);
  EXPECT_EQ(net.bob().tcp().flow_count(), 0u);
  EXPECT_EQ(net.bob().tcp().time_wait_count(), 0u);
  net.pass(300_s);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 0u);
  EXPECT_EQ(net.alice().tcp().counters().out_rsts + net.bob().tcp().counters().out_rsts, 0u);
}

TEST_P(TcpHost, listener_that_closes_resets_what_nobody_accepted) {
  Streamer client(net.alice());
  Streamer other(net.alice());
  Streamer web(net.bob());
  web.listen(port);
  ASSERT_TRUE(client.open(server()));
  net.pass(1_s);  // accepted
  ASSERT_TRUE(other.open(server()));
  net.pass(1_s);  // complete, but nobody accepts a second one
  EXPECT_EQ(net.bob().tcp().flow_count(), 2u);
  web.stop_listening();
  net.pass(1_s);
  EXPECT_EQ(net.bob().tcp().flow_count(), 1u);
  EXPECT_TRUE(other.seen & tcp::Event::reset);
  EXPECT_FALSE(client.seen & tcp::Event::reset);
}

TEST_P(TcpHost, released_flow_lives_on_until_its_bytes_are_through) {
  Streamer client(net.alice());
  Streamer web(net.bob());
  web.listen(port);
  ASSERT_TRUE(client.open(server()));
  net.pass(1_s);
  client.writes = true;
  client.use();
  client.writes = false;
  const u64 written = client.connection().send_queue();
  client.connection().close(net.engine.now());
  client.pump();
  client.let_go();
  EXPECT_EQ(net.alice().tcp().flow_count(), 1u);
  net.pass(5_s);
  EXPECT_GT(written, 10'000u);
  EXPECT_EQ(web.received, written);
  EXPECT_TRUE(web.seen & tcp::Event::peer_closed);
}

TEST_P(TcpHost, unreachable_port_comes_back_to_the_sender_of_a_datagram) {
  struct Sender final : DatagramUser {
    bool on_datagram(Datagram&) override { return true; }
    void on_error(const IcmpError& error, const Endpoint& remote) override {
      errors.emplace_back(error.error, remote);
    }
    std::vector<std::pair<Errno, Endpoint>> errors;
  } sender;
  PortBinding binding;
  binding.local = {IpAddress::any(GetParam()), 5'000};
  ASSERT_TRUE(net.alice().udp().bind(binding, sender));
  const std::array<u8, 10> bytes{};
  ASSERT_TRUE(net.alice().udp().output(bytes, 5'000, server(), {}));
  net.pass(1_s);
  ASSERT_EQ(sender.errors.size(), 1u);
  EXPECT_EQ(sender.errors[0].first, Errno::connection_refused);
  EXPECT_EQ(sender.errors[0].second, server());
  EXPECT_EQ(net.bob().udp().counters().no_ports, 1u);
  net.alice().udp().unbind(binding);
}

INSTANTIATE_TEST_SUITE_P(Families, TcpHost, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& param) { return std::string(family_name(param.param)); });

}  // namespace
}  // namespace catenet
