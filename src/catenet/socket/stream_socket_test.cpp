// TCP sockets across a router, as POSIX and Linux have them.
#include "catenet/socket/stream_socket.hpp"

#include "catenet/socket/lab_net_test.hpp"

namespace catenet {
namespace {

using lab_net::at;
using lab_net::ip;
using lab_net::Net;
using lab_net::SocketPtr;

class StreamSockets : public lab_net::Sockets {
 protected:
  static SocketPtr open(lab_net::Node& node, Family family = Family::ipv4) {
    return *node.open(family, SocketType::stream);
  }
  SocketPtr listener(u16 port, u32 backlog = 8) {
    SocketPtr socket = open(net.web);
    EXPECT_TRUE(socket->bind({IpAddress::any(Family::ipv4), port}));
    EXPECT_TRUE(socket->listen(backlog));
    return socket;
  }
  // A connection from alice to web, and where it was accepted.
  struct Connection {
    SocketPtr server;
    SocketPtr client;
    SocketPtr peer;
  };
  Connection connection() {
    Connection made{listener(80), open(net.alice), nullptr};
    EXPECT_EQ(made.client->connect(at("10.0.1.2", 80)).error(), Errno::in_progress);
    EXPECT_TRUE(net.until([&] { return made.server->readiness().readable; }));
    auto accepted = made.server->accept();
    EXPECT_TRUE(accepted);
    EXPECT_EQ(made.client->take_error(), Errno::ok);
    made.peer = *std::move(accepted);
    return made;
  }
  // What comes of connecting to a port where nobody listens.
  Errno connect_in_vain(Socket& client) {
    EXPECT_EQ(client.connect(at("10.0.1.2", 81)).error(), Errno::in_progress);
    EXPECT_TRUE(net.until([&] { return client.readiness().error; }));
    return client.take_error();
  }
  std::vector<SocketPtr> connect_many(int count) {
    std::vector<SocketPtr> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(open(net.alice));
      static_cast<void>(clients.back()->connect(at("10.0.1.2", 80)));
    }
    return clients;
  }
};

TEST_F(StreamSockets, connect_is_in_progress_then_writable) {
  SocketPtr server = listener(80);
  SocketPtr client = open(net.alice);
  EXPECT_EQ(client->connect(at("10.0.1.2", 80)).error(), Errno::in_progress);
  EXPECT_EQ(client->connect(at("10.0.1.2", 80)).error(), Errno::already);
  EXPECT_FALSE(client->readiness().writable);
  EXPECT_EQ(client->remote().error(), Errno::not_connected);
  EXPECT_TRUE(net.until([&] { return client->readiness().writable; }));
  EXPECT_EQ(client->take_error(), Errno::ok);
  EXPECT_EQ(client->connect(at("10.0.1.2", 80)).error(), Errno::is_connected);
  EXPECT_EQ(*client->remote(), at("10.0.1.2", 80));
  EXPECT_EQ(client->local().address, ip("10.0.0.2"));
  EXPECT_GE(client->local().port, 49'152);
}

TEST_F(StreamSockets, accepted_socket_knows_both_ends) {
  auto [server, client, peer] = connection();
  EXPECT_EQ(peer->local(), at("10.0.1.2", 80));
  EXPECT_EQ(*peer->remote(), client->local());
  EXPECT_EQ(server->accept().error(), Errno::again);
}

TEST_F(StreamSockets, closed_port_refuses) {
  SocketPtr client = open(net.alice);
  EXPECT_EQ(connect_in_vain(*client), Errno::connection_refused);
  EXPECT_EQ(client->take_error(), Errno::ok);
  EXPECT_EQ(client->remote().error(), Errno::not_connected);
}

TEST_F(StreamSockets, refused_socket_may_connect_again) {
  SocketPtr client = open(net.alice);
  EXPECT_EQ(connect_in_vain(*client), Errno::connection_refused);
  SocketPtr server = listener(80);
  EXPECT_EQ(client->connect(at("10.0.1.2", 80)).error(), Errno::in_progress);
  EXPECT_TRUE(net.until([&] { return server->readiness().readable; }));
  EXPECT_EQ(client->take_error(), Errno::ok);
  EXPECT_EQ(*client->remote(), at("10.0.1.2", 80));
}

TEST_F(StreamSockets, host_without_a_way_is_unreachable_at_once) {
  ASSERT_TRUE(net.alice.host.ip().remove_route(*Prefix::parse("0.0.0.0/0")));
  EXPECT_EQ(open(net.alice)->connect(at("10.0.1.2", 80)).error(), Errno::network_unreachable);
  EXPECT_EQ(open(net.alice)->connect(at("224.0.0.1", 80)).error(), Errno::network_unreachable);
}

// RFC 9293 MUST-47, SHLD-25.
TEST_F(StreamSockets, soft_error_is_told_to_who_asks_and_the_connection_goes_on) {
  Connection c = connection();
  ASSERT_TRUE(c.client->set_option(SocketOption::receive_errors, 1));
  ASSERT_TRUE(c.client->set_option(SocketOption::ttl, 1));
  EXPECT_EQ(write(*c.client, "x"), Errno::ok);
  net.pass(20_ms);
  EXPECT_TRUE(c.client->readiness().error);
  EXPECT_EQ(read(*c.client), "EHOSTUNREACH");
  EXPECT_EQ(read(*c.client), "EAGAIN") << "once";
  ASSERT_TRUE(c.client->set_option(SocketOption::ttl, 64));
  EXPECT_EQ(write(*c.client, "y"), Errno::ok);
  net.pass(5_s);
  EXPECT_EQ(read(*c.peer), "xy");
}

TEST_F(StreamSockets, error_queue_tells_who_and_what) {
  Connection c = connection();
  ASSERT_TRUE(c.client->set_option(SocketOption::receive_errors, 1));
  ASSERT_TRUE(c.client->set_option(SocketOption::ttl, 1));
  EXPECT_EQ(write(*c.client, "x"), Errno::ok);
  net.pass(20_ms);
  std::vector<u8> buffer(100);
  const auto message = c.client->receive_message(buffer, {.error_queue = true});
  ASSERT_TRUE(message && message->error);
  EXPECT_EQ(message->error->error, Errno::host_unreachable);
  EXPECT_EQ(message->error->type, static_cast<u8>(wire::Icmpv4Type::time_exceeded));
  EXPECT_EQ(message->error->offender, ip("10.0.0.1"));
  EXPECT_EQ(message->source, at("10.0.1.2", 80));
  EXPECT_EQ(buffer[2] << 8 | buffer[3], 80) << "the header's destination port";
  EXPECT_EQ(c.client->receive_message(buffer, {.error_queue = true}).error(), Errno::again);
  EXPECT_FALSE(c.client->readiness().error) << "the error was taken with it";
}

TEST_F(StreamSockets, soft_error_is_not_told_to_who_does_not_ask) {
  Connection c = connection();
  ASSERT_TRUE(c.client->set_option(SocketOption::ttl, 1));
  EXPECT_EQ(write(*c.client, "x"), Errno::ok);
  net.pass(20_ms);
  EXPECT_FALSE(c.client->readiness().error);
  EXPECT_EQ(read(*c.client), "EAGAIN");
  std::vector<u8> buffer(100);
  EXPECT_EQ(c.client->receive_message(buffer, {.error_queue = true}).error(), Errno::again);
}

TEST_F(StreamSockets, what_opens_is_not_taken_to_have_failed_by_a_soft_error) {
  SocketPtr server = listener(80), client = open(net.alice);
  ASSERT_TRUE(client->set_option(SocketOption::receive_errors, 1));
  ASSERT_TRUE(client->set_option(SocketOption::ttl, 1));
  EXPECT_EQ(client->connect(at("10.0.1.2", 80)).error(), Errno::in_progress);
  net.pass(500_ms);
  EXPECT_EQ(client->take_error(), Errno::ok);
  std::vector<u8> buffer(100);
  ASSERT_TRUE(client->receive_message(buffer, {.error_queue = true}));
  ASSERT_TRUE(client->set_option(SocketOption::ttl, 64));
  net.pass(5_s);
  EXPECT_EQ(write(*client, "x"), Errno::ok);
}

TEST(ErrorQueue, has_an_end) {
  ErrorQueue errors;
  for (std::size_t i = 0; i < 2 * ErrorQueue::most; ++i) errors.push({}, {}, {});
  std::size_t kept = 0;
  while (errors.take({})) ++kept;
  EXPECT_EQ(kept, ErrorQueue::most);
}

TEST_F(StreamSockets, bind_errors_are_told) {
  SocketPtr server = listener(80);
  SocketPtr other = open(net.web);
  EXPECT_EQ(other->bind(at("0.0.0.0", 80)).error(), Errno::address_in_use);
  EXPECT_EQ(other->bind(at("10.0.1.2", 80)).error(), Errno::address_in_use);
  EXPECT_EQ(other->bind(at("10.0.9.9", 81)).error(), Errno::address_not_available);
  EXPECT_EQ(other->bind(at("::", 81)).error(), Errno::family_not_supported);
  EXPECT_TRUE(other->bind(at("10.0.1.2", 81)));
  EXPECT_EQ(other->bind(at("10.0.1.2", 82)).error(), Errno::invalid);
  EXPECT_EQ(other->local(), at("10.0.1.2", 81));
}

TEST_F(StreamSockets, port_is_free_after_close) {
  listener(80)->close();
  SocketPtr again = open(net.web);
  EXPECT_TRUE(again->bind(at("0.0.0.0", 80)));
}

TEST_F(StreamSockets, reuse_address_does_not_let_two_listen) {
  SocketPtr one = open(net.web), two = open(net.web);
  for (Socket* socket : {one.get(), two.get()}) {
    ASSERT_TRUE(socket->set_option(SocketOption::reuse_address, 1));
    EXPECT_TRUE(socket->bind(at("0.0.0.0", 80)));
  }
  EXPECT_TRUE(one->listen(1));
  EXPECT_EQ(two->listen(1).error(), Errno::address_in_use);
}

TEST_F(StreamSockets, reuse_port_lets_listeners_share) {
  SocketPtr one = open(net.web), two = open(net.web);
  for (Socket* socket : {one.get(), two.get()}) {
    ASSERT_TRUE(socket->set_option(SocketOption::reuse_port, 1));
    EXPECT_TRUE(socket->bind(at("0.0.0.0", 80)));
    EXPECT_TRUE(socket->listen(64));
  }
  const auto clients = connect_many(32);
  net.pass(1_s);
  u32 first = 0, second = 0;
  while (one->accept()) ++first;
  while (two->accept()) ++second;
  EXPECT_EQ(first + second, 32u);
  EXPECT_GT(first, 4u);
  EXPECT_GT(second, 4u);
}

TEST_F(StreamSockets, full_backlog_keeps_others_waiting) {
  SocketPtr server = listener(80, 1);
  const auto clients = connect_many(3);
  net.pass(500_ms);
  u32 accepted = 0;
  while (server->accept()) ++accepted;
  EXPECT_LT(accepted, 3u);
  EXPECT_TRUE(net.until([&] {
    while (server->accept()) ++accepted;
    return accepted == 3;
  }));
}

TEST_F(StreamSockets, bytes_arrive_in_order_and_peek_leaves_them) {
  auto [server, client, peer] = connection();
  EXPECT_EQ(read(*peer), "EAGAIN");
  EXPECT_EQ(write(*client, "hello "), Errno::ok);
  EXPECT_EQ(write(*client, "world"), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*peer, {.peek = true}), "hello world");
  EXPECT_EQ(read(*peer), "hello world");
  EXPECT_EQ(read(*peer), "EAGAIN");
}

TEST_F(StreamSockets, half_closed_peer_can_still_be_sent_to) {
  auto [server, client, peer] = connection();
  EXPECT_EQ(write(*client, "ask"), Errno::ok);
  EXPECT_TRUE(client->shutdown(Shutdown::write));
  EXPECT_EQ(write(*client, "more"), Errno::broken_pipe);
  net.pass(1_s);
  EXPECT_TRUE(peer->readiness().peer_closed);
  EXPECT_FALSE(peer->readiness().hang_up);
  EXPECT_EQ(read(*peer), "ask");
  EXPECT_EQ(read(*peer), "");
  EXPECT_EQ(write(*peer, "answer"), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*client), "answer");
}

