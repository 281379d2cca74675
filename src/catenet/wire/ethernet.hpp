// Ethernet frames: read IEEE 802.3 clause 3, RFC 894 (IPv4 on Ethernet II), RFC 1042 (on 802.2
// SNAP), IEEE 802.1Q 9 (tags). Frames here begin at the destination address and end before the FCS.
#pragma once

#include <optional>

#include "catenet/base/endian.hpp"
#include "catenet/wire/mac_address.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

// 0x0600 and above is a type, at most 1500 the length of an 802.3 frame's payload; between is
// nothing.
enum class EtherType : u16 {
  ipv4 = 0x0800,
  arp = 0x0806,
  vlan = 0x8100,
  ipv6 = 0x86dd,
  provider_vlan = 0x88a8,
  lldp = 0x88cc,
  loopback = 0x9000,
};

namespace ethernet {
inline constexpr u32 header_size = 14;
inline constexpr u32 vlan_tag_size = 4;
inline constexpr u32 max_payload = 1500;   // what 802.3 promises; a lab's MTU may be larger
inline constexpr u32 min_frame_size = 60;  // without the FCS; shorter frames are padded on the wire
inline constexpr u32 fcs_size = 4;
inline constexpr u32 preamble_size = 8;  // with the start-of-frame delimiter
inline constexpr u32 gap_size = 12;

// Byte times that a frame of `frame_size` bytes (no FCS) keeps the wire busy: preamble, padding,
// FCS and gap included.
constexpr u64 wire_bytes(u64 frame_size) {
  const u64 padded = frame_size < min_frame_size ? min_frame_size : frame_size;
  return preamble_size + padded + fcs_size + gap_size;
}
}  // namespace ethernet

// IEEE 802.1Q 9.6.
struct VlanTag {
  u8 priority = 0;  // 0 to 7
  bool drop_eligible = false;
  u16 id = 0;  // 0 to 4095; 0 is a priority tag only, 4095 is reserved

  constexpr u16 to_u16() const {
    return static_cast<u16>(priority << 13 | (drop_eligible ? 0x1000 : 0) | (id & 0x0fff));
  }
  static constexpr VlanTag from_u16(u16 tci) {
    return {static_cast<u8>(tci >> 13), (tci & 0x1000) != 0, static_cast<u16>(tci & 0x0fff)};
  }
  bool operator==(const VlanTag&) const = default;
};

// IEEE 802.2 header of a frame whose type field is a length; with SNAP, the type behind it (RFC
// 1042).
struct Llc {
  u8 dsap = 0;
  u8 ssap = 0;
  u8 control = 0;
  std::optional<EtherType> snap_type{};  // there when the SAPs are 0xaa and the OUI is zero

  static std::optional<Llc> parse(ByteView payload);
  bool operator==(const Llc&) const = default;
};

// The first 14 bytes of any frame; `fits` must hold. Setters are for switches and forwarders.
class EthernetView {
 public:
  static constexpr u32 size = ethernet::header_size;
  static bool fits(ByteView frame) { return frame.size() >= size; }
  explicit EthernetView(const u8* frame) : view_(frame) {}

  MacAddress destination() const { return MacAddress::load(view_.data()); }
  MacAddress source() const { return MacAddress::load(view_.data() + 6); }
  // As it stands: may be EtherType::vlan, or a length.
  EtherType type() const { return static_cast<EtherType>(view_.load16<12>()); }

 private:
  FixedView<size> view_;
};

struct EthernetHeader {
  MacAddress destination{};
  MacAddress source{};
  EtherType type = EtherType::ipv4;  // behind the tag, if there is one
  std::optional<VlanTag> tag{};      // one 802.1Q tag; more are payload

  // Bytes: 14 or 18.
  constexpr u32 size() const { return ethernet::header_size + (tag ? ethernet::vlan_tag_size : 0); }
  // Whether `type` is the length of an 802.3 payload.
  constexpr bool has_length() const { return static_cast<u16>(type) <= ethernet::max_payload; }
  // The 802.3 payload's length in bytes; only where has_length().
  constexpr u16 length() const { return static_cast<u16>(type); }

  // truncated; bad_type for 1501 to 1535; bad_length where an 802.3 length passes the frame's end.
  static Parsed<EthernetHeader> parse(ByteView frame);
  // Into size() bytes.
  void emit(MutableBytes out) const;
  bool operator==(const EthernetHeader&) const = default;
};

}  // namespace catenet::wire
