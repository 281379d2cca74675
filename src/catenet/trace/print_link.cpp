// Ethernet, 802.1Q, 802.2 and ARP lines. Read IEEE 802.3, 802.1Q and RFC 826.
#include "catenet/trace/print.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet::print {

using wire::EtherType;

namespace {

constexpr u16 reverse_arp = 0x8035;

bool is_vlan(u16 type) {
  return type == static_cast<u16>(EtherType::vlan) ||
         type == static_cast<u16>(EtherType::provider_vlan);
}

// "vlan 5, p 3, DEI, ".
void vlan_tag(std::string& out, u16 tci) {
  const auto tag = wire::VlanTag::from_u16(tci);
  put(out, "vlan {}, p {}{}, ", tag.id, tag.priority, tag.drop_eligible ? ", DEI" : "");
}

// `type` is the frame's own, or behind its tags where those are not printed.
void link_header(std::string& out, Region frame, u16 type) {
  put(out, "{} > {}, ", frame.mac_at(6), frame.mac_at(0));
  if (type <= wire::ethernet::max_payload) {
    put(out, "802.3, length {}: ", type);
    return;
  }
  const std::string_view name = ether_type_name(type);
  put(out, "ethertype {} (0x{:04x}), length {}: ", name.empty() ? "Unknown" : name, type,
      frame.size);
}

// A bridge PDU of IEEE 802.1D clause 9.
void spanning_tree(std::string& out, Region bpdu) {
  constexpr std::size_t config_size = 35;
  constexpr u8 config = 0x00;
  constexpr u8 topology_change = 0x80;
  if (!bpdu.has(0, 4)) return put(out, " [|stp]");
  out += "STP 802.1d";
  if (bpdu.u8_at(3) == topology_change) return put(out, ", Topology Change");
  if (bpdu.u8_at(3) != config)
    return put(out, ", type 0x{:02x}, length {}", bpdu.u8_at(3), bpdu.size);
  if (!bpdu.has(0, config_size)) return put(out, " [|stp]");
  const u8 flags = bpdu.u8_at(4);
  const bool change = (flags & 0x01) != 0;
  const bool acknowledged = (flags & 0x80) != 0;
  put(out, ", Config, Flags [{}{}{}], bridge-id {:04x}.{}.{:04x}, length {}",
      change ? "Topology change" : "", change && acknowledged ? ", " : "",
      acknowledged ? "Topology change ACK"
      : change     ? ""
                   : "none",
      bpdu.u16_at(17), bpdu.mac_at(19), bpdu.u16_at(25), bpdu.size);
}

void llc(std::string& out, Region payload) {
  if (!payload.has(0, 3)) {
    out += " [|llc]";
    return;
  }
  const u8 dsap = payload.u8_at(0);
  const u8 ssap = payload.u8_at(1);
  if (dsap == 0x42 && ssap == 0x42) {
    return spanning_tree(out, payload.from(3));
  }
  put(out, "LLC, dsap 0x{:02x}, ssap 0x{:02x}, ctrl 0x{:02x}, length {}", dsap, ssap,
      payload.u8_at(2), payload.size);
}

std::string_view arp_operation(u16 operation) {
  switch (operation) {
    case 1: return "Request";
    case 2: return "Reply";
    case 3: return "Reverse Request";
    case 4: return "Reverse Reply";
    case 8: return "Inverse Request";
    case 9: return "Inverse Reply";
    default: return {};
  }
}

// A hardware address of any length, as pairs of hex digits.
void hardware_address(std::string& out, ByteView bytes) {
  if (bytes.empty()) out += "<No address>";
  for (std::size_t i = 0; i < bytes.size(); ++i) put(out, "{}{:02x}", i > 0 ? ":" : "", bytes[i]);
}

}  // namespace

std::string_view ether_type_name(u16 type) {
  switch (type) {
    case static_cast<u16>(EtherType::ipv4): return "IPv4";
    case static_cast<u16>(EtherType::ipv6): return "IPv6";
    case static_cast<u16>(EtherType::arp): return "ARP";
    case static_cast<u16>(EtherType::vlan): return "802.1Q";
    case static_cast<u16>(EtherType::provider_vlan): return "802.1Q-QinQ";
    case static_cast<u16>(EtherType::lldp): return "LLDP";
    case static_cast<u16>(EtherType::loopback): return "Loopback";
    case reverse_arp: return "Reverse ARP";
    default: return {};
  }
}

