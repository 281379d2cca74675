// The printers behind dissect.hpp: one pair a protocol, shared by the line and the verbose form. Of
// this folder only.
#pragma once

#include <algorithm>
#include <fmt/core.h>
#include <string>

#include "catenet/base/endian.hpp"
#include "catenet/base/text.hpp"
#include "catenet/base/types.hpp"
#include "catenet/wire/address_format.hpp"
#include "catenet/wire/ip_protocol.hpp"

namespace catenet::print {

template <typename... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  append_vformat(out, format, fmt::make_format_args(args...));
}

// Bytes under dissection: `size` on the wire, of which the first `held.size()` are here. Offsets
// beyond are asked for with `has` first; the accessors do not check.
struct Region {
  ByteView held;
  u32 size = 0;

  bool has(std::size_t offset, std::size_t count) const {
    return offset <= held.size() && count <= held.size() - offset;
  }
  const u8* at(std::size_t offset) const { return held.data() + offset; }
  u8 u8_at(std::size_t offset) const { return held[offset]; }
  u16 u16_at(std::size_t offset) const { return load16(at(offset)); }
  u32 u32_at(std::size_t offset) const { return load32(at(offset)); }
  Ipv4Address ipv4_at(std::size_t offset) const { return Ipv4Address::load(at(offset)); }
  Ipv6Address ipv6_at(std::size_t offset) const { return Ipv6Address::load(at(offset)); }
  MacAddress mac_at(std::size_t offset) const { return MacAddress::load(at(offset)); }

  // Without the first `n` bytes.
  Region from(std::size_t n) const {
    return {held.subspan(std::min(n, held.size())), size > n ? size - static_cast<u32>(n) : 0};
  }
  // The first `n` bytes at most.
  Region first(std::size_t n) const {
    return {held.first(std::min(n, held.size())), std::min(size, static_cast<u32>(n))};
  }
};

// What a transport printer needs to know of the packet around it.
struct IpContext {
  IpAddress source;
  IpAddress destination;
  // Whether "source > destination: " is on the line already, so that the transport prints its ports
  // alone.
  bool addresses_printed = false;
  u32 depth = 0;          // packets around this one: tunnels
  bool fragment = false;  // the first of several: lengths and checksums are the whole datagram's
};

// As many packets in packets as are worth printing.
inline constexpr u32 deepest_tunnel = 8;

// "10.0.0.1.80 > 10.0.0.2.5000: ", or "80 > 5000: " where the addresses stand already.
void endpoints(std::string& out, const IpContext& ip, u16 source_port, u16 destination_port);

// One line each, as tcpdump has it, without a newline.
void ethernet(std::string& out, Region frame, bool with_link);
void arp(std::string& out, Region packet, bool with_link);
// `depth` counts the packets around this one.
void ipv4(std::string& out, Region packet, bool with_link, u32 depth = 0);
void ipv6(std::string& out, Region packet, bool with_link, u32 depth = 0);
// The upper-layer protocol; `region` ends where the IP packet does.
void upper_layer(std::string& out, Region region, u8 protocol, const IpContext& ip);
void icmpv4(std::string& out, Region message);
void icmpv6(std::string& out, Region message);
void igmp(std::string& out, Region message);
void udp(std::string& out, Region datagram, const IpContext& ip);
void tcp(std::string& out, Region segment, const IpContext& ip);
// The TCP options area: "mss 1460,sackOK"; false when it ends in one that is malformed or cut
// short, which is named.
bool tcp_options(std::string& out, Region area);

// Names; empty where there is none.
std::string_view ether_type_name(u16 type);

}  // namespace catenet::print
