// The kernel's sockets behave as Socket says, over loopback.
#include "catenet/os/machine_socket.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "catenet/os/machine_test.hpp"

namespace catenet::os {
namespace {

struct Connected {
  std::unique_ptr<Socket> client, server;
};

class MachineSockets : public Machine {
 protected:
  Connected connect(std::string_view address) {
    Connected pair;
    auto listener = listen_stream(*system, 0);
    EXPECT_TRUE(listener.has_value());
    const u16 port = (*listener)->local().port;
    auto client = run(connect_stream(*system, at(address, port)));
    EXPECT_TRUE(client && *client);
    pair.client = *std::move(*client);
    EXPECT_TRUE(wait_until([&] {
      if (auto peer = (*listener)->accept()) pair.server = *std::move(peer);
      return pair.server != nullptr;
    }));
    return pair;
  }
  std::string text(Socket& socket, ReceiveFlags flags = {}) {
    std::array<u8, 64> buffer{};
    const auto n = socket.receive(buffer, flags);
    return n ? std::string(as_text(ByteView(buffer).first(*n)))
             : std::string(errno_name(n.error()));
  }
  bool readable(Socket& socket) {
    return wait_until([&] { return socket.readiness().readable; });
  }
  Result<u32> say(Socket& socket, std::string_view words) { return socket.send(as_bytes(words)); }
};

TEST_F(MachineSockets, stream_carries_bytes_both_ways_and_ends) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    Connected pair = connect(address);
    EXPECT_EQ(pair.client->remote()->address, *IpAddress::parse(address));
    EXPECT_EQ(pair.server->local().address, *IpAddress::parse(address)) << "not a mapped address";
    EXPECT_EQ(pair.server->remote(), pair.client->local());
    EXPECT_EQ(text(*pair.server), "EAGAIN");
    EXPECT_EQ(say(*pair.client, "hello"), 5u);
    ASSERT_TRUE(readable(*pair.server));
    EXPECT_EQ(text(*pair.server, {.peek = true}), "hello");
    EXPECT_EQ(text(*pair.server), "hello");
    ASSERT_TRUE(pair.client->shutdown(Shutdown::write).has_value());
    EXPECT_EQ(say(*pair.client, "more").error(), Errno::broken_pipe);
    ASSERT_TRUE(readable(*pair.server));
    EXPECT_TRUE(pair.server->readiness().peer_closed);
    EXPECT_EQ(text(*pair.server), "");
    EXPECT_EQ(say(*pair.server, "back"), 4u);
    ASSERT_TRUE(readable(*pair.client));
    EXPECT_EQ(text(*pair.client), "back");
  }
}

TEST_F(MachineSockets, connection_that_nobody_accepts_is_refused) {
  auto taken = open(Family::ipv4, SocketType::stream);
  ASSERT_TRUE(taken->bind(at("127.0.0.1", 0)).has_value());
  const auto refused = run(connect_stream(*system, taken->local()));
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->error(), Errno::connection_refused);
}

TEST_F(MachineSockets, address_of_the_other_family_is_refused) {
  constexpr u8 icmp = 1;
  for (const auto& [type, protocol] :
       {std::pair{SocketType::datagram, u8{0}}, std::pair{SocketType::datagram, icmp},
        std::pair{SocketType::raw, icmp}}) {
    const auto socket = system->open(Family::ipv4, type, protocol);
    if (!socket) continue;  // only some may have raw sockets, or ping sockets
    EXPECT_EQ((*socket)->bind(at("::1", 0)).error(), Errno::family_not_supported);
    EXPECT_TRUE((*socket)->bind(at("127.0.0.1", 0)).has_value());
  }
}

TEST_F(MachineSockets, errors_are_the_kernels) {
  auto stream = open(Family::ipv4, SocketType::stream);
  EXPECT_EQ(stream->accept().error(), Errno::invalid);
  EXPECT_EQ(stream->remote().error(), Errno::not_connected);
  EXPECT_EQ(stream->bind(at("192.0.2.1", 0)).error(), Errno::address_not_available);
  EXPECT_EQ(stream->shutdown(Shutdown::both).error(), Errno::not_connected);
  auto datagrams = open(Family::ipv4, SocketType::datagram);
  EXPECT_EQ(datagrams->listen(1).error(), Errno::operation_not_supported);
  EXPECT_EQ(say(*datagrams, "x").error(), Errno::destination_required);
  EXPECT_EQ(datagrams->option(SocketOption::no_delay).error(), Errno::no_protocol_option);
  EXPECT_EQ(datagrams->bind(at("127.0.0.1", 0)).error(), Errno::invalid) << "sending has bound it";
  auto second = open(Family::ipv4, SocketType::datagram);
  EXPECT_EQ(second->bind(datagrams->local()).error(), Errno::address_in_use);
  datagrams->close();
  datagrams->close();
  EXPECT_EQ(text(*datagrams), "EBADF");
  EXPECT_EQ(datagrams->option(SocketOption::ttl).error(), Errno::bad_descriptor);
}

