// The TCP header: read RFC 9293 3.1, RFC 3168 6.1 (ECE and CWR).
#pragma once

#include <initializer_list>
#include <span>
#include <string>

#include "catenet/base/endian.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/parse_error.hpp"
#include "catenet/wire/seq.hpp"
#include "catenet/wire/tcp_options.hpp"

namespace catenet::wire {

// The control bits.
enum class TcpFlag : u8 {
  fin = 0x01,
  syn = 0x02,
  rst = 0x04,
  psh = 0x08,
  ack = 0x10,
  urg = 0x20,
  ece = 0x40,
  cwr = 0x80,
};

class TcpFlags {
 public:
  constexpr TcpFlags() = default;
  constexpr TcpFlags(TcpFlag flag)  // NOLINT(google-explicit-constructor): one flag is a set
      : bits_(static_cast<u8>(flag)) {}
  static constexpr TcpFlags from_bits(u8 bits) {
    TcpFlags flags;
    flags.bits_ = bits;
    return flags;
  }

  constexpr u8 bits() const { return bits_; }
  constexpr bool has(TcpFlag flag) const { return (bits_ & static_cast<u8>(flag)) != 0; }
  constexpr bool fin() const { return has(TcpFlag::fin); }
  constexpr bool syn() const { return has(TcpFlag::syn); }
  constexpr bool rst() const { return has(TcpFlag::rst); }
  constexpr bool psh() const { return has(TcpFlag::psh); }
  constexpr bool ack() const { return has(TcpFlag::ack); }
  constexpr bool urg() const { return has(TcpFlag::urg); }
  constexpr bool ece() const { return has(TcpFlag::ece); }
  constexpr bool cwr() const { return has(TcpFlag::cwr); }
  constexpr bool any_of(TcpFlags flags) const { return (bits_ & flags.bits_) != 0; }

  friend constexpr TcpFlags operator|(TcpFlags a, TcpFlags b) {
    return from_bits(static_cast<u8>(a.bits_ | b.bits_));
  }
  constexpr TcpFlags& operator|=(TcpFlags other) { return *this = *this | other; }
  constexpr TcpFlags without(TcpFlags other) const {
    return from_bits(static_cast<u8>(bits_ & ~other.bits_));
  }
  constexpr bool operator==(const TcpFlags&) const = default;

  // As tcpdump prints them: "S.", "P.", "SEW", "none".
  std::string to_string() const;

 private:
  u8 bits_ = 0;
};
constexpr TcpFlags operator|(TcpFlag a, TcpFlag b) { return TcpFlags(a) | TcpFlags(b); }

namespace tcp {
inline constexpr u32 min_header_size = 20;
inline constexpr u32 max_header_size = 60;
inline constexpr u16 default_mss_v4 = 536;  // RFC 9293 3.7.1, MUST-15
inline constexpr u16 default_mss_v6 = 1220;
}  // namespace tcp

// A TCP header where it lies. Construct over 20 readable bytes at least; `over` also checks the
// data offset.
class TcpView {
 public:
  static constexpr u32 min_size = tcp::min_header_size;
  explicit TcpView(const u8* header) : view_(header) {}
  // truncated where header_size() bytes are not there; bad_length where it is under 20.
  static Parsed<TcpView> over(ByteView segment);

  u16 source_port() const { return view_.load16<0>(); }
  u16 destination_port() const { return view_.load16<2>(); }
  Seq seq() const { return Seq(view_.load32<4>()); }
  Seq ack() const { return Seq(view_.load32<8>()); }
  // Bytes, options included.
  u32 header_size() const { return (view_.load8<12>() >> 4) * 4u; }
  TcpFlags flags() const { return TcpFlags::from_bits(view_.load8<13>()); }
  u16 window() const { return view_.load16<14>(); }
  u16 checksum() const { return view_.load16<16>(); }
  u16 urgent_pointer() const { return view_.load16<18>(); }
  ByteView option_bytes() const { return {view_.data() + min_size, header_size() - min_size}; }
  TcpOptions options() const { return TcpOptions::parse(option_bytes()); }

 private:
  FixedView<min_size> view_;
};

struct TcpHeader {
  static constexpr u32 checksum_offset = 16;

  u16 source_port = 0;
  u16 destination_port = 0;
  Seq seq{};
  Seq ack{};
  TcpFlags flags{};
  u16 window = 0;  // as on the wire, not scaled
  u16 checksum = 0;
  u16 urgent_pointer = 0;
  TcpOptions options{};

  // Bytes: 20 to 60.
  constexpr u32 size() const { return tcp::min_header_size + options.size(); }

  // truncated or bad_length, as TcpView::over. Faulty options make no error: see
  // TcpOptions::malformed.
  static Parsed<TcpHeader> parse(ByteView segment);
  // Into size() bytes, which must be at most 60; the checksum as it stands here.
  void emit(MutableBytes out) const;
  bool operator==(const TcpHeader&) const = default;
};

// Sums header and payload under `pseudo` and stores the checksum. `header` begins the segment and
// may hold payload too.
void store_tcp_checksum(MutableBytes header, InternetChecksum pseudo,
                        std::span<const ByteView> payload_runs = {});
// Whether `segment`, header and payload, is as it was sent.
inline bool tcp_checksum_ok(ByteView segment, InternetChecksum pseudo) {
  return pseudo.add(segment).verifies();
}

}  // namespace catenet::wire
