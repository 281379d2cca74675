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

Task<void> serve_pages(System& system, HttpServerOptions options) {
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
    server->spawn(serve_pages(net.web.system, options));
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

TEST_F(HttpServer, head_gives_fields_alone) {
  const std::string answer = talk("HEAD / HTTP/1.1\r\nHost: web\r\n\r\n");
  EXPECT_EQ(status(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(value(answer, "Content-Length"), "13");
  EXPECT_EQ(body(answer), "");
}

TEST_F(HttpServer, percent_encoded_path_finds_file) {
  EXPECT_EQ(body(get("/a%20b.txt?x=y")), "0123456789");
  EXPECT_EQ(status(get("/a%2")), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(status(get("/a%00b")), "HTTP/1.1 400 Bad Request");
}

TEST_F(HttpServer, missing_file_is_404) {
  EXPECT_EQ(status(get("/nothing")), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(status(get("/index.html/")), "HTTP/1.1 404 Not Found");
  EXPECT_EQ(status(get("/index.html/x")), "HTTP/1.1 404 Not Found");
}

TEST_F(HttpServer, path_does_not_climb_out_of_the_root) {
  put("/site/in.txt", "in");
  put("/secret.txt", "secret");
  options.root = "/site";
  EXPECT_EQ(body(get("/in.txt")), "in");
  for (const char* path : {"/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt",
                           "/x/../../secret.txt", "//../secret.txt"}) {
    EXPECT_EQ(status(get(path)), "HTTP/1.1 404 Not Found") << path;
  }
}

TEST_F(HttpServer, empty_file_has_length_0) {
  const std::string answer = get("/empty.txt");
  EXPECT_EQ(status(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(value(answer, "Content-Length"), "0");
}

TEST_F(HttpServer, folder_without_slash_is_redirected) {
  const std::string answer = get("/docs?x");
  EXPECT_EQ(status(answer), "HTTP/1.1 301 Moved Permanently");
  EXPECT_EQ(value(answer, "Location"), "/docs/?x");
}

TEST_F(HttpServer, folder_listing_comes_in_chunks_and_is_escaped) {
  put("/docs/<b>.txt", "");
  const std::string answer = get("/docs/");
  EXPECT_EQ(value(answer, "Transfer-Encoding"), "chunked");
  EXPECT_NE(answer.find("<a href=\"./%3Cb%3E.txt\">&lt;b&gt;.txt</a> 0"), std::string::npos);
  EXPECT_NE(answer.find("<a href=\"./one.txt\">one.txt</a> 1"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n0\r\n\r\n"));
  const std::string old = talk("GET /docs/ HTTP/1.0\r\n\r\n");
  EXPECT_EQ(value(old, "Transfer-Encoding"), "(none)");
  EXPECT_EQ(value(old, "Content-Length"), std::to_string(body(old).size()));
}

TEST_F(HttpServer, folder_listing_may_be_off) {
  options.list_folders = false;
  EXPECT_EQ(status(get("/docs/")), "HTTP/1.1 403 Forbidden");
}

TEST_F(HttpServer, virtual_host_has_its_own_root) {
  put("/other/index.html", "other");
  options.virtual_hosts.push_back({"other", "/other"});
  EXPECT_EQ(body(talk("GET / HTTP/1.1\r\nHost: OTHER:80\r\n\r\n")), "other");
  EXPECT_EQ(body(get("/")), "<p>Hello</p>\n");
}

TEST_F(HttpServer, reads_only_what_is_not_too_much) {
  EXPECT_EQ(status(get("/" + std::string(9'000, 'a'))), "HTTP/1.1 414 URI Too Long");
  EXPECT_EQ(status(talk(std::string(40'000, 'a'))), "HTTP/1.1 414 URI Too Long");
  const std::string fields = "X: " + std::string(40'000, 'a') + "\r\n";
  EXPECT_EQ(status(get("/", fields)), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(HttpServer, large_file_arrives_whole) {
  std::string large;
  for (int i = 0; i < 100'000; ++i) large += std::to_string(i) + "\n";
  put("/large.txt", large);
  const std::string answer = get("/large.txt");
  EXPECT_EQ(value(answer, "Content-Length"), std::to_string(large.size()));
  EXPECT_TRUE(body(answer) == large);
}

TEST_F(HttpServer, silent_connection_is_closed_after_idle_timeout) {
  options.idle_timeout = 5_s;
  EXPECT_EQ(talk("", false), "");
  EXPECT_GE(net.engine.now(), Instant::at(5_s));
  EXPECT_LT(net.engine.now(), Instant::at(6_s));
}

TEST_F(HttpServer, connection_beyond_the_most_gets_503) {
  options.max_connections = 1;
  start();
  auto first = net.run(connect_stream(net.alice.system, at("10.0.1.2", 80)));
  ASSERT_TRUE(first && *first);
  net.pass(1_s);
  EXPECT_EQ(status(talk("")), "HTTP/1.1 503 Service Unavailable");
  (**first)->close();
  net.pass(5_s);
  EXPECT_EQ(status(get("/")), "HTTP/1.1 200 OK");
}

TEST_F(HttpServer, answers_over_ipv6_too) {
  start();
  const Endpoint six = at("2001:db8:1::2", 80);
  auto socket = net.run(connect_stream(net.alice.system, six));
  ASSERT_TRUE(socket && *socket);
}

TEST_F(HttpServer, port_in_use_is_told) {
  start();
  net.pass(1_s);
  auto second = std::make_unique<TaskGroup>(net.web.system.scheduler());
  static std::optional<Result<void>> result;
  result.reset();
  struct Keep {
    static Task<void> run(System& system) {
      HttpServerOptions options;
      result = co_await serve_http(system, options);
    }
  };
  second->spawn(Keep::run(net.web.system));
  net.pass(1_s);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error(), Errno::address_in_use);
}

// --- RFC 9112: messages on a connection ---

TEST_F(HttpServer, cancelled_server_ends_its_connections) {
  start();
  auto socket = net.run(connect_stream(net.alice.system, at("10.0.1.2", 80)));
  ASSERT_TRUE(socket && *socket);
  server->cancel();
  net.pass(1_s);
  EXPECT_TRUE(server->empty());
  EXPECT_TRUE((**socket)->readiness().peer_closed);
}

class Rfc9112Server : public HttpServer {};
class Rfc9110Server : public HttpServer {};

TEST_F(Rfc9112Server, s9_3_2_pipelined_requests_are_answered_in_order) {
  const std::string answers = talk(
      "GET /docs/one.txt HTTP/1.1\r\nHost: web\r\n\r\n\r\nGET /nothing HTTP/1.1\r\nHost: "
      "web\r\n\r\n"
      "GET / HTTP/1.1\r\nHost: web\r\n\r\n");
  const std::size_t first = answers.find("200 OK"), second = answers.find("404 Not Found");
  const std::size_t third = answers.find("<p>Hello</p>");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST_F(Rfc9112Server, s9_6_close_ends_the_connection_after_the_answer) {
  const std::string answer =
      talk("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n", false);
  EXPECT_EQ(value(answer, "Connection"), "close");
  EXPECT_EQ(body(answer), "<p>Hello</p>\n");
}

TEST_F(Rfc9112Server, s9_3_http_1_0_closes_unless_asked_to_keep) {
  EXPECT_EQ(body(talk("GET / HTTP/1.0\r\n\r\n", false)), "<p>Hello</p>\n");
  const std::string kept = talk("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(value(kept, "Connection"), "keep-alive");
}

TEST_F(Rfc9112Server, s3_2_host_must_be_one_and_good) {
  const std::string bad = "HTTP/1.1 400 Bad Request";
  EXPECT_EQ(status(talk("GET / HTTP/1.1\r\n\r\n", false)), bad);
  EXPECT_EQ(status(talk("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", false)), bad);
  EXPECT_EQ(status(talk("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", false)), bad);
  EXPECT_EQ(status(talk("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", false)), bad);
  EXPECT_EQ(status(talk("GET / HTTP/1.1\r\nHost:\r\n\r\n")), "HTTP/1.1 200 OK");
}

TEST_F(Rfc9112Server, s3_2_2_absolute_form_is_taken) {
  put("/other/index.html", "other");
  options.virtual_hosts.push_back({"other", "/other"});
  EXPECT_EQ(body(talk("GET http://other/ HTTP/1.1\r\nHost: web\r\n\r\n")), "other");
  EXPECT_EQ(status(talk("GET other HTTP/1.1\r\nHost: web\r\n\r\n")), "HTTP/1.1 400 Bad Request");
}

TEST_F(Rfc9112Server, s3_2_4_asterisk_form_is_for_options) {
  EXPECT_EQ(status(talk("OPTIONS * HTTP/1.1\r\nHost: web\r\n\r\n")), "HTTP/1.1 204 No Content");
  EXPECT_EQ(status(talk("GET * HTTP/1.1\r\nHost: web\r\n\r\n")), "HTTP/1.1 400 Bad Request");
}

TEST_F(Rfc9112Server, s11_2_smuggling_request_is_refused_and_cut_off) {
  const std::string answer = talk(
      "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nGET / HTTP/1.1\r\nHost: web\r\n\r\n");
  EXPECT_EQ(status(answer), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(value(answer, "Connection"), "close");
  EXPECT_EQ(answer.find("200 OK"), std::string::npos);
}

TEST_F(Rfc9112Server, s6_body_is_read_over_before_the_next_request) {
  const std::string next = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
  const std::string plain =
      talk("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nGET /" + next);
  EXPECT_EQ(status(plain), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_NE(plain.find("<p>Hello</p>"), std::string::npos);
  const std::string chunked = talk(
      "GET / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n" +
      next);
  EXPECT_NE(chunked.find("<p>Hello</p>", chunked.find("<p>Hello</p>") + 1), std::string::npos);
}

TEST_F(Rfc9112Server, s7_1_malformed_chunk_ends_the_connection) {
  const std::string answer =
      talk("GET / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", false);
  EXPECT_EQ(status(answer), "HTTP/1.1 400 Bad Request");
}

TEST_F(Rfc9110Server, s15_5_14_body_that_is_too_long_is_413) {
  options.max_body = 10;
  const std::string length = "GET / HTTP/1.1\r\nHost: web\r\nContent-Length: 11\r\n\r\n";
  EXPECT_EQ(status(talk(length, false)), "HTTP/1.1 413 Content Too Large");
  EXPECT_EQ(status(talk("GET / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "b\r\n01234567890\r\n0\r\n\r\n",
                        false)),
            "HTTP/1.1 413 Content Too Large");
}

TEST_F(Rfc9110Server, s15_5_9_request_that_comes_too_slowly_is_408) {
  options.idle_timeout = 5_s;
  EXPECT_EQ(status(talk("GET / HTT", false)), "HTTP/1.1 408 Request Timeout");
}

TEST_F(Rfc9110Server, s10_1_1_expect_continue_gets_100_first) {
  const std::string answer =
      talk("GET / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  const std::string refused = talk(
      "POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", false);
  EXPECT_EQ(status(refused), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_EQ(status(get("/", "Expect: cake\r\n")), "HTTP/1.1 417 Expectation Failed");
}

TEST_F(Rfc9110Server, s15_5_6_known_methods_are_405_and_others_501) {
  const std::string refused = talk("DELETE / HTTP/1.1\r\nHost: web\r\n\r\n");
  EXPECT_EQ(status(refused), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_EQ(value(refused, "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(status(talk("BREW / HTTP/1.1\r\nHost: web\r\n\r\n")), "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(status(talk("CONNECT a:80 HTTP/1.1\r\nHost: web\r\n\r\n")),
            "HTTP/1.1 405 Method Not Allowed");
}

TEST_F(Rfc9110Server, s14_2_one_range_is_206) {
  const std::string answer = get("/a%20b.txt", "Range: bytes=2-4\r\n");
  EXPECT_EQ(status(answer), "HTTP/1.1 206 Partial Content");
  EXPECT_EQ(value(answer, "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(value(answer, "Content-Length"), "3");
  EXPECT_EQ(body(answer), "234");
}

TEST_F(Rfc9110Server, s14_6_several_ranges_are_one_multipart_body) {
  const std::string answer = get("/a%20b.txt", "Range: bytes=0-1,-2\r\n");
  EXPECT_EQ(status(answer), "HTTP/1.1 206 Partial Content");
  const std::string type = value(answer, "Content-Type");
  const std::string mark = type.substr(type.find("boundary=") + 9);
  EXPECT_EQ(value(answer, "Content-Length"), std::to_string(body(answer).size()));
  EXPECT_EQ(body(answer), "--" + mark +
                              "\r\nContent-Type: text/plain; charset=utf-8\r\n"
                              "Content-Range: bytes 0-1/10\r\n\r\n01\r\n--" +
                              mark +
                              "\r\nContent-Type: text/plain; charset=utf-8\r\n"
                              "Content-Range: bytes 8-9/10\r\n\r\n89\r\n--" +
                              mark + "--\r\n");
}

TEST_F(Rfc9110Server, s15_5_17_unsatisfiable_range_is_416) {
  const std::string answer = get("/a%20b.txt", "Range: bytes=10-\r\n");
  EXPECT_EQ(status(answer), "HTTP/1.1 416 Range Not Satisfiable");
  EXPECT_EQ(value(answer, "Content-Range"), "bytes */10");
}

TEST_F(Rfc9110Server, s13_1_2_if_none_match_is_304) {
  const std::string etag = value(get("/"), "ETag");
  const std::string same = get("/", "If-None-Match: \"x\", W/" + etag + "\r\n");
  EXPECT_EQ(status(same), "HTTP/1.1 304 Not Modified");
  EXPECT_EQ(value(same, "ETag"), etag);
  EXPECT_EQ(body(same), "");
  EXPECT_EQ(status(get("/", "If-None-Match: *\r\n")), "HTTP/1.1 304 Not Modified");
  EXPECT_EQ(status(get("/", "If-None-Match: \"x\"\r\n")), "HTTP/1.1 200 OK");
  // It decides alone where both are there (section 13.1.3).
  EXPECT_EQ(status(get("/",
                       "If-None-Match: \"x\"\r\n"
                       "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n")),
            "HTTP/1.1 200 OK");
}

TEST_F(Rfc9110Server, s13_1_3_if_modified_since_is_304) {
  const std::string since = "If-Modified-Since: ";
  EXPECT_EQ(status(get("/", since + "Sat, 01 Jan 2000 00:00:00 GMT\r\n")),
            "HTTP/1.1 304 Not Modified");
  EXPECT_EQ(status(get("/", since + "Fri, 31 Dec 1999 23:59:59 GMT\r\n")), "HTTP/1.1 200 OK");
  EXPECT_EQ(status(get("/", since + "yesterday\r\n")), "HTTP/1.1 200 OK");
}

TEST_F(Rfc9110Server, s13_1_1_failed_if_match_is_412) {
  const std::string etag = value(get("/"), "ETag");
  EXPECT_EQ(status(get("/", "If-Match: " + etag + "\r\n")), "HTTP/1.1 200 OK");
  EXPECT_EQ(status(get("/", "If-Match: \"x\"\r\n")), "HTTP/1.1 412 Precondition Failed");
  EXPECT_EQ(status(get("/", "If-Unmodified-Since: Fri, 31 Dec 1999 23:59:59 GMT\r\n")),
            "HTTP/1.1 412 Precondition Failed");
}

TEST_F(Rfc9110Server, s13_1_5_range_counts_only_while_if_range_holds) {
  const std::string etag = value(get("/a%20b.txt"), "ETag");
  const std::string range = "Range: bytes=0-1\r\nIf-Range: ";
  EXPECT_EQ(body(get("/a%20b.txt", range + etag + "\r\n")), "01");
  EXPECT_EQ(body(get("/a%20b.txt", range + "\"x\"\r\n")), "0123456789");
  EXPECT_EQ(body(get("/a%20b.txt", range + "Sat, 01 Jan 2000 00:00:00 GMT\r\n")), "01");
  EXPECT_EQ(body(get("/a%20b.txt", range + "W/" + etag + "\r\n")), "0123456789");
}

}  // namespace
}  // namespace catenet
