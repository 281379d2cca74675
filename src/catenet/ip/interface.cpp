#include "catenet/ip/interface.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/neighbour_cache.hpp"
#include "catenet/ip/packet_ops.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

std::string_view address_state_name(AddressState state) {
  switch (state) {
    case AddressState::tentative: return "tentative";
    case AddressState::preferred: return "preferred";
    case AddressState::deprecated: return "deprecated";
    case AddressState::duplicated: return "duplicated";
  }
  return "";
}

Interface::Interface(IpLayer& layer, std::string name, u32 index, Nic* nic)
    : layer_(layer), name_(std::move(name)), index_(index), nic_(nic) {
  if (nic_) nic_->attach(*this);
}

Interface::~Interface() = default;

const InterfaceAddress* Interface::find(const IpAddress& address) const {
  const auto& list = address.is_v4() ? addresses4_ : addresses6_;
  const auto at = std::ranges::find(list, address, &InterfaceAddress::address);
  return at == list.end() ? nullptr : &*at;
}

const InterfaceAddress* Interface::primary4() const {
  const auto at = std::ranges::find_if(addresses4_, &InterfaceAddress::usable);
  return at == addresses4_.end() ? nullptr : &*at;
}

const InterfaceAddress* Interface::link_local6() const {
  const auto fits = [](const InterfaceAddress& entry) {
    return entry.address.is_link_local() && entry.usable();
  };
  const auto at = std::ranges::find_if(addresses6_, fits);
  return at == addresses6_.end() ? nullptr : &*at;
}

bool Interface::has_link_local6() const {
  return std::ranges::any_of(
      addresses6_, [](const InterfaceAddress& entry) { return entry.address.is_link_local(); });
}

const InterfaceAddress* Interface::on_link4(Ipv4Address address) const {
  for (const InterfaceAddress& entry : addresses4_) {
    if (entry.usable() && entry.prefix().contains(address)) return &entry;
  }
  return nullptr;
}

bool Interface::member(const IpAddress& group) const {
  return std::ranges::find(groups_, group, &Membership::group) != groups_.end();
}

std::vector<IpAddress> Interface::groups() const {
  std::vector<IpAddress> list;
  for (const Membership& membership : groups_) list.push_back(membership.group);
  std::ranges::sort(list);
  return list;
}

std::unique_ptr<NeighbourCache> Interface::make_neighbours() {
  return std::make_unique<NeighbourCache>(layer_.random(), layer_.neighbours().memory());
}

NeighbourCache& Interface::neighbours4() {
  if (!neighbours4_) neighbours4_ = make_neighbours();
  return *neighbours4_;
}

NeighbourCache& Interface::neighbours6() {
  if (!neighbours6_) neighbours6_ = make_neighbours();
  return *neighbours6_;
}

void Interface::ethernet_output(Packet&& packet, MacAddress destination, u16 ether_type) {
  ensure_headroom(packet, wire::ethernet::header_size);
  u8* header = prepend_header(packet, wire::ethernet::header_size);
  destination.store(header);
  nic_->mac().store(header + 6);
  store16(header + 12, ether_type);
  packet.meta().network_offset = wire::ethernet::header_size;
  const WireSize size = wire_size(packet);
  counters_.sent_packets += size.frames;
  counters_.sent_bytes += size.bytes - u64{size.frames} * wire::ethernet::header_size;
  if (FrameTap* tap = layer_.tap()) tap->on_frame(*this, packet, true);
  nic_->output(std::move(packet));
}

void Interface::drop(Packet packet, Drop reason, u32 consumed) {
  const u32 front = consumed + packet.meta().network_offset;
  if (packet.meta().network_offset == 0 || !nic_ || packet.headroom() < front) {
    ++loopback_drops_;
    return;
  }
  nic_->drop(std::move(packet), reason, front);
}

void Interface::on_frame(Nic& nic, Packet&& frame) {
  static_cast<void>(nic);
  const WireSize size = wire_size(frame);
  counters_.received_packets += size.frames;
  counters_.received_bytes += size.bytes - u64{size.frames} * wire::ethernet::header_size;
  layer_.on_frame(*this, std::move(frame));
}

void Interface::on_carrier(Nic& nic, bool up) {
  static_cast<void>(nic);
  layer_.on_carrier(*this, up);
}

}  // namespace catenet
