// Datagrams and fragments for the tests of reassembly and fragmentation, built byte by byte.
#pragma once

#include <vector>

#include "catenet/base/endian.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/ip/reassembly.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/wire/ipv4.hpp"

namespace catenet::test_data {

inline constexpr Ipv4Address alice4{10, 0, 0, 1};
inline constexpr Ipv4Address bob4{10, 0, 0, 2};
inline constexpr Ipv6Address alice6{0x2001, 0xdb8, 0, 0, 0, 0, 0, 1};
inline constexpr Ipv6Address bob6{0x2001, 0xdb8, 0, 0, 0, 0, 0, 2};

// Byte i of every datagram's data, so that misplaced bytes show.
inline u8 data_byte(u32 i) { return static_cast<u8>(mix64(i) >> 56); }

inline std::vector<u8> data_bytes(u32 from, u32 size) {
  std::vector<u8> bytes(size);
  for (u32 i = 0; i < size; ++i) bytes[i] = data_byte(from + i);
  return bytes;
}

// What a fragment is to say of itself.
struct FragmentSpec {
  u32 offset = 0;  // bytes
  u32 size = 0;    // of data
  bool more = false;
  u32 identification = 1;
  u8 protocol = 17;
  u8 ecn = 0;
  Ipv4Address source4 = alice4;
  Ipv6Address source6 = alice6;
  std::vector<u8> options = {};  // IPv4: a multiple of 4 bytes
};

inline Packet ipv4_packet(PacketPool& pool, const FragmentSpec& spec) {
  const u32 header_size = 20 + static_cast<u32>(spec.options.size());
  std::vector<u8> bytes(header_size);
  bytes[0] = static_cast<u8>(0x40 | header_size / 4);
  bytes[1] = spec.ecn;
  store16(&bytes[2], static_cast<u16>(header_size + spec.size));
  store16(&bytes[4], static_cast<u16>(spec.identification));
  store16(&bytes[6], static_cast<u16>((spec.more ? 0x2000 : 0) | spec.offset / 8));
  bytes[8] = 64;
  bytes[9] = spec.protocol;
  spec.source4.store(&bytes[12]);
  bob4.store(&bytes[16]);
  std::copy(spec.options.begin(), spec.options.end(), bytes.begin() + 20);
  wire::ipv4_edit::store_checksum(bytes.data());
  const auto data = data_bytes(spec.offset, spec.size);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return pool.copy_of(bytes);
}

inline FragmentInfo ipv4_info(const Packet& packet, u32 interface = 1) {
  return ipv4_fragment_info(packet, interface).value();
}

// An IPv6 packet with a Fragment header right behind its header; `data` or, if empty, the usual.
inline Packet ipv6_packet(PacketPool& pool, const FragmentSpec& spec, std::vector<u8> data = {}) {
  std::vector<u8> bytes(48);
  if (data.empty()) data = data_bytes(spec.offset, spec.size);
  store32(&bytes[0], 0x60000000u | u32{spec.ecn} << 20);
  store16(&bytes[4], static_cast<u16>(8 + data.size()));
  bytes[6] = 44;
  bytes[7] = 64;
  spec.source6.store(&bytes[8]);
  bob6.store(&bytes[24]);
  bytes[40] = spec.protocol;
  store16(&bytes[42], static_cast<u16>(spec.offset | (spec.more ? 1u : 0u)));
  store32(&bytes[44], spec.identification);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return pool.copy_of(bytes);
}

inline FragmentInfo ipv6_info(const Packet& packet, u32 interface = 1) {
  return ipv6_fragment_info(packet, interface, 40, 6).value();
}

inline std::vector<u8> bytes_of(const Packet& packet, u32 from = 0) {
  std::vector<u8> bytes(packet.size() - from);
  packet.copy_out(from, bytes);
  return bytes;
}

}  // namespace catenet::test_data
