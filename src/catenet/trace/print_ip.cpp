// IPv4 and IPv6 lines, extension headers, and what they carry. Read RFC 791 and RFC 8200.
#include "catenet/trace/print.hpp"

namespace catenet::print {

using wire::IpProtocol;

namespace {

constexpr std::size_t ipv4_header_size = 20;
constexpr std::size_t ipv6_header_size = 40;

// Whether the transport's own printer puts addresses and ports on the line as one.
bool prints_endpoints(u8 protocol) {
  return protocol == static_cast<u8>(IpProtocol::tcp) ||
         protocol == static_cast<u8>(IpProtocol::udp);
}

void addresses(std::string& out, IpContext& ip) {
  put(out, "{} > {}: ", ip.source, ip.destination);
  ip.addresses_printed = true;
}

// One extension header: its text, where the next one begins, what that is. Nothing when the line
// ends here.
struct Step {
  std::size_t size;
  u8 next;
};

std::optional<Step> options_header(std::string& out, Region at, std::string_view name) {
  put(out, "{} ", name);
  const std::size_t size = at.has(0, 2) ? (std::size_t{at.u8_at(1)} + 1) * 8 : 2;
  if (!at.has(0, size)) {
    out += " [|ip6-opt]";
    return std::nullopt;
  }
  return Step{size, at.u8_at(0)};
}

std::optional<Step> routing_header(std::string& out, Region at) {
  if (!at.has(0, 4)) {
    out += " [|rt6]";
    return std::nullopt;
  }
  const u32 words = at.u8_at(1);
  const u8 type = at.u8_at(2);
  put(out, "RT6 (len={}, type={}", words, type);
  if (type == 0) out += " [Deprecated]";
  put(out, ", segleft={}", at.u8_at(3));
  if (type == 0 || type == 2) {
    for (u32 i = 0; i < words / 2; ++i) {
      if (!at.has(8 + i * 16, 16)) {
        out += " [|rt6]";
        return std::nullopt;
      }
      put(out, ", [{}]{}", i, at.ipv6_at(8 + i * 16));
    }
  }
  out += ") ";
  return Step{(std::size_t{words} + 1) * 8, at.u8_at(0)};
}

std::optional<Step> fragment_header(std::string& out, Region at, IpContext& ip) {
  constexpr std::size_t fixed = 8;
  if (!at.has(0, fixed)) {
    out += " [|frag]";
    return std::nullopt;
  }
  const u16 word = at.u16_at(2);
  const u32 offset = word & 0xfff8;
  put(out, "frag ({}|{}) ", offset, at.size - std::min<u32>(at.size, fixed));
  ip.fragment = true;
  if (offset != 0) {
    out.pop_back();
    return std::nullopt;
  }
  return Step{fixed, at.u8_at(0)};
}

std::optional<Step> extension(std::string& out, Region at, u8 header, IpContext& ip) {
  switch (static_cast<IpProtocol>(header)) {
    case IpProtocol::hop_by_hop: return options_header(out, at, "HBH");
    case IpProtocol::destination_options: return options_header(out, at, "DSTOPT");
    case IpProtocol::routing: return routing_header(out, at);
    case IpProtocol::fragment: return fragment_header(out, at, ip);
    default: return std::nullopt;
  }
}

bool is_extension(u8 header) {
  const auto protocol = static_cast<IpProtocol>(header);
  return protocol == IpProtocol::hop_by_hop || protocol == IpProtocol::destination_options ||
         protocol == IpProtocol::routing || protocol == IpProtocol::fragment;
}

}  // namespace

void endpoints(std::string& out, const IpContext& ip, u16 source_port, u16 destination_port) {
  if (ip.addresses_printed) {
    put(out, "{} > {}: ", source_port, destination_port);
  } else {
    put(out, "{}.{} > {}.{}: ", ip.source, source_port, ip.destination, destination_port);
  }
}

void upper_layer(std::string& out, Region region, u8 protocol, const IpContext& ip) {
  switch (static_cast<IpProtocol>(protocol)) {
    case IpProtocol::tcp: return tcp(out, region, ip);
    case IpProtocol::udp: return udp(out, region, ip);
    case IpProtocol::igmp: return igmp(out, region);
    case IpProtocol::ipip:
      if (ip.depth < deepest_tunnel) return ipv4(out, region, false, ip.depth + 1);
      break;
    case IpProtocol::ipv6:
      if (ip.depth < deepest_tunnel) return ipv6(out, region, false, ip.depth + 1);
      break;
    case IpProtocol::icmp:
      ip.source.is_v4() ? icmpv4(out, region) : put(out, "[ICMP requires IPv4] (invalid)");
      return;
    case IpProtocol::icmpv6:
      ip.source.is_v6() ? icmpv6(out, region) : put(out, "[ICMPv6 requires IPv6] (invalid)");
      return;
    case IpProtocol::no_next_header: out += "no next header"; return;
    default: break;
  }
  const std::string_view name = wire::protocol_name(static_cast<IpProtocol>(protocol));
  if (name.empty()) return put(out, " ip-proto-{} {}", protocol, region.size);
  put(out, "{}, length {}", name, region.size);
}

void ipv4(std::string& out, Region packet, bool with_link, u32 depth) {
  if (packet.has(0, 1) && packet.u8_at(0) >> 4 != 4) {
    put(out, "IP{}{} (invalid)", packet.u8_at(0) >> 4,
        packet.u8_at(0) >> 4 == 6 ? ", wrong link-layer encapsulation" : "");
    return;
  }
  if (!with_link && !packet.held.empty()) out += "IP ";
  if (!packet.has(0, ipv4_header_size)) return put(out, " [|ip]");
  const u32 header_size = (packet.u8_at(0) & 0x0fu) * 4;
  const u32 total = packet.u16_at(2);
  if (header_size < ipv4_header_size) return put(out, "bad-hlen {}", header_size);
  if (total > packet.size) put(out, "truncated-ip - {} bytes missing! ", total - packet.size);
  if (total < header_size) return put(out, "bad-len {}", total);
  IpContext ip{packet.ipv4_at(12), packet.ipv4_at(16)};
  ip.depth = depth;
  const u8 protocol = packet.u8_at(9);
  const u16 fragment = packet.u16_at(6);
  if ((fragment & 0x1fff) != 0) {
    return put(out, "{} > {}: ip-proto-{}", ip.source, ip.destination, protocol);
  }
  ip.fragment = (fragment & 0x2000) != 0;
  if (!prints_endpoints(protocol)) addresses(out, ip);
  // The lengths of the packet hold, not those of the frame, which may be padded or cut short.
  Region payload = packet.first(total).from(header_size);
  payload.size = total - header_size;
  upper_layer(out, payload, protocol, ip);
}

void ipv6(std::string& out, Region packet, bool with_link, u32 depth) {
  if (!packet.has(0, ipv6_header_size)) return put(out, " [|ip6]");
  if (packet.u8_at(0) >> 4 != 6) {
    return put(out, "IP6 version error: {} != 6", packet.u8_at(0) >> 4);
  }
  if (!with_link) out += "IP6 ";
  const u32 payload_length = packet.u16_at(4);
  const u32 total = payload_length + static_cast<u32>(ipv6_header_size);
  if (total > packet.size) put(out, "truncated-ip6 - {} bytes missing!", total - packet.size);
  IpContext ip{packet.ipv6_at(8), packet.ipv6_at(24)};
  ip.depth = depth;
  Region at = packet.first(total).from(ipv6_header_size);
  at.size = payload_length;
  u8 header = packet.u8_at(6);
  if (!prints_endpoints(header)) addresses(out, ip);
  while (is_extension(header)) {
    const auto step = extension(out, at, header, ip);
    if (!step) return;
    at = at.from(step->size);
    header = step->next;
  }
  upper_layer(out, at, header, ip);
}

}  // namespace catenet::print
