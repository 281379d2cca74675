// Network: a Plan made real: origins, engines, ports, links, switches and hosts, joined and
// addressed. Nothing runs yet; the runner, the storm and the benches drive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catenet/engine/shards.hpp"
#include "catenet/host/host.hpp"
#include "catenet/lab/plan.hpp"
#include "catenet/link/link.hpp"
#include "catenet/link/switch.hpp"
#include "catenet/socket/lab_system.hpp"

namespace catenet::lab {

struct NetworkOptions {
  u32 shards = 1;
  bool offload = true;      // super-segments and deferred checksums where links take them
  bool interleave = false;  // spread nodes over the shards one by one, not in runs
};

// What all directions of all links counted.
struct Books {
  u64 offered = 0;
  u64 delivered = 0;
  u64 in_flight = 0;
  std::map<Drop, u64> dropped;  // on links, by reason
  bool balance = true;          // of every direction, and so of their sum
};

class Network {
 public:
  // `plan` outlives the network.
  explicit Network(const Plan& plan, const NetworkOptions& options = {});
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  const Plan& plan() const { return plan_; }
  ShardSet& shards() { return shards_; }
  const ShardSet& shards() const { return shards_; }

  // nullptr for what is no host or router.
  Host* host(NodeIndex node) { return nodes_[node].host.get(); }
  LabSystem* system(NodeIndex node) { return nodes_[node].system.get(); }
  // nullptr for what is no switch.
  Switch* switch_at(NodeIndex node) { return nodes_[node].bridge.get(); }
  Origin& origin(NodeIndex node) { return *nodes_[node].origin; }
  Nic& nic(PlanEnd end);
  Link& link(LinkIndex link) { return *links_[link]; }
  u32 link_count() const { return static_cast<u32>(links_.size()); }

  // Ports are numbered in the order of their names.
  const std::vector<PlanEnd>& ports() const { return ports_; }
  // Everything seen goes to `recorder` from now on; nullptr: to nobody.
  void set_recorder(Recorder* recorder);

  Books books() const;
  // Every origin's history, combined in the order of names: equal for equal runs.
  u64 event_hash() const;
  // The same of each origin, for saying where two runs part.
  std::vector<std::pair<std::string, u64>> origin_hashes() const;

 private:
  struct Node {
    std::unique_ptr<Origin> origin;
    u32 shard = 0;
    std::vector<std::unique_ptr<Nic>> nics;
    std::unique_ptr<Host> host;
    std::unique_ptr<LabSystem> system;
    std::unique_ptr<Switch> bridge;
  };
  struct ShardPools {
    PacketPool packets;
    FramePool frames;
  };
  // Of each origin, the place of its name among all.
  struct Ranks {
    std::vector<u32> node;
    std::vector<u32> forward;  // by link: of its direction from a to b
    std::vector<u32> back;
  };

  Ranks rank_names() const;
  void place_nodes(const NetworkOptions& options);
  void build_node(NodeIndex index, const Ranks& ranks, const NetworkOptions& options);
  void build_host(Node& node, const PlanNode& plan, bool offload);
  void address_host(Node& node, const PlanNode& plan);
  void build_link(LinkIndex index, const Ranks& ranks);
  void number_ports();
  std::string direction_name(PlanEnd from, PlanEnd to) const;
  std::vector<const Origin*> origins_by_rank() const;

  const Plan& plan_;
  ShardSet shards_;
  HostNames names_;  // that every host knows
  std::vector<std::unique_ptr<ShardPools>> pools_;
  std::vector<Node> nodes_;
  std::vector<std::unique_ptr<Origin>> direction_origins_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<PlanEnd> ports_;
};

}  // namespace catenet::lab
