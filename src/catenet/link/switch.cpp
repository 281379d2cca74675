#include "catenet/link/switch.hpp"

#include <utility>

#include "catenet/wire/ethernet.hpp"

namespace catenet {
namespace {

// One filtering database until VLANs come.
constexpr u16 only_vlan = 0;

// 01:80:c2:00:00:00 to :0f, for neighbours alone: no bridge forwards them (IEEE 802.1Q table 8-1).
bool reserved_for_bridges(MacAddress destination) {
  return destination.to_u64() >> 4 == 0x0180c2000000 >> 4;
}

}  // namespace

Switch::Switch(Engine& engine, PacketPool& pool, Origin& node, const SwitchOptions& options)
    : Multiport(engine, pool, node),
      table_(options.table_limit, options.ageing, node.random("station table").next()) {}

bool Switch::add_static(MacAddress mac, u32 port) {
  CATENET_ASSERT(port < port_count());
  return table_.add_static(only_vlan, mac, port, now());
}

bool Switch::remove_static(MacAddress mac) { return table_.remove_static(only_vlan, mac); }

void Switch::on_carrier(u32 port, bool up) {
  if (!up) table_.flush_port(port);
}

// IEEE 802.1Q 8.6: filter, learn, forward. Nic::input saw to it that the header is there.
void Switch::on_frame(u32 ingress, Packet&& frame) {
  const wire::EthernetView view(frame.data());
  const MacAddress source = view.source();
  const MacAddress destination = view.destination();
  if (source.is_multicast()) return port(ingress).drop(std::move(frame), Drop::bad_ethernet_frame);
  table_.learn(only_vlan, source, ingress, now());
  if (reserved_for_bridges(destination)) {
    return port(ingress).drop(std::move(frame), Drop::no_forwarding_port);
  }
  const auto egress = table_.find(only_vlan, destination, now());
  if (!egress) {
    ++flooded_;
    return flood(ingress, std::move(frame));
  }
  if (*egress == ingress) return port(ingress).drop(std::move(frame), Drop::same_port);
  if (!may_forward(ingress, *egress)) {
    return port(ingress).drop(std::move(frame), Drop::no_forwarding_port);
  }
  ++forwarded_;
  send(*egress, std::move(frame));
}

}  // namespace catenet
