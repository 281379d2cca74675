// The verbose form: a line a header with its fields, checksums checked. Read the RFCs that
// print_*.cpp name.
#include <algorithm>

#include "catenet/trace/dissect.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/trace/print.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet {

namespace {

using print::IpContext;
using print::put;
using print::Region;
using wire::EtherType;
using wire::IpProtocol;

std::string named(std::string_view name, u32 number) {
  return fmt::format("{} ({})", name.empty() ? "unknown" : name, number);
}

std::string protocol(u8 number) {
  return named(wire::protocol_name(static_cast<IpProtocol>(number)), number);
}

// "0x1234 (correct)", "0x1234 (wrong, 0x4321 is right)" or "0x1234 (unchecked)". `sum` has taken in
// the stored one.
void checksum(std::string& out, u16 stored, bool whole, const wire::InternetChecksum& sum) {
  put(out, "checksum 0x{:04x} ", stored);
  if (!whole) {
    out += "(unchecked)";
  } else if (sum.verifies()) {
    out += "(correct)";
  } else {
    const u16 without = wire::InternetChecksum::from_folded(sum.folded())
                            .add_u16(static_cast<u16>(~stored))
                            .finish();
    put(out, "(wrong, 0x{:04x} is right)", without);
  }
}

class Verbose {
 public:
  explicit Verbose(std::string& out) : out_(out) {}
  void ethernet(Region frame);

 private:
  void by_ether_type(u16 type, Region payload);
  void ipv4(Region packet);
  void ipv6(Region packet);
  void upper_layer(u8 number, Region region, const IpContext& ip);
  void tcp(Region segment, const IpContext& ip);
  void udp(Region datagram, const IpContext& ip);
  void icmp(Region message, const IpContext& ip);
  void payload(Region region);
  void malformed(std::string_view what, std::string_view why) {
    put(out_, "{}: malformed: {}\n", what, why);
  }
  wire::InternetChecksum transport_sum(Region region, u8 number, const IpContext& ip) const {
    auto sum = wire::pseudo_header(ip.source, ip.destination, static_cast<IpProtocol>(number),
                                   region.size);
    return sum.add(region.held);
  }

