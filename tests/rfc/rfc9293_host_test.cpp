// RFC 9293 §3.1, §3.9.1.1, §3.9.2.3: what a host does for its connections: addresses, ports, and
// segments that no connection may see.
#include "catenet/host/host_fixture.hpp"
#include "catenet/socket/lab_net_test.hpp"

namespace catenet {
namespace {

using host_test::Streamer;
using host_test::Trio;

class Rfc9293Host : public host_test::Families {
 protected:
  bool v4() const { return GetParam() == Family::ipv4; }
  // A SYN from alice's port 1000 to port 80 of `destination`, its checksum off by `wrong`.
  void send_syn(const IpAddress& destination, u16 wrong = 0) {
    const IpAddress source = Trio::alice_address(GetParam());
    wire::TcpHeader header;
    header.source_port = 1000;
    header.destination_port = port;
    header.flags = wire::TcpFlag::syn;
    header.window = 1000;
    std::vector<u8> bytes(header.size());
    header.emit(bytes);
    auto sum = wire::pseudo_header(source, destination, wire::IpProtocol::tcp,
                                   static_cast<u32>(bytes.size()));
    sum.add(bytes);
    store16(bytes.data() + wire::TcpHeader::checksum_offset,
            static_cast<u16>(sum.finish() + wrong));
    IpSend send{.source = source, .destination = destination};
    send.protocol = static_cast<u8>(wire::IpProtocol::tcp);
    send.interface = net.alice().ip().interface("eth0");
    ASSERT_TRUE(net.alice().ip().output(net.pool.copy_of(bytes), send));
    net.pass(100_ms);
  }
};

TEST_P(Rfc9293Host, must_3_segment_with_a_wrong_checksum_is_dropped) {
  web.listen(port);
  send_syn(server().address, 1);
  EXPECT_EQ(net.bob().tcp().flow_count(), 0u);
  EXPECT_EQ(net.bob().tcp().counters().out_segs + net.bob().tcp().counters().out_rsts, 0u);
  send_syn(server().address);
  EXPECT_EQ(net.bob().tcp().counters().passive_opens, 1u);
}

// The router has a listener, and is on alice's link.
TEST_P(Rfc9293Host, must_57_syn_to_a_group_is_dropped_without_an_answer) {
  Streamer listener(net.router());
  listener.listen(port);
  send_syn(host_test::ip(v4() ? "224.0.0.1" : "ff02::1"));
  EXPECT_EQ(net.router().tcp().counters().in_segs, 1u);
  EXPECT_EQ(net.router().tcp().counters().passive_opens, 0u);
  EXPECT_EQ(net.router().tcp().counters().out_segs + net.router().tcp().counters().out_rsts, 0u);
  send_syn(host_test::ip(v4() ? "10.0.0.1" : "2001:db8::1"));
  EXPECT_EQ(net.router().tcp().counters().passive_opens, 1u);
}

TEST_P(Rfc9293Host, must_44_address_is_that_of_the_interface_that_leads_to_the_peer) {
  Streamer near(net.router());
  Streamer far(net.router());
  ASSERT_TRUE(near.open({Trio::alice_address(GetParam()), port}));
  ASSERT_TRUE(far.open(server()));
  EXPECT_EQ(near.connection().local().address, host_test::ip(v4() ? "10.0.0.1" : "2001:db8::1"));
  EXPECT_EQ(far.connection().local().address, host_test::ip(v4() ? "10.0.1.1" : "2001:db8:1::1"));
}

// An address that suits the peer better is added: the connection stays with its own.
TEST_P(Rfc9293Host, must_45_address_stays_that_of_the_first_segment) {
  connect();
  const Endpoint before = client.connection().local();
  const auto better = InterfacePrefix::parse(v4() ? "10.0.1.77/32" : "2001:db8:1::77/128");
  ASSERT_TRUE(net.alice().ip().add_address(*net.alice().ip().interface("eth0"), *better));
  net.pass(5_s);
  client.writes = true;
  client.use();
  client.writes = false;
  client.pump();
  net.pass(1_s);
  EXPECT_GT(web.received, 0u);
  EXPECT_EQ(client.connection().local(), before);
  EXPECT_EQ(web.connection().remote(), before);
}

INSTANTIATE_TEST_SUITE_P(Both, Rfc9293Host, testing::Values(Family::ipv4, Family::ipv6),
                         Rfc9293Host::name);

class Rfc9293Sockets : public lab_net::Sockets {
 protected:
  lab_net::SocketPtr stream(lab_net::Node& node) {
    lab_net::SocketPtr socket = *node.open(Family::ipv4, SocketType::stream);
    EXPECT_TRUE(socket->set_option(SocketOption::reuse_address, 1));
    return socket;
  }
};

TEST_F(Rfc9293Sockets, must_41_passive_open_that_is_refused_leaves_the_others_alone) {
  const auto listener = stream(net.web);
  ASSERT_TRUE(listener->bind(lab_net::at("0.0.0.0", 80)));
  ASSERT_TRUE(listener->listen(8));
  const auto client = stream(net.alice);
  static_cast<void>(client->connect(lab_net::at("10.0.1.2", 80)));
  net.pass(1_s);
  const auto peer = *listener->accept();
  const auto second = stream(net.web);
  const auto bound = second->bind(lab_net::at("0.0.0.0", 80));
  EXPECT_FALSE(bound && second->listen(8));
  EXPECT_EQ(write(*client, "still here"), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*peer), "still here");
  const auto late = stream(net.alice);
  static_cast<void>(late->connect(lab_net::at("10.0.1.2", 80)));
  net.pass(1_s);
  EXPECT_TRUE(listener->accept());
}

TEST_F(Rfc9293Sockets, must_42_port_that_opens_a_connection_can_be_listened_on) {
  const auto opening = stream(net.web);
  ASSERT_TRUE(opening->bind(lab_net::at("0.0.0.0", 80)));
  EXPECT_EQ(opening->connect(lab_net::at("10.0.0.77", 9)).error(), Errno::in_progress);
  EXPECT_EQ(net.web.host.tcp().connections().at(0)->state(), tcp::State::syn_sent);
  const auto listener = stream(net.web);
  ASSERT_TRUE(listener->bind(lab_net::at("0.0.0.0", 80)));
  ASSERT_TRUE(listener->listen(8));
  const auto client = stream(net.alice);
  static_cast<void>(client->connect(lab_net::at("10.0.1.2", 80)));
  net.pass(100_ms);
  EXPECT_TRUE(listener->accept());
  const auto connections = net.web.host.tcp().connections();
  EXPECT_EQ(std::ranges::count(connections, tcp::State::syn_sent,
                               [](const tcp::Connection* c) { return c->state(); }),
            1);
}

TEST_F(Rfc9293Sockets, must_43_connection_is_opened_from_the_address_that_was_named) {
  const auto listener = stream(net.alice);
  ASSERT_TRUE(listener->bind(lab_net::at("0.0.0.0", 80)));
  ASSERT_TRUE(listener->listen(8));
  // Left to itself r1 would take its address on alice's link.
  const auto client = stream(net.r1());
  ASSERT_TRUE(client->bind(lab_net::at("10.0.1.1", 0)));
  static_cast<void>(client->connect(lab_net::at("10.0.0.2", 80)));
  net.pass(1_s);
  const auto peer = listener->accept();
  ASSERT_TRUE(peer);
  EXPECT_EQ((*peer)->remote()->address, lab_net::ip("10.0.1.1"));
}

TEST_F(Rfc9293Sockets, must_46_open_to_the_broadcast_address_of_a_link_is_refused) {
  for (const char* address : {"10.0.0.255", "255.255.255.255", "224.0.0.1"}) {
    const auto client = stream(net.alice);
    EXPECT_EQ(client->connect(lab_net::at(address, 80)).error(), Errno::network_unreachable);
  }
  net.pass(1_s);
  EXPECT_EQ(net.alice.host.tcp().counters().out_segs, 0u);
}

}  // namespace
}  // namespace catenet
