// Datagram and raw sockets across a router, as POSIX and Linux have them.
#include "catenet/socket/message_socket.hpp"

#include "catenet/socket/lab_net_test.hpp"
#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet {
namespace {

using lab_net::at;
using lab_net::ip;
using lab_net::Net;
using lab_net::SocketPtr;

// Counts the datagrams without checksum that come to a port.
class Listener final : public Recorder {
 public:
  void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    if (event != FrameEvent::received) return;
    std::vector<u8> bytes(frame.size());
    frame.copy_out(0, bytes);
    const bool four = bytes.at(12) == 0x08 && bytes.at(13) == 0x00;
    const std::size_t udp = four ? 34 : 54;
    if (bytes.at(four ? 23 : 20) == 17 && load16(&bytes.at(udp + 6)) == 0) ++bare;
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  u32 bare = 0;
};

class MessageSockets : public lab_net::Sockets {
 protected:
  static SocketPtr open(lab_net::Node& node, Family family = Family::ipv4) {
    return *node.open(family, SocketType::datagram);
  }
  static SocketPtr bound(lab_net::Node& node, std::string_view address, u16 port) {
    SocketPtr socket = open(node, ip(address).family());
    EXPECT_TRUE(socket->bind(at(address, port)));
    return socket;
  }
};

TEST_F(MessageSockets, datagrams_arrive_whole_with_what_came_beside) {
  SocketPtr server = bound(net.web, "0.0.0.0", 9), client = bound(net.alice, "0.0.0.0", 5'000);
  ASSERT_TRUE(client->set_option(SocketOption::ttl, 7));
  ASSERT_TRUE(client->set_option(SocketOption::traffic_class, 0x20));
  EXPECT_EQ(write(*client, "one", at("10.0.1.2", 9)), Errno::ok);
  EXPECT_EQ(write(*client, "", at("10.0.1.2", 9)), Errno::ok);
  net.pass(1_s);
  std::vector<u8> buffer(10);
  const auto message = server->receive_message(buffer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->size, 3u);
  EXPECT_EQ(message->source, at("10.0.0.2", 5'000));
  EXPECT_EQ(message->destination, ip("10.0.1.2"));
  EXPECT_EQ(message->interface, net.web.host.ip().interface("eth0")->index());
  EXPECT_EQ(message->ttl, 6);
  EXPECT_EQ(message->traffic_class, 0x20);
  EXPECT_GE(message->arrival, Instant::at(20_ms));
  EXPECT_EQ(server->receive_message(buffer)->size, 0u);
  EXPECT_EQ(read(*server), "EAGAIN");
}

// ip(7), IP_PKTINFO, IP_TTL and IP_TOS of sendmsg: for that datagram alone.
TEST_F(MessageSockets, control_data_is_for_one_message) {
  Interface& port = *net.alice.host.ip().interface("eth0");
  ASSERT_TRUE(net.alice.host.ip().add_address(port, *InterfacePrefix::parse("10.0.0.9/24")));
  SocketPtr server = bound(net.web, "0.0.0.0", 9), client = bound(net.alice, "0.0.0.0", 5'000);
  const SendControl control{.source = ip("10.0.0.9"), .ttl = 5, .traffic_class = u8{0x40}};
  EXPECT_TRUE(client->send_message(as_bytes("one"), at("10.0.1.2", 9), control));
  EXPECT_EQ(write(*client, "two", at("10.0.1.2", 9)), Errno::ok);
  net.pass(1_s);
  std::vector<u8> buffer(10);
  const auto one = server->receive_message(buffer);
  EXPECT_EQ(one->source, at("10.0.0.9", 5'000));
  EXPECT_EQ(one->ttl, 4);
  EXPECT_EQ(one->traffic_class, 0x40);
  const auto two = server->receive_message(buffer);
  EXPECT_EQ(two->source, at("10.0.0.2", 5'000));
  EXPECT_EQ(two->traffic_class, 0);
}

TEST_F(MessageSockets, control_data_names_what_the_host_has) {
  SocketPtr client = open(net.alice);
  const auto sent = [&](const SendControl& control) {
    const auto n = client->send_message(as_bytes("x"), at("10.0.1.2", 9), control);
    return n ? Errno::ok : n.error();
  };
  EXPECT_EQ(sent({.source = ip("10.0.1.2")}), Errno::invalid);
  EXPECT_EQ(sent({.source = ip("2001:db8::2")}), Errno::invalid);
  EXPECT_EQ(sent({.interface = 99}), Errno::no_device);
  EXPECT_EQ(sent({.interface = net.alice.host.ip().interface("eth0")->index()}), Errno::ok);
}

TEST_F(MessageSockets, what_does_not_fit_is_lost_and_told) {
  SocketPtr server = bound(net.web, "0.0.0.0", 9), client = open(net.alice);
  EXPECT_EQ(write(*client, "0123456789", at("10.0.1.2", 9)), Errno::ok);
  EXPECT_EQ(write(*client, "next", at("10.0.1.2", 9)), Errno::ok);
  net.pass(1_s);
  std::vector<u8> buffer(4);
  EXPECT_EQ(server->receive_message(buffer, {.peek = true})->size, 10u);
  EXPECT_EQ(server->receive_message(buffer)->size, 10u);
  EXPECT_EQ(as_text(buffer), "0123");
  EXPECT_EQ(read(*server), "next");
}

TEST(Rfc1122, s4_1_3_3_port_unreachable_reaches_a_connected_socket) {
  Net net;
  auto socket = *net.alice.open(Family::ipv4, SocketType::datagram);
  ASSERT_TRUE(socket->connect(at("10.0.1.2", 9)));
  EXPECT_TRUE(socket->send(as_bytes("x")));
  net.pass(1_s);
  EXPECT_TRUE(socket->readiness().error);
  u8 buffer[4];
  EXPECT_EQ(socket->receive(buffer).error(), Errno::connection_refused);
  EXPECT_EQ(socket->receive(buffer).error(), Errno::again);
}

TEST_F(MessageSockets, unconnected_socket_is_not_troubled_by_icmp) {
  SocketPtr socket = open(net.alice);
  EXPECT_EQ(write(*socket, "x", at("10.0.1.2", 9)), Errno::ok);
  net.pass(1_s);
  EXPECT_FALSE(socket->readiness().error);
  EXPECT_EQ(read(*socket), "EAGAIN");
}

TEST_F(MessageSockets, error_queue_tells_who_and_what) {
  SocketPtr socket = open(net.alice);
  ASSERT_TRUE(socket->set_option(SocketOption::receive_errors, 1));
  ASSERT_TRUE(socket->set_option(SocketOption::ttl, 1));
  EXPECT_EQ(write(*socket, "x", at("10.0.1.2", 9)), Errno::ok);
  net.pass(1_s);
  EXPECT_TRUE(socket->readiness().error);
  EXPECT_EQ(read(*socket), "EHOSTUNREACH");
  std::vector<u8> buffer(100);
  const auto message = socket->receive_message(buffer, {.error_queue = true});
  ASSERT_TRUE(message && message->error);
  EXPECT_EQ(message->error->type, static_cast<u8>(wire::Icmpv4Type::time_exceeded));
  EXPECT_EQ(message->error->offender, ip("10.0.0.1"));
  EXPECT_EQ(message->source, at("10.0.1.2", 9));
  EXPECT_EQ(message->size, 1u) << "what was sent, without UDP's header";
  EXPECT_EQ(socket->receive_message(buffer, {.error_queue = true}).error(), Errno::again);
  EXPECT_FALSE(socket->readiness().error);
}

TEST_F(MessageSockets, connected_socket_hears_its_peer_alone) {
  SocketPtr server = bound(net.web, "0.0.0.0", 9), other = bound(net.web, "0.0.0.0", 10);
  SocketPtr client = bound(net.alice, "0.0.0.0", 5'000);
  ASSERT_TRUE(client->connect(at("10.0.1.2", 9)));
  EXPECT_EQ(*client->remote(), at("10.0.1.2", 9));
  EXPECT_EQ(client->local(), at("10.0.0.2", 5'000));
  EXPECT_EQ(write(*other, "no", at("10.0.0.2", 5'000)), Errno::ok);
  EXPECT_EQ(write(*server, "yes", at("10.0.0.2", 5'000)), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*client), "yes");
  EXPECT_EQ(read(*client), "EAGAIN");
}

TEST_F(MessageSockets, disconnected_socket_hears_all_again) {
  SocketPtr other = bound(net.web, "0.0.0.0", 10), client = bound(net.alice, "0.0.0.0", 5'000);
  ASSERT_TRUE(client->connect(at("10.0.1.2", 9)));
  ASSERT_TRUE(client->connect({IpAddress::any(Family::ipv4), 0}));
  EXPECT_EQ(client->remote().error(), Errno::not_connected);
  EXPECT_EQ(client->local(), at("0.0.0.0", 5'000));
  EXPECT_EQ(write(*other, "yes", at("10.0.0.2", 5'000)), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*client), "yes");
}

TEST_F(MessageSockets, connect_again_chooses_the_source_again) {
  SocketPtr client = open(net.alice);
  ASSERT_TRUE(client->connect(at("127.0.0.1", 9)));
  EXPECT_EQ(client->local().address, ip("127.0.0.1"));
  ASSERT_TRUE(client->connect(at("10.0.1.2", 9)));
  EXPECT_EQ(client->local().address, ip("10.0.0.2"));
}

TEST_F(MessageSockets, bind_errors_are_told) {
  SocketPtr one = bound(net.web, "0.0.0.0", 9), two = open(net.web);
  EXPECT_EQ(two->bind(at("10.0.1.2", 9)).error(), Errno::address_in_use);
  EXPECT_EQ(two->bind(at("10.0.9.9", 10)).error(), Errno::address_not_available);
  EXPECT_EQ(two->bind(at("::", 10)).error(), Errno::family_not_supported);
  EXPECT_TRUE(two->bind(at("0.0.0.0", 0)));
  EXPECT_GE(two->local().port, 49'152);
  EXPECT_EQ(two->bind(at("0.0.0.0", 11)).error(), Errno::invalid);
}

TEST_F(MessageSockets, reuse_address_lets_two_bind) {
  SocketPtr one = open(net.web), two = open(net.web);
  for (Socket* socket : {one.get(), two.get()}) {
    ASSERT_TRUE(socket->set_option(SocketOption::reuse_address, 1));
    EXPECT_TRUE(socket->bind(at("0.0.0.0", 9)));
  }
}

TEST_F(MessageSockets, send_errors_are_told) {
  SocketPtr socket = open(net.alice);
  EXPECT_EQ(write(*socket, "x"), Errno::destination_required);
  EXPECT_EQ(write(*socket, "x", at("10.0.1.2", 0)), Errno::invalid);
  EXPECT_EQ(write(*socket, "x", at("2001:db8:1::2", 9)), Errno::family_not_supported);
  EXPECT_EQ(write(*socket, std::string(65'508, 'x'), at("10.0.1.2", 9)), Errno::message_size);
  EXPECT_EQ(write(*socket, "x", at("255.255.255.255", 9)), Errno::access_denied);
  EXPECT_EQ(write(*socket, "x", at("10.0.0.255", 9)), Errno::access_denied);
  EXPECT_EQ(socket->connect({*IpAddress::parse("255.255.255.255"), 9}).error(),
            Errno::access_denied);
  ASSERT_TRUE(socket->set_option(SocketOption::broadcast, 1));
  EXPECT_EQ(write(*socket, "x", at("10.0.0.255", 9)), Errno::ok);
  ASSERT_TRUE(net.alice.host.ip().remove_route(*Prefix::parse("0.0.0.0/0")));
  EXPECT_EQ(write(*socket, "x", at("10.0.1.2", 9)), Errno::network_unreachable);
}

TEST_F(MessageSockets, large_datagram_is_fragmented_unless_forbidden) {
  SocketPtr server = bound(net.web, "0.0.0.0", 9), client = open(net.alice);
  const std::string large(20'000, 'x');
  EXPECT_EQ(write(*client, large, at("10.0.1.2", 9)), Errno::ok);
  net.pass(1_s);
  EXPECT_TRUE(read(*server) == large);
  ASSERT_TRUE(client->set_option(SocketOption::dont_fragment, 1));
  EXPECT_EQ(write(*client, large, at("10.0.1.2", 9)), Errno::message_size);
  EXPECT_EQ(write(*client, std::string(1'472, 'x'), at("10.0.1.2", 9)), Errno::ok);
}

TEST_F(MessageSockets, path_mtu_is_known_of_a_connected_socket) {
  SocketPtr client = open(net.alice);
  EXPECT_EQ(client->option(SocketOption::path_mtu).error(), Errno::not_connected);
  ASSERT_TRUE(client->connect(at("10.0.1.2", 9)));
  EXPECT_EQ(client->option(SocketOption::path_mtu), 1'500);
  EXPECT_EQ(client->set_option(SocketOption::path_mtu, 9).error(), Errno::no_protocol_option);
}

TEST_F(MessageSockets, full_receive_buffer_drops_what_comes) {
  SocketPtr server = bound(net.web, "0.0.0.0", 9), client = open(net.alice);
  ASSERT_TRUE(server->set_option(SocketOption::receive_buffer, 10'000));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(write(*client, std::string(1'000, 'x'), at("10.0.1.2", 9)), Errno::ok);
    net.pass(1_ms);
  }
  net.pass(1_s);
  u32 got = 0;
  while (read(*server) != "EAGAIN") ++got;
  EXPECT_GE(got, 1u);
  EXPECT_LE(got, 10u);
  EXPECT_EQ(net.web.host.udp().counters().rcvbuf_errors + got, 100u);
}

TEST_F(MessageSockets, shut_down_socket_reads_nothing_and_sends_nothing) {
  SocketPtr socket = open(net.alice);
  EXPECT_EQ(socket->shutdown(Shutdown::both).error(), Errno::not_connected);
  ASSERT_TRUE(socket->connect(at("10.0.1.2", 9)));
  EXPECT_TRUE(socket->shutdown(Shutdown::both));
  EXPECT_EQ(read(*socket), "");
  EXPECT_EQ(write(*socket, "x"), Errno::broken_pipe);
  EXPECT_TRUE(socket->readiness().hang_up);
}

TEST_F(MessageSockets, stream_calls_are_not_supported) {
  SocketPtr socket = open(net.alice);
  EXPECT_EQ(socket->listen(1).error(), Errno::operation_not_supported);
  EXPECT_EQ(socket->accept().error(), Errno::operation_not_supported);
  EXPECT_EQ(socket->send_out_of_band(1).error(), Errno::operation_not_supported);
  EXPECT_EQ(socket->set_option(SocketOption::no_delay, 1).error(), Errno::no_protocol_option);
  socket->close();
  EXPECT_EQ(read(*socket), "EBADF");
  EXPECT_EQ(socket->connect(at("10.0.1.2", 9)).error(), Errno::bad_descriptor);
}

TEST(Rfc3493, s3_7_datagrams_of_both_families_reach_one_socket) {
  Net net;
  auto server = *net.web.open(Family::ipv6, SocketType::datagram);
  ASSERT_TRUE(server->bind(at("::", 9)));
  std::vector<u8> buffer(10);
  for (const char* address : {"10.0.1.2", "2001:db8:1::2"}) {
    auto client = *net.alice.open(ip(address).family(), SocketType::datagram);
    EXPECT_TRUE(client->send_to(as_bytes("ask"), at(address, 9)));
    net.pass(2_s);
    const auto message = server->receive_message(buffer);
    ASSERT_TRUE(message) << address;
    EXPECT_EQ(message->source.address.family(), ip(address).family());
    EXPECT_TRUE(server->send_to(as_bytes("answer"), message->source));
    net.pass(1_s);
    EXPECT_EQ(client->receive(buffer), 6u);
  }
}

TEST(Rfc3493, s5_3_v6_only_datagram_socket_leaves_ipv4) {
  Net net;
  auto server = *net.web.open(Family::ipv6, SocketType::datagram);
  ASSERT_TRUE(server->set_option(SocketOption::v6_only, 1));
  ASSERT_TRUE(server->bind(at("::", 9)));
  auto four = *net.web.open(Family::ipv4, SocketType::datagram);
  EXPECT_TRUE(four->bind(at("0.0.0.0", 9)));
  EXPECT_EQ(server->send_to(as_bytes("x"), at("10.0.0.2", 9)).error(), Errno::family_not_supported);
}

// --- Checksums left out ---

TEST(Rfc1122, s4_1_3_4_checksum_is_left_out_where_the_program_says_so) {
  Net net;
  Listener seen;
  net.web.nics[0]->set_recorder(&seen, 0);
  auto server = *net.web.open(Family::ipv6, SocketType::datagram);  // of both families
  ASSERT_TRUE(server->bind(at("::", 9)));
  auto client = *net.alice.open(Family::ipv4, SocketType::datagram);
  EXPECT_EQ(client->option(SocketOption::no_check), 0);
  ASSERT_TRUE(client->set_option(SocketOption::no_check, 1));
  EXPECT_EQ(client->option(SocketOption::no_check), 1);
  ASSERT_TRUE(client->send_to(as_bytes("bare"), at("10.0.1.2", 9)));
  net.pass(1_s);
  EXPECT_EQ(seen.bare, 1u);
  std::vector<u8> buffer(10);
  EXPECT_EQ(server->receive(buffer), 4u);
  EXPECT_EQ(client->set_option(SocketOption::no_check6_send, 1).error(), Errno::no_protocol_option);
}

TEST(Rfc6935, s5_ipv6_datagram_without_checksum_is_for_those_alone_who_ask) {
  Net net;
  Listener seen;
  net.web.nics[0]->set_recorder(&seen, 0);
  auto server = *net.web.open(Family::ipv6, SocketType::datagram);
  ASSERT_TRUE(server->bind(at("::", 9)));
  auto client = *net.alice.open(Family::ipv6, SocketType::datagram);
  ASSERT_TRUE(client->set_option(SocketOption::no_check, 1));
  ASSERT_TRUE(client->send_to(as_bytes("whole"), at("2001:db8:1::2", 9)));
  net.pass(2_s);
  EXPECT_EQ(seen.bare, 0u) << "SO_NO_CHECK is about IPv4";
  std::vector<u8> buffer(10);
  EXPECT_EQ(server->receive(buffer), 5u);
  ASSERT_TRUE(client->set_option(SocketOption::no_check6_send, 1));
  ASSERT_TRUE(client->send_to(as_bytes("bare"), at("2001:db8:1::2", 9)));
  ASSERT_TRUE(client->send_to(as_bytes("nobody's"), at("2001:db8:1::2", 10)));
  net.pass(1_s);
  EXPECT_EQ(seen.bare, 2u);
  EXPECT_EQ(server->receive(buffer).error(), Errno::again);
  EXPECT_EQ(net.web.host.udp().counters().in_csum_errors, 2u);
  EXPECT_EQ(net.web.host.udp().counters().no_ports, 0u) << "what may be broken is not answered";
  ASSERT_TRUE(server->set_option(SocketOption::no_check6_receive, 1));
  ASSERT_TRUE(client->send_to(as_bytes("bare"), at("2001:db8:1::2", 9)));
  net.pass(1_s);
  EXPECT_EQ(server->receive(buffer), 4u);
}

TEST_F(MessageSockets, group_datagram_without_checksum_reaches_those_who_ask) {
  SocketPtr asks = bound(net.web, "::", 9), other = open(net.web, Family::ipv6);
  for (SocketPtr* socket : {&asks, &other}) {
    ASSERT_TRUE((*socket)->set_option(SocketOption::reuse_address, 1));
  }
  ASSERT_TRUE(other->bind(at("::", 9)));
  ASSERT_TRUE(asks->set_option(SocketOption::no_check6_receive, 1));
  SocketPtr sender = open(net.r1(), Family::ipv6);
  ASSERT_TRUE(sender->set_option(SocketOption::no_check6_send, 1));
  const int device = static_cast<int>(net.r1().host.ip().interface("eth1")->index());
  ASSERT_TRUE(sender->set_option(SocketOption::bind_to_device, device));
  EXPECT_EQ(write(*sender, "all", at("ff02::1", 9)), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*asks), "all");
  EXPECT_EQ(read(*other), "EAGAIN");
  EXPECT_EQ(net.web.host.udp().counters().in_csum_errors, 0u);
  ASSERT_TRUE(asks->set_option(SocketOption::no_check6_receive, 0));
  EXPECT_EQ(write(*sender, "none", at("ff02::1", 9)), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*asks), "EAGAIN");
  EXPECT_EQ(net.web.host.udp().counters().in_csum_errors, 1u);
}

// --- Raw ---

SocketPtr open_raw(lab_net::Node& node, Family family, wire::IpProtocol protocol) {
  return *node.open(family, SocketType::raw, static_cast<u8>(protocol));
}

std::vector<u8> echo_request(Family family) {
  std::vector<u8> message(16);
  message[0] = family == Family::ipv4 ? 8 : 128;
  message[5] = 1;  // identifier
  if (family == Family::ipv4) wire::store_icmpv4_checksum(message);
  return message;
}

TEST_F(MessageSockets, raw_ipv4_socket_reads_from_the_ip_header_on) {
  SocketPtr one = open_raw(net.alice, Family::ipv4, wire::IpProtocol::icmp);
  SocketPtr two = open_raw(net.alice, Family::ipv4, wire::IpProtocol::icmp);
  EXPECT_EQ(net.alice.open(Family::ipv4, SocketType::raw, 0).error(),
            Errno::protocol_not_supported);
  EXPECT_EQ(one->send_to(echo_request(Family::ipv4), at("10.0.1.2", 0)), 16u);
  net.pass(1_s);
  for (Socket* socket : {one.get(), two.get()}) {
    std::vector<u8> buffer(100);
    const auto message = socket->receive_message(buffer);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->size, 36u);
    EXPECT_EQ(message->source, at("10.0.1.2", 0));
    const auto header = wire::Ipv4View::over(ByteView(buffer).first(message->size));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->source(), ip("10.0.1.2").v4());
    EXPECT_EQ(buffer[20], 0);
  }
}

TEST(Rfc3542, s3_1_raw_icmpv6_is_summed_by_the_stack_and_read_without_header) {
  Net net;
  auto socket = open_raw(net.alice, Family::ipv6, wire::IpProtocol::icmpv6);
  EXPECT_EQ(socket->send_to(echo_request(Family::ipv6), at("2001:db8:1::2", 0)), 16u);
  net.pass(2_s);
  std::vector<u8> buffer(100);
  for (;;) {
    const auto message = socket->receive_message(buffer);
    ASSERT_TRUE(message);
    if (buffer[0] != 129) continue;  // Neighbour Discovery comes by here too
    EXPECT_EQ(message->size, 16u);
    EXPECT_EQ(message->ttl, 63);
    break;
  }
}

TEST_F(MessageSockets, raw_socket_bound_or_connected_hears_less) {
  SocketPtr socket = open_raw(net.alice, Family::ipv4, wire::IpProtocol::icmp);
  EXPECT_EQ(socket->bind(at("10.9.9.9", 0)).error(), Errno::address_not_available);
  EXPECT_TRUE(socket->bind(at("10.0.0.2", 0)));
  ASSERT_TRUE(socket->connect(at("10.0.0.1", 0)));
  SocketPtr other = open_raw(net.alice, Family::ipv4, wire::IpProtocol::icmp);
  EXPECT_EQ(other->send_to(echo_request(Family::ipv4), at("10.0.1.2", 0)), 16u);
  EXPECT_EQ(socket->send(echo_request(Family::ipv4)), 16u);
  net.pass(1_s);
  std::vector<u8> buffer(100);
  const auto message = socket->receive_message(buffer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->source, at("10.0.0.1", 0));
  EXPECT_EQ(socket->receive_message(buffer).error(), Errno::again);
}

TEST_F(MessageSockets, raw_socket_may_bring_its_own_header) {
  SocketPtr socket = open_raw(net.alice, Family::ipv4, wire::IpProtocol::udp);
  SocketPtr server = bound(net.web, "0.0.0.0", 9);
  ASSERT_TRUE(socket->set_option(SocketOption::header_included, 1));
  wire::Ipv4Header header;
  header.total_length = 20 + 8 + 2;
  header.ttl = 9;
  header.source = ip("10.0.0.2").v4();
  header.destination = ip("10.0.1.2").v4();
  std::vector<u8> packet(30);
  header.emit(packet);
  const std::vector<u8> udp = {0, 1, 0, 9, 0, 10, 0, 0, 'h', 'i'};  // no checksum
  std::copy(udp.begin(), udp.end(), packet.begin() + 20);
  EXPECT_EQ(socket->send_to(packet, at("10.0.1.2", 0)), 30u);
  net.pass(1_s);
  std::vector<u8> buffer(10);
  const auto message = server->receive_message(buffer);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->source, at("10.0.0.2", 1));
  EXPECT_EQ(message->ttl, 8);
}

TEST_F(MessageSockets, socket_bound_to_a_group_or_broadcast_sends_from_the_hosts_address) {
  SocketPtr server = bound(net.web, "0.0.0.0", 9);
  for (const char* address : {"224.0.0.251", "10.0.0.255"}) {
    SocketPtr socket = bound(net.alice, address, 5'353);
    EXPECT_EQ(write(*socket, "x", at("10.0.1.2", 9)), Errno::ok);
    net.pass(1_s);
    std::vector<u8> buffer(10);
    EXPECT_EQ(server->receive_message(buffer)->source, at("10.0.0.2", 5'353));
  }
}

TEST_F(MessageSockets, only_a_raw_socket_can_bring_its_own_header) {
  SocketPtr socket = open(net.alice);
  EXPECT_EQ(socket->set_option(SocketOption::header_included, 1).error(),
            Errno::no_protocol_option);
  EXPECT_EQ(socket->option(SocketOption::header_included).error(), Errno::no_protocol_option);
}

}  // namespace
}  // namespace catenet
