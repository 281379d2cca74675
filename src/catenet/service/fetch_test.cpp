// fetch against the web server and against servers that do wrong.
#include <gtest/gtest.h>

#include "catenet/service/http_server.hpp"
#include "catenet/service/tool_test.hpp"

namespace catenet {
namespace {

Task<void> serve(System& system, HttpServerOptions options) {
  static_cast<void>(co_await serve_http(system, options));
}

// Says each of `answers` on one connection after the other, whatever is asked.
Task<void> serve_words(System& system, std::vector<std::string> answers, std::string& heard) {
  auto listener = listen_stream(system, 8'080);
  for (const std::string& answer : answers) {
    auto client = co_await accept(**listener);
    if (!client) co_return;
    std::vector<u8> buffer(4'096);
    const auto n = co_await receive(**client, buffer);
    if (n) heard += as_text(ByteView(buffer).first(*n));
    static_cast<void>(co_await send_all(system, **client, as_bytes(answer)));
  }
}

class FetchTool : public tool_test::Tools {
 protected:
  FetchTool() {
    MemoryFiles& files = net.web.system.memory();
    static_cast<void>(files.put("/index.html", "Hello\n"));
    static_cast<void>(files.put("/docs/x.txt", "0123456789"));
    servers.spawn(serve(net.web.system, {}));
    net.pass(1_ms);
  }
  void answer_with(std::vector<std::string> answers) {
    servers.spawn(serve_words(net.web.system, std::move(answers), heard));
    net.pass(1_ms);
  }
  std::string heard;
  TaskGroup servers{net.web.system.scheduler()};
};

TEST_F(FetchTool, page_goes_to_standard_output) {
  EXPECT_EQ(run("fetch http://web/"), 0);
  EXPECT_EQ(out.text, "Hello\n");
  EXPECT_EQ(error.text.substr(0, error.text.find(" in ")), "http://web/: 200 OK, 6 bytes");
}

// The first asks for the cookie; the request of the second comes with its SYN.
TEST_F(FetchTool, fast_open_sends_the_request_with_the_syn) {
  tcp::Environment& web = net.web.host.tcp().environment();
  web.options.fast_open = tcp::FastOpen::server;
  EXPECT_EQ(run("fetch -q --tcp-fastopen web"), 0);
  EXPECT_EQ(web.counters.fast_open_cookie_requests, 1u);
  EXPECT_EQ(web.counters.fast_open_passive, 0u);
  EXPECT_EQ(run("fetch -q --tcp-fastopen web"), 0);
  EXPECT_EQ(out.text, "Hello\n");
  EXPECT_EQ(web.counters.fast_open_passive, 1u);
  EXPECT_EQ(run("fetch -q web"), 0);
  EXPECT_EQ(web.counters.fast_open_passive, 1u);
}

TEST_F(FetchTool, quiet_prints_the_page_alone) {
  EXPECT_EQ(run("fetch -q web"), 0);
  EXPECT_EQ(out.text, "Hello\n");
  EXPECT_EQ(error.text, "");
}

TEST_F(FetchTool, file_option_keeps_the_page) {
  EXPECT_EQ(run("fetch -q -O /page http://web/"), 0);
  EXPECT_EQ(out.text, "");
  std::vector<u8> bytes(10);
  EXPECT_EQ(net.alice.system.files().read("/page", 0, bytes), 6u);
  EXPECT_EQ(run("fetch -q -O /no/folder http://web/"), 3);
}

TEST_F(FetchTool, digest_stands_for_the_page) {
  EXPECT_EQ(run("fetch -q --digest sha256 http://web/"), 0);
  EXPECT_EQ(out.text,
            "66a045b452102c59d840ec097d59d9467e13a3f34f6494e539ffd32c1bb35f18  6 http://web/\n");
}

TEST_F(FetchTool, ipv6_literal_and_family_options_choose_the_way) {
  EXPECT_EQ(run("fetch -q http://[2001:db8:1::2]/"), 0);
  EXPECT_EQ(run("fetch -q -6 http://both/"), 0);
  EXPECT_EQ(run("fetch -q -4 http://both/"), 0);
  EXPECT_EQ(run("fetch -q -6 http://web/"), 4);
  EXPECT_EQ(error.text, "fetch: http://web/: unable to resolve web\n");
}

TEST_F(FetchTool, missing_page_is_8_and_refused_is_4) {
  EXPECT_EQ(run("fetch http://web/nothing"), 8);
  EXPECT_EQ(out.text, "");
  EXPECT_EQ(error.text, "fetch: http://web/nothing: 404 Not Found\n");
  EXPECT_EQ(run("fetch http://web:81/"), 4);
  EXPECT_EQ(error.text, "fetch: http://web:81/: connect to web port 81: Connection refused\n");
}

TEST_F(FetchTool, range_asks_for_a_part) {
  EXPECT_EQ(run("fetch -q --range 2-4 http://web/docs/x.txt"), 0);
  EXPECT_EQ(out.text, "234");
}

TEST_F(FetchTool, redirection_is_followed) {
  EXPECT_EQ(run("fetch -q http://web/docs"), 0);
  EXPECT_NE(out.text.find("x.txt"), std::string::npos);
  EXPECT_EQ(run("fetch -q --max-redirect 0 http://web/docs"), 8);
}

TEST_F(FetchTool, several_urls_share_one_connection) {
  lab_net::Listener listener;
  net.web.nics[0]->set_recorder(&listener, 0);
  EXPECT_EQ(run("fetch -q http://web/ http://web/docs/x.txt"), 0);
  net.web.nics[0]->set_recorder(nullptr, 0);
  EXPECT_EQ(out.text, "Hello\n0123456789");
  EXPECT_EQ(listener.count("Flags [S],"), 1u);
}

TEST_F(FetchTool, heads_are_shown_on_request) {
  EXPECT_EQ(run("fetch -q -S --header 'X-A: b' http://web/"), 0);
  EXPECT_EQ(error.text.substr(0, 18), "  HTTP/1.1 200 OK\n");
  EXPECT_EQ(run("fetch -q -I http://web/"), 0);
  EXPECT_EQ(out.text, "");
}

TEST_F(FetchTool, chunked_answer_is_joined) {
  answer_with(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: "
       "v\r\n\r\n"});
  EXPECT_EQ(run("fetch -q --header 'X-A: b' http://web:8080/q?r"), 0);
  EXPECT_EQ(out.text, "abcde");
  EXPECT_EQ(heard,
            "GET /q?r HTTP/1.1\r\nHost: web:8080\r\nUser-Agent: catenet\r\nAccept: */*\r\nX-A: "
            "b\r\n\r\n");
}

TEST_F(FetchTool, answer_without_length_ends_with_the_connection) {
  answer_with({"HTTP/1.0 200 OK\r\n\r\nabc"});
  EXPECT_EQ(run("fetch -q http://web:8080/"), 0);
  EXPECT_EQ(out.text, "abc");
}

TEST_F(FetchTool, interim_answers_are_passed_over) {
  answer_with({"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"});
  EXPECT_EQ(run("fetch -q http://web:8080/"), 0);
  EXPECT_EQ(out.text, "a");
}

TEST_F(FetchTool, cut_answer_is_a_network_failure) {
  answer_with({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"});
  EXPECT_EQ(run("fetch -q http://web:8080/"), 4);
  EXPECT_EQ(error.text,
            "fetch: http://web:8080/: the connection was closed before the body's end\n");
}

TEST_F(FetchTool, second_try_goes_on_where_the_first_was_cut) {
  answer_with({"HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\nabc",
               "HTTP/1.1 206 Rest\r\nETag: \"x\"\r\nContent-Range: bytes 3-4/5\r\nContent-Length: "
               "2\r\n\r\nde"});
  EXPECT_EQ(run("fetch -q --tries 2 http://web:8080/"), 0);
  EXPECT_EQ(out.text, "abcde");
  EXPECT_NE(heard.find("Range: bytes=3-\r\nIf-Range: \"x\"\r\n"), std::string::npos);
}

// RFC 9110 section 15.3.7: what a 206 holds is for its Content-Range to say.
TEST_F(FetchTool, part_that_was_not_asked_for_is_not_joined) {
  for (const char* range : {"Content-Range: bytes 4-6/10\r\n", ""}) {
    answer_with({"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n0123456",
                 std::string("HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\n") + range +
                     "Content-Length: 3\r\n\r\n456"});
    EXPECT_EQ(run("fetch -t 2 http://web:8080/"), 7) << range;
    EXPECT_EQ(out.text, "0123456");
    net.pass(1_s);
  }
}

TEST_F(FetchTool, try_that_cannot_be_gone_on_with_asks_for_no_range) {
  answer_with({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456",
               "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"});
  EXPECT_EQ(run("fetch -t 2 http://web:8080/"), 4);
  EXPECT_EQ(heard.find("Range"), std::string::npos) << heard;
}

TEST_F(FetchTool, changed_file_is_not_joined_to_the_old) {
  answer_with({"HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\nabc",
               "HTTP/1.1 200 OK\r\nETag: \"y\"\r\nContent-Length: 5\r\n\r\nvwxyz"});
  EXPECT_EQ(run("fetch -q --tries 2 http://web:8080/"), 4);
  EXPECT_EQ(out.text, "abc");
}

TEST_F(FetchTool, nonsense_is_a_protocol_error) {
  answer_with({"220 hello\r\n\r\n"});
  EXPECT_EQ(run("fetch -q http://web:8080/"), 7);
}

TEST_F(FetchTool, endless_redirection_ends) {
  answer_with(std::vector<std::string>(
      21, "HTTP/1.1 302 Found\r\nLocation: /\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(run("fetch -q http://web:8080/"), 8);
  EXPECT_EQ(error.text, "fetch: http://web:8080/: 20 redirections exceeded\n");
}

TEST_F(FetchTool, dead_link_times_out) {
  net.far_link().set_partitioned(true);
  const Instant before = net.engine.now();
  EXPECT_EQ(run("fetch -q -T 5 http://web/"), 4);
  EXPECT_EQ((net.engine.now() - before).s(), 5);
  EXPECT_EQ(error.text, "fetch: http://web/: connect to web port 80: Connection timed out\n");
}

TEST_F(FetchTool, usage_mistakes_are_2) {
  for (const char* line :
       {"fetch", "fetch -x http://web/", "fetch http://", "fetch https://web/",
        "fetch --timeout 0 web", "fetch --range x web", "fetch --range 9-2 web",
        "fetch --range - web", "fetch --range 1-2, web", "fetch --range 1-2-3 web",
        "fetch --digest md5 web", "fetch --header nocolon web", "fetch http://u@web/"}) {
    EXPECT_EQ(run(line), 2) << line;
    EXPECT_TRUE(error.text.starts_with("fetch: ")) << line;
    EXPECT_EQ(out.text, "") << line;
  }
  run("fetch --timeout 0 web");
  EXPECT_EQ(error.text,
            "fetch: invalid argument for --timeout: '0'; a number of seconds above 0 is right\n");
}

TEST_F(FetchTool, help_goes_to_standard_output) {
  for (const char* line : {"fetch -h", "fetch --help", "ping -h", "ping --help", "traceroute -h",
                           "traceroute --help"}) {
    EXPECT_EQ(run(line), 0) << line;
    EXPECT_NE(out.text.find("Usage"), std::string::npos) << line;
    EXPECT_EQ(error.text, "") << line;
  }
}

}  // namespace
}  // namespace catenet
