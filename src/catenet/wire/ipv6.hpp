// The IPv6 header: read RFC 8200 3, RFC 6437 (flow label), RFC 2474 and 3168 (traffic class). What
// may follow it is in ipv6_extension.hpp.
#pragma once

#include "catenet/base/endian.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/ip_protocol.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6_address.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

namespace ipv6 {
inline constexpr u32 header_size = 40;
inline constexpr u32 min_mtu = 1280;              // RFC 8200 5
inline constexpr u32 min_reassembly_size = 1500;  // RFC 8200 4.5
}  // namespace ipv6

// An IPv6 header where it lies, over 40 readable bytes.
class Ipv6View {
 public:
  static constexpr u32 size = ipv6::header_size;

  explicit Ipv6View(const u8* header) : view_(header) {}
  // truncated or bad_version. The payload length is not looked at: see length_fits.
  static Parsed<Ipv6View> over(ByteView bytes);

  u8 version() const { return static_cast<u8>(view_.load8<0>() >> 4); }
  u8 traffic_class() const { return static_cast<u8>(view_.load16<0>() >> 4); }
  u8 dscp() const { return static_cast<u8>(traffic_class() >> 2); }
  Ecn ecn() const { return static_cast<Ecn>(traffic_class() & 3); }
  u32 flow_label() const { return view_.load32<0>() & 0xfffff; }
  // Bytes behind this header, extension headers included.
  u16 payload_length() const { return view_.load16<4>(); }
  u32 total_length() const { return size + payload_length(); }
  IpProtocol next_header() const { return static_cast<IpProtocol>(view_.load8<6>()); }
  u8 hop_limit() const { return view_.load8<7>(); }
  Ipv6Address source() const { return Ipv6Address::load(view_.data() + 8); }
  Ipv6Address destination() const { return Ipv6Address::load(view_.data() + 24); }

  bool length_fits(std::size_t available) const { return total_length() <= available; }
  // The sum under a transport checksum whose segment is `length` bytes and whose header is
  // `protocol`'s.
  InternetChecksum pseudo_header(IpProtocol protocol, u32 length) const {
    return wire::pseudo_header(source(), destination(), protocol, length);
  }
  const u8* data() const { return view_.data(); }

 private:
  FixedView<size> view_;
};

// In-place edits; IPv6 has no header checksum to keep.
namespace ipv6_edit {
// The hop limit must not be 0.
inline void decrement_hop_limit(u8* header) { --header[7]; }
void set_ecn(u8* header, Ecn ecn);
void set_dscp(u8* header, u8 dscp);
inline void set_payload_length(u8* header, u16 length) { store16(header + 4, length); }
}  // namespace ipv6_edit

struct Ipv6Header {
  static constexpr u32 size = ipv6::header_size;

  u8 dscp = 0;  // 0 to 63
  Ecn ecn = Ecn::not_ect;
  u32 flow_label = 0;      // 20 bits
  u16 payload_length = 0;  // bytes behind this header
  IpProtocol next_header = IpProtocol::no_next_header;
  u8 hop_limit = 64;
  Ipv6Address source{};
  Ipv6Address destination{};

  // truncated also where the payload does not fit `packet`; bytes behind it are ignored.
  static Parsed<Ipv6Header> parse(ByteView packet);
  // The header alone, of a packet that may have been cut (RFC 4443 2.4 (c)).
  static Parsed<Ipv6Header> parse_quoted(ByteView bytes);
  // Into `size` bytes.
  void emit(MutableBytes out) const;
  bool operator==(const Ipv6Header&) const = default;
};

}  // namespace catenet::wire
