// The plan: a lab with everything filled in and nothing left to look up by name. The runner builds
// from this alone. Nodes, links and steps refer to each other by their index in the plan's vectors;
// all order is that of the file.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catenet/lab/diagnostic.hpp"
#include "catenet/lab/model.hpp"
#include "catenet/link/impairment.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::lab {

using NodeIndex = u32;
using LinkIndex = u32;
using SegmentIndex = u32;
using StepIndex = u32;
inline constexpr u32 no_index = ~u32{0};

// One end of a link: which interface of which node.
struct PlanEnd {
  NodeIndex node = 0;
  u32 interface = 0;  // index into PlanNode::interfaces
  bool operator==(const PlanEnd&) const = default;
};

struct PlanInterface {
  std::string name;  // "eth0"
  MacAddress mac;
  u32 mtu = 1'500;
  std::vector<InterfacePrefix> addresses;  // IPv4 before IPv6; none on a switch's port
  LinkIndex link = 0;
  SegmentIndex segment = no_index;
};

// One route of a host's table. Connected prefixes are not listed: they come with the addresses.
struct PlanRoute {
  Prefix to;
  std::optional<IpAddress> via;  // none: on the interface's link
  u32 interface = 0;             // where it leaves, index into PlanNode::interfaces
  u32 metric = 0;
  bool given = false;  // by the file, not filled in
  RouteKind kind =
      RouteKind::unicast;  // else it leaves nowhere: no `via`, and `interface` says nothing
  bool operator==(const PlanRoute&) const = default;
};

struct HostsEntry {
  std::string name;
  std::vector<IpAddress> addresses;
};

// As lab files spell it, and for sentences: "a switch", "outside".
std::string_view kind_name(NodeKind kind);
std::string kind_text(NodeKind kind);

struct PlanNode {
  std::string name;
  NodeKind kind = NodeKind::host;
  bool forwarding = false;
  bool real_programs = false;  // the machine's, on this host's stack; wants time: wall
  bool cold_boot = false;
  bool slaac = false;
  std::vector<PlanInterface> interfaces;  // in the order of the links
  std::vector<PlanRoute> routes;          // sorted by prefix, then metric
  std::optional<AdvertiseSettings> advertise;
  std::optional<Duration> ageing;       // of kind switch
  std::optional<DeviceSetting> device;  // of kind outside
  std::vector<HostsEntry> hosts;  // this node's own names; Plan::hosts holds those that all know
  std::vector<Service> services;
  std::vector<InlineFile> files;
  std::vector<std::string> private_places;  // of kind namespace: folders
  HostSettings options;
  Mark at;

  bool has_stack() const { return kind != NodeKind::switch_ && kind != NodeKind::outside; }
  // Whether that stack is ours.
  bool is_lab_host() const { return has_stack() && kind != NodeKind::namespace_; }
  // Whether what it runs is Catenet's own tools, and no shell.
  bool runs_tools() const { return is_lab_host() && !real_programs; }
};

// Links joined by switches: what one broadcast reaches.
struct PlanSegment {
  u32 number = 0;  // from 1; what the filled-in prefixes carry
  std::vector<Prefix> prefixes;
  std::vector<LinkIndex> links;
  std::vector<PlanEnd>
      stations;  // interfaces of nodes that are not switches, in the order of the links
};

struct PlanLink {
  std::string name;  // "r1--r2" unless given
  PlanEnd a;
  PlanEnd b;
  Impairment forward;  // from a to b
  Impairment back;     // from b to a
  bool up = true;
  SegmentIndex segment = 0;
  Mark at;
};

struct PlanRun {
  NodeIndex node = 0;
  std::string command;
  RunExpectation expect;
  std::optional<Duration> timeout;
};

struct PlanStop {
  StepIndex step = no_index;
  int signal = 15;
  Duration grace;
  RunExpectation expect;
};

struct PlanWait {
  StepIndex step = no_index;  // no_index: for a port
  NodeIndex node = 0;
  u16 port = 0;
  Duration timeout;
};

struct PlanImpair {
  LinkIndex link = 0;
  LinkPatch impair;
};

struct PlanChange {
  LinkChange change = LinkChange::down;
  std::vector<LinkIndex> links;
};

struct PlanPartition {
  std::vector<std::vector<NodeIndex>> sets;  // nodes in no set are one more set together
};

// A step starts at `at`, or `delay` after the step `after` has ended.
struct PlanStep {
  std::string name;  // as given, else "step 3" by its place in the file
  Duration at;
  StepIndex after = no_index;
  Duration delay;
  ActionKind kind = ActionKind::run;
  PlanRun run;
  PlanStop stop;
  PlanWait wait;
  PlanImpair impair;
  PlanChange change;
  PlanPartition partition;
  std::string text;  // one line for reports: "alice: ping -c 3 web", "r1--r2: down"
  Mark mark;

  // Whether a command runs: `run` then says which.
  bool runs() const { return kind == ActionKind::run || kind == ActionKind::start; }
};

// What a counter or a packet expectation looks at.
struct PlanTarget {
  NodeIndex node = no_index;
  u32 interface = no_index;  // with `node`: one of its interfaces; no_index: the whole node
  LinkIndex link = no_index;
};

struct PlanExpectation {
  enum class Kind : u8 { counter, packets };
  std::string name;  // as given, else what it says
  Kind kind = Kind::counter;
  PlanTarget target;
  std::string counter;  // below the target: "dropped.queue_full"
  std::string filter;   // pcap-filter(7)
  Bounds bounds;
  Mark at;
};

struct PlanCapture {
  bool all = true;
  std::vector<PlanEnd> ports;  // when not all
  std::string filter;
  u32 snap_length = 0;
  bool promiscuous = true;  // a host's ports keep frames for other stations too
  bool nothing() const { return !all && ports.empty(); }
};

struct Plan {
  std::string name;
  std::string description;
  u64 seed = 1;
  Duration stop_time = Duration::infinite();
  TimeMode time = TimeMode::virtual_;
  bool time_given = false;
  std::vector<PlanNode> nodes;
  std::vector<PlanSegment> segments;
  std::vector<PlanLink> links;
  std::vector<HostsEntry> hosts;  // every node with an address, in the order of the nodes
  std::vector<PlanStep> script;   // by time; steps that wait for another stand behind it
  std::vector<PlanExpectation> expect;
  PlanCapture capture;
  std::vector<std::string> files;  // paths read, by Mark::file
  Diagnostics warnings;

  // nullptr and no_index when there is none of that name.
  const PlanNode* find_node(std::string_view name) const;
  LinkIndex find_link(std::string_view name) const;
  // "alice:eth0"
  std::string port_name(PlanEnd end) const;
  // 0 s; so long before it that all tests of addresses are over by then, where a node boots cold.
  Instant starts_at() const;
};

}  // namespace catenet::lab
