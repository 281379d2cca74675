// LocalAddresses: what a destination is to this host, answered once a packet: ours, a broadcast of
// one of our links, or neither. Read RFC 1122 section 3.3.6 and RFC 4291 section 2.8. Sorted
// arrays: a few bytes an address, no hashing.
#pragma once

#include <algorithm>
#include <vector>

#include "catenet/wire/address.hpp"

namespace catenet {

class Interface;

enum class LocalKind : u8 { unicast, broadcast };

struct Local4 {
  u32 address = 0;
  LocalKind kind = LocalKind::unicast;
  Interface* interface = nullptr;
};

struct Local6 {
  Ipv6Address address;
  Interface* interface = nullptr;
};

class LocalAddresses {
 public:
  void clear() {
    v4_.clear();
    v6_.clear();
  }
  void add(Ipv4Address address, LocalKind kind, Interface* interface) {
    const auto at = std::upper_bound(v4_.begin(), v4_.end(), address.value(),
                                     [](u32 a, const Local4& b) { return a < b.address; });
    v4_.insert(at, {address.value(), kind, interface});
  }
  void add(const Ipv6Address& address, Interface* interface) {
    const auto at = std::upper_bound(v6_.begin(), v6_.end(), address,
                                     [](const auto& a, const Local6& b) { return a < b.address; });
    v6_.insert(at, {address, interface});
  }

  // The entry for `address`, that of `preferred` if several interfaces have it; nullptr when there
  // is none.
  const Local4* find(Ipv4Address address, const Interface* preferred = nullptr) const {
    const u32 value = address.value();
    const auto first = std::lower_bound(v4_.begin(), v4_.end(), value,
                                        [](const Local4& a, u32 b) { return a.address < b; });
    return pick(first, v4_.end(), preferred,
                [value](const Local4& entry) { return entry.address == value; });
  }
  // A link-local address is found on `interface` only, unless that is nullptr.
  const Local6* find(const Ipv6Address& address, const Interface* interface = nullptr) const {
    const auto first =
        std::lower_bound(v6_.begin(), v6_.end(), address,
                         [](const Local6& a, const auto& b) { return a.address < b; });
    const Local6* found = pick(first, v6_.end(), interface,
                               [&](const Local6& entry) { return entry.address == address; });
    const bool elsewhere = found && interface && found->interface != interface;
    return elsewhere && address.is_link_local() ? nullptr : found;
  }

 private:
  template <typename Iterator, typename Same>
  static auto pick(Iterator first, Iterator end, const Interface* preferred, Same&& same)
      -> decltype(&*first) {
    if (first == end || !same(*first)) return nullptr;
    for (auto at = first; preferred && at != end && same(*at); ++at) {
      if (at->interface == preferred) return &*at;
    }
    return &*first;
  }

  std::vector<Local4> v4_;
  std::vector<Local6> v6_;
};

}  // namespace catenet
