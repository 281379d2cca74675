#include "catenet/link/congestion_mark.hpp"

#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet {
namespace {

// Of the EtherType behind all tags; past the end where the frame is too short for one.
u32 type_offset(ByteView bytes) {
  u32 at = wire::ethernet::header_size - 2;
  while (at + 2 <= bytes.size()) {
    const auto type = static_cast<wire::EtherType>(load16(bytes.data() + at));
    if (type != wire::EtherType::vlan && type != wire::EtherType::provider_vlan) break;
    at += wire::ethernet::vlan_tag_size;
  }
  return at;
}

bool can_be_marked(wire::Ecn ecn) { return ecn != wire::Ecn::not_ect; }

}  // namespace

bool mark_congestion(Packet& frame) {
  const MutableBytes bytes = frame.linear_bytes();
  const u32 at = type_offset(bytes);
  if (at + 2 > bytes.size()) return false;
  const auto type = static_cast<wire::EtherType>(load16(bytes.data() + at));
  const MutableBytes header = bytes.subspan(at + 2);
  if (type == wire::EtherType::ipv4) {
    const auto ip = wire::Ipv4View::over(header);
    if (!ip || !can_be_marked(ip->ecn())) return false;
    wire::ipv4_edit::set_ecn(header.data(), wire::Ecn::ce);
    return true;
  }
  if (type == wire::EtherType::ipv6) {
    const auto ip = wire::Ipv6View::over(header);
    if (!ip || !can_be_marked(ip->ecn())) return false;
    wire::ipv6_edit::set_ecn(header.data(), wire::Ecn::ce);
    return true;
  }
  return false;
}

}  // namespace catenet
