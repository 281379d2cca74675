// The Internet checksum: read RFC 1071 (how and why it may be summed in any order and width), RFC
// 1624 (updating it), RFC 9293 3.1 and RFC 8200 8.1 (pseudo-headers).
#pragma once

#include "catenet/base/endian.hpp"
#include "catenet/base/types.hpp"
#include "catenet/wire/ip_address.hpp"
#include "catenet/wire/ip_protocol.hpp"

namespace catenet::wire {

namespace detail {

// One's complement addition: what overflows comes back in.
constexpr u64 add_with_carry(u64 a, u64 b) {
  const u64 sum = a + b;
  return sum + (sum < a ? 1 : 0);
}

// 64 bits to 16, keeping the one's complement value.
constexpr u16 fold(u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<u16>((sum & 0xffff) + (sum >> 16));
}

// The one's complement sum of `bytes` as 16-bit words of the machine's own order, an odd last byte
// padded with zero.
u64 sum_native(const u8* bytes, std::size_t size);

}  // namespace detail

// A sum over runs of bytes that lie apart in memory but are one string on the wire: a run may have
// any length, and the next one begins at an odd offset if it must.
class InternetChecksum {
 public:
  constexpr InternetChecksum() = default;
  // Goes on from a folded sum, such as a deferred checksum's field holds.
  static constexpr InternetChecksum from_folded(u16 sum) {
    InternetChecksum checksum;
    checksum.add_u16(sum);
    return checksum;
  }

  InternetChecksum& add(ByteView bytes) {
    add_native(detail::sum_native(bytes.data(), bytes.size()));
    odd_ = odd_ != ((bytes.size() & 1) != 0);
    return *this;
  }
  // One word as a number in host order, as if its two bytes stood here.
  constexpr InternetChecksum& add_u16(u16 word) {
    add_native(network_order(word));
    return *this;
  }
  constexpr InternetChecksum& add_u32(u32 word) {
    add_native(network_order(word));
    return *this;
  }

  // The sum itself, as a number in host order: what a deferred checksum's field holds.
  constexpr u16 folded() const { return network_order(detail::fold(sum_)); }
  // The checksum: its complement, ready for store16.
  constexpr u16 finish() const { return static_cast<u16>(~folded()); }
  // For UDP, where 0 on the wire means none (RFC 768): 0 becomes 0xffff.
  constexpr u16 finish_udp() const {
    const u16 checksum = finish();
    return checksum == 0 ? 0xffff : checksum;
  }
  // For a sum that took in the received checksum too: whether it was right.
  constexpr bool verifies() const { return folded() == 0xffff; }

 private:
  constexpr void add_native(u64 sum) {
    // At an odd offset every byte counts in the other half of its word (RFC 1071 2(B)).
    if (odd_) sum = network_order_swapped(detail::fold(sum));
    sum_ = detail::add_with_carry(sum_, sum);
  }
  static constexpr u16 network_order_swapped(u16 word) { return byte_swap(word); }

  u64 sum_ = 0;
  bool odd_ = false;
};

// The checksum of one run.
inline u16 internet_checksum(ByteView bytes) { return InternetChecksum().add(bytes).finish(); }

// The pseudo-header's sum, to which the transport header and payload are added. `length` is theirs,
// in bytes.
constexpr InternetChecksum pseudo_header(Ipv4Address source, Ipv4Address destination,
                                         IpProtocol protocol, u32 length) {
  InternetChecksum sum;
  sum.add_u32(source.value()).add_u32(destination.value());
  sum.add_u32(static_cast<u8>(protocol)).add_u32(length);
  return sum;
}
inline InternetChecksum pseudo_header(const Ipv6Address& source, const Ipv6Address& destination,
                                      IpProtocol protocol, u32 length) {
  InternetChecksum sum;
  sum.add(source.bytes()).add(destination.bytes());
  sum.add_u32(length).add_u32(static_cast<u8>(protocol));
  return sum;
}
// Both addresses are of one family.
inline InternetChecksum pseudo_header(const IpAddress& source, const IpAddress& destination,
                                      IpProtocol protocol, u32 length) {
  if (source.is_v4()) return pseudo_header(source.v4(), destination.v4(), protocol, length);
  return pseudo_header(source.v6(), destination.v6(), protocol, length);
}

// The checksum once a field under it changes from `before` to `after` (RFC 1624 equation 3). The
// field begins at an even offset.
constexpr u16 update_checksum(u16 checksum, u16 before, u16 after) {
  u32 sum = static_cast<u16>(~checksum);
  sum += static_cast<u16>(~before);
  sum += after;
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<u16>(~(sum + (sum >> 16)));
}
constexpr u16 update_checksum(u16 checksum, u32 before, u32 after) {
  checksum =
      update_checksum(checksum, static_cast<u16>(before >> 16), static_cast<u16>(after >> 16));
  return update_checksum(checksum, static_cast<u16>(before), static_cast<u16>(after));
}
inline u16 update_checksum(u16 checksum, const IpAddress& before, const IpAddress& after) {
  InternetChecksum sum = InternetChecksum::from_folded(static_cast<u16>(~checksum));
  sum.add_u16(static_cast<u16>(~InternetChecksum().add(before.bytes()).folded()));
  return sum.add(after.bytes()).finish();
}

}  // namespace catenet::wire