  std::string& out_;
  u32 depth_ = 0;
};

void Verbose::ethernet(Region frame) {
  if (!frame.has(0, wire::ethernet::header_size)) return malformed("Ethernet", "header cut short");
  u16 type = frame.u16_at(12);
  put(out_, "Ethernet: {} > {}, ", frame.mac_at(6), frame.mac_at(0));
  if (type <= wire::ethernet::max_payload) {
    put(out_, "802.3 length {}, frame of {} bytes\n", type, frame.size);
    return payload(frame.from(wire::ethernet::header_size).first(type));
  }
  const std::string_view name = print::ether_type_name(type);
  put(out_, "type {} (0x{:04x}), frame of {} bytes\n", name.empty() ? "unknown" : name, type,
      frame.size);
  by_ether_type(type, frame.from(wire::ethernet::header_size));
}

void Verbose::by_ether_type(u16 type, Region payload_bytes) {
  switch (static_cast<EtherType>(type)) {
    case EtherType::ipv4: return ipv4(payload_bytes);
    case EtherType::ipv6: return ipv6(payload_bytes);
    case EtherType::arp:
      print::arp(out_, payload_bytes, false);
      out_ += '\n';
      return;
    case EtherType::vlan:
    case EtherType::provider_vlan: {
      if (!payload_bytes.has(0, 4)) return malformed("802.1Q", "tag cut short");
      const auto tag = wire::VlanTag::from_u16(payload_bytes.u16_at(0));
      const u16 inner = payload_bytes.u16_at(2);
      put(out_, "802.1Q: vlan {}, priority {}, drop eligible {}, type 0x{:04x}\n", tag.id,
          tag.priority, tag.drop_eligible ? 1 : 0, inner);
      return by_ether_type(inner, payload_bytes.from(4));
    }
    default: return payload(payload_bytes);
  }
}

void Verbose::ipv4(Region packet) {
  if (!packet.has(0, 20)) return malformed("IPv4", "header cut short");
  const u32 header_size = (packet.u8_at(0) & 0x0fu) * 4;
  const u32 total = packet.u16_at(2);
  if (packet.u8_at(0) >> 4 != 4) return malformed("IPv4", "version is not 4");
  if (header_size < 20) return malformed("IPv4", "header length below 20");
  if (total < header_size) return malformed("IPv4", "total length below the header's");
  if (!packet.has(0, header_size)) return malformed("IPv4", "options cut short");
  const u8 tos = packet.u8_at(1);
  const u16 fragment = packet.u16_at(6);
  put(out_, "IPv4: {} > {}, header {}, dscp {}, ecn {}, total {}, id {}, flags [{}{}], offset {}, ",
      packet.ipv4_at(12), packet.ipv4_at(16), header_size, tos >> 2, tos & 3, total,
      packet.u16_at(4), (fragment & 0x4000) != 0 ? "DF" : "", (fragment & 0x2000) != 0 ? "+" : "",
      (fragment & 0x1fff) * 8);
  put(out_, "ttl {}, protocol {}, ", packet.u8_at(8), protocol(packet.u8_at(9)));
  const ByteView header = packet.held.first(header_size);
  checksum(out_, packet.u16_at(10), true, wire::InternetChecksum().add(header));
  if (header_size > 20) {
    out_ += ", options ";
    for (const u8 byte : header.subspan(20)) put(out_, "{:02x}", byte);
  }
  if (total > packet.size) put(out_, ", {} bytes missing", total - packet.size);
  out_ += '\n';
  IpContext ip{packet.ipv4_at(12), packet.ipv4_at(16)};
  ip.fragment = (fragment & 0x3fff) != 0;
  Region inner = packet.first(total).from(header_size);
  inner.size = total - header_size;
  if ((fragment & 0x1fff) != 0) return payload(inner);
  upper_layer(packet.u8_at(9), inner, ip);
}

void Verbose::ipv6(Region packet) {
  if (!packet.has(0, 40)) return malformed("IPv6", "header cut short");
  if (packet.u8_at(0) >> 4 != 6) return malformed("IPv6", "version is not 6");
  const u32 first = packet.u32_at(0);
  const u32 length = packet.u16_at(4);
  u8 header = packet.u8_at(6);
  put(out_, "IPv6: {} > {}, dscp {}, ecn {}, flow 0x{:05x}, payload {}, next header {}, ",
      packet.ipv6_at(8), packet.ipv6_at(24), first >> 22 & 0x3f, first >> 20 & 3, first & 0xfffff,
      length, protocol(header));
  put(out_, "hop limit {}", packet.u8_at(7));
  if (length + 40 > packet.size) put(out_, ", {} bytes missing", length + 40 - packet.size);
  out_ += '\n';
  IpContext ip{packet.ipv6_at(8), packet.ipv6_at(24)};
  Region at = packet.first(length + 40).from(40);
  at.size = length;
  for (;;) {
    const auto kind = static_cast<IpProtocol>(header);
    const bool options = kind == IpProtocol::hop_by_hop || kind == IpProtocol::destination_options;
    if (!options && kind != IpProtocol::routing && kind != IpProtocol::fragment) break;
    if (!at.has(0, 8)) return malformed("IPv6 extension", "header cut short");
    const u8 next = at.u8_at(0);
    const u32 size = kind == IpProtocol::fragment ? 8 : (at.u8_at(1) + 1u) * 8;
    put(out_, "IPv6 extension: {}, {} bytes, next header {}", protocol(header), size,
        protocol(next));
    const u16 word = at.u16_at(2);
    if (kind == IpProtocol::routing)
      put(out_, ", type {}, segments left {}", word >> 8, word & 255);
    if (kind == IpProtocol::fragment) {
      put(out_, ", offset {}{}, id 0x{:08x}", word & 0xfff8, (word & 1) != 0 ? "+" : "",
          at.u32_at(4));
      ip.fragment = true;
    }
    out_ += '\n';
    at = at.from(size);
    if (kind == IpProtocol::fragment && (word & 0xfff8) != 0) return payload(at);
    header = next;
  }
  upper_layer(header, at, ip);
}

void Verbose::upper_layer(u8 number, Region region, const IpContext& ip) {
  switch (static_cast<IpProtocol>(number)) {
    case IpProtocol::tcp: return tcp(region, ip);
    case IpProtocol::udp: return udp(region, ip);
    case IpProtocol::icmp:
    case IpProtocol::icmpv6: return icmp(region, ip);
    case IpProtocol::igmp:
      print::igmp(out_, region);
      out_ += '\n';
      return;
    case IpProtocol::ipip:
    case IpProtocol::ipv6:
      if (++depth_ > print::deepest_tunnel) return payload(region);
      return static_cast<IpProtocol>(number) == IpProtocol::ipip ? ipv4(region) : ipv6(region);
    default: return payload(region);
  }
}

void Verbose::tcp(Region segment, const IpContext& ip) {
  if (!segment.has(0, 20)) return malformed("TCP", "header cut short");
  const u32 header_size = (segment.u8_at(12) >> 4) * 4u;
  put(out_, "TCP: port {} > {}, seq {}, ack {}, header {}, flags [{}], ", segment.u16_at(0),
      segment.u16_at(2), segment.u32_at(4), segment.u32_at(8), header_size,
      wire::TcpFlags::from_bits(segment.u8_at(13)).to_string());
  put(out_, "window {}, urgent {}, ", segment.u16_at(14), segment.u16_at(18));
  const bool whole = !ip.fragment && segment.held.size() == segment.size;
  checksum(out_, segment.u16_at(16), whole, transport_sum(segment, 6, ip));
  if (header_size < 20 || header_size > segment.size) {
    put(out_, ", malformed: header length cannot be\n");
    return;
  }
  if (header_size > 20) {
    out_ += ", options [";
    print::tcp_options(out_, segment.first(header_size).from(20));
    out_ += ']';
  }
  out_ += '\n';
  payload(segment.from(header_size));
}

void Verbose::udp(Region datagram, const IpContext& ip) {
  if (!datagram.has(0, 8)) return malformed("UDP", "header cut short");
  const u32 length = datagram.u16_at(4);
  put(out_, "UDP: port {} > {}, length {}, ", datagram.u16_at(0), datagram.u16_at(2), length);
  const u16 stored = datagram.u16_at(6);
  const bool fits = length >= 8 && length <= datagram.size;
  if (stored == 0) {
    out_ += "no checksum";
  } else {
    const Region covered = fits ? datagram.first(length) : datagram;
    const bool whole = fits && !ip.fragment && covered.held.size() == covered.size;
    checksum(out_, stored, whole, transport_sum(covered, 17, ip));
  }
  if (!fits && !ip.fragment) out_ += ", malformed: length cannot be";
  out_ += '\n';
  payload(fits ? datagram.first(length).from(8) : datagram.from(8));
}

void Verbose::icmp(Region message, const IpContext& ip) {
  const std::size_t start = out_.size();
  ip.source.is_v4() ? print::icmpv4(out_, message) : print::icmpv6(out_, message);
  // The line form begins a cut-short message with a space.
  if (out_[start] == ' ') out_.insert(start, "ICMP:");
  if (message.has(0, 4)) {
    const bool whole = !ip.fragment && message.held.size() == message.size;
    put(out_, ", type {}, code {}, ", message.u8_at(0), message.u8_at(1));
    checksum(out_, message.u16_at(2), whole,
             ip.source.is_v4() ? wire::InternetChecksum().add(message.held)
                               : transport_sum(message, 58, ip));
  }
  out_ += '\n';
}

void Verbose::payload(Region region) {
  if (region.size == 0) return;
  put(out_, "Payload: {} bytes", region.size);
  if (region.held.size() < region.size) put(out_, ", {} of them here", region.held.size());
  out_ += '\n';
}

}  // namespace

std::string dissect_verbose(ByteView frame) {
  std::string out;
  Verbose(out).ethernet({frame, static_cast<u32>(frame.size())});
  return out;
}

std::string dissect_verbose(const Packet& frame) {
  const SegmentCutter cutter(frame);
  std::vector<u8> scratch;
  std::string out;
  if (cutter.count() > 1) {
    put(out, "Super-segment: {} bytes, {} wire frames, of which the first is\n", frame.size(),
        cutter.count());
  }
  return out + dissect_verbose(cutter.wire_bytes(0, scratch));
}

}  // namespace catenet
