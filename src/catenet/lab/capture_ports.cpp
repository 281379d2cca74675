#include "catenet/lab/capture_ports.hpp"

namespace catenet::lab {
namespace {

// The rate that a port's own direction of its link begins with.
u64 speed_of(const Plan& plan, PlanEnd port) {
  const PlanLink& link = plan.links[plan.nodes[port.node].interfaces[port.interface].link];
  return link.a == port ? link.forward.rate_bps : link.back.rate_bps;
}

}  // namespace

void add_port(const Plan& plan, const Network& network, PortId id, CaptureRecorder& capture) {
  const PlanEnd port = network.ports()[id];
  const PlanInterface& plan_interface = plan.nodes[port.node].interfaces[port.interface];
  CaptureInterface interface;
  interface.name = plan.port_name(port);
  interface.mac = plan_interface.mac;
  interface.addresses = plan_interface.addresses;
  interface.speed_bits_per_s = speed_of(plan, port);
  interface.snap_length = plan.capture.snap_length;
  const bool all = plan.capture.promiscuous || !plan.nodes[port.node].has_stack();
  capture.add_port(id, interface, all);
}

void add_names(const Plan& plan, CaptureRecorder& capture) {
  std::vector<CapturedName> names;
  for (const HostsEntry& entry : plan.hosts) {
    for (const IpAddress& address : entry.addresses) names.push_back({address, entry.name});
  }
  capture.add_names(names);
}

}  // namespace catenet::lab
