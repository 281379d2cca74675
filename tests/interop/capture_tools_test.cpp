// What the field's own tools make of our captures and lines: tshark, capinfos and tcpdump read
// files only, nothing is sent.
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "catenet/lab/run_test.hpp"
#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/dissect.hpp"
#include "catenet/trace/frames_test.hpp"
#include "catenet/trace/pcap_file.hpp"

#include "capture_check_test.hpp"

namespace catenet {
namespace {

using namespace trace_test;
using interop::Folder;
using interop::output_of;

// A small run: a handshake, a super-segment with a deferred checksum, a frame that was dropped, one
// with a wrong FCS.
std::vector<u8> recorded_run() {
  PacketPool pool;
  MemorySink sink;
  CaptureSection section;
  section.comment = "lab first, seed 1, catenet 0.1.0";
  CaptureRecorder recorder(sink, section);
  CaptureInterface port;
  port.name = "alice:eth0";
  port.description = "alice--bob";
  port.mac = alice;
  port.addresses = {{alice_v4, 24}, {alice_v6, 64}};
  port.speed_bits_per_s = 10'000'000;
  recorder.add_port(0, port);
  port.name = "bob:eth0";
  port.mac = bob;
  port.addresses = {{bob_v4, 24}};
  recorder.add_port(1, port);
  const std::vector<CapturedName> names = {{alice_v4, "alice"}, {bob_v4, "bob"}};
  recorder.add_names(names);

  TcpFrame want;
  want.tcp.source_port = 45000;  // ports that no dissector claims
  want.tcp.destination_port = 45001;
  want.tcp.window = 1000;
  want.tcp.seq = wire::Seq(1);
  want.tcp.flags = wire::TcpFlag::syn;
  want.tcp.options.mss = 1460;
  Packet syn = pool.copy_of(tcp_frame(want));
  syn.meta().id = {1, 1};
  recorder.on_frame(Instant::at(1_ms), 0, FrameEvent::sent, syn, {});
  recorder.on_frame(Instant::at(2_ms), 1, FrameEvent::received, syn, {});

  want.tcp.options = {};
  want.tcp.flags = wire::TcpFlag::ack | wire::TcpFlag::psh;
  want.tcp.seq = wire::Seq(2);
  want.payload_size = 4000;
  Packet super = sliced(pool, tcp_frame(want, true), 54);
  super.meta().id = {1, 2};
  super.meta().segment_size = 1460;
  super.meta().checksum = ChecksumState::deferred;
  super.meta().checksum_start = 34;
  super.meta().checksum_offset = 16;
  recorder.on_frame(Instant::at(3_ms), 0, FrameEvent::sent, super, {});

  Packet lost = pool.copy_of(udp_frame(counting(100)));
  lost.meta().id = {1, 3};
  lost.meta().passage = 1;
  recorder.on_frame(Instant::at(4_ms), 0, FrameEvent::sent, lost, {});
  recorder.on_frame(Instant::at(4_ms), 0, FrameEvent::dropped, lost, Drop::queue_full);
  lost.meta().id = {1, 4};
  lost.meta().passage = 0;
  recorder.on_frame(Instant::at(5_ms), 1, FrameEvent::dropped, lost, Drop::bad_fcs);
  recorder.finish(Instant::at(6_ms));
  return sink.bytes();
}

// A page over a router, captured at every port.
std::vector<u8> recorded_page(const std::string& impair, u64 seed) {
  lab::MemoryFileSource none;
  const auto plan = lab::read_lab_text(
      "name: page\n"
      "nodes: {a: , r: {kind: router}, b: {services: [{http: {files: {/p: {size: 200 kB}}}}]}}\n"
      "links: [{endpoints: [a, r], impair: {" +
          impair +
          "}}, {endpoints: [r, b]}]\n"
          "script: [{at: 0 s, on: a, run: fetch http://b/p}]\n",
      "lab.yaml", none, {.seed = seed});
  EXPECT_TRUE(plan.has_value());
  MemorySink sink;
  CaptureRecorder recorder(sink, {});
  lab::RunnerOptions options;
  options.recorder = &recorder;
  lab::Runner runner(*plan, options);
  const auto& ports = runner.network().ports();
  for (PortId port = 0; port < ports.size(); ++port) {
    CaptureInterface interface;
    interface.name = plan->port_name(ports[port]);
    recorder.add_port(port, interface);
  }
  runner.run();
  const lab::RunResult result = runner.collect();
  EXPECT_TRUE(result.passed());
  recorder.finish(result.end);
  return sink.bytes();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Tshark, capture_holds_nothing_malformed) {
  SKIP_WITHOUT("tshark");
  const Folder folder;
  const std::string file = folder.write("run.pcapng", recorded_run());
  EXPECT_EQ(lines_of(output_of("tshark -r " + file)).size(), 7u);
  EXPECT_EQ(output_of("tshark -r " + file + " -Y '_ws.malformed or _ws.expert.severity >= error'"),
            "");
  // Every checksum of every wire frame, those of the super-segment's too.
  EXPECT_EQ(output_of("tshark -r " + file +
                      " -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE"
                      " -o udp.check_checksum:TRUE -Y 'tcp.checksum.status == 0 or"
                      " ip.checksum.status == 0 or udp.checksum.status == 0'"),
            "");
}

// tshark joins what several ports saw of a connection, takes the copies for retransmissions, and
// may add one that comes late to a message that is whole already (docs/lab-file.md, "Captures").
// Each port by itself reads as any capture does.
TEST(Tshark, each_port_of_a_lab_holds_nothing_malformed) {
  SKIP_WITHOUT("tshark");
  const Folder folder;
  const std::string file =
      folder.write("lab.pcapng", recorded_page("rate: 10 Mbit, delay: 5 ms", 1));
  for (int port = 0; port < 4; ++port) {
    const std::string alone = folder.path("port.pcapng");
    output_of("tshark -r " + file + " -Y 'frame.interface_id == " + std::to_string(port) + "' -w " +
              alone);
    EXPECT_GE(lines_of(output_of("tshark -r " + alone)).size(), 150u) << port;
    EXPECT_EQ(output_of("tshark -r " + alone + " -Y _ws.malformed"), "") << port;
  }
}

// With losses a sender's own port has the segments twice, as any sender's has.
TEST(Tshark, whole_lab_holds_nothing_malformed_where_segments_may_come_in_any_order) {
  SKIP_WITHOUT("tshark");
  const Folder folder;
  for (u64 seed = 1; seed <= 4; ++seed) {
    const std::string file = folder.write(
        "lab.pcapng", recorded_page("rate: 10 Mbit, delay: 5 ms, loss: 2 %, duplicate: 2 %", seed));
    EXPECT_EQ(
        output_of("tshark -r " + file + " -o tcp.reassemble_out_of_order:TRUE -Y _ws.malformed"),
        "")
        << seed;
    EXPECT_EQ(output_of("tshark -r " + file +
                        " -o tcp.check_checksum:TRUE"
                        " -Y 'tcp.checksum.status == 0'"),
              "")
        << seed;
  }
}

TEST(Tshark, comments_names_interfaces_and_ids_are_visible) {
  SKIP_WITHOUT("tshark");
  const Folder folder;
  const std::string file = folder.write("run.pcapng", recorded_run());
  std::string command = "tshark -r " + file + " -N n -T fields -E separator='|'";
  for (const char* name :
       {"frame.comment", "ip.src_host", "ip.dst_host", "frame.interface_name", "frame.packet_id",
        "frame.packet_flags_crc_error", "frame.time_epoch", "tcp.len"}) {
    command += std::string(" -e ") + name;
  }
  const auto rows = lines_of(output_of(command));
  ASSERT_EQ(rows.size(), 7u);
  const auto column = [&](std::size_t row, int number) {
    std::istringstream in(rows[row]);
    std::string value;
    for (int i = 0; i <= number; ++i) std::getline(in, value, '|');
    return value;
  };
  EXPECT_EQ(column(0, 0), "");
  EXPECT_EQ(column(5, 0), "dropped: queue_full — the queue was full");
  EXPECT_EQ(column(6, 0), "dropped: bad_fcs — bit errors broke the frame check sequence");
  EXPECT_EQ(column(0, 1), "alice");
  EXPECT_EQ(column(0, 2), "bob");
  EXPECT_EQ(column(1, 3), "bob:eth0");
  EXPECT_EQ(column(0, 4), column(1, 4));
  EXPECT_NE(column(2, 4), column(3, 4));
  EXPECT_EQ(column(6, 5), "1");
  EXPECT_EQ(column(0, 6), "946684800.001000000");
  EXPECT_EQ(column(4, 7), "1080");
}

TEST(CaptureFaults, wrong_checksums_and_drops_that_are_not_those_counted_are_found) {
  SKIP_WITHOUT("tshark");
  std::vector<u8> bytes = recorded_run();
  EXPECT_EQ(interop::faults_of_capture(bytes), "");
  const Folder folder;
  const std::string file = folder.write("run.pcapng", bytes);
  const std::string report = folder.write(
      "run.json", as_bytes(R"({"ports": [{"name": "alice:eth0", "dropped": {"queue_full": 2}},)"
                           R"( {"name": "bob:eth0", "dropped": {"bad_fcs": 1}}]})"));
  const std::string said = interop::faults_of_capture(file, "--report " + report);
  EXPECT_TRUE(said.starts_with("alice:eth0: 2 dropped as queue_full, 1 in the capture\nthat"))
      << said;
  const std::string_view ports("\xaf\xc8\xaf\xc9", 4);  // 45000 and 45001: the SYN
  bytes[as_text(bytes).find(ports) + 4] ^= 1;           // its sequence number
  EXPECT_NE(interop::faults_of_capture(bytes).find("45000"), std::string::npos);
}

TEST(Capinfos, section_and_interfaces_are_described) {
  SKIP_WITHOUT("capinfos");
  const Folder folder;
  const std::string out = output_of("capinfos " + folder.write("run.pcapng", recorded_run()));
  for (const char* expected :
       {"Catenet virtual network", "lab first, seed 1, catenet 0.1.0", "Name = alice:eth0",
        "Name = bob:eth0", "Description = alice--bob", "Speed = 10000000",
        "Time precision = nanoseconds (9)", "Number of packets = 5", "Number of packets = 2"}) {
    EXPECT_NE(out.find(expected), std::string::npos) << expected << " is not in\n" << out;
  }
}

TEST(Tcpdump, golden_lines_are_what_tcpdump_prints) {
  SKIP_WITHOUT("tcpdump");
  if (output_of("tcpdump --version 2>&1").find("version 4.99") == std::string::npos) {
    GTEST_SKIP() << "tcpdump 4.99 printed the golden lines; this is another";
  }
  MemorySink sink;
  PcapWriter writer(sink);
  std::vector<std::string> expected;
  std::ifstream rows(CATENET_SOURCE_DIR "/src/catenet/trace/dissect_lines.txt");
  for (std::string row; std::getline(rows, row);) {
    if (row.starts_with('#')) continue;
    const std::size_t hex_at = row.find('\t') + 1;
    const std::size_t line_at = row.find('\t', hex_at) + 1;
    std::vector<u8> frame;
    for (std::size_t i = hex_at; i + 2 < line_at; i += 2) {
      frame.push_back(static_cast<u8>(std::stoul(row.substr(i, 2), nullptr, 16)));
    }
    writer.write_frame(0, frame);
    expected.push_back(row.substr(line_at));
  }
  const Folder folder;
  const std::string file = folder.write("lines.pcap", sink.bytes());
  // Rows of hex follow frames that tcpdump does not know.
  std::vector<std::string> printed;
  for (const std::string& line : lines_of(output_of("tcpdump -tnSr " + file))) {
    if (!line.starts_with('\t')) printed.push_back(line);
  }
  EXPECT_EQ(printed, expected);
}

}  // namespace
}  // namespace catenet