TEST_F(MachineSockets, reset_is_told) {
  Connected pair = connect("127.0.0.1");
  ASSERT_TRUE(pair.client->set_option(SocketOption::linger, 0).has_value());
  EXPECT_EQ(pair.client->option(SocketOption::linger), 0);
  pair.client->close();
  ASSERT_TRUE(wait_until([&] { return pair.server->readiness().error; }));
  EXPECT_EQ(text(*pair.server), "ECONNRESET");
}

TEST_F(MachineSockets, urgent_byte_is_out_of_band) {
  Connected pair = connect("127.0.0.1");
  ASSERT_EQ(pair.client->send_out_of_band('!'), 1u);
  ASSERT_TRUE(wait_until([&] { return pair.server->readiness().priority; }));
  EXPECT_EQ(text(*pair.server, {.out_of_band = true}), "!");
}

TEST_F(MachineSockets, options_are_read_as_they_were_set) {
  using enum SocketOption;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto stream = open(family, SocketType::stream);
    for (const auto& [option, value] : {std::pair{reuse_address, 1},
                                        {reuse_port, 1},
                                        {keep_alive, 1},
                                        {linger, 7},
                                        {linger, -1},
                                        {no_delay, 1},
                                        {cork, 1},
                                        {keep_idle, 11},
                                        {keep_interval, 12},
                                        {keep_count, 3},
                                        {user_timeout_ms, 1'234},
                                        {fast_open_connect, 1},
                                        {ttl, 9},
                                        {out_of_band_inline, 1},
                                        {send_buffer, 20'000},
                                        {receive_buffer, 30'000},
                                        {bind_to_device, 1}}) {
      EXPECT_TRUE(stream->set_option(option, value).has_value()) << static_cast<int>(option);
      EXPECT_EQ(stream->option(option), value) << static_cast<int>(option);
    }
    auto datagrams = open(family, SocketType::datagram);
    for (const auto& [option, value] : {std::pair{broadcast, 1},
                                        {dont_fragment, 1},
                                        {dont_fragment, 0},
                                        {receive_errors, 1},
                                        {ttl, 3},
                                        {traffic_class, 0x20},
                                        {no_check, 1},
                                        {no_check6_send, 1},
                                        {no_check6_receive, 1},
                                        {record_route, 1}}) {
      EXPECT_TRUE(datagrams->set_option(option, value).has_value()) << static_cast<int>(option);
      EXPECT_EQ(datagrams->option(option), value) << static_cast<int>(option);
    }
    EXPECT_EQ(datagrams->set_option(ttl, 256).error(), Errno::invalid);
    EXPECT_EQ(datagrams->set_option(path_mtu, 1).error(), Errno::no_protocol_option);
    EXPECT_EQ(datagrams->option(path_mtu).error(), Errno::not_connected);
    ASSERT_TRUE(datagrams->connect({IpAddress::loopback(family), 9}).has_value());
    EXPECT_GE(*datagrams->option(path_mtu), 1'280);
  }
}

TEST_F(MachineSockets, v6_only_socket_leaves_ipv4_to_another) {
  auto six = open(Family::ipv6, SocketType::datagram);
  EXPECT_EQ(six->option(SocketOption::v6_only), 0);
  ASSERT_TRUE(six->set_option(SocketOption::v6_only, 1).has_value());
  ASSERT_TRUE(six->bind({IpAddress::any(Family::ipv6), 0}).has_value());
  auto four = open(Family::ipv4, SocketType::datagram);
  EXPECT_TRUE(four->bind({IpAddress::any(Family::ipv4), six->local().port}).has_value());
  EXPECT_EQ(four->set_option(SocketOption::v6_only, 1).error(), Errno::no_protocol_option);
}

TEST_F(MachineSockets, datagram_comes_with_what_the_kernel_knows) {
  for (const auto& [mine, target] :
       {std::pair{Family::ipv4, "127.0.0.1"}, {Family::ipv6, "::1"}, {Family::ipv6, "127.0.0.1"}}) {
    auto receiver = open(mine, SocketType::datagram);
    ASSERT_TRUE(receiver->bind({IpAddress::any(mine), 0}).has_value());
    const Endpoint remote = at(target, receiver->local().port);
    auto sender = open(remote.address.family(), SocketType::datagram);
    ASSERT_TRUE(sender->set_option(SocketOption::ttl, 17).has_value());
    ASSERT_TRUE(sender->set_option(SocketOption::traffic_class, 0x28).has_value());
    const Instant before = system->now();
    ASSERT_EQ(sender->send_to(as_bytes("seven b"), remote), 7u);
    ASSERT_TRUE(readable(*receiver));
    std::array<u8, 4> buffer{};
    const auto message = receiver->receive_message(buffer, {});
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->size, 7u) << "the whole, not what fitted";
    EXPECT_EQ(as_text(buffer), "seve");
    EXPECT_EQ(message->source.port, sender->local().port);
    EXPECT_EQ(message->source.address, remote.address);
    EXPECT_EQ(message->destination, remote.address);
    EXPECT_EQ(message->ttl, 17);
    EXPECT_EQ(message->traffic_class, 0x28);
    // The two clocks may be set apart meanwhile, by no more than this.
    EXPECT_GE(message->arrival, before - 1_s);
    EXPECT_LE(message->arrival, system->now() + 1_s);
  }
}

TEST_F(MachineSockets, icmp_error_comes_by_the_error_queue) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto taken = open(family, SocketType::datagram);
    ASSERT_TRUE(taken->bind({IpAddress::loopback(family), 0}).has_value());
    const Endpoint nobody = taken->local();
    taken->close();
    auto socket = open(family, SocketType::datagram);
    ASSERT_TRUE(socket->set_option(SocketOption::receive_errors, 1).has_value());
    ASSERT_EQ(socket->send_to(as_bytes("is anybody there"), nobody), 16u);
    ASSERT_TRUE(wait_until([&] { return socket->readiness().error; }));
    // What became of the first does not keep the second from going, and is told all the same.
    EXPECT_EQ(socket->send_to(as_bytes("again"), nobody), 5u);
    EXPECT_EQ(text(*socket), "ECONNREFUSED");
    std::array<u8, 64> buffer{};
    const auto error = socket->receive_message(buffer, {.error_queue = true});
    ASSERT_TRUE(error && error->error);
    EXPECT_EQ(error->error->error, Errno::connection_refused);
    EXPECT_EQ(error->error->type, family == Family::ipv4 ? 3 : 1);
    EXPECT_EQ(error->error->code, family == Family::ipv4 ? 3 : 4);
    EXPECT_EQ(error->error->offender, nobody.address);
    EXPECT_EQ(error->source, nobody);
    EXPECT_EQ(as_text(ByteView(buffer).first(error->size)), "is anybody there");
  }
}

