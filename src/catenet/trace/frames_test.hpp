// Frames for this folder's tests, built with the wire headers.
#pragma once

#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "catenet/base/endian.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/tcp.hpp"
#include "catenet/wire/udp.hpp"

namespace catenet::trace_test {

inline constexpr MacAddress alice{2, 0, 0, 0, 0, 1};
inline constexpr MacAddress bob{2, 0, 0, 0, 0, 2};
inline constexpr Ipv4Address alice_v4{10, 0, 0, 1};
inline constexpr Ipv4Address bob_v4{10, 0, 0, 2};
inline constexpr Ipv6Address alice_v6{0x2001, 0xdb8, 0, 0, 0, 0, 0, 1};
inline constexpr Ipv6Address bob_v6{0x2001, 0xdb8, 0, 0, 0, 0, 0, 2};

inline std::vector<u8> counting(std::size_t size) {
  std::vector<u8> bytes(size);
  std::iota(bytes.begin(), bytes.end(), u8{0});
  return bytes;
}

inline void append(std::vector<u8>& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

inline std::vector<u8> ethernet(wire::EtherType type, std::optional<wire::VlanTag> tag = {}) {
  const wire::EthernetHeader header{bob, alice, type, tag};
  std::vector<u8> out(header.size());
  header.emit(out);
  return out;
}

struct TcpFrame {
  wire::TcpHeader tcp;
  std::size_t payload_size = 0;
  u16 identification = 7;
  bool ipv6 = false;
  std::optional<wire::VlanTag> tag;
};

inline wire::InternetChecksum pseudo(bool ipv6, wire::IpProtocol protocol, std::size_t length) {
  const auto size = static_cast<u32>(length);
  return ipv6 ? wire::pseudo_header(alice_v6, bob_v6, protocol, size)
              : wire::pseudo_header(alice_v4, bob_v4, protocol, size);
}

// Ethernet and IP around `upper`, which is a whole transport segment.
inline std::vector<u8> ip_frame(wire::IpProtocol protocol, ByteView upper, bool ipv6 = false,
                                u16 identification = 7, std::optional<wire::VlanTag> tag = {}) {
  auto frame = ethernet(ipv6 ? wire::EtherType::ipv6 : wire::EtherType::ipv4, tag);
  std::vector<u8> ip(ipv6 ? 40 : 20);
  if (ipv6) {
    wire::Ipv6Header header;
    header.payload_length = static_cast<u16>(upper.size());
    header.next_header = protocol;
    header.source = alice_v6;
    header.destination = bob_v6;
    header.emit(ip);
  } else {
    wire::Ipv4Header header;
    header.total_length = static_cast<u16>(20 + upper.size());
    header.identification = identification;
    header.dont_fragment = true;
    header.protocol = protocol;
    header.source = alice_v4;
    header.destination = bob_v4;
    header.emit(ip);
  }
  append(frame, ip);
  append(frame, upper);
  return frame;
}

// The checksum is whole, or the folded pseudo-header sum where `deferred`.
inline std::vector<u8> tcp_frame(const TcpFrame& want, bool deferred = false) {
  std::vector<u8> segment(want.tcp.size());
  want.tcp.emit(segment);
  append(segment, counting(want.payload_size));
  auto sum = pseudo(want.ipv6, wire::IpProtocol::tcp, segment.size());
  store16(segment.data() + 16, 0);
  store16(segment.data() + 16, deferred ? sum.folded() : sum.add(segment).finish());
  return ip_frame(wire::IpProtocol::tcp, segment, want.ipv6, want.identification, want.tag);
}

inline std::vector<u8> udp_frame(ByteView payload, u16 source_port = 5000,
                                 u16 destination_port = 9000) {
  std::vector<u8> datagram(8);
  wire::UdpHeader header{source_port, destination_port, static_cast<u16>(8 + payload.size()), 0};
  header.emit(datagram);
  append(datagram, payload);
  store16(datagram.data() + 6,
          pseudo(false, wire::IpProtocol::udp, datagram.size()).add(datagram).finish_udp());
  return ip_frame(wire::IpProtocol::udp, datagram);
}

// A packet of `frame` whose bytes from `linear_size` on are two slices, as a sender's are.
inline Packet sliced(PacketPool& pool, ByteView frame, u32 linear_size) {
  Packet packet = pool.copy_of(frame.first(linear_size));
  const ByteView rest = frame.subspan(linear_size);
  const auto half = static_cast<u32>(rest.size() / 2);
  for (const ByteView part : {rest.first(half), rest.subspan(half)}) {
    if (part.empty()) continue;
    SharedBytes bytes = SharedBytes::allocate(static_cast<u32>(part.size()));
    std::memcpy(bytes.data(), part.data(), part.size());
    packet.append_slice({bytes, bytes.data(), static_cast<u32>(part.size())});
  }
  return packet;
}

inline std::vector<u8> bytes_of(const Packet& packet) {
  std::vector<u8> bytes(packet.size());
  packet.copy_out(0, bytes);
  return bytes;
}

}  // namespace catenet::trace_test
