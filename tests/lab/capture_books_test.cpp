// The books, the ports' counters and the capture of one run say the same of every wire frame,
// whether super-segments pass whole or nothing is offloaded.
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "catenet/lab/counters.hpp"
#include "catenet/lab/report.hpp"
#include "catenet/lab/run_test.hpp"
#include "catenet/lab/storm_lab.hpp"
#include "catenet/lab/storm_traffic.hpp"
#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/pcap_file.hpp"

namespace catenet::lab {
namespace {

using Drops = std::map<std::string, u64>;  // by reason

// What the capture says of one port.
struct Records {
  u64 inbound = 0;
  u64 outbound = 0;
  Drops dropped;
};

Drops named(const DropCounters& counters) {
  Drops drops;
  for (std::size_t i = 0; i < DropCounters::size(); ++i) {
    if (counters[i] > 0) drops[std::string(drop_name(static_cast<Drop>(i)))] = counters[i];
  }
  return drops;
}

std::string reason_in(std::string_view comment) {
  constexpr std::string_view before = "dropped: ";
  if (!comment.starts_with(before)) return {};
  return std::string(
      comment.substr(before.size(), comment.find(' ', before.size()) - before.size()));
}

void capture_all(Network& network, CaptureRecorder& recorder) {
  for (PortId port = 0; port < network.ports().size(); ++port) {
    CaptureInterface interface;
    interface.name = network.plan().port_name(network.ports()[port]);
    recorder.add_port(port, interface);
  }
}

std::vector<Records> records_of(const Capture& capture) {
  std::vector<Records> ports(capture.interfaces.size());
  for (const CapturedFrame& frame : capture.frames) {
    Records& port = ports[frame.interface];
    ++(frame.direction == FrameDirection::inbound ? port.inbound : port.outbound);
    const std::string reason = reason_in(frame.comment);
    if (!reason.empty()) ++port.dropped[reason];
  }
  return ports;
}

// A run, watched at every port.
struct Watched {
  Watched(const std::string& text, bool offload)
      : plan(plan_of(text)),
        recorder(sink, {}),
        runner(plan, {.network = {.offload = offload}, .recorder = &recorder}) {
    capture_all(runner.network(), recorder);
    runner.run();
    result = runner.collect();
    recorder.finish(result.end);
    auto read = read_capture(sink.bytes());
    EXPECT_TRUE(read.has_value());
    if (read) capture = *std::move(read);
    records = records_of(capture);
    for (PortId port = 0; port < records.size(); ++port) {
      EXPECT_EQ(records[port].dropped, named(nic(port).dropped())) << nic(port).name();
    }
    EXPECT_TRUE(result.books.balance);
  }
  Nic& nic(PortId port) { return runner.network().nic(runner.network().ports()[port]); }
  Records& at(std::string_view name) {
    for (PortId port = 0; port < records.size(); ++port) {
      if (nic(port).name() == name) return records[port];
    }
    ADD_FAILURE() << "no port " << name;
    return records[0];
  }
  u64 counter(std::string_view target, std::string_view name) {
    for (LinkIndex link = 0; link < plan.links.size(); ++link) {
      if (plan.links[link].name == target) {
        return read_counter(runner.network(), {.link = link}, name).value_or(~u64{0});
      }
    }
    ADD_FAILURE() << "no link " << target;
    return 0;
  }
  // Where nothing ends before it is sent or between two ports, every record is a passage.
  void expect_each_record_is_a_passage() {
    for (PortId port = 0; port < records.size(); ++port) {
      EXPECT_EQ(records[port].outbound, nic(port).counters().sent_frames) << nic(port).name();
      EXPECT_EQ(records[port].inbound, nic(port).counters().received_frames) << nic(port).name();
    }
  }

