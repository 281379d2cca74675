// UDP: read RFC 768, RFC 1122 4.1, RFC 8200 8.1 (over IPv6 the checksum is not optional), RFC 8085
// (how to use it).
#pragma once

#include <span>

#include "catenet/base/endian.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

// A UDP header where it lies, over 8 readable bytes.
class UdpView {
 public:
  static constexpr u32 size = 8;
  static bool fits(ByteView datagram) { return datagram.size() >= size; }
  explicit UdpView(const u8* header) : view_(header) {}

  u16 source_port() const { return view_.load16<0>(); }
  u16 destination_port() const { return view_.load16<2>(); }
  // Bytes, header included.
  u16 length() const { return view_.load16<4>(); }
  // 0: the sender made none.
  u16 checksum() const { return view_.load16<6>(); }
  bool length_fits(std::size_t available) const {
    return length() >= size && length() <= available;
  }

 private:
  FixedView<size> view_;
};

struct UdpHeader {
  static constexpr u32 size = 8;
  static constexpr u32 checksum_offset = 6;

  u16 source_port = 0;  // 0: none (RFC 768)
  u16 destination_port = 0;
  u16 length = size;  // bytes, header included
  u16 checksum = 0;   // 0: none

  constexpr u32 payload_length() const { return length - size; }

  // truncated where `datagram` has not the bytes its length says; bad_length below 8. Bytes behind
  // it are ignored.
  static Parsed<UdpHeader> parse(ByteView datagram);
  // Into `size` bytes, the checksum as it stands here.
  void emit(MutableBytes out) const;
  bool operator==(const UdpHeader&) const = default;
};

// Sums header and payload under `pseudo` and stores the checksum. `header` begins the datagram and
// may hold payload too.
void store_udp_checksum(MutableBytes header, InternetChecksum pseudo,
                        std::span<const ByteView> payload_runs = {});
// Whether `datagram`, cut to its UDP length, is as it was sent. A checksum of 0 passes where
// `optional` (IPv4).
bool udp_checksum_ok(ByteView datagram, InternetChecksum pseudo, bool optional);

}  // namespace catenet::wire
