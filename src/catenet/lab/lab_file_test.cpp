// Good lab files and the plans they make.
#include "catenet/lab/read_test.hpp"

namespace catenet::lab {
namespace {

const std::string pair =
    "nodes: {a: , b: , s: {kind: switch}}\n"
    "links: [{endpoints: [a, s]}, {endpoints: [s, b]}]\n";

TEST(LabFile, first_example_is_read_whole) {
  DiskFiles files;
  const auto read = read_lab(CATENET_SOURCE_DIR "/examples/first.yaml", files);
  ASSERT_TRUE(read) << to_string(read.error());
  const Plan& plan = *read;
  EXPECT_TRUE(plan.warnings.empty()) << to_string(plan.warnings);
  EXPECT_EQ(plan.name, "first");
  EXPECT_EQ(plan.seed, 1u);
  EXPECT_EQ(plan.time, TimeMode::virtual_);
  ASSERT_EQ(plan.nodes.size(), 5u);
  EXPECT_EQ(plan.nodes[1].kind, NodeKind::switch_);
  EXPECT_TRUE(plan.nodes[2].forwarding);
  ASSERT_EQ(plan.nodes[4].services.size(), 1u);
  EXPECT_EQ(plan.nodes[4].services[0].http.pages.root, CATENET_SOURCE_DIR "/examples/site");
  ASSERT_EQ(plan.links.size(), 4u);
  EXPECT_EQ(plan.links[2].name, "r1--r2");
  EXPECT_EQ(plan.links[2].forward.rate_bps, 10'000'000u);
  EXPECT_EQ(plan.links[2].back.delay, Duration::milliseconds(20));
  EXPECT_EQ(plan.links[2].back.loss.independent_ppb, 10'000'000u);
  ASSERT_EQ(plan.script.size(), 3u);
  EXPECT_EQ(plan.script[0].text, "alice: fetch http://web/");
  EXPECT_EQ(plan.script[0].run.expect.exit, 0);
  EXPECT_EQ(plan.script[0].run.expect.stdout_text.contains, std::vector<std::string>{"Hello"});
  EXPECT_EQ(plan.script[1].impair.link, 2u);
  ASSERT_EQ(plan.expect.size(), 2u);
  EXPECT_EQ(plan.expect[0].target.link, 2u);
  EXPECT_EQ(plan.expect[1].counter, "dropped.frame_too_long");
}

TEST(LabFile, smallest_lab_takes_its_name_from_the_file) {
  const Plan plan = plan_of("nodes: {a: }\n");
  EXPECT_EQ(plan.name, "lab");
  EXPECT_EQ(plan.seed, 1u);
  EXPECT_EQ(plan.stop_time, Duration::infinite());
  EXPECT_TRUE(plan.capture.all);
}

TEST(LabFile, containerlab_wrapper_and_extension_keys_are_taken) {
  const Plan plan = plan_of(
      "x-line: &line {delay: 5 ms}\n"
      "topology:\n"
      "  x-note: mine\n"
      "  kinds: {router: {options: {ip: {ttl: 32}}}}\n"
      "  groups: {core: {kind: router, boot: cold}}\n"
      "  nodes: {a: , r: {group: core}}\n"
      "  links: [{endpoints: [a, r], impair: {<<: *line, loss: 1 %}}]\n");
  EXPECT_EQ(plan.nodes[1].kind, NodeKind::router);
  EXPECT_TRUE(plan.nodes[1].cold_boot);
  EXPECT_EQ(plan.nodes[1].options.ip.ttl, u8{32});
  EXPECT_FALSE(plan.nodes[0].options.ip.ttl);
  EXPECT_EQ(plan.links[0].forward.delay, Duration::milliseconds(5));
  EXPECT_EQ(plan.links[0].forward.loss.independent_ppb, 10'000'000u);
}

TEST(LabFile, node_comes_before_group_before_kind_before_defaults) {
  const Plan plan = plan_of(
      "defaults: {options: {ip: {ttl: 1}, tcp: {sack: false, loss_detection: sack, ecn: on, "
      "pacing: true, window_validation: true, mtu_probing: on, timestamps: "
      "false, congestion: "
      "newreno}}}\n"
      "kinds: {host: {options: {ip: {ttl: 2}, tcp: {sack: true, timestamps: true}}}}\n"
      "groups: {g: {options: {ip: {ttl: 3}, tcp: {sack: false}}}}\n"
      "nodes: {a: {group: g, options: {ip: {ttl: 4}}}}\n");
  const HostSettings& options = plan.nodes[0].options;
  EXPECT_EQ(options.ip.ttl, u8{4});
  EXPECT_EQ(options.tcp.sack, false);
  EXPECT_EQ(options.tcp.timestamps, true);
  EXPECT_EQ(options.tcp.congestion, CongestionControl::newreno);
  EXPECT_EQ(options.tcp.loss_detection, LossDetection::sack);
  EXPECT_EQ(options.tcp.ecn, Ecn::on);
  EXPECT_EQ(options.tcp.pacing, true);
  EXPECT_EQ(options.tcp.window_validation, true);
  EXPECT_EQ(options.tcp.mtu_probing, MtuProbing::on);
}

TEST(LabFile, every_impairment_lands_in_its_direction) {
  const Plan plan = plan_of(
      "nodes: {a: , b: }\n"
      "links:\n"
      "  - endpoints: [a, b]\n"
      "    impair:\n"
      "      rate: 1 Gbit\n"
      "      jitter: {amount: 2 ms, distribution: pareto, correlation: 25 %, keep_order: true}\n"
      "      loss: {gilbert_elliott: {p: 1 %, r: 20 %, good_loss: 0 %, bad_loss: 50 %}, every: "
      "100}\n"
      "      reorder: {chance: 5 %, by: 3 ms, gap: 4}\n"
      "      duplicate: 0.5 %\n"
      "      bit_errors: 1e-9\n"
      "      queue: {frames: 50, bytes: 64 KiB}\n"
      "      mtu: 1400\n"
      "    impair_forward: {delay: 1 ms, jitter: 1 ms}\n"
      "    impair_back: none\n"
      "    up: false\n");
  const Impairment& forward = plan.links[0].forward;
  EXPECT_EQ(forward.rate_bps, 1'000'000'000u);
  EXPECT_EQ(forward.delay, Duration::milliseconds(1));
  EXPECT_EQ(forward.jitter,
            (Jitter{Jitter::Distribution::uniform, Duration::milliseconds(1), 0, false}));
  EXPECT_EQ(forward.loss.burst.to_bad_ppb, 10'000'000u);
  EXPECT_EQ(forward.loss.burst.to_good_ppb, 200'000'000u);
  EXPECT_EQ(forward.loss.burst.bad_loss_ppb, 500'000'000u);
  EXPECT_EQ(forward.loss.every_nth, 100u);
  EXPECT_EQ(forward.reorder, (Reorder{50'000'000, Duration::milliseconds(3), 4}));
  EXPECT_EQ(forward.duplicate_ppb, 5'000'000u);
  EXPECT_EQ(forward.bit_errors_per_1e15, 1'000'000u);
  EXPECT_EQ(forward.queue, (QueueSettings{50, 65'536}));
  EXPECT_EQ(forward.mtu, 1'400u);
  EXPECT_EQ(plan.links[0].back, Impairment{});
  EXPECT_FALSE(plan.links[0].up);
}

TEST(LabFile, patch_changes_only_what_it_says) {
  Impairment impairment;
  impairment.rate_bps = 5;
  impairment.delay = Duration::seconds(1);
  ImpairmentPatch patch;
  EXPECT_TRUE(patch.empty());
  patch.delay = Duration::zero();
  EXPECT_FALSE(patch.empty());
  patch.apply_to(impairment);
  EXPECT_EQ(impairment.rate_bps, 5u);
  EXPECT_EQ(impairment.delay, Duration::zero());
  patch.clear = true;
  patch.apply_to(impairment);
  EXPECT_EQ(impairment.rate_bps, 0u);
}

TEST(LabFile, services_and_files_are_inline_or_seeded) {
  const Plan plan = plan_of(
      "nodes:\n"
      "  a:\n"
      "    services:\n"
      "      - echo\n"
      "      - http: {port: 8080, files: {/index: hello, big.bin: {size: 1 MB}}}\n"
      "    files: {/etc/motd: hi}\n"
      "    hosts: {www.example: [10.0.0.1, \"fd00::1\"]}\n");
  const PlanNode& a = plan.nodes[0];
  ASSERT_EQ(a.services.size(), 2u);
  EXPECT_EQ(a.services[0].port(), 7);
  EXPECT_EQ(a.services[1].port(), 8080);
  ASSERT_EQ(a.services[1].http.pages.files.size(), 2u);
  EXPECT_EQ(a.services[1].http.pages.files[0].text, "hello");
  EXPECT_EQ(a.services[1].http.pages.files[1].path, "/big.bin");
  EXPECT_EQ(a.services[1].http.pages.files[1].seeded_bytes, 1'000'000u);
  EXPECT_EQ(a.files[0].path, "/etc/motd");
  ASSERT_EQ(a.hosts.size(), 1u);
  EXPECT_EQ(a.hosts[0].addresses.size(), 2u);
}

TEST(LabFile, namespace_makes_the_lab_follow_the_clock) {
  const Plan plan = plan_of("nodes: {n: {kind: namespace}}\n");
  EXPECT_EQ(plan.time, TimeMode::wall);
  EXPECT_FALSE(plan.time_given);
  EXPECT_EQ(plan_of("time: wall\nnodes: {a: }\n").time, TimeMode::wall);
}

TEST(Script, steps_stand_in_the_order_of_time_with_followers_behind) {
  const Plan plan = plan_of(pair +
                            "script:\n"
                            "  - {name: last, at: 3 s, on: a, run: ping a}\n"
                            "  - {after: first, delay: 1 s, on: b, run: ping a}\n"
                            "  - {name: first, at: 1 s, on: a, run: ping a, timeout: 5 s}\n"
                            "  - {at: 1 s, down: a--s}\n");
  ASSERT_EQ(plan.script.size(), 4u);
  EXPECT_EQ(plan.script[0].name, "first");
  EXPECT_EQ(plan.script[1].text, "down: a--s");
  EXPECT_EQ(plan.script[2].name, "last");
  EXPECT_EQ(plan.script[3].name, "step 2");
  EXPECT_EQ(plan.script[3].after, 0u);
  EXPECT_EQ(plan.script[3].delay, Duration::seconds(1));
  EXPECT_EQ(plan.script[0].after, no_index);
}

TEST(Script, repeated_step_is_written_out_and_waited_for_to_its_last) {
  const Plan plan =
      plan_of(pair +
              "script:\n"
              "  - {name: tick, at: 1 s, every: 500 ms, times: 3, on: a, run: ping a}\n"
              "  - {after: tick, on: b, run: ping a}\n");
  ASSERT_EQ(plan.script.size(), 4u);
  EXPECT_EQ(plan.script[2].name, "tick #3");
  EXPECT_EQ(plan.script[2].at, Duration::seconds(2));
  EXPECT_EQ(plan.script[3].after, 2u);
}

TEST(Script, changes_name_links_ports_and_nodes) {
  const Plan plan = plan_of(pair +
                            "script:\n"
                            "  - {at: 0 s, down: s}\n"
                            "  - {at: 1 s, up: [a--s, \"b:eth0\"]}\n"
                            "  - {at: 2 s, cut: \"b:eth0--s\"}\n"
                            "  - {at: 3 s, heal: all}\n"
                            "  - {at: 4 s, partition: [[a, s], [b]]}\n");
  ASSERT_EQ(plan.script.size(), 5u);
  const std::vector<LinkIndex> both{0, 1};
  EXPECT_EQ(plan.script[0].change.links, both);
  EXPECT_EQ(plan.script[1].change.links, both);
  EXPECT_EQ(plan.script[1].change.change, LinkChange::up);
  EXPECT_EQ(plan.script[2].change.links, std::vector<LinkIndex>{1});
  EXPECT_EQ(plan.script[3].change.links, both);
  EXPECT_EQ(plan.script[4].partition.sets, (std::vector<std::vector<NodeIndex>>{{0, 2}, {1}}));
  EXPECT_EQ(plan.script[4].text, "partition: a, s | b");
}

TEST(Script, forward_is_the_direction_the_step_writes) {
  const Plan plan = plan_of(pair +
                            "script:\n"
                            "  - {at: 0 s, link: a--s, impair_forward: {delay: 1 ms}}\n"
                            "  - {at: 0 s, link: s--a, impair_forward: {delay: 1 ms}}\n");
  EXPECT_TRUE(plan.script[0].impair.impair.forward.delay);
  EXPECT_FALSE(plan.script[0].impair.impair.back.delay);
  EXPECT_TRUE(plan.script[1].impair.impair.back.delay);
  EXPECT_FALSE(plan.script[1].impair.impair.forward.delay);
}

TEST(Script, command_that_is_to_fail_may_name_what_it_cannot_reach) {
  const std::string apart =
      "nodes: {a: , b: , c: , d: }\nlinks: [{endpoints: [a, b]}, {endpoints: [c, d]}]\n";
  EXPECT_EQ(plan_of(apart + "script: [{at: 0 s, on: a, run: ping -c 1 d, expect: {exit: 1}}]\n")
                .script.size(),
            1u);
}

TEST(Script, url_of_nobody_is_a_warning_where_a_shell_reads_it) {
  const Plan plan = plan_of(
      "nodes: {n: {kind: namespace}, bbb: }\nlinks: [{endpoints: [n, bbb]}]\n"
      "script: [{at: 0 s, on: n, run: \"curl http://bb:80/\"}]\n");
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_NE(plan.warnings[0].one_line().find("no node has the name 'bb'"), std::string::npos);
  EXPECT_TRUE(
      plan_of(pair +
              "script: [{at: 0 s, on: a, run: \"fetch http://[fd00::1]/ http://10.0.0.1/\"}]\n")
          .warnings.empty());
}

// The one warning of a lab with this script; none is "".
std::string warning_of(const std::string& head, const std::string& script) {
  const Plan plan =
      plan_of(head + "nodes: {a: , b: }\nlinks: [{endpoints: [a, b]}]\nscript:\n" + script);
  EXPECT_LE(plan.warnings.size(), 1u) << to_string(plan.warnings);
  return plan.warnings.empty() ? "" : plan.warnings[0].one_line();
}

TEST(Script, ping_that_never_ends_is_a_warning) {
  const std::string endless = "  - {at: 0 s, on: a, run: ping b}\n";
  EXPECT_EQ(warning_of("", endless),
            "lab.yaml:4:27: warning: run: this ping never ends by itself, and so the lab never "
            "does; give ping -c or -w, or the step a timeout, or the lab a stop_time");
  const std::string another = "  - {at: 0 s, on: b, run: ping -c 1 a}\n";
  EXPECT_NE(warning_of("", endless + another).find("a timeout, or say start, or the lab"),
            std::string::npos);
  const std::string started = "  - {at: 0 s, on: a, start: ping -i 0.2 b}\n";
  EXPECT_NE(warning_of("", started).find("lab.yaml:4:29: warning: start: this ping never ends"),
            std::string::npos);
  EXPECT_NE(warning_of("", started).find("and so the lab never does"), std::string::npos);
  EXPECT_EQ(warning_of("", started + another), "");
  // What runs then may still end later.
  const std::string later = "  - {at: 1 s, on: a, start: ping b}\n";
  EXPECT_NE(warning_of("", another + later)
                .find("the lab neither, unless a step before is still open as it begins"),
            std::string::npos);
  EXPECT_EQ(warning_of("", started + "  - {at: 9 s, down: a--b}\n"), "");
  EXPECT_EQ(warning_of("stop_time: 9 s\n", endless), "");
  for (const char* ends : {"ping -c 2 b", "ping -w 3 b", "ping --help", "ping b, timeout: 3 s"}) {
    EXPECT_EQ(warning_of("", std::string("  - {at: 0 s, on: a, run: ") + ends + "}\n"), "") << ends;
  }
}

TEST(Topology, loop_of_switches_and_lonely_node_are_warnings) {
  const Plan plan = plan_of(
      "nodes: {s: {kind: switch}, t: {kind: switch}, lone: }\n"
      "links: [{endpoints: [s, t]}, {endpoints: [s, t]}]\n");
  ASSERT_EQ(plan.warnings.size(), 2u);
  EXPECT_NE(plan.warnings[0].message.find("no link ends at 'lone'"), std::string::npos);
  EXPECT_NE(plan.warnings[1].message.find("closes a loop of switches"), std::string::npos);
  const Plan open = plan_of(
      "nodes: {s: {kind: switch}, t: {kind: switch}}\n"
      "links: [{endpoints: [s, t]}, {endpoints: [s, t], up: false}]\n");
  EXPECT_TRUE(open.warnings.empty());
  EXPECT_EQ(open.links[1].name, "s:eth1--t:eth1");
}

TEST(Expectations, bounds_hold_as_they_read) {
  Bounds bounds;
  bounds.min = 3;
  bounds.below = 7;
  EXPECT_EQ(bounds.to_string(), "at least 3 and below 7");
  EXPECT_FALSE(bounds.holds(2));
  EXPECT_TRUE(bounds.holds(3));
  EXPECT_TRUE(bounds.holds(6));
  EXPECT_FALSE(bounds.holds(7));
}

TEST(Expectations, targets_are_nodes_ports_and_links) {
  const Plan plan =
      plan_of(pair +
              "expect:\n"
              "  - {counter: \"a.dropped.no_route\", is: 0}\n"
              "  - {counter: \"a:eth0.sent_frames\", above: 1}\n"
              "  - {counter: \"a--s.dropped.random_loss\", max: 1}\n"
              "  - {name: pings, packets: {where: \"b:eth0\", filter: icmp, count: 6}}\n"
              "capture: {ports: [a, \"b:eth0\"], filter: icmp, snap_length: 96 B}\n");
  ASSERT_EQ(plan.expect.size(), 4u);
  EXPECT_EQ(plan.expect[0].target.node, 0u);
  EXPECT_EQ(plan.expect[0].target.interface, no_index);
  EXPECT_EQ(plan.expect[1].counter, "sent_frames");
  EXPECT_EQ(plan.expect[1].target.interface, 0u);
  EXPECT_EQ(plan.expect[2].target.link, 0u);
  EXPECT_EQ(plan.expect[3].name, "pings");
  EXPECT_EQ(plan.expect[3].bounds.is, 6u);
  EXPECT_EQ(plan.capture.ports, (std::vector<PlanEnd>{{0, 0}, {1, 0}}));
  EXPECT_EQ(plan.capture.snap_length, 96u);
  EXPECT_FALSE(plan.capture.all);
  EXPECT_TRUE(plan_of("capture: none\nnodes: {a: }\n").capture.nothing());
}

TEST(LabFile, seed_of_the_command_line_wins) {
  MemoryFileSource files;
  ReadOptions options;
  options.seed = 9;
  EXPECT_EQ(read_lab_text("seed: 2\nnodes: {a: }\n", "x", files, options)->seed, 9u);
  options.name = "lab";
  EXPECT_EQ(read_lab_text("nodes: {a: }\n", "x", files, options)->name, "lab");
  EXPECT_EQ(read_lab_text("name: own\nnodes: {a: }\n", "x", files, options)->name, "own");
}

}  // namespace
}  // namespace catenet::lab
