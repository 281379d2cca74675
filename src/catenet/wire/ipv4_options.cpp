#include "catenet/wire/ipv4_options.hpp"

#include <cstring>

#include "catenet/base/assert.hpp"
#include "catenet/base/endian.hpp"

namespace catenet::wire {
namespace {

// Of which kinds one has been seen. The two source routes are one kind: a packet has one route (RFC
// 791 3.1).
struct Seen {
  bool route = false;
  bool source_route = false;
  bool timestamp = false;
};

// Where inside the option the fault lies, if there is one: its length, its pointer.
std::optional<u8> fault_in_route(ByteView option) {
  if (option.size() < 3) return u8{1};
  const u32 pointer = option[2];
  if (pointer < 4) return u8{2};
  if (pointer <= option.size() && pointer + 3 > option.size()) return u8{2};
  return std::nullopt;
}

std::optional<u8> fault_in_timestamp(ByteView option) {
  if (option.size() < 4) return u8{1};
  const u32 pointer = option[2];
  const u32 flag = option[3] & 0x0f;
  if (flag != 0 && flag != 1 && flag != 3) return u8{3};
  if (pointer < 5) return u8{2};
  const u32 entry = flag == 0 ? 4 : 8;
  if (pointer <= option.size() && pointer + entry - 1 > option.size()) return u8{2};
  return std::nullopt;
}

std::optional<u8> second_of_its_kind(bool& seen) {
  if (seen) return u8{0};
  seen = true;
  return std::nullopt;
}

std::optional<u8> fault_in(const Ipv4Option& option, Seen& seen) {
  const bool route = option.type == Ipv4OptionType::record_route;
  switch (option.type) {
    case Ipv4OptionType::record_route:
    case Ipv4OptionType::loose_source_route:
    case Ipv4OptionType::strict_source_route:
      if (const auto second = second_of_its_kind(route ? seen.route : seen.source_route)) {
        return second;
      }
      return fault_in_route(option.bytes);
    case Ipv4OptionType::timestamp:
      if (const auto second = second_of_its_kind(seen.timestamp)) return second;
      return fault_in_timestamp(option.bytes);
    case Ipv4OptionType::router_alert:
      return option.bytes.size() == 4 ? std::nullopt : std::optional(u8{1});
    default: return std::nullopt;
  }
}

}  // namespace

void Ipv4OptionList::Iterator::settle() {
  const u32 end = static_cast<u32>(area_.size());
  while (at_ < end && area_[at_] == static_cast<u8>(Ipv4OptionType::no_operation)) ++at_;
  if (at_ >= end) return;
  const auto type = static_cast<Ipv4OptionType>(area_[at_]);
  if (type == Ipv4OptionType::end) {
    at_ = end;
    return;
  }
  const u32 length = at_ + 1 < end ? area_[at_ + 1] : 0;
  if (length < 2 || length > end - at_) {
    bad_ = true;
    bad_at_ = at_;
    at_ = end;
    return;
  }
  option_ = {type, static_cast<u8>(at_), area_.subspan(at_, length)};
}

std::optional<Ipv4Option> Ipv4OptionList::find(Ipv4OptionType type) const {
  for (const Ipv4Option& option : *this) {
    if (option.type == type) return option;
  }
  return std::nullopt;
}

std::optional<u8> Ipv4OptionList::bad_offset() const {
  Seen seen;
  Iterator it = begin();
  for (; it != end(); ++it) {
    if (const auto fault = fault_in(*it, seen)) return static_cast<u8>(it->offset + *fault);
  }
  return it.bad() ? std::optional(static_cast<u8>(it.offset())) : std::nullopt;
}

TimestampOption::Outcome TimestampOption::count_overflow() {
  if (overflow() == 15) return Outcome::counter_is_full;
  option_[3] = static_cast<u8>(option_[3] + 0x10);
  return Outcome::counted;
}

void TimestampOption::write(u8* slot, Ipv4Address address, u32 time) {
  const bool with_address = flag() != Flag::time_only;
  if (flag() == Flag::address_and_time) address.store(slot);
  store32(slot + (with_address ? 4 : 0), time);
  option_[2] = static_cast<u8>(option_[2] + (with_address ? 8 : 4));
}

Ipv4Options::Ipv4Options(ByteView area)
    : used_(static_cast<u8>(std::min<std::size_t>(area.size(), max_size))) {
  std::copy_n(area.begin(), used_, area_.begin());
}

u8* Ipv4Options::grow(u32 n) {
  if (n > max_size - used_) return nullptr;
  u8* at = area_.data() + used_;
  used_ = static_cast<u8>(used_ + n);
  return at;
}

bool Ipv4Options::add(ByteView option) {
  u8* at = grow(static_cast<u32>(std::min<std::size_t>(option.size(), max_size + 1)));
  if (at == nullptr) return false;
  std::ranges::copy(option, at);
  return true;
}

bool Ipv4Options::add_no_operation() {
  constexpr u8 no_operation = static_cast<u8>(Ipv4OptionType::no_operation);
  return add({&no_operation, 1});
}

//  0                   1                   2
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-----------
// |     Type      |    Length     |  Pointer (4)  | Route data
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-----------
bool Ipv4Options::add_record_route(u32 slots) {
  if (slots == 0 || slots > 9) return false;
  u8* at = grow(3 + 4 * slots);
  if (at == nullptr) return false;
  at[0] = static_cast<u8>(Ipv4OptionType::record_route);
  at[1] = static_cast<u8>(3 + 4 * slots);
  at[2] = 4;
  return true;
}

bool Ipv4Options::add_source_route(bool strict, std::span<const Ipv4Address> hops) {
  if (hops.empty() || hops.size() > 9) return false;
  const u32 size = 3 + 4 * static_cast<u32>(hops.size());
  u8* at = grow(size);
  if (at == nullptr) return false;
  at[0] = static_cast<u8>(strict ? Ipv4OptionType::strict_source_route
                                 : Ipv4OptionType::loose_source_route);
  at[1] = static_cast<u8>(size);
  at[2] = 4;
  for (std::size_t i = 0; i < hops.size(); ++i) hops[i].store(at + 3 + 4 * i);
  return true;
}

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |   Type 68     |    Length     |  Pointer (5)  | Overf | Flag  |
// |                   Address, unless flag is 0                   |
// |                           Timestamp                           |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
bool Ipv4Options::add_timestamp(TimestampOption::Flag flag, u32 slots) {
  const u32 entry = flag == TimestampOption::Flag::time_only ? 4 : 8;
  if (slots == 0 || slots > 9) return false;
  u8* at = grow(4 + entry * slots);
  if (at == nullptr) return false;
  at[0] = static_cast<u8>(Ipv4OptionType::timestamp);
  at[1] = static_cast<u8>(4 + entry * slots);
  at[2] = 5;
  at[3] = static_cast<u8>(flag);
  return true;
}

bool Ipv4Options::add_timestamp_at(std::span<const Ipv4Address> prespecified) {
  const u32 before = used_;
  const auto slots = static_cast<u32>(std::min<std::size_t>(prespecified.size(), 10));
  if (!add_timestamp(TimestampOption::Flag::prespecified, slots)) return false;
  u8* slot = area_.data() + before + 4;
  for (std::size_t i = 0; i < prespecified.size(); ++i) prespecified[i].store(slot + 8 * i);
  return true;
}

bool Ipv4Options::add_router_alert(u16 value) {
  u8* at = grow(4);
  if (at == nullptr) return false;
  at[0] = static_cast<u8>(Ipv4OptionType::router_alert);
  at[1] = 4;
  store16(at + 2, value);
  return true;
}

Ipv4Options Ipv4Options::copied() const {
  Ipv4Options kept;
  for (const Ipv4Option& option : list()) {
    if (option.copied()) {
      const bool fits = kept.add(option.bytes);
      CATENET_ASSERT(fits);
    }
  }
  return kept;
}

}  // namespace catenet::wire