TEST_F(MachineSockets, datagram_too_long_is_told_by_the_call_alone) {
  auto socket = open(Family::ipv4, SocketType::datagram);
  ASSERT_TRUE(socket->set_option(SocketOption::receive_errors, 1).has_value());
  ASSERT_TRUE(socket->connect(at("127.0.0.1", 9)).has_value());
  const std::vector<u8> big(65'508);
  EXPECT_EQ(socket->send(big).error(), Errno::message_size);
  std::array<u8, 4> buffer{};
  EXPECT_EQ(socket->receive_message(buffer, {.error_queue = true}).error(), Errno::again);
}

Task<void> read_once(Socket& socket, std::optional<Result<u32>>& result) {
  std::array<u8, 16> buffer{};
  result = co_await receive(socket, buffer);
}

TEST_F(MachineSockets, closing_wakes_whoever_waits) {
  auto socket = open(Family::ipv4, SocketType::datagram);
  std::optional<Result<u32>> result;
  tasks->spawn(read_once(*socket, result));
  system->loop().run_until([] { return true; });
  ASSERT_FALSE(result.has_value());
  socket->close();
  ASSERT_TRUE(wait_until([&] { return result.has_value(); }));
  EXPECT_EQ(result->error(), Errno::bad_descriptor);
}

Task<void> pour(System& system, Socket& socket, u64& poured) {
  const std::vector<u8> bytes(65'536);
  for (;;) {
    const auto sent = co_await send_all(system, socket, bytes);
    if (!sent) co_return;
    poured += bytes.size();
  }
}

Task<void> drain(Socket& socket) {
  std::vector<u8> buffer(65'536);
  for (;;) {
    const auto n = co_await receive(socket, buffer);
    if (!n || *n == 0) co_return;
  }
}

// Two that always find something to do leave time to a third.
TEST_F(MachineSockets, busy_connection_keeps_nobody_waiting) {
  Connected busy = connect("127.0.0.1");
  Connected quiet = connect("127.0.0.1");
  u64 poured = 0;
  tasks->spawn(pour(*system, *busy.client, poured));
  tasks->spawn(drain(*busy.server));
  ASSERT_TRUE(wait_until([&] { return poured > 8 << 20; }));
  std::optional<Result<u32>> result;
  tasks->spawn(read_once(*quiet.server, result));
  ASSERT_EQ(say(*quiet.client, "me too"), 6u);
  ASSERT_TRUE(wait_until([&] { return result.has_value(); }));
  EXPECT_EQ(*result, 6u);
  EXPECT_LT(poured, u64{4} << 30);
}

TEST_F(MachineSockets, no_descriptor_left_is_an_error_and_the_connection_waits) {
  auto listener = listen_stream(*system, at("127.0.0.1", 0));
  ASSERT_TRUE(listener.has_value());
  auto client = open(Family::ipv4, SocketType::stream);
  static_cast<void>(client->connect((*listener)->local()));
  ASSERT_TRUE(readable(**listener));
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit none{3, usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = (*listener)->accept();
  const auto no_socket = system->open(Family::ipv4, SocketType::stream, 0);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_EQ(refused.error(), Errno::too_many_files);
  EXPECT_TRUE(is_shortage(refused.error()));
  EXPECT_EQ(no_socket.error(), Errno::too_many_files);
  EXPECT_TRUE((*listener)->accept().has_value());
}

}  // namespace
}  // namespace catenet::os
