// TrafficWatch: what reports draw of a run's traffic: its TCP connections, and each direction's
// load and losses over time. It looks on; a run is the same without.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catenet/lab/network.hpp"
#include "catenet/trace/event_log.hpp"
#include "catenet/trace/load_recorder.hpp"
#include "catenet/trace/tcp_tracer.hpp"

namespace catenet::lab {

struct Connection {
  std::string a;  // "alice 10.0.1.10:50319", who began it
  std::string b;
  std::string a_port;  // "alice:eth0", where a's segments were seen; empty: it sent none
  std::string b_port;
  TcpTrace trace;
};

struct Traffic {
  std::vector<Connection> connections;  // most bytes first
  u64 connections_seen = 0;             // all that began; no more than some are kept
  Instant start;                        // of the first column
  Duration width;                       // of each
  std::map<PortId, LoadColumns> load;   // of ports that were watched and sent something
};

// By link: the ids of its a and its b, so that of link i they are at 2i and 2i + 1.
std::vector<PortId> ids_of_ports(const Network& network);

class TrafficWatch {
 public:
  // `network` outlives it.
  explicit TrafficWatch(const Network& network);

  void join(TeeRecorder& tee);
  Traffic collect() const;

 private:
  std::string end_name(const Endpoint& end, PortId port) const;
  std::string port_name(PortId port) const;

  const Network& network_;
  TcpTracer tcp_;
  LoadRecorder load_;
};

}  // namespace catenet::lab