  Plan plan;
  MemorySink sink;
  CaptureRecorder recorder;
  Runner runner;
  RunResult result;
  Capture capture;
  std::vector<Records> records;  // by port
};

std::string fetch_over(const std::string& impair, const std::string& more = {}) {
  return "name: page\nnodes: {a: , b: {services: [{http: {files: {/page: {size: 30 kB}}}}]}}\n"
         "links: [{name: line, endpoints: [a, b], impair: {" +
         impair + "}}]\nscript: [{at: 0 s, on: a, run: fetch http://b/page, timeout: 20 s" + more +
         "}]\n";
}

class CaptureBooksWith : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Offload, CaptureBooksWith, testing::Bool());

TEST_P(CaptureBooksWith, perfect_link) {
  Watched run(fetch_over("delay: 1 ms"), GetParam());
  run.expect_each_record_is_a_passage();
  EXPECT_GE(run.nic(1).counters().sent_frames, 21u);
  EXPECT_EQ(run.counter("line", "offered"), run.records[0].outbound + run.records[1].outbound);
  EXPECT_EQ(run.counter("line", "delivered"), run.records[0].inbound + run.records[1].inbound);
  EXPECT_EQ(run.result.books.offered, run.counter("line", "offered"));
}

TEST_P(CaptureBooksWith, link_with_a_rate) {
  Watched run(fetch_over("rate: 1 Mbit"), GetParam());
  run.expect_each_record_is_a_passage();
  EXPECT_EQ(run.counter("line", "offered"), run.records[0].outbound + run.records[1].outbound);
}

TEST_P(CaptureBooksWith, link_with_a_small_mtu) {
  Watched run(fetch_over("mtu: 1000", ", expect: {exit: 1}"), GetParam());
  run.expect_each_record_is_a_passage();
  EXPECT_GE(run.at("b:eth0").dropped["frame_too_long"], 10u);
  EXPECT_EQ(run.counter("line", "dropped.frame_too_long"),
            run.at("b:eth0").dropped["frame_too_long"]);
}

TEST_P(CaptureBooksWith, every_frame_twice) {
  Watched run(fetch_over("delay: 1 ms, duplicate: 100 %"), GetParam());
  run.expect_each_record_is_a_passage();
  // The SYN comes twice: once to be taken, once not.
  std::vector<std::string> arrivals;
  for (const CapturedFrame& frame : run.capture.frames) {
    const bool tcp = frame.bytes[12] == 8 && frame.bytes[13] == 0 && frame.bytes[23] == 6;
    if (tcp && run.nic(frame.interface).name() == "b:eth0") {
      if (frame.direction == FrameDirection::inbound) arrivals.push_back(reason_in(frame.comment));
    }
  }
  ASSERT_GE(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0], "");
  EXPECT_EQ(arrivals[1], "tcp_unacceptable");
}

TEST_P(CaptureBooksWith, narrow_link_behind_a_router) {
  Watched run(
      "name: narrow\n"
      "nodes:\n"
      "  a: \n"
      "  r1: {kind: router}\n"
      "  r2: {kind: router}\n"
      "  b: {services: [{http: {files: {/page: {size: 30 kB}}}}]}\n"
      "links:\n"
      "  - {endpoints: [a, r1]}\n"
      "  - {endpoints: [{node: r1, mtu: 576}, {node: r2, mtu: 576}]}\n"
      "  - {endpoints: [r2, b]}\n"
      "script: [{at: 0 s, on: a, run: fetch http://b/page}]\n",
      GetParam());
  run.expect_each_record_is_a_passage();
  EXPECT_GE(run.at("r2:eth1").dropped["fragmentation_needed"], 10u);
}

// What a router forwards it changes in MAC, TTL and header checksum alone, and a super-segment is
// cut alike wherever it is looked at.
TEST_P(CaptureBooksWith, one_id_is_one_segment_at_every_port) {
  Watched run(
      "name: across\n"
      "nodes: {a: , r: {kind: router}, b: {services: [{http: {files: {/page: {size: 99 kB}}}}]}}\n"
      "links: [{endpoints: [a, r], impair: {rate: 10 Mbit}}, {endpoints: [r, b]}]\n"
      "script: [{at: 0 s, on: a, run: fetch http://b/page}]\n",
      GetParam());
  std::map<u64, std::pair<std::string_view, u32>> segments;  // and how often
  for (const CapturedFrame& frame : run.capture.frames) {
    if (frame.bytes[23] != 6) continue;
    auto& [bytes, times] = segments[*frame.packet_id];
    const std::string_view segment = as_text(frame.bytes.subspan(34));
    if (times++ == 0) bytes = segment;
    EXPECT_EQ(bytes, segment);
  }
  const auto everywhere = [](const auto& entry) { return entry.second.second == 4; };
  EXPECT_GE(std::ranges::count_if(segments, everywhere), 100) << "the last may be on their way";
}

