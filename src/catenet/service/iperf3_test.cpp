// iperf3's client and service across a router, in virtual time.
#include <nlohmann/json.hpp>

#include "catenet/base/endian.hpp"
#include "catenet/service/iperf3_server.hpp"
#include "catenet/service/iperf3_traffic.hpp"
#include "catenet/service/tool_test.hpp"

namespace catenet {
namespace {

using nlohmann::json;

Task<void> serve(System& system) { static_cast<void>(co_await serve_iperf3(system, {})); }

class Iperf3 : public tool_test::Tools {
 protected:
  Iperf3() {
    server.spawn(serve(net.web.system));
    set_rate(10'000'000);
    net.pass(1_ms);
  }
  void set_rate(u64 bits_per_s, Loss loss = {}) {
    Impairment shaped;
    shaped.loss = loss;
    shaped.delay = 10_ms;
    shaped.rate_bps = bits_per_s;
    ASSERT_TRUE(net.far_link().set_both(shaped));
  }
  json run_json(const std::string& line) {
    EXPECT_EQ(run(line + " -J"), 0) << out.text << error.text;
    return json::parse(out.text);
  }
  static double rate(const json& sum) { return sum["bits_per_second"].get<double>(); }
  bool printed(std::string_view text) const { return out.text.find(text) != out.text.npos; }

