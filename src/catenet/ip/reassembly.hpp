// Reassembler: fragments in, datagrams out, one machine for IPv4 and IPv6. Read RFC 791
// section 3.2, RFC 815, RFC 8200 section 4.5; then what attackers taught: RFC 1858, RFC 3128, RFC
// 5722, RFC 6946, RFC 7112.
//
// Memory is bounded for the host and for each source. A fragment is placed in O(1): a bitmap of the
// 8,192 possible units of 8 bytes tells overlaps, whatever the number and order of fragments. Every
// packet taken in comes out again: inside a whole datagram, or in `discarded`, or from
// poll_expired.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"
#include "catenet/trace/drop.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// What a fragment's headers say, and where they are; offsets count from the IP header, where the
// packet begins.
struct FragmentInfo {
  IpAddress source;
  IpAddress destination;
  u32 identification = 0;
  u32 interface = 0;  // index of the one it arrived on
  u16 header_size =
      0;  // the unfragmentable part: IPv4 header with options; IPv6 up to the Fragment header
  u16 payload_start = 0;      // where the fragment's data begins: past the Fragment header, too
  u16 payload_size = 0;       // bytes of data
  u16 offset = 0;             // bytes: where the data belongs
  u16 next_header_field = 0;  // IPv6: where the Next Header value that names the Fragment header is
  u8 protocol = 0;            // of the data: IPv4 Protocol, the Fragment header's Next Header
  u8 ecn = 0;                 // the two bits
  bool more = false;
};

// The facts about an IPv4 packet, whose header and total length have been checked. Nothing if it is
// no fragment.
std::optional<FragmentInfo> ipv4_fragment_info(const Packet& packet, u32 interface);
// The same for IPv6, with the Fragment header at `fragment_header`, named by the Next Header byte
// at `next_header_field`. Nothing if the Fragment header does not fit into the packet.
std::optional<FragmentInfo> ipv6_fragment_info(const Packet& packet, u32 interface,
                                               u32 fragment_header, u32 next_header_field);

struct ReassemblyLimits {
  Duration timeout =
      Duration::seconds(60);    // from the first fragment to arrive (RFC 8200 4.5: 60 s)
  u64 host_bytes = 4 << 20;     // what all fragments waiting may keep allocated
  u64 peer_bytes = 1 << 20;     // those of one source
  u32 datagrams = 1'024;        // begun and not done
  bool tiny_fragments = false;  // let TCP headers be split (RFC 1858 and 3128 say not to)

  // Linux waits 30 s for IPv4, RFC 1122 section 3.3.2 wants 60 to 120 s. Linux's is taken: 16-bit
  // identifications come round quickly (RFC 4963).
  static constexpr ReassemblyLimits ipv4() { return {.timeout = Duration::seconds(30)}; }
  static constexpr ReassemblyLimits ipv6() { return {}; }
};

// What became of a fragment.
struct ReassemblyResult {
  enum class Outcome : u8 {
    waiting,   // kept
    complete,  // `packet` is the whole datagram, as if it had never been cut
    dropped,   // `packet` is the fragment, `reason` why
  };
  Outcome outcome = Outcome::waiting;
  Drop reason = Drop::fragment_bad;
  // IPv6, dropped: the ICMPv6 Parameter Problem that is due, and what it points at. 0xff: none.
  u8 problem_code = 0xff;
  u16 problem_pointer = 0;
  u32 fragments = 0;  // complete: how many it was made of
  Packet packet;
  // Fragments taken in before that ended with this one (overlap, conflict: `reason`) or had to make
  // room for it (Drop::reassembly_memory). meta().delivery_order of each holds the index of the
  // interface it arrived on.
  PacketQueue discarded;
  PacketQueue evicted;
};

// A datagram whose time ran out.
struct ExpiredDatagram {
  // The fragment with offset 0, if it came: ICMP Time Exceeded, code 1, quotes it (RFC 1122 3.3.2,
  // RFC 8200 4.5).
  Packet first;
  u32 interface = 0;  // where that fragment arrived, else the first to come
  PacketQueue rest;   // meta().delivery_order: interface index
  u32 fragments = 0;  // in all
};

class Reassembler {
 public:
  using Limits = ReassemblyLimits;
  using Result = ReassemblyResult;

  // `limits` outlives the machine. `key` is secret: it keeps peers from choosing what collides in
  // the table.
  Reassembler(const Limits& limits, u64 key);
  Reassembler(const Reassembler&) = delete;
  Reassembler& operator=(const Reassembler&) = delete;
  ~Reassembler();

  // Takes in a fragment. `packet` begins at its IP header, holds no byte behind the datagram's
  // length, is no super-segment; `info` is about it.
  Result add(Instant now, Packet packet, const FragmentInfo& info);
  // Datagrams whose time is over at `now`, one a call, oldest first; nothing when there are no
  // more.
  std::optional<ExpiredDatagram> poll_expired(Instant now);
  // When poll_expired next has something; never when nothing waits.
  Instant next_deadline() const;

  // Bytes that waiting fragments keep allocated; datagrams begun.
  u64 bytes() const { return bytes_; }
  u32 datagrams() const { return datagrams_; }
  // Gives every waiting fragment back, and forgets spare memory.
  PacketQueue clear();

 private:
  struct Peer;
  struct Datagram;
  struct State;

  static Result refuse(Packet packet, Drop reason);
  Datagram* find(const FragmentInfo& info, u64 hash);
  Datagram& make(Instant now, const FragmentInfo& info, u64 hash);
  Peer& peer_of(const IpAddress& source);
  bool fits(const Datagram& datagram, u64 more) const;
  bool make_room(const Datagram& keep, u64 more, PacketQueue& evicted);
  void place(Datagram& datagram, Packet packet, const FragmentInfo& info);
  Result poison(Datagram& datagram, Packet packet, Drop reason);
  Result complete(Datagram& datagram);
  void take_packets(Datagram& datagram, PacketQueue& out);
  void release(Datagram& datagram);

  const Limits& limits_;
  u64 key_;
  u64 bytes_ = 0;
  u32 datagrams_ = 0;
  std::unique_ptr<State> state_;  // made with the first fragment
};

}  // namespace catenet
