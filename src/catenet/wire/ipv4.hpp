// The IPv4 header: read RFC 791 3.1, RFC 1122 3.2.1, RFC 2474 and 3168 (DSCP and ECN), RFC
// 1812 4.2.2 (routers), RFC 1624 (the TTL's checksum). Options are in ipv4_options.hpp.
#pragma once

#include "catenet/base/endian.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/ip_protocol.hpp"
#include "catenet/wire/ipv4_address.hpp"
#include "catenet/wire/ipv4_options.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

// The two low bits of the traffic class (RFC 3168 5).
enum class Ecn : u8 { not_ect = 0, ect_1 = 1, ect_0 = 2, ce = 3 };

namespace ipv4 {
inline constexpr u32 min_header_size = 20;
inline constexpr u32 max_header_size = 60;
inline constexpr u32 min_mtu = 68;               // RFC 791: every link carries this much
inline constexpr u32 min_reassembly_size = 576;  // every host takes this much
inline constexpr u32 max_packet_size = 65535;
}  // namespace ipv4

// An IPv4 header where it lies. Construct over 20 readable bytes at least; `over` also checks what
// a packet from outside must keep, so that every accessor stays in bounds.
class Ipv4View {
 public:
  static constexpr u32 min_size = ipv4::min_header_size;

  explicit Ipv4View(const u8* header) : view_(header) {}
  // truncated, bad_version, or bad_length where the header is under 20 bytes. The total length is
  // not looked at: a packet quoted in an ICMP error is shorter than it says.
  static Parsed<Ipv4View> over(ByteView bytes);

  u8 version() const { return static_cast<u8>(view_.load8<0>() >> 4); }
  // Bytes, options included.
  u32 header_size() const { return (view_.load8<0>() & 0x0fu) * 4; }
  u8 traffic_class() const { return view_.load8<1>(); }
  u8 dscp() const { return static_cast<u8>(view_.load8<1>() >> 2); }
  Ecn ecn() const { return static_cast<Ecn>(view_.load8<1>() & 3); }
  // Bytes, header included.
  u16 total_length() const { return view_.load16<2>(); }
  u16 identification() const { return view_.load16<4>(); }
  bool dont_fragment() const { return (view_.load8<6>() & 0x40) != 0; }
  bool more_fragments() const { return (view_.load8<6>() & 0x20) != 0; }
  // Bytes; a multiple of 8.
  u32 fragment_offset() const { return (view_.load16<6>() & 0x1fffu) * 8; }
  bool is_fragment() const { return (view_.load16<6>() & 0x3fff) != 0; }
  u8 ttl() const { return view_.load8<8>(); }
  IpProtocol protocol() const { return static_cast<IpProtocol>(view_.load8<9>()); }
  u16 checksum() const { return view_.load16<10>(); }
  Ipv4Address source() const { return Ipv4Address::from_u32(view_.load32<12>()); }
  Ipv4Address destination() const { return Ipv4Address::from_u32(view_.load32<16>()); }
  bool has_options() const { return header_size() > min_size; }
  Ipv4OptionList options() const {
    return Ipv4OptionList({view_.data() + min_size, header_size() - min_size});
  }

  // Whether total_length() can be: not below the header, not above `available` bytes.
  bool length_fits(std::size_t available) const {
    return total_length() >= header_size() && total_length() <= available;
  }
  // Over header_size() bytes.
  bool checksum_ok() const;
  // The sum under a transport checksum whose segment is `length` bytes.
  InternetChecksum pseudo_header(u32 length) const {
    return wire::pseudo_header(source(), destination(), protocol(), length);
  }
  const u8* data() const { return view_.data(); }

 private:
  FixedView<min_size> view_;
};

// In-place edits of a header that keep its checksum right without summing it anew (RFC 1624). Each
// takes the header's first byte. A forwarder changes nothing else.
namespace ipv4_edit {
// The TTL must not be 0.
void decrement_ttl(u8* header);
void set_ecn(u8* header, Ecn ecn);
void set_dscp(u8* header, u8 dscp);
void set_source(u8* header, Ipv4Address address);
void set_destination(u8* header, Ipv4Address address);
// Sums the whole header and stores the checksum: after options were changed in place.
void store_checksum(u8* header);
}  // namespace ipv4_edit

struct Ipv4Header {
  u8 dscp = 0;  // 0 to 63
  Ecn ecn = Ecn::not_ect;
  u16 total_length = 0;  // bytes, header included
  u16 identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  u16 fragment_offset = 0;  // bytes; a multiple of 8, at most 65528
  u8 ttl = 64;
  IpProtocol protocol = IpProtocol::udp;
  Ipv4Address source{};
  Ipv4Address destination{};
  Ipv4Options options{};

  // Bytes: 20 to 60.
  constexpr u32 size() const { return ipv4::min_header_size + options.size(); }
  // Bytes behind the header.
  constexpr u32 payload_length() const { return total_length - size(); }

  // `packet` begins at the header; what lies behind total_length (padding) is ignored. Checks
  // lengths, not the checksum and not the options' insides.
  static Parsed<Ipv4Header> parse(ByteView packet);
  // The header alone, of a packet that may have been cut (RFC 1122 3.2.2).
  static Parsed<Ipv4Header> parse_quoted(ByteView bytes);
  // Into size() bytes, with a right checksum.
  void emit(MutableBytes out) const;
  bool operator==(const Ipv4Header&) const = default;
};

}  // namespace catenet::wire
