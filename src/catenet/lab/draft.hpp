// Draft: a plan while it is made. Each step fills in a part of the plan and reports what it finds
// wrong; a later step may rely on what an earlier one filled in, and runs only when nothing was
// wrong with it.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catenet/lab/lab_file.hpp"

namespace catenet::lab {

// What the file says of one interface, beside the plan's own interface.
struct InterfaceDraft {
  InterfaceSettings settings;
  Mark at;
};

struct Draft {
  const Model& model;
  Report& report;
  const ReadOptions& options;
  Plan plan;

  // Beside plan.nodes.
  std::vector<NodeSettings> settings;  // with what is inherited
  std::vector<std::vector<InterfaceDraft>> interfaces;
  std::unordered_map<std::string, NodeIndex> node_by_name;
  std::unordered_map<std::string, NodeIndex> node_by_folded_name;  // in lower case
  std::vector<PlanEnd> ports_by_name;  // by node, then by the interface's name

  // Beside plan.links.
  std::unordered_map<std::string, LinkIndex> link_by_name;
  std::unordered_map<u64, std::vector<LinkIndex>> links_by_nodes;  // by node_pair

  // Beside plan.segments: segments that routers join carry the same number.
  std::vector<u32> island;

  static u64 node_pair(NodeIndex a, NodeIndex b) {
    return a < b ? u64{a} << 32 | b : u64{b} << 32 | a;
  }
  PlanInterface& interface(PlanEnd end) { return plan.nodes[end.node].interfaces[end.interface]; }
  const PlanInterface& interface(PlanEnd end) const {
    return plan.nodes[end.node].interfaces[end.interface];
  }
  const InterfaceSettings& said(PlanEnd end) const {
    return interfaces[end.node][end.interface].settings;
  }

  // The node of that name; otherwise reports it with what may have been meant.
  std::optional<NodeIndex> find_node(const Located<std::string>& name) const;
  // When all links have their ends: makes ports_by_name.
  void index_ports();
  std::optional<u32> find_interface(NodeIndex node, std::string_view name) const;
  std::vector<std::string_view> interface_names(NodeIndex node) const;
  // "node:interface", silently nothing for anything else.
  std::optional<PlanEnd> find_port(std::string_view text) const;
  // Links by name or as "a--b", either way round; `reversed` tells which.
  struct LinkRef {
    LinkIndex link = no_index;
    bool reversed = false;
  };
  std::optional<LinkRef> find_link(const Located<std::string>& name) const;
  std::vector<LinkRef> matching_links(std::string_view name) const;
  void unknown_target(const Located<std::string>& name, std::string_view what) const;
};

// The steps, in order.
void plan_nodes(Draft& draft);
void plan_links(Draft& draft);
void plan_segments(Draft& draft);
void plan_macs(Draft& draft);
void plan_addresses(Draft& draft);
void plan_given_routes(Draft& draft);
void plan_routes(Draft& draft);
void plan_names(Draft& draft);
void plan_script(Draft& draft);
// One step, with what it names looked up.
PlanStep plan_step(Draft& draft, const StepModel& said);
void plan_expectations(Draft& draft);
void plan_capture(Draft& draft);

// Of a namespace: files that the machine could not have where they are to stand.
void check_kernel_files(Draft& draft, const PlanNode& node);

// Of a step of kind run or start: the nodes that its command names and cannot reach.
void check_command(Draft& draft, const RunAction& run, NodeIndex node, ActionKind kind);

}  // namespace catenet::lab
