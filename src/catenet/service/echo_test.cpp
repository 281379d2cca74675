// The echo service across a router.
#include "catenet/service/echo.hpp"

#include "catenet/socket/lab_net_test.hpp"

namespace catenet {
namespace {

using lab_net::at;
using lab_net::Net;

Task<void> serve_stream(System& system) {
  static_cast<void>(co_await serve_echo_stream(system, {}));
}
Task<void> serve_datagrams(System& system) {
  static_cast<void>(co_await serve_echo_datagrams(system, {}));
}

struct EchoNet : Net {
  EchoNet() {
    servers.spawn(serve_stream(web.system));
    servers.spawn(serve_datagrams(web.system));
    pass(1_ms);
  }
  TaskGroup servers{web.system.scheduler()};
};

Task<Result<std::string>> talk(System& system, Endpoint server, std::string text) {
  auto socket = co_await connect_stream(system, server);
  if (!socket) co_return Unexpected(socket.error());
  const auto sent = co_await send_all(system, **socket, as_bytes(text));
  if (!sent) co_return Unexpected(sent.error());
  static_cast<void>((*socket)->shutdown(Shutdown::write));
  co_return co_await receive_all(system, **socket, 1 << 20);
}

TEST(Rfc862, tcp_bytes_come_back_until_the_peer_closes) {
  EchoNet net;
  for (const char* server : {"10.0.1.2", "2001:db8:1::2"}) {
    const auto back = net.run(talk(net.alice.system, at(server, 7), std::string(200'000, 'x')));
    ASSERT_TRUE(back && *back) << server;
    EXPECT_TRUE(**back == std::string(200'000, 'x'));
  }
}

TEST(Rfc862, tcp_connections_do_not_wait_for_each_other) {
  EchoNet net;
  auto idle = net.run(connect_stream(net.alice.system, at("10.0.1.2", 7)));
  ASSERT_TRUE(idle && *idle);
  const auto back = net.run(talk(net.alice.system, at("10.0.1.2", 7), "hello"));
  ASSERT_TRUE(back && *back);
  EXPECT_EQ(**back, "hello");
}

Task<Result<std::string>> ask(System& system, Endpoint server, std::string text, u16 from) {
  auto socket = system.open(server.address.family(), SocketType::datagram);
  static_cast<void>((*socket)->bind({IpAddress::any(server.address.family()), from}));
  const auto sent = (*socket)->send_to(as_bytes(text), server);
  if (!sent) co_return Unexpected(sent.error());
  std::vector<u8> buffer(65'536);
  const auto message = co_await receive_message(**socket, buffer, system.now() + 1_s);
  if (!message) co_return Unexpected(message.error());
  EXPECT_EQ(message->source, server);
  co_return std::string(as_text(ByteView(buffer).first(message->size)));
}

TEST(Rfc862, udp_datagram_comes_back) {
  EchoNet net;
  for (const char* server : {"10.0.1.2", "2001:db8:1::2"}) {
    for (const std::string& text : {std::string("hello"), std::string(), std::string(5'000, 'x')}) {
      const auto back = net.run(ask(net.alice.system, at(server, 7), text, 0));
      ASSERT_TRUE(back && *back) << server;
      EXPECT_EQ(**back, text);
    }
  }
}

TEST(EchoDatagrams, datagram_from_an_echo_port_is_not_answered) {
  EchoNet net;
  const auto back = net.run(ask(net.alice.system, at("10.0.1.2", 7), "loop", 7));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->error(), Errno::timed_out);
}

}  // namespace
}  // namespace catenet
