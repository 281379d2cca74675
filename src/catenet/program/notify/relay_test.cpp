// A TCP connection of a lab host and the Unix socket that mirrors it (unix(7), RFC 9293).
#include "catenet/program/notify/relay.hpp"

#include <array>
#include <poll.h>
#include <sys/socket.h>

#include "catenet/socket/lab_net_test.hpp"

namespace catenet::program::notify {
namespace {

class Relays : public lab_net::Sockets {
 protected:
  void SetUp() override {
    auto server = *net.web.open(Family::ipv4, SocketType::stream);
    ASSERT_TRUE(server->bind({IpAddress::any(Family::ipv4), 80}));
    ASSERT_TRUE(server->listen(4));
    client = *net.alice.open(Family::ipv4, SocketType::stream);
    ASSERT_EQ(client->connect(lab_net::at("10.0.1.2", 80)).error(), Errno::in_progress);
    ASSERT_TRUE(net.until([&] { return server->readiness().readable; }));
    peer = *server->accept();
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    program = os::Descriptor(pair[0]);
    relay.emplace(*client, os::Descriptor(pair[1]));
  }
  // Until the network stands still.
  Relay::State carry() {
    Relay::State state = Relay::State::open;
    for (int i = 0; i < 20 && (state == Relay::State::open || state == Relay::State::rested); ++i) {
      state = relay->carry(scratch);
      net.engine.run_until(net.engine.now() + 50_ms);
    }
    return state;
  }
  void say(std::string_view text) const {
    EXPECT_EQ(::send(program.get(), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
  }
  // What the program reads: the text, "EOF", or "error" with its number.
  std::string heard() const {
    std::array<char, 64> text{};
    const ssize_t size = ::recv(program.get(), text.data(), text.size(), 0);
    if (size < 0) return "error " + std::to_string(errno);
    return size == 0 ? "EOF" : std::string(text.data(), static_cast<std::size_t>(size));
  }
  std::string peer_heard() const {
    std::array<u8, 64> text{};
    const auto size = peer->receive(text, {});
    if (!size) return std::string(errno_name(size.error()));
    return *size == 0 ? "EOF" : std::string(text.begin(), text.begin() + *size);
  }
  int events() const {
    pollfd state{.fd = program.get(), .events = POLLIN | POLLRDHUP, .revents = 0};
    ::poll(&state, 1, 0);
    return state.revents;
  }

  std::unique_ptr<Socket> client;
  std::unique_ptr<Socket> peer;
  os::Descriptor program;
  std::vector<u8> scratch = std::vector<u8>(64 * 1'024);
  std::optional<Relay> relay;
};

TEST_F(Relays, bytes_go_both_ways) {
  say("hello");
  EXPECT_EQ(carry(), Relay::State::open);
  EXPECT_EQ(peer_heard(), "hello");
  ASSERT_TRUE(peer->send(ByteView(reinterpret_cast<const u8*>("world"), 5)));
  carry();
  EXPECT_EQ(heard(), "world");
}

TEST_F(Relays, half_close_of_the_program_is_a_fin) {
  say("last");
  ::shutdown(program.get(), SHUT_WR);
  EXPECT_EQ(carry(), Relay::State::open);
  EXPECT_EQ(peer_heard(), "last");
  EXPECT_EQ(peer_heard(), "EOF");
  ASSERT_TRUE(peer->send(ByteView(reinterpret_cast<const u8*>("still"), 5)));
  carry();
  EXPECT_EQ(heard(), "still");
}

TEST_F(Relays, fin_of_the_peer_is_the_end_of_the_stream) {
  ASSERT_TRUE(peer->shutdown(Shutdown::write));
  EXPECT_EQ(carry(), Relay::State::open);
  EXPECT_EQ(events(), POLLIN | POLLRDHUP);
  EXPECT_EQ(heard(), "EOF");
  say("late");
  carry();
  EXPECT_EQ(peer_heard(), "late");
}

TEST_F(Relays, close_of_the_program_closes_after_what_it_wrote) {
  say("goodbye");
  program.reset();
  EXPECT_EQ(carry(), Relay::State::closed);
  EXPECT_EQ(peer_heard(), "goodbye");
  EXPECT_EQ(peer_heard(), "EOF");
}

TEST_F(Relays, close_with_bytes_unread_is_an_abort) {
  ASSERT_TRUE(peer->send(ByteView(reinterpret_cast<const u8*>("unread"), 6)));
  carry();
  program.reset();
  EXPECT_EQ(carry(), Relay::State::aborted);
}

TEST_F(Relays, reset_of_the_peer_is_told_with_its_error) {
  ASSERT_TRUE(peer->set_option(SocketOption::linger, 0));
  peer->close();
  EXPECT_EQ(carry(), Relay::State::reset);
  EXPECT_EQ(relay->error(), Errno::connection_reset);
}

TEST_F(Relays, program_that_does_not_read_holds_the_peer_back) {
  const std::vector<u8> much(8 << 20);
  std::size_t sent = 0;
  for (int i = 0; i < 400; ++i) {
    const auto some = peer->send(ByteView(much).subspan(sent));
    if (some) sent += *some;
    relay->carry(scratch);
    net.engine.run_until(net.engine.now() + 50_ms);
  }
  EXPECT_LT(sent, much.size());
  std::vector<char> into(1 << 20);
  std::size_t read = 0;
  for (int i = 0; i < 400 && read < sent; ++i) {
    for (ssize_t n; (n = ::recv(program.get(), into.data(), into.size(), 0)) > 0;) {
      read += static_cast<std::size_t>(n);
    }
    relay->carry(scratch);
    net.engine.run_until(net.engine.now() + 50_ms);
  }
  EXPECT_EQ(read, sent);
}

}  // namespace
}  // namespace catenet::program::notify