TEST_F(StreamSockets, linger_zero_resets_the_peer) {
  auto [server, client, peer] = connection();
  ASSERT_TRUE(client->set_option(SocketOption::linger, 0));
  client->close();
  net.pass(1_s);
  EXPECT_TRUE(peer->readiness().readable);
  EXPECT_TRUE(peer->readiness().hang_up);
  EXPECT_EQ(read(*peer), "ECONNRESET");
  EXPECT_EQ(read(*peer), "");
  EXPECT_EQ(write(*peer, "x"), Errno::broken_pipe);
}

TEST_F(StreamSockets, full_buffer_is_eagain_until_the_peer_reads) {
  auto [server, client, peer] = connection();
  const std::string block(65'536, 'x');
  u64 sent = 0, got = 0;
  for (;;) {
    const auto n = client->send(as_bytes(block));
    if (!n) {
      EXPECT_EQ(n.error(), Errno::again);
      break;
    }
    sent += *n;
  }
  EXPECT_FALSE(client->readiness().writable);
  EXPECT_TRUE(net.until([&] {
    std::vector<u8> buffer(65'536);
    while (const auto n = peer->receive(buffer)) got += *n;
    return got == sent;
  }));
  EXPECT_TRUE(client->readiness().writable);
}

TEST_F(StreamSockets, urgent_byte_is_read_out_of_band) {
  auto [server, client, peer] = connection();
  EXPECT_EQ(write(*client, "ab"), Errno::ok);
  EXPECT_TRUE(client->send_out_of_band('!'));
  net.pass(1_s);
  EXPECT_TRUE(peer->readiness().priority);
  EXPECT_EQ(read(*peer, {.out_of_band = true}), "!");
  EXPECT_EQ(read(*peer), "ab");
}

TEST_F(StreamSockets, fresh_socket_has_nobody_to_talk_to) {
  SocketPtr socket = open(net.alice);
  EXPECT_EQ(read(*socket), "ENOTCONN");
  EXPECT_EQ(write(*socket, "x"), Errno::broken_pipe);
  EXPECT_EQ(socket->shutdown(Shutdown::both).error(), Errno::not_connected);
  EXPECT_EQ(socket->accept().error(), Errno::invalid);
  EXPECT_TRUE(socket->readiness().hang_up);
}

TEST_F(StreamSockets, closed_socket_is_ebadf) {
  SocketPtr socket = open(net.alice);
  socket->close();
  socket->close();
  EXPECT_EQ(read(*socket), "EBADF");
  EXPECT_EQ(write(*socket, "x"), Errno::bad_descriptor);
  EXPECT_EQ(socket->bind(at("0.0.0.0", 0)).error(), Errno::bad_descriptor);
  EXPECT_EQ(socket->listen(1).error(), Errno::bad_descriptor);
  EXPECT_EQ(socket->connect(at("10.0.1.2", 80)).error(), Errno::bad_descriptor);
}

Task<Result<u32>> wait_and_read(System& system, Socket& socket) {
  static_cast<void>(system);
  static u8 buffer[16];
  co_return co_await receive(socket, buffer);
}
Task<void> keep(System& system, Socket& socket, std::optional<Result<u32>>& result) {
  result = co_await wait_and_read(system, socket);
}

TEST_F(StreamSockets, close_wakes_who_waits_with_ebadf) {
  const Connection ends = connection();
  std::optional<Result<u32>> result;
  TaskGroup group(net.alice.system.scheduler());
  group.spawn(keep(net.alice.system, *ends.client, result));
  net.pass(1_s);
  EXPECT_FALSE(result);
  ends.client->close();
  net.pass(1_s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error(), Errno::bad_descriptor);
}

TEST_F(StreamSockets, listener_closed_resets_who_was_not_accepted) {
  SocketPtr server = listener(80);
  SocketPtr client = open(net.alice);
  static_cast<void>(client->connect(at("10.0.1.2", 80)));
  net.pass(1_s);
  server->close();
  net.pass(1_s);
  EXPECT_EQ(read(*client), "ECONNRESET");
}

TEST_F(StreamSockets, connection_outlives_its_listener) {
  auto [server, client, peer] = connection();
  server->close();
  EXPECT_EQ(write(*client, "still"), Errno::ok);
  net.pass(1_s);
  EXPECT_EQ(read(*peer), "still");
}

TEST_F(StreamSockets, own_host_is_reached_over_loopback) {
  SocketPtr server = open(net.alice);
  ASSERT_TRUE(server->bind(at("127.0.0.1", 80)));
  ASSERT_TRUE(server->listen(1));
  SocketPtr client = open(net.alice);
  EXPECT_EQ(client->connect(at("127.0.0.1", 80)).error(), Errno::in_progress);
  net.pass(1_ms);
  EXPECT_TRUE(server->accept());
}

// The loopback link's MTU is no longer than an IPv4 packet can be.
TEST_F(StreamSockets, megabyte_to_the_own_host_arrives) {
  for (const char* own : {"127.0.0.1", "::1"}) {
    auto server = listen_stream(net.alice.system, at(own, 80));
    ASSERT_TRUE(server);
    auto client = *net.alice.open(ip(own).family(), SocketType::stream);
    EXPECT_EQ(client->connect(at(own, 80)).error(), Errno::in_progress);
    net.pass(1_ms);
    const auto peer = (*server)->accept();
    ASSERT_TRUE(peer);
    const std::string block(1'000'000, 'x');
    std::size_t sent = 0, got = 0;
    std::vector<u8> buffer(65'536);
    EXPECT_TRUE(net.until(
        [&] {
          const auto n = client->send(as_bytes(std::string_view(block).substr(sent)));
          sent += n ? *n : 0;
          while (const auto some = (*peer)->receive(buffer)) got += *some;
          return got == block.size();
        },
        10_s))
        << sent << " sent, " << got << " came";
  }
}

TEST(Rfc3493, s3_7_wildcard_of_ipv6_takes_ipv4_too) {
  Net net;
  auto server = listen_stream(net.web.system, 80);
  ASSERT_TRUE(server);
  for (const char* address : {"10.0.1.2", "2001:db8:1::2"}) {
    auto client = *net.alice.open(ip(address).family(), SocketType::stream);
    static_cast<void>(client->connect(at(address, 80)));
    EXPECT_TRUE(net.until([&] { return (*server)->readiness().readable; }));
    auto peer = (*server)->accept();
    ASSERT_TRUE(peer);
    EXPECT_EQ((*peer)->remote()->address, client->local().address);
  }
}

TEST(Rfc3493, s5_3_v6_only_leaves_ipv4_to_others) {
  Net net;
  auto six = *net.web.open(Family::ipv6, SocketType::stream);
  auto four = *net.web.open(Family::ipv4, SocketType::stream);
  ASSERT_TRUE(six->set_option(SocketOption::v6_only, 1));
  ASSERT_TRUE(six->bind(at("::", 80)));
  EXPECT_TRUE(four->bind(at("0.0.0.0", 80)));
  EXPECT_EQ(six->set_option(SocketOption::v6_only, 0).error(), Errno::invalid);
  auto both = *net.web.open(Family::ipv6, SocketType::stream);
  EXPECT_EQ(both->bind(at("::", 80)).error(), Errno::address_in_use);
}

TEST(Rfc3493, s3_7_mapped_address_reaches_ipv4) {
  Net net;
  auto server = listen_stream(net.web.system, 80);
  auto client = *net.alice.open(Family::ipv6, SocketType::stream);
  EXPECT_EQ(client->connect(at("::ffff:10.0.1.2", 80)).error(), Errno::in_progress);
  EXPECT_TRUE(net.until([&] { return client->readiness().writable; }));
  auto v4_client = *net.alice.open(Family::ipv4, SocketType::stream);
  EXPECT_EQ(v4_client->connect(at("2001:db8:1::2", 80)).error(), Errno::family_not_supported);
}

TEST_F(StreamSockets, options_keep_what_they_are_given) {
  SocketPtr socket = open(net.alice);
  for (const auto& [option, value] : {std::pair{SocketOption::no_delay, 1},
                                      {SocketOption::keep_alive, 1},
                                      {SocketOption::ttl, 5},
                                      {SocketOption::traffic_class, 0x10},
                                      {SocketOption::linger, 3},
                                      {SocketOption::user_timeout_ms, 500}}) {
    ASSERT_TRUE(socket->set_option(option, value));
    EXPECT_EQ(socket->option(option), value);
  }
  EXPECT_EQ(socket->set_option(SocketOption::ttl, 256).error(), Errno::invalid);
  EXPECT_EQ(socket->set_option(SocketOption::v6_only, 1).error(), Errno::no_protocol_option);
  EXPECT_EQ(socket->set_option(SocketOption::record_route, 1).error(), Errno::no_protocol_option);
  EXPECT_EQ(socket->set_option(SocketOption::bind_to_device, 99).error(), Errno::no_device);
}

TEST_F(StreamSockets, option_set_before_connecting_holds_after) {
  SocketPtr server = listener(80);
  SocketPtr client = open(net.alice);
  ASSERT_TRUE(client->set_option(SocketOption::keep_idle, 7));
  ASSERT_TRUE(client->set_option(SocketOption::ttl, 1));
  static_cast<void>(client->connect(at("10.0.1.2", 80)));
  net.pass(500_ms);
  EXPECT_EQ(client->option(SocketOption::keep_idle), 7);
  EXPECT_FALSE(server->readiness().readable) << "a TTL of 1 ends at the router";
}

TEST_F(StreamSockets, user_timeout_ends_a_connection_that_is_not_acknowledged) {
  auto [server, client, peer] = connection();
  ASSERT_TRUE(client->set_option(SocketOption::user_timeout_ms, 5'000));
  net.far_link().set_partitioned(true);
  EXPECT_EQ(write(*client, "x"), Errno::ok);
  EXPECT_TRUE(net.until([&] { return client->readiness().error; }, 60_s));
  EXPECT_EQ(client->take_error(), Errno::timed_out);
}

}  // namespace
}  // namespace catenet
