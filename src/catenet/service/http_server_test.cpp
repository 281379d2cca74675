// Conversations with the web server across a router, in virtual time.
#include "catenet/service/http_server.hpp"

#include <gtest/gtest.h>

#include "catenet/socket/lab_net_test.hpp"

namespace catenet {
namespace {

using lab_net::at;
using lab_net::Net;

Task<Result<std::string>> say(System& system, std::string request, bool half_close) {
  const Endpoint server = at("10.0.1.2", 80);
  auto socket = co_await connect_stream(system, server);
  if (!socket) co_return Unexpected(socket.error());
  const auto sent = co_await send_all(system, **socket, as_bytes(request));
  if (!sent) co_return Unexpected(sent.error());
  if (half_close) static_cast<void>((*socket)->shutdown(Shutdown::write));
  co_return co_await receive_all(system, **socket, 64 << 20);
}

Task<void> serve(System& system, HttpServerOptions options) {
  static_cast<void>(co_await serve_http(system, options));
}

class HttpServer : public ::testing::Test {
 protected:
  HttpServer() {
    put("/index.html", "<p>Hello</p>\n");
    put("/a b.txt", "0123456789");
    put("/docs/one.txt", "1");
    put("/empty.txt", "");
  }
  void put(const std::string& path, std::string text) {
    ASSERT_TRUE(net.web.system.memory().put(path, std::move(text)));
  }
  void start() {
    server = std::make_unique<TaskGroup>(net.web.system.scheduler());
    server->spawn(serve(net.web.system, options));
  }
  // What comes back on one connection until the server ends it, if the client says nothing more.
  std::string talk(std::string request, bool half_close = true) {
    if (!server) start();
    const auto answer = net.run(say(net.alice.system, std::move(request), half_close));
    if (!answer) return "(no end)";
    return *answer ? **answer : std::string(errno_name(answer->error()));
  }
  std::string get(const std::string& target, const std::string& fields = "") {
    return talk("GET " + target + " HTTP/1.1\r\nHost: web\r\n" + fields + "\r\n");
  }
  static std::string status(const std::string& answer) {
    return answer.substr(0, answer.find('\r'));
  }
  static std::string body(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }
  static bool has(const std::string& answer, const std::string& field) {
    return answer.find("\r\n" + field + "\r\n") != std::string::npos;
  }
  static std::string value(const std::string& answer, const std::string& name) {
    const std::size_t begin = answer.find("\r\n" + name + ": ");
    if (begin == std::string::npos) return "(none)";
    const std::size_t from = begin + name.size() + 4;
    return answer.substr(from, answer.find('\r', from) - from);
  }

  Net net;
  HttpServerOptions options;
  std::unique_ptr<TaskGroup> server;
};

TEST_F(HttpServer, get_index_gives_page_with_fields) {
  const std::string answer = get("/");
  EXPECT_EQ(status(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(body(answer), "<p>Hello</p>\n");
  EXPECT_EQ(value(answer, "Content-Length"), "13");
  EXPECT_EQ(value(answer, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(value(answer, "Date"), "Sat, 01 Jan 2000 00:00:00 GMT");
  EXPECT_EQ(value(answer, "Last-Modified"), "Sat, 01 Jan 2000 00:00:00 GMT");
}

}  // namespace
}  // namespace catenet
