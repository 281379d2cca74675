// LocalAddresses: what a destination is to this host, answered once a packet: ours, a broadcast of
// one of our links, or neither. Read RFC 1122 section 3.3.6 and RFC 4291 section 2.8.
#pragma once

#include <algorithm>
#include <bit>
#include <tuple>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/ip/interface.hpp"

namespace catenet {

enum class LocalKind : u8 { unicast, broadcast };

struct Local4 {
  u32 address = 0;
  LocalKind kind = LocalKind::unicast;
  Interface* interface = nullptr;

  auto order() const { return std::tuple(address, interface->index(), kind); }
};

struct Local6 {
  Ipv6Address address;
  Interface* interface = nullptr;

  auto order() const { return std::tuple(address, interface->index()); }
};

// Entries in order, arranged when they are first looked for: a router gets thousands of addresses,
// and nobody asks between. More than a handful have a hash table of where each address begins.
template <typename Entry>
class SortedEntries {
 public:
  using Address = decltype(Entry::address);

  void clear() {
    entries_.clear();
    slots_.clear();
    arranged_ = 0;
  }
  void add(const Entry& entry) { entries_.push_back(entry); }

  // The entry of `address`, that of `preferred` if several interfaces have it; nullptr when there
  // is none.
  const Entry* find(const Address& address, const Interface* preferred) const {
    if (arranged_ != entries_.size()) arrange();
    const Entry* const first = slots_.empty() ? search(address) : probe(address);
    const Entry* const end = entries_.data() + entries_.size();
    for (auto at = first; at && preferred && at != end && at->address == address; ++at) {
      if (at->interface == preferred) return at;
    }
    return first;
  }

 private:
  static constexpr std::size_t few = 8;

  // Most addresses asked for are not here: the tag says so without a look at the entry.
  struct Slot {
    u32 tag = 0;    // the upper half of the address' hash
    u32 place = 0;  // 0: free; else one more than the place of the address' first entry
  };

  const Entry* search(const Address& address) const {
    for (const Entry& entry : entries_) {
      if (entry.address == address) return &entry;
    }
    return nullptr;
  }
  const Entry* probe(const Address& address) const {
    const u64 hash = hash_of(address);
    for (std::size_t at = hash;; ++at) {
      const Slot& slot = slots_[at & (slots_.size() - 1)];
      if (slot.place == 0) return nullptr;
      if (slot.tag != tag_of(hash)) continue;
      if (entries_[slot.place - 1].address == address) return &entries_[slot.place - 1];
    }
  }

  [[gnu::cold]] void arrange() const {
    std::sort(entries_.begin(), entries_.end(), before);
    arranged_ = entries_.size();
    slots_.clear();
    if (arranged_ <= few) return;
    slots_.resize(std::bit_ceil(2 * arranged_));
    for (u32 place = 0; place < arranged_; ++place) {
      const Address& address = entries_[place].address;
      if (place > 0 && entries_[place - 1].address == address) continue;
      const u64 hash = hash_of(address);
      std::size_t at = hash;
      while (slots_[at & (slots_.size() - 1)].place != 0) ++at;
      slots_[at & (slots_.size() - 1)] = {tag_of(hash), place + 1};
    }
  }
  // Of one address: by interface, our own before a broadcast.
  static bool before(const Entry& a, const Entry& b) { return a.order() < b.order(); }
  static u64 hash_of(u32 address) { return mix64(address); }
  static u64 hash_of(const Ipv6Address& address) { return address.hash(); }
  static u32 tag_of(u64 hash) { return static_cast<u32>(hash >> 32); }

  mutable std::vector<Entry> entries_;
  mutable std::vector<Slot> slots_;
  mutable std::size_t arranged_ = 0;
};

class LocalAddresses {
 public:
  void clear() {
    v4_.clear();
    v6_.clear();
  }
  void add(Ipv4Address address, LocalKind kind, Interface* interface) {
    v4_.add({address.value(), kind, interface});
  }
  void add(const Ipv6Address& address, Interface* interface) { v6_.add({address, interface}); }

  // The entry for `address`, that of `preferred` if several interfaces have it; nullptr when there
  // is none.
  const Local4* find(Ipv4Address address, const Interface* preferred = nullptr) const {
    return v4_.find(address.value(), preferred);
  }
  // A link-local address is found on `interface` only, unless that is nullptr.
  const Local6* find(const Ipv6Address& address, const Interface* interface = nullptr) const {
    const Local6* found = v6_.find(address, interface);
    const bool elsewhere = found && interface && found->interface != interface;
    return elsewhere && address.is_link_local() ? nullptr : found;
  }

 private:
  SortedEntries<Local4> v4_;
  SortedEntries<Local6> v6_;
};

}  // namespace catenet