  TaskGroup server{net.web.system.scheduler()};
};

// --- What is measured ---

TEST_F(Iperf3, tcp_goodput_is_the_links_rate_less_headers) {
  const json report = run_json("iperf3 -c web -t 5");
  const double received = rate(report["end"]["sum_received"]);
  EXPECT_GT(received, 8.5e6);
  EXPECT_LT(received, 10e6 * 1448 / 1538);
  EXPECT_EQ(report["intervals"].size(), 5u);
  EXPECT_EQ(report["intervals"][4]["sum"]["end"], 5.0);
  EXPECT_EQ(report["end"]["sum_sent"]["seconds"], 5.0);
  EXPECT_GT(report["intervals"][4]["streams"][0]["rtt"], 20'000);
}

TEST_F(Iperf3, tcp_over_ipv6_is_told_with_its_addresses) {
  ASSERT_EQ(run("iperf3 -c web6 -6 -t 2"), 0) << error.text;
  EXPECT_TRUE(printed("Connecting to host web6, port 5201\n"));
  EXPECT_TRUE(printed("[  5] local 2001:db8::2 port ")) << out.text;
  EXPECT_TRUE(printed(" connected to 2001:db8:1::2 port 5201\n"));
  EXPECT_TRUE(printed("[ ID] Interval           Transfer     Bitrate         Retr  Cwnd\n"));
  EXPECT_TRUE(printed("[  5]   0.00-1.00   sec  "));
  EXPECT_TRUE(printed("[ ID] Interval           Transfer     Bitrate         Retr\n"));
  EXPECT_TRUE(printed("  receiver\n\niperf Done.\n"));
}

TEST_F(Iperf3, reverse_measures_what_the_server_sends) {
  const json report = run_json("iperf3 -c web -t 3 -R");
  EXPECT_GT(rate(report["end"]["sum_received"]), 8e6);
  EXPECT_GE(report["end"]["sum_sent"]["bytes"], report["end"]["sum_received"]["bytes"]);
  EXPECT_FALSE(report["end"]["streams"][0]["sender"]["sender"].get<bool>());
  EXPECT_TRUE(report["end"]["sum_sent"].contains("retransmits"));
  ASSERT_EQ(run("iperf3 -c web -t 1 -R"), 0);
  EXPECT_TRUE(printed("Reverse mode, remote host web is sending\n"));
}

TEST_F(Iperf3, parallel_streams_share_the_link_and_are_summed) {
  const json report = run_json("iperf3 -c web -t 4 -P 3");
  ASSERT_EQ(report["end"]["streams"].size(), 3u);
  u64 sum = 0;
  for (const json& stream : report["end"]["streams"]) {
    EXPECT_GT(stream["receiver"]["bytes"], 100'000);
    sum += stream["receiver"]["bytes"].get<u64>();
  }
  EXPECT_EQ(report["end"]["sum_received"]["bytes"], sum);
  EXPECT_LT(rate(report["end"]["sum_received"]), 10e6);
  ASSERT_EQ(run("iperf3 -c web -t 2 -P 2"), 0);
  EXPECT_TRUE(printed("\n[  7]   0.00-2.00   sec"));
  EXPECT_TRUE(printed("\n[SUM]   1.00-2.00   sec"));
}

TEST_F(Iperf3, bidirectional_streams_go_both_ways_at_once) {
  const json report = run_json("iperf3 -c web -t 4 --bidir");
  EXPECT_GT(rate(report["end"]["sum_received"]), 6e6);
  EXPECT_GT(rate(report["end"]["sum_received_bidir_reverse"]), 6e6);
  ASSERT_EQ(run("iperf3 -c web -t 1 --bidir"), 0);
  EXPECT_TRUE(printed("[ ID][Role] Interval "));
  EXPECT_TRUE(printed("[  5][TX-C]   0.00-1.00   sec")) << out.text;
  EXPECT_TRUE(printed("[  7][RX-C]   0.00-1.00   sec"));
}

TEST_F(Iperf3, retransmissions_of_the_sender_are_counted) {
  Loss loss;
  loss.independent_ppb = 20'000'000;
  set_rate(10'000'000, loss);
  const json forth = run_json("iperf3 -c web -t 5");
  EXPECT_GT(forth["end"]["sum_sent"]["retransmits"], 5);
  u64 sum = 0;
  for (const json& one : forth["intervals"]) sum += one["sum"]["retransmits"].get<u64>();
  EXPECT_EQ(forth["end"]["sum_sent"]["retransmits"], sum);
  const json back = run_json("iperf3 -c web -t 5 -R");
  EXPECT_GT(back["end"]["sum_sent"]["retransmits"], 5);
}

TEST_F(Iperf3, datagrams_leave_at_the_rate_asked_for) {
  const json report = run_json("iperf3 -c web -u -b 1M -l 1000 -t 4");
  const json& sum = report["end"]["sum"];
  EXPECT_EQ(report["end"]["sum_sent"]["bytes"], 500'000);
  EXPECT_EQ(sum["packets"], 500);
  EXPECT_EQ(sum["lost_packets"], 0);
  EXPECT_EQ(report["end"]["streams"].size(), 1u);
}

TEST_F(Iperf3, datagrams_that_a_full_queue_drops_are_lost) {
  const json report = run_json("iperf3 -c web -u -b 20M -l 1000 -t 4");
  const json& sum = report["end"]["sum"];
  EXPECT_GT(sum["lost_percent"], 20.0);
  EXPECT_LT(rate(report["end"]["sum_received"]), 10e6);
  ASSERT_EQ(run("iperf3 -c web -u -t 1"), 0);
  EXPECT_TRUE(printed("Bitrate         Total Datagrams\n"));
  EXPECT_TRUE(printed("Bitrate         Jitter    Lost/Total Datagrams\n"));
  EXPECT_TRUE(printed(" (0%)  receiver\n")) << out.text;
}

TEST_F(Iperf3, datagrams_come_back_in_reverse_and_both_ways_over_both_families) {
  for (const std::string host : {"10.0.1.2", "2001:db8:1::2"}) {
    const json back = run_json("iperf3 -c " + host + " -u -b 1M -t 2 -R -P 2");
    EXPECT_NEAR(rate(back["end"]["sum"]), 2e6, 0.1e6) << host;
    const json both = run_json("iperf3 -c " + host + " -u -b 1M -t 2 --bidir");
    EXPECT_NEAR(rate(both["end"]["sum"]), 1e6, 0.1e6) << host;
    EXPECT_NEAR(rate(both["end"]["sum_received_bidir_reverse"]), 1e6, 0.1e6) << host;
  }
}

TEST_F(Iperf3, lost_greeting_of_a_datagram_stream_is_said_again) {
  Loss loss;
  loss.independent_ppb = 400'000'000;
  set_rate(10'000'000, loss);
  EXPECT_EQ(run("iperf3 -c web -u -t 1"), 0) << error.text;
}

TEST_F(Iperf3, bytes_and_blocks_end_a_test) {
  const json bytes = run_json("iperf3 -c web -n 1M");
  EXPECT_EQ(bytes["end"]["sum_sent"]["bytes"], 1 << 20);
  const json blocks = run_json("iperf3 -c web -k 10 -l 10K");
  EXPECT_EQ(blocks["end"]["sum_sent"]["bytes"], 102'400);
  const json datagrams = run_json("iperf3 -c web -u -k 25 -l 500");
  EXPECT_EQ(datagrams["end"]["sum_sent"]["packets"], 25);
  const json back = run_json("iperf3 -c web -R -n 1M");
  EXPECT_GE(back["end"]["sum_received"]["bytes"], 1 << 20);
  EXPECT_LT(back["end"]["sum_received"]["bytes"], (1 << 20) + 200'000);
}

TEST_F(Iperf3, omitted_seconds_do_not_count) {
  const json report = run_json("iperf3 -c web -t 2 -O 1");
  ASSERT_EQ(report["intervals"].size(), 3u);
  EXPECT_TRUE(report["intervals"][0]["sum"]["omitted"].get<bool>());
  EXPECT_EQ(report["intervals"][1]["sum"]["start"], 0.0);
  // Without slow start what arrives is what the link carries.
  EXPECT_GT(rate(report["end"]["sum_received"]), 9e6);
  EXPECT_NEAR(report["end"]["sum_received"]["seconds"].get<double>(), 2.0, 0.5);
  ASSERT_EQ(run("iperf3 -c web -t 1 -O 1"), 0);
  EXPECT_TRUE(printed("(omitted)\n"));
}

TEST_F(Iperf3, tcp_is_paced_too_where_a_rate_is_given) {
  const json report = run_json("iperf3 -c web -t 4 -b 2M -l 1000 -i 0.5");
  EXPECT_EQ(report["end"]["sum_sent"]["bytes"], 1'000'000);
  EXPECT_EQ(report["intervals"].size(), 8u);
}

TEST_F(Iperf3, path_without_a_rate_does_not_stop_the_clock) {
  ASSERT_TRUE(net.far_link().set_both({}));
  const json datagrams = run_json("iperf3 -c web -u -b 0 -k 1000");
  EXPECT_GT(rate(datagrams["end"]["sum_sent"]), 9.9e9);
  const json stream = run_json("iperf3 -c web -n 200M -i 0");
  EXPECT_GT(stream["end"]["sum_sent"]["bytes"], 200'000'000);
}

TEST_F(Iperf3, same_run_prints_the_same) {
  struct Again final : Iperf3 {
    void TestBody() override {}
    std::string report() {
      EXPECT_EQ(run("iperf3 -c web -t 2 -P 2 -J"), 0);
      return out.text;
    }
  };
  const std::string first = Again().report();
  EXPECT_EQ(Again().report(), first);
}

// --- What goes wrong ---

TEST_F(Iperf3, nobody_there_is_said) {
  EXPECT_EQ(run("iperf3 -c web -p 5202"), 1);
  EXPECT_EQ(error.text, "iperf3: error - unable to connect to server: Connection refused\n");
  EXPECT_EQ(run("iperf3 -c nobody"), 1);
  EXPECT_EQ(error.text, "iperf3: error - unable to connect to server: Name or service not known\n");
  EXPECT_EQ(run("iperf3 -c web -p 5202 -J"), 1);
  EXPECT_EQ(json::parse(out.text)["error"], "unable to connect to server: Connection refused");
}

TEST_F(Iperf3, command_lines_that_make_no_sense_are_refused) {
  for (const char* line :
       {"iperf3", "iperf3 -c web -t 0", "iperf3 -c web -P 129", "iperf3 -c web -n 1M -t 2",
        "iperf3 -c web -b x", "iperf3 -c web -R --bidir", "iperf3 -c web -l 2M",
        "iperf3 -c web -u -l 11", "iperf3 -c web -i 0.01", "iperf3 -c web more"}) {
    EXPECT_EQ(run(line), 1) << line;
    EXPECT_TRUE(error.text.starts_with("iperf3: parameter error - ")) << line << error.text;
  }
  EXPECT_EQ(run("iperf3 -c web -n 1.5K -i 0 -J"), 0);
  EXPECT_EQ(json::parse(out.text)["end"]["sum_sent"]["bytes"], 1'536);
}

Task<Result<std::unique_ptr<Socket>>> greeted(System& system, std::string cookie) {
  auto socket = co_await connect_stream(system, lab_net::at("10.0.1.2", 5201));
  if (!socket) co_return Unexpected(socket.error());
  cookie.resize(37);
  static_cast<void>(co_await send_all(system, **socket, as_bytes(cookie)));
  co_return std::move(*socket);
}

Task<u8> next_byte(System& system, Socket& socket) {
  std::array<u8, 1> byte{};
  const auto got = co_await iperf3::receive_exactly(system, socket, byte, system.now() + 100_s);
  co_return got ? byte[0] : u8{0};
}

TEST_F(Iperf3, busy_server_refuses_and_is_free_when_its_client_goes) {
  auto first = net.run(greeted(net.alice.system, "first"));
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(net.run(next_byte(net.alice.system, ***first)), 9);
  EXPECT_EQ(run("iperf3 -c web -t 1"), 1);
  EXPECT_EQ(error.text, "iperf3: error - the server is busy running a test. try again later\n");
  (**first)->close();
  net.pass(1_s);
  EXPECT_EQ(run("iperf3 -c web -t 1"), 0) << error.text;
}

TEST_F(Iperf3, client_that_vanishes_in_a_test_frees_the_server) {
  EXPECT_EQ(run("iperf3 -c web -n 100G -R", 3_s), -1);  // it was ended, and its sockets with it
  net.pass(1_s);
  EXPECT_EQ(run("iperf3 -c web -t 1"), 0) << error.text;
  // And one that says nothing any more, though its connection stands.
  auto silent = net.run(greeted(net.alice.system, "silent"));
  ASSERT_TRUE(silent && *silent);
  net.far_link().set_partitioned(true);
  net.pass(200_s);
  net.far_link().set_partitioned(false);
  EXPECT_EQ(run("iperf3 -c web -t 1"), 0) << error.text;
}

TEST_F(Iperf3, server_that_vanishes_ends_the_client) {
  TaskGroup killer(net.alice.system.scheduler());
  struct Kill {
    static Task<void> later(System& system, TaskGroup& server) {
      static_cast<void>(co_await system.scheduler().sleep_for(1500_ms));
      server.cancel();
    }
  };
  killer.spawn(Kill::later(net.alice.system, server));
  EXPECT_EQ(run("iperf3 -c web -t 5"), 1);
  EXPECT_TRUE(error.text.starts_with("iperf3: error - ")) << error.text;
  EXPECT_TRUE(printed("0.00-1.00 "));
}

struct Hostile {
  const char* name;
  std::string bytes;  // behind the cookie
  u32 refusal;        // 0: nothing is said, the connection ends
};

std::string framed(std::string text) {
  std::string length(4, '\0');
  store32(reinterpret_cast<u8*>(length.data()), static_cast<u32>(text.size()));
  return length + text;
}

Task<std::string> provoke(System& system, std::string bytes) {
  auto socket = co_await greeted(system, "hostile");
  if (!socket) co_return "no connection";
  static_cast<void>(co_await send_all(system, **socket, as_bytes(bytes)));
  static_cast<void>((*socket)->shutdown(Shutdown::write));
  const auto said = co_await receive_all(system, **socket, 1'000, system.now() + 100_s);
  co_return said.value_or("reset");
}

TEST_F(Iperf3, hostile_bytes_end_a_test_and_no_more) {
  const std::vector<Hostile> cases = {
      {"nothing", "", 0},
      {"length beyond bounds", std::string("\x7f\xff\xff\xff{}", 6), 114},
      {"length of a byte more than allowed", std::string("\x00\x02\x00\x01", 4), 114},
      {"cut off", framed("{\"tcp\":true}").substr(0, 9), 0},
      {"no JSON", framed("hello"), 114},
      {"deep JSON", framed(std::string(100'000, '[')), 114},
      {"no object", framed("[1]"), 114},
      {"no streams", framed("{\"tcp\":true,\"len\":1000}"), 6},
      {"too many streams", framed("{\"parallel\":129,\"len\":1000}"), 6},
      {"streams that are text", framed("{\"parallel\":\"1\",\"len\":1000}"), 6},
      {"no length", framed("{\"parallel\":1}"), 7},
      {"negative length", framed("{\"parallel\":1,\"len\":-1}"), 7},
      {"huge length", framed("{\"parallel\":1,\"len\":1e300}"), 7},
      {"datagram too small", framed("{\"udp\":true,\"parallel\":1,\"len\":11}"), 7},
      {"too long", framed("{\"parallel\":1,\"len\":1000,\"time\":1e6}"), 5},
      {"omits too much", framed("{\"parallel\":1,\"len\":1000,\"omit\":601}"), 12},
      {"SCTP", framed("{\"sctp\":true,\"parallel\":1,\"len\":1000}"), 13},
      {"rate below nothing", framed("{\"parallel\":1,\"len\":9,\"bandwidth\":-5}"), 114},
  };
  for (const Hostile& hostile : cases) {
    const auto said = net.run(provoke(net.alice.system, hostile.bytes));
    ASSERT_TRUE(said) << hostile.name;
    std::string expected(1, '\x09');
    if (hostile.refusal != 0) {
      expected += '\xfe';
      expected += std::string(3, '\0') + static_cast<char>(hostile.refusal) + std::string(4, '\0');
    }
    // What was sent beyond what is read may turn the end into a reset.
    if (*said != "reset") {
      EXPECT_EQ(*said, expected) << hostile.name;
    }
    net.pass(1_s);
  }
  EXPECT_EQ(run("iperf3 -c web -t 1"), 0) << error.text;
}

TEST_F(Iperf3, stream_with_another_cookie_is_refused) {
  auto control = net.run(greeted(net.alice.system, "mine"));
  ASSERT_TRUE(control && *control);
  EXPECT_EQ(net.run(next_byte(net.alice.system, ***control)), 9);
  auto stranger = net.run(greeted(net.alice.system, "another"));
  ASSERT_TRUE(stranger && *stranger);
  EXPECT_EQ(net.run(next_byte(net.alice.system, ***stranger)), 255);
}

// --- The pieces ---

TEST(Iperf3Stream, loss_and_order_are_told_from_numbers) {
  lab_net::Net net;
  auto socket = net.alice.open(Family::ipv4, SocketType::datagram);
  iperf3::Stream stream(1, false, *std::move(socket));
  const auto arrives = [&](u64 number, Duration sent, Duration came) {
    stream.on_datagram({sent, number}, 100, Instant::at(came));
  };
  arrives(1, 0_ms, 50_ms);
  arrives(2, 10_ms, 60_ms);
  EXPECT_EQ(stream.jitter(), 0_ms);
  arrives(5, 20_ms, 86_ms);
  EXPECT_EQ(stream.jitter(), 1_ms);  // 16 ms late, of which a sixteenth counts
  EXPECT_EQ(stream.tally().lost, 2);
  arrives(3, 12_ms, 78_ms);
  EXPECT_EQ(stream.tally().lost, 1);
  EXPECT_EQ(stream.tally().out_of_order, 1);
  EXPECT_EQ(stream.tally().packets, 5u);
  EXPECT_EQ(stream.tally().bytes, 400u);
  stream.forget();
  arrives(7, 0_ms, 0_ms);
  EXPECT_EQ(stream.tally().packets, 2u);
  EXPECT_EQ(stream.tally().lost, 1);
}

TEST(Iperf3Pacer, blocks_leave_at_exact_times) {
  // 1,000 bytes at 3 Mbit/s: a block each 2,666,666 2/3 ns.
  iperf3::Pacer pacer(1'000, 3'000'000, Instant::at(0_s), 10_s);
  for (int n = 0; n < 3; ++n) pacer.step(Instant::at(0_s));
  EXPECT_EQ(pacer.next(), Instant::at(8_ms));
  // What is late by more than allowed is forgotten.
  iperf3::Pacer late(1'000, 8'000'000, Instant::at(0_s), 1_ms);
  late.step(Instant::at(5_s));
  EXPECT_EQ(late.next(), Instant::at(5_s));
  // However much is asked for, time passes.
  iperf3::Pacer mad(1, UINT64_MAX, Instant::at(0_s), 1_s);
  mad.step(Instant::at(0_s));
  EXPECT_EQ(mad.next(), Instant::at(100_ns));
}

TEST(Iperf3Wire, messages_come_back_as_they_were) {
  iperf3::Parameters p;
  p.udp = p.bidirectional = p.wide_counters = true;
  p.streams = 7;
  p.omit_s = 2;
  p.time_s = 30;
  p.length = 1'400;
  p.bits_per_s = 123'456'789;
  const auto back = iperf3::parse_parameters(to_json(p));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(p));
  iperf3::Results results;
  results.has_retransmits = true;
  results.streams = {{1, 1ull << 40, 12, 3_ms, 4, 500, 10_s}, {3, 5, -1, 0_s, 0, 0, 10_s}};
  const auto read = iperf3::parse_results(to_json(results));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(results));
  EXPECT_FALSE(iperf3::parse_results("{\"streams\":[7]}"));
  EXPECT_FALSE(iperf3::parse_results("{\"streams\":[{\"bytes\":-1}]}"));
}

TEST(Iperf3Wire, datagram_header_comes_back_as_it_was) {
  for (const bool wide : {false, true}) {
    std::vector<u8> bytes(iperf3::DatagramHeader::size(wide));
    const iperf3::DatagramHeader header{12_s + 345'678_us, 0xfffffff0};
    header.emit(wide, bytes);
    const auto back = iperf3::DatagramHeader::parse(wide, bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->sent, header.sent);
    EXPECT_EQ(back->number, header.number);
    EXPECT_FALSE(iperf3::DatagramHeader::parse(wide, ByteView(bytes).first(bytes.size() - 1)));
  }
}

}  // namespace
}  // namespace catenet