// The routers send what lies behind neither to each other, until its TTL is over.
TEST_P(CaptureBooksWith, routing_loop) {
  Watched run(
      "name: loop\n"
      "nodes:\n"
      "  a: {gateway: 10.0.1.1}\n"
      "  r1: {kind: router, routes: [{to: 10.9.0.0/16, via: 10.0.2.2}]}\n"
      "  r2: {kind: router, routes: [{to: 10.9.0.0/16, via: 10.0.2.1}]}\n"
      "links: [{endpoints: [a, r1]}, {endpoints: [r1, r2]}]\n"
      "script: [{at: 0 s, on: a, run: ping -c 1 -t 6 10.9.0.1, expect: {exit: 1}}]\n",
      GetParam());
  run.expect_each_record_is_a_passage();
  u64 marked = 0;
  for (const CapturedFrame& frame : run.capture.frames) {
    if (frame.comment.empty()) continue;
    EXPECT_EQ(reason_in(frame.comment), "ttl_exceeded");
    EXPECT_EQ(frame.direction, FrameDirection::inbound);
    ++marked;
  }
  EXPECT_EQ(marked, 1u);
}

TEST_P(CaptureBooksWith, link_that_loses_everything) {
  Watched run(
      "name: deaf\nnodes: {a: , b: }\n"
      "links: [{endpoints: [a, b], impair: {loss: 100 %}}]\n"
      "script: [{at: 0 s, on: a, run: ping -c 150 -i 0.01 b, expect: {exit: 1}}]\n",
      GetParam());
  std::set<u64> ids;
  for (const CapturedFrame& frame : run.capture.frames) {
    EXPECT_TRUE(ids.insert(*frame.packet_id).second) << frame.comment;
  }
  EXPECT_GE(run.at("a:eth0").dropped["neighbour_unreachable"], 100u);
  EXPECT_GE(run.at("a:eth0").dropped["neighbour_queue_full"], 1u);
}

// Every counter of every node, port and link, by name.
std::map<std::string, u64> counters_of(Watched& run) {
  std::map<std::string, u64> all;
  const auto add = [&](const std::string& who, const PlanTarget& target) {
    const auto read = [&](const std::string& name) {
      const auto value = read_counter(run.runner.network(), target, name);
      EXPECT_TRUE(value) << who << ' ' << name;
      all[who + ' ' + name] = value.value_or(0);
    };
    for (const auto name : counter_names(run.plan, target)) read(std::string(name));
    for (std::size_t i = 0; i < DropCounters::size(); ++i) {
      read("dropped." + std::string(drop_name(static_cast<Drop>(i))));
    }
  };
  for (NodeIndex node = 0; node < run.plan.nodes.size(); ++node) {
    add(run.plan.nodes[node].name, {.node = node});
  }
  for (const PlanEnd& port : run.runner.network().ports()) {
    add(run.plan.port_name(port), {.node = port.node, .interface = port.interface});
  }
  for (LinkIndex link = 0; link < run.plan.links.size(); ++link) {
    add(run.plan.links[link].name, {.link = link});
  }
  return all;
}

// The report's `dropped` of a port, which is what the counters say.
TEST_P(CaptureBooksWith, report_says_of_a_port_what_its_counters_say) {
  Watched run(fetch_over("delay: 1 ms, loss: 5 %, bit_errors: 1e-5, duplicate: 10 %"), GetParam());
  const auto report = nlohmann::json::parse(json_report(run.result));
  const auto counters = counters_of(run);
  Drops seen;
  for (const auto& port : report["ports"]) {
    u64 total = 0;
    for (const auto& [reason, n] : port["dropped"].items()) {
      const std::string name = port["name"].get<std::string>() + " dropped." + reason;
      EXPECT_EQ(n, counters.at(name)) << name;
      total += n.get<u64>();
      seen[reason] += n.get<u64>();
    }
    EXPECT_EQ(total, counters.at(port["name"].get<std::string>() + " dropped"));
  }
  for (const char* reason : {"random_loss", "bad_fcs", "tcp_unacceptable"}) {
    EXPECT_GE(seen[reason], 1u) << reason << ": of the link, of its far end, of the node";
  }
}

