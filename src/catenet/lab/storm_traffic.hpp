// The storm's traffic: TCP streams both ways and UDP exchanges with datagrams that need fragments,
// between random hosts. Every byte is known in advance, so that each receiver can tell a wrong one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catenet/coro/task_group.hpp"
#include "catenet/lab/network.hpp"

namespace catenet::lab {

// One conversation.
struct StormFlow {
  u32 number = 0;
  NodeIndex client = 0;
  NodeIndex server = 0;
  Family family = Family::ipv4;
  bool datagrams = false;
  Duration start;
  u64 up_bytes = 0;    // client to server; a datagram flow: bytes of each request
  u64 down_bytes = 0;  // server to client; a datagram flow: exchanges
  u32 write_size = 0;
  u32 read_size = 0;
  Duration pause;  // between writes

  // What came of it.
  u64 up_received = 0;
  u64 down_received = 0;
  bool up_done = false;
  bool down_done = false;
  std::string fault;  // the first thing that was wrong; empty: nothing

  bool done() const { return up_done && down_done; }
  std::string to_string() const;
};

class StormTraffic {
 public:
  // Draws the conversations from the plan's seed.
  explicit StormTraffic(Network& network);
  ~StormTraffic();

  const std::vector<std::unique_ptr<StormFlow>>& flows() const { return flows_; }
  bool done() const;

 private:
  void draw_flow(RandomStream& random, const std::vector<NodeIndex>& hosts, u32 number);

  Network& network_;
  std::vector<std::unique_ptr<TaskGroup>> groups_;  // by node; empty where there is no host
  std::vector<std::unique_ptr<StormFlow>> flows_;
};

}  // namespace catenet::lab
