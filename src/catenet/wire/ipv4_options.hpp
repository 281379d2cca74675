// IPv4 options: read RFC 791 3.1 (record route, source routes, timestamp), RFC 1122 3.2.1.8, RFC
// 1812 4.2.2.1 and 5.2.4.1, RFC 2113 (router alert), RFC 7126 (which ones to filter).
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "catenet/base/types.hpp"
#include "catenet/wire/ipv4_address.hpp"

namespace catenet::wire {

enum class Ipv4OptionType : u8 {
  end = 0,
  no_operation = 1,
  record_route = 7,
  timestamp = 68,
  loose_source_route = 131,
  strict_source_route = 137,
  router_alert = 148,
};

struct Ipv4Option {
  Ipv4OptionType type = Ipv4OptionType::end;
  u8 offset = 0;  // from the first option byte; the pointer of a Parameter Problem is this and 20
  ByteView bytes{};  // the whole option, type and length included

  // Whether each fragment carries it.
  bool copied() const { return (static_cast<u8>(type) & 0x80) != 0; }
};

// Walks the options area of a header. Stops at End of Options, at the area's end, or at the first
// option whose length cannot be, which `bad_offset` then names. No-operations are passed over.
class Ipv4OptionList {
 public:
  explicit Ipv4OptionList(ByteView area) : area_(area) {}

  class Iterator {
   public:
    Iterator(ByteView area, u32 at) : area_(area), at_(at) { settle(); }
    const Ipv4Option& operator*() const { return option_; }
    const Ipv4Option* operator->() const { return &option_; }
    Iterator& operator++() {
      at_ += static_cast<u32>(option_.bytes.size());
      settle();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }
    bool bad() const { return bad_; }
    u32 offset() const { return bad_ ? bad_at_ : at_; }

   private:
    void settle();
    ByteView area_;
    u32 at_;
    bool bad_ = false;
    u32 bad_at_ = 0;
    Ipv4Option option_;
  };

  Iterator begin() const { return {area_, 0}; }
  Iterator end() const { return {area_, static_cast<u32>(area_.size())}; }

  bool empty() const { return area_.empty(); }
  ByteView bytes() const { return area_; }
  // The first option of `type`, wherever it stands before the first bad one.
  std::optional<Ipv4Option> find(Ipv4OptionType type) const;
  // Where the first fault lies, from the first option byte; nothing when all is well. Looks at
  // lengths, at the insides of the options named above, and for a second option of a kind that may
  // stand only once (RFC 791 3.1).
  std::optional<u8> bad_offset() const;

 private:
  ByteView area_;
};

// Record route and the source routes, in place: type, length, pointer, then slots of four bytes.
class RouteOption {
 public:
  // `option` is a whole option whose length was checked by Ipv4OptionList::bad_offset.
  explicit RouteOption(u8* option) : option_(option) {}

  u8 length() const { return option_[1]; }
  u8 pointer() const { return option_[2]; }
  // No slot is left: a route is recorded, or a source route used up.
  bool exhausted() const { return pointer() > length(); }
  u32 slots() const { return (length() - 3u) / 4; }
  Ipv4Address slot(u32 i) const { return Ipv4Address::load(option_ + 3 + 4 * i); }
  // The slot the pointer names; only while not exhausted().
  Ipv4Address next() const { return Ipv4Address::load(option_ + pointer() - 1); }
  // Puts `address` into that slot and moves on. The header's checksum is then to be stored anew.
  void record(Ipv4Address address) {
    address.store(option_ + pointer() - 1);
    option_[2] = static_cast<u8>(option_[2] + 4);
  }

 private:
  u8* option_;
};

// RFC 791 3.1, Internet Timestamp.
class TimestampOption {
 public:
  enum class Flag : u8 { time_only = 0, address_and_time = 1, prespecified = 3 };

  explicit TimestampOption(u8* option) : option_(option) {}

  u8 length() const { return option_[1]; }
  u8 pointer() const { return option_[2]; }
  u8 overflow() const { return static_cast<u8>(option_[3] >> 4); }
  Flag flag() const { return static_cast<Flag>(option_[3] & 0x0f); }
  bool full() const { return pointer() > length(); }
  enum class Outcome : u8 {
    stamped,
    not_ours,        // the next prespecified address is somebody else's
    counted,         // no room: the overflow counter went up
    counter_is_full  // no room and the counter stood at 15: the packet is in error
  };
  // Stamps with `time` (milliseconds since midnight UT) as the host `address`, as the flag wants.
  // `is_ours(address)` answers for prespecified slots. The header's checksum is then to be stored
  // anew.
  template <typename IsOurs>
  Outcome stamp(Ipv4Address address, u32 time, IsOurs&& is_ours) {
    if (full()) return count_overflow();
    u8* slot = option_ + pointer() - 1;
    if (flag() == Flag::prespecified && !is_ours(Ipv4Address::load(slot))) return Outcome::not_ours;
    write(slot, address, time);
    return Outcome::stamped;
  }

 private:
  Outcome count_overflow();
  void write(u8* slot, Ipv4Address address, u32 time);
  u8* option_;
};

// The options area as a value: up to 40 bytes, always a multiple of 4, filled up with End of
// Options.
class Ipv4Options {
 public:
  static constexpr u32 max_size = 40;

  constexpr Ipv4Options() = default;
  // A copy of `area`, at most 40 bytes of it, padded.
  explicit Ipv4Options(ByteView area);

  // Bytes in the header.
  constexpr u32 size() const { return (used_ + 3u) & ~3u; }
  constexpr bool empty() const { return used_ == 0; }
  ByteView bytes() const { return {area_.data(), size()}; }
  Ipv4OptionList list() const { return Ipv4OptionList(bytes()); }

  // Each adds one option behind the others, or returns false where the area has no room.
  bool add_no_operation();
  // An empty route of `slots` addresses (1 to 9).
  bool add_record_route(u32 slots);
  // `hops` behind the one that goes into the destination field.
  bool add_source_route(bool strict, std::span<const Ipv4Address> hops);
  // Room for `slots` stamps.
  bool add_timestamp(TimestampOption::Flag flag, u32 slots);
  bool add_timestamp_at(std::span<const Ipv4Address> prespecified);
  bool add_router_alert(u16 value = 0);
  // Any option, type and length byte included.
  bool add(ByteView option);

  // What fragments after the first carry (RFC 791 3.1, the copied flag).
  Ipv4Options copied() const;

  bool operator==(const Ipv4Options& other) const {
    return std::ranges::equal(bytes(), other.bytes());
  }

 private:
  u8* grow(u32 n);
  std::array<u8, max_size> area_{};
  u8 used_ = 0;
};

}  // namespace catenet::wire