TEST(Counters, are_the_same_with_and_without_offload) {
  for (const char* impair : {"rate: 1 Mbit", "delay: 5 ms, loss: 3 %", "rate: 9 Mbit, mtu: 1500"}) {
    Watched whole(fetch_over(impair), true);
    Watched cut(fetch_over(impair), false);
    const auto counters = counters_of(whole);
    EXPECT_GE(counters.at("a tcp.in_segs"), 21u);
    for (const auto& [name, value] : counters_of(cut)) {
      EXPECT_EQ(counters.at(name), value) << impair << ": " << name;
    }
  }
}

// Where a super-segment arrives whole it is acknowledged once: of that direction fewer frames are
// sent, and every counter says so. What the text takes is the same.
TEST(Counters, of_super_segments_that_arrive_whole_are_of_wire_segments) {
  Watched whole(fetch_over("delay: 1 ms"), true);
  Watched cut(fetch_over("delay: 1 ms"), false);
  const auto of_whole = counters_of(whole);
  const auto of_cut = counters_of(cut);
  for (const char* name :
       {"b tcp.out_segs", "b ip.out_requests", "b sent_frames", "b sent_bytes", "a received_frames",
        "a ip.in_receives", "a ip.in_delivers", "a tcp.in_segs", "b tcp.retrans_segs"}) {
    EXPECT_EQ(of_whole.at(name), of_cut.at(name)) << name;
  }
  EXPECT_LT(of_whole.at("a tcp.out_segs"), of_cut.at("a tcp.out_segs"));
}

TEST_P(CaptureBooksWith, router_counts_every_packet_that_its_neighbours_do) {
  Watched run(
      "name: across\n"
      "nodes: {a: , r: {kind: router}, b: {services: [{http: {files: {/page: {size: 99 kB}}}}]}}\n"
      "links: [{endpoints: [a, r]}, {endpoints: [r, b]}]\n"
      "script:\n"
      "  - {at: 0 s, on: a, run: fetch http://b/page}\n"
      "  - {at: 9 s, on: a, run: ping -c 1 b}\n",  // so that nothing is on its way at the end
      GetParam());
  auto counters = counters_of(run);
  EXPECT_GE(counters["r ip.forw_datagrams"], 70u);
  EXPECT_EQ(counters["r ip.forw_datagrams"], counters["r ip.in_receives"]);
  for (const char* name : {" ip.in_receives", " ip.out_requests"}) {
    EXPECT_EQ(counters["r ip.forw_datagrams"],
              counters["a" + std::string(name)] + counters["b" + std::string(name)])
        << name;
  }
}

TEST(CaptureBooks, storm) {
  for (u64 seed = 1; seed <= 10; ++seed) {
    const Plan plan = plan_of(storm_lab(seed));
    MemorySink sink;
    CaptureRecorder recorder(sink, {});
    Network network(plan);
    capture_all(network, recorder);
    network.set_recorder(&recorder);
    for (const PlanStep& step : plan.script) {
      network.shards().at_barrier(
          Instant::at(step.at), [&network, &step] { EXPECT_TRUE(apply_to_links(network, step)); });
    }
    {
      StormTraffic traffic(network);
      network.shards().run_until(Instant::at(storm_heal_at));
    }
    recorder.finish(network.shards().now());
    const auto capture = read_capture(sink.bytes());
    ASSERT_TRUE(capture);
    const std::vector<Records> records = records_of(*capture);
    for (PortId port = 0; port < records.size(); ++port) {
      const Nic& nic = network.nic(network.ports()[port]);
      EXPECT_EQ(records[port].dropped, named(nic.dropped())) << seed << ' ' << nic.name();
      EXPECT_GE(records[port].outbound, nic.counters().sent_frames);
      EXPECT_GE(records[port].inbound, nic.counters().received_frames);
    }
  }
}

}  // namespace
}  // namespace catenet::lab
