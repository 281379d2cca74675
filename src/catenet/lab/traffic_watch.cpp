#include "catenet/lab/traffic_watch.hpp"

#include <algorithm>
#include <map>

namespace catenet::lab {

std::vector<PortId> ids_of_ports(const Network& network) {
  std::map<std::pair<NodeIndex, u32>, PortId> ids;
  for (PortId id = 0; id < network.ports().size(); ++id) {
    const PlanEnd end = network.ports()[id];
    ids[{end.node, end.interface}] = id;
  }
  std::vector<PortId> of_links;
  for (const PlanLink& link : network.plan().links) {
    of_links.push_back(ids.at({link.a.node, link.a.interface}));
    of_links.push_back(ids.at({link.b.node, link.b.interface}));
  }
  return of_links;
}

TrafficWatch::TrafficWatch(const Network& network) : network_(network) {
  std::vector<u32> nodes;
  for (const PlanEnd port : network.ports()) nodes.push_back(port.node);
  tcp_.set_nodes(std::move(nodes));
  std::vector<PortId> peers(network.ports().size());
  const std::vector<PortId> ids = ids_of_ports(network);
  for (std::size_t i = 0; i < ids.size(); i += 2) {
    peers[ids[i]] = ids[i + 1];
    peers[ids[i + 1]] = ids[i];
  }
  load_.set_network(network.plan().starts_at(), std::move(peers));
}

void TrafficWatch::join(TeeRecorder& tee) {
  tee.add(tcp_);
  tee.add(load_);
}

std::string TrafficWatch::port_name(PortId port) const {
  return port == TcpWay::not_seen ? "" : network_.plan().port_name(network_.ports()[port]);
}

// An end that sent nothing may still be one that the lab knows.
std::string TrafficWatch::end_name(const Endpoint& end, PortId port) const {
  const Plan& plan = network_.plan();
  if (port != TcpWay::not_seen) {
    return plan.nodes[network_.ports()[port].node].name + " " + end.to_string();
  }
  for (const HostsEntry& entry : plan.hosts) {
    if (std::ranges::find(entry.addresses, end.address) != entry.addresses.end()) {
      return entry.name + " " + end.to_string();
    }
  }
  return end.to_string();
}

Traffic TrafficWatch::collect() const {
  Traffic traffic;
  for (const TcpTrace* trace : tcp_.by_size()) {
    const PortId a = trace->a_to_b.port;
    const PortId b = trace->b_to_a.port;
    traffic.connections.push_back(
        {end_name(trace->a, a), end_name(trace->b, b), port_name(a), port_name(b), *trace});
  }
  traffic.connections_seen = tcp_.seen();
  traffic.start = load_.start();
  traffic.width = load_.width();
  for (PortId port = 0; port < network_.ports().size(); ++port) {
    if (const LoadColumns* columns = load_.of(port)) traffic.load[port] = *columns;
  }
  return traffic;
}

}  // namespace catenet::lab
