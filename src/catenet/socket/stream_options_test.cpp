// What a stream socket's options and poll bits say, as Linux has them.
#include "catenet/socket/lab_net_test.hpp"
#include "catenet/socket/stream_socket.hpp"

namespace catenet {
namespace {

using lab_net::at;
using lab_net::Net;
using lab_net::Node;
using lab_net::SocketPtr;

struct Ends {
  explicit Ends(Net& net, std::initializer_list<std::pair<SocketOption, int>> options = {})
      : listener(*net.web.open(Family::ipv4, SocketType::stream)),
        client(*net.alice.open(Family::ipv4, SocketType::stream)) {
    for (const auto& [option, value] : options) EXPECT_TRUE(listener->set_option(option, value));
    EXPECT_TRUE(listener->bind(at("0.0.0.0", 80)));
    EXPECT_TRUE(listener->listen(8));
    static_cast<void>(client->connect(at("10.0.1.2", 80)));
    net.pass(1_s);
    auto accepted = listener->accept();
    EXPECT_TRUE(accepted);
    peer = *std::move(accepted);
  }
  SocketPtr listener;
  SocketPtr client;
  SocketPtr peer;
};

TEST(StreamOptions, one_that_is_set_leaves_the_hosts_defaults_for_the_others) {
  HostOptions options;
  options.tcp.keep_alive = true;
  options.tcp.nagle = false;
  options.tcp.user_timeout = 5_s;
  Net net(options);
  const Ends ends(net);
  EXPECT_EQ(ends.client->option(SocketOption::keep_alive), 1);
  EXPECT_EQ(ends.client->option(SocketOption::no_delay), 1);
  EXPECT_EQ(ends.client->option(SocketOption::user_timeout_ms), 5'000);
  ASSERT_TRUE(ends.client->set_option(SocketOption::ttl, 60));
  const tcp::Connection& connection = *net.alice.host.tcp().connections().at(0);
  EXPECT_TRUE(connection.keep_alive());
  EXPECT_TRUE(connection.nodelay());
  EXPECT_EQ(connection.user_timeout(), 5_s);
  ASSERT_TRUE(ends.client->set_option(SocketOption::user_timeout_ms, 100));
  EXPECT_EQ(connection.user_timeout(), 100_ms);
  ASSERT_TRUE(ends.client->set_option(SocketOption::user_timeout_ms, 0));
  EXPECT_EQ(connection.user_timeout(), 5_s);
}

TEST(StreamOptions, default_can_be_switched_off_before_connecting) {
  HostOptions options;
  options.tcp.nagle = false;
  Net net(options);
  const SocketPtr client = *net.alice.open(Family::ipv4, SocketType::stream);
  ASSERT_TRUE(client->set_option(SocketOption::no_delay, 0));
  static_cast<void>(client->connect(at("10.0.1.2", 80)));
  EXPECT_FALSE(net.alice.host.tcp().connections().at(0)->nodelay());
}

TEST(StreamOptions, read_back_before_and_after_connecting) {
  Net net;
  const Ends ends(net);
  const SocketPtr fresh = *net.alice.open(Family::ipv4, SocketType::stream);
  for (Socket* socket : {fresh.get(), ends.client.get()}) {
    for (const auto& [option, value] : {std::pair{SocketOption::keep_idle, 7},
                                        {SocketOption::keep_interval, 8},
                                        {SocketOption::keep_count, 3},
                                        {SocketOption::receive_buffer, 100'000},
                                        {SocketOption::send_buffer, 50'000},
                                        {SocketOption::cork, 1},
                                        {SocketOption::out_of_band_inline, 1}}) {
      EXPECT_TRUE(socket->set_option(option, value));
      EXPECT_EQ(socket->option(option), value);
    }
    EXPECT_EQ(socket->set_option(SocketOption::max_segment, 5).error(), Errno::invalid);
    EXPECT_EQ(socket->set_option(SocketOption::keep_idle, 0).error(), Errno::invalid);
  }
}

TEST(StreamOptions, accepted_socket_inherits_the_listeners) {
  Net net;
  const Ends ends(net, {{SocketOption::linger, 0},
                        {SocketOption::ttl, 9},
                        {SocketOption::traffic_class, 0x10},
                        {SocketOption::no_delay, 1}});
  EXPECT_EQ(ends.peer->option(SocketOption::linger), 0);
  EXPECT_EQ(ends.peer->option(SocketOption::ttl), 9);
  EXPECT_EQ(ends.peer->option(SocketOption::traffic_class), 0x10);
  EXPECT_EQ(ends.peer->option(SocketOption::no_delay), 1);
}

TEST(StreamReadiness, socket_that_is_shut_for_writing_is_writable) {
  Net net;
  const Ends ends(net);
  ASSERT_TRUE(ends.client->shutdown(Shutdown::write));
  net.pass(1_s);
  EXPECT_TRUE(ends.client->readiness().writable);
}

Task<void> wait_connected(Socket& socket, std::optional<Errno>& outcome) {
  const Result<void> done = co_await connected(socket);
  outcome = done ? Errno::ok : done.error();
}

TEST(StreamReadiness, who_waits_to_be_connected_learns_that_the_socket_was_closed) {
  Net net;
  const SocketPtr client = *net.alice.open(Family::ipv4, SocketType::stream);
  static_cast<void>(client->connect(at("10.0.1.77", 80)));
  std::optional<Errno> outcome;
  TaskGroup group(net.alice.system.scheduler());
  group.spawn(wait_connected(*client, outcome));
  net.pass(1_ms);
  client->close();
  net.pass(1_ms);
  EXPECT_EQ(outcome, Errno::bad_descriptor);
}

TEST(StreamShutdown, listener_that_is_shut_for_reading_listens_no_more) {
  Net net;
  const Ends ends(net);
  ASSERT_TRUE(ends.listener->shutdown(Shutdown::read));
  EXPECT_EQ(ends.listener->accept().error(), Errno::invalid);
  const SocketPtr late = *net.alice.open(Family::ipv4, SocketType::stream);
  static_cast<void>(late->connect(at("10.0.1.2", 80)));
  net.pass(1_s);
  EXPECT_EQ(late->take_error(), Errno::connection_refused);
}

// The only way to web leads by r1's other port: bound to eth0 nothing may leave there.
TEST(BindToDevice, segments_leave_by_that_interface_or_not_at_all) {
  Net net;
  const Ends ends(net);
  lab_net::Listener seen;
  net.web.nics[0]->set_recorder(&seen, 0);
  const SocketPtr socket = *net.r1().open(Family::ipv4, SocketType::stream);
  const auto eth0 = static_cast<int>(net.r1().host.ip().interface("eth0")->index());
  ASSERT_TRUE(socket->set_option(SocketOption::bind_to_device, eth0));
  static_cast<void>(socket->connect(at("10.0.1.2", 80)));
  net.pass(1_s);
  EXPECT_EQ(seen.count("10.0.0.1."), 0u);
  net.web.nics[0]->set_recorder(nullptr, 0);
}

// Every link of a router has a fe80::/64: what goes back by another reaches nobody.
TEST(BindToDevice, connection_of_a_link_local_peer_keeps_to_its_link) {
  Net net;
  const SocketPtr listener = *net.r1().open(Family::ipv6, SocketType::stream);
  ASSERT_TRUE(listener->bind(at("::", 80)));
  ASSERT_TRUE(listener->listen(1));
  for (lab_net::Node* node : {&net.alice, &net.web}) {
    Interface& near = *net.r1().host.ip().interface(node == &net.web ? "eth1" : "eth0");
    const SocketPtr client = *node->open(Family::ipv6, SocketType::stream);
    static_cast<void>(client->connect({near.link_local6()->address, 80}));
    net.pass(1_s);
    EXPECT_EQ(client->take_error(), Errno::ok);
    EXPECT_TRUE(client->readiness().writable);
    const auto accepted = listener->accept();
    ASSERT_TRUE(accepted) << errno_name(accepted.error());
    EXPECT_EQ((*accepted)->option(SocketOption::bind_to_device), static_cast<int>(near.index()));
  }
}

class BoundBeside : public lab_net::Sockets {
 protected:
  // A socket of web's that is bound and does not listen, or does.
  SocketPtr bound(std::string_view address, SocketOption reuse, bool listens) {
    SocketPtr socket = *net.web.open(Family::ipv4, SocketType::stream);
    EXPECT_TRUE(socket->set_option(reuse, 1));
    EXPECT_TRUE(socket->bind(at(address, 80)));
    if (listens) {
      EXPECT_TRUE(socket->listen(64));
    }
    return socket;
  }
  u32 refused(u32 attempts) {
    std::vector<SocketPtr> clients;
    for (u32 i = 0; i < attempts; ++i) {
      clients.push_back(*net.alice.open(Family::ipv4, SocketType::stream));
      static_cast<void>(clients.back()->connect(at("10.0.1.2", 80)));
    }
    net.pass(2_s);
    u32 count = 0;
    for (const SocketPtr& client : clients) count += client->take_error() != Errno::ok ? 1u : 0u;
    return count;
  }
};

TEST_F(BoundBeside, socket_that_shares_the_port_takes_nothing_from_the_listener) {
  const auto listener = bound("0.0.0.0", SocketOption::reuse_port, true);
  const auto other = bound("0.0.0.0", SocketOption::reuse_port, false);
  EXPECT_EQ(refused(40), 0u);
}

TEST_F(BoundBeside, socket_with_the_better_address_does_not_hide_the_listener) {
  const auto wildcard = bound("0.0.0.0", SocketOption::reuse_address, false);
  const auto exact = bound("10.0.1.2", SocketOption::reuse_address, false);
  ASSERT_TRUE(wildcard->listen(64));
  EXPECT_EQ(refused(1), 0u);
}

// RFC 6191: the pair may be used again while the server's program still holds its end.
TEST(TimeWaitHeld, new_syn_is_taken_while_the_user_holds_the_descriptor) {
  Net net;
  const SocketPtr listener = *net.web.open(Family::ipv4, SocketType::stream);
  ASSERT_TRUE(listener->bind(at("0.0.0.0", 80)));
  ASSERT_TRUE(listener->listen(8));
  const auto connect = [&] {
    SocketPtr client = *net.alice.open(Family::ipv4, SocketType::stream);
    EXPECT_TRUE(client->bind(at("0.0.0.0", 5'555)));
    static_cast<void>(client->connect(at("10.0.1.2", 80)));
    net.pass(1_s);
    return client;
  };
  SocketPtr client = connect();
  const SocketPtr peer = *listener->accept();
  ASSERT_TRUE(peer->shutdown(Shutdown::write));
  net.pass(1_s);
  client->close();
  net.pass(1_s);
  EXPECT_EQ(net.web.host.tcp().connections().at(0)->state(), tcp::State::time_wait);
  client = connect();
  EXPECT_TRUE(client->remote());
  EXPECT_TRUE(listener->accept());
  u8 byte = 0;
  EXPECT_EQ(peer->receive({&byte, 1}, {}), 0u);
}

}  // namespace
}  // namespace catenet