void ethernet(std::string& out, Region frame, bool with_link) {
  if (!frame.has(0, wire::ethernet::header_size)) {
    out += " [|ether]";
    return;
  }
  u16 type = frame.u16_at(12);
  if (with_link) link_header(out, frame, type);
  Region payload = frame.from(wire::ethernet::header_size);
  while (is_vlan(type)) {
    if (!payload.has(0, wire::ethernet::vlan_tag_size)) {
      out += " [|vlan]";
      return;
    }
    if (with_link) vlan_tag(out, payload.u16_at(0));
    type = payload.u16_at(2);
    payload = payload.from(wire::ethernet::vlan_tag_size);
    if (with_link && type > wire::ethernet::max_payload) {
      const std::string_view name = ether_type_name(type);
      put(out, "ethertype {} (0x{:04x}), ", name.empty() ? "Unknown" : name, type);
    }
  }
  switch (type) {
    case static_cast<u16>(EtherType::ipv4): return ipv4(out, payload, with_link);
    case static_cast<u16>(EtherType::ipv6): return ipv6(out, payload, with_link);
    case static_cast<u16>(EtherType::arp):
    case reverse_arp: return arp(out, payload, with_link);
    default: break;
  }
  if (type <= wire::ethernet::max_payload) return llc(out, payload.first(type));
  if (!with_link) link_header(out, frame, type);
}

void arp(std::string& out, Region packet, bool with_link) {
  constexpr std::size_t fixed = 8;
  const std::size_t hardware_size = packet.has(0, fixed) ? packet.u8_at(4) : 0;
  const std::size_t protocol_size = packet.has(0, fixed) ? packet.u8_at(5) : 0;
  if (!packet.has(0, fixed + 2 * (hardware_size + protocol_size))) {
    out += " [|arp]";
    return;
  }
  if (!with_link) out += "ARP, ";
  const u16 protocol = packet.u16_at(2);
  if (protocol != static_cast<u16>(EtherType::ipv4) || protocol_size != 4 || hardware_size == 0) {
    const std::string_view name = ether_type_name(protocol);
    packet.u16_at(0) == 1 ? put(out, "Ethernet")
                          : put(out, "Unknown Hardware ({})", packet.u16_at(0));
    put(out, " (len {}), ", hardware_size);
    name.empty() ? put(out, "Unknown Protocol (0x{:04x})", protocol) : put(out, "{}", name);
    return put(out, " (len {}), length {}", protocol_size, packet.size);
  }
  const ByteView sender_mac = packet.held.subspan(fixed, hardware_size);
  const ByteView target_mac = packet.held.subspan(fixed + hardware_size + 4, hardware_size);
  const auto sender_ip = packet.ipv4_at(fixed + hardware_size);
  const auto target_ip = packet.ipv4_at(fixed + 2 * hardware_size + 4);
  const u16 operation = packet.u16_at(6);
  const std::string_view name = arp_operation(operation);
  if (name.empty()) {
    put(out, "Unknown ({}) ", operation);
  } else {
    put(out, "{} ", name);
  }
  switch (operation) {
    case 1:
      put(out, "who-has {}", target_ip);
      if (std::ranges::any_of(target_mac, [](u8 byte) { return byte != 0; })) {
        out += " (";
        hardware_address(out, target_mac);
        out += ")";
      }
      put(out, " tell {}", sender_ip);
      break;
    case 2:
      put(out, "{} is-at ", sender_ip);
      hardware_address(out, sender_mac);
      break;
    case 3:
    case 8:
      out += "who-is ";
      hardware_address(out, target_mac);
      out += " tell ";
      hardware_address(out, sender_mac);
      break;
    case 4:
      hardware_address(out, target_mac);
      put(out, " at {}", target_ip);
      break;
    case 9:
      hardware_address(out, sender_mac);
      put(out, " at {}", sender_ip);
      break;
    default: break;
  }
  put(out, ", length {}", packet.size);
}

}  // namespace catenet::print
