// InterfaceFinder: which of a node's interfaces an address belongs to, by the prefixes they have. A
// router may have thousands of both.
#pragma once

#include <algorithm>
#include <optional>

#include "catenet/ip/prefix_map.hpp"

namespace catenet::lab {

class InterfaceFinder {
 public:
  // Interfaces in their order.
  void add(const Prefix& prefix, u32 interface) {
    if (prefix.family() == Family::ipv4) return add(v4_, prefix, interface);
    add(v6_, prefix, interface);
  }
  // The first interface that has a prefix around `address`.
  std::optional<u32> find(const IpAddress& address) const {
    return address.is_v4() ? find(v4_, address) : find(v6_, address);
  }

 private:
  template <typename Key>
  static void add(PrefixMap<Key>& map, const Prefix& prefix, u32 interface) {
    const Key key(prefix.network());
    if (!map.find(key, prefix.length())) map.insert(key, prefix.length(), interface);
  }
  template <typename Key>
  static std::optional<u32> find(const PrefixMap<Key>& map, const IpAddress& address) {
    std::optional<u32> first;
    map.for_each_match(Key(address), [&](u32 interface) {
      first = std::min(first.value_or(interface), interface);
      return false;
    });
    return first;
  }

  PrefixMap<PrefixKey4> v4_;
  PrefixMap<PrefixKey6> v6_;
};

}  // namespace catenet::lab
