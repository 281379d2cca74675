// Any sequence of changes leaves a route table that answers as a linear scan of its routes would.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <type_traits>
#include <vector>

#include "catenet/ip/route_table.hpp"

#include "fuzz.hpp"

namespace catenet::route_table_fuzz {
namespace {

using fuzz::check;

class Script {
 public:
  Script(const u8* data, std::size_t size) : at_(data), end_(data + size) {}
  bool more() const { return at_ != end_; }
  u8 byte() { return more() ? *at_++ : 0; }

 private:
  const u8* at_;
  const u8* end_;
};

template <typename Address>
Address read_address(Script& script) {
  if constexpr (std::is_same_v<Address, Ipv4Address>) {
    const u8 a = script.byte(), b = script.byte(), c = script.byte(), d = script.byte();
    return {a, b, c, d};
  } else {
    // Six bytes spread out, so that short inputs reach deep.
    std::array<u8, 16> bytes{0x20, 0x01};
    for (const std::size_t i : {1, 3, 5, 7, 11, 15}) bytes[i] = script.byte();
    return Ipv6Address(bytes);
  }
}

template <typename Address>
class Play {
 public:
  void run(Script& script) {
    while (script.more()) step(script);
    while (!model_.empty()) remove(model_.back().prefix, model_.back().metric);
    check(table_.empty());
  }

 private:
  using Table = RouteTable<Address>;

  void step(Script& script) {
    const u8 choice = script.byte();
    const Address address = read_address<Address>(script);
    const u64 generation = table_.generation();
    switch (choice % 8) {
      case 0:
      case 1:
      case 2:
      case 3: add(address, script); break;
      case 4:
      case 5:
        if (!model_.empty()) {
          const Route& route = model_[script.byte() % model_.size()];
          remove(route.prefix, route.metric);
          check(table_.generation() != generation);
        }
        break;
      case 6: remove_interface(script.byte() % 4u); break;
      default: break;
    }
    check(table_.size() == model_.size());
    compare(address);
    if (!model_.empty()) compare_last(model_[choice % model_.size()].prefix);
  }

  void add(const Address& address, Script& script) {
    Route route;
    route.prefix = Prefix(address, script.byte() % (IpAddress(address).bits() + 1));
    const u8 rest = script.byte();
    route.metric = rest & 3;
    route.interface = rest >> 2 & 3;
    const bool known = std::any_of(model_.begin(), model_.end(), [&](const Route& other) {
      return other.prefix == route.prefix && other.metric == route.metric &&
             other.interface == route.interface;
    });
    const auto added = table_.add(route);
    check(added.has_value() != known);
    if (!known) model_.push_back(route);
  }
  void remove(Prefix prefix, u32 metric) {
    const auto first = std::find_if(model_.begin(), model_.end(), [&](const Route& route) {
      return route.prefix == prefix && route.metric == metric;
    });
    model_.erase(first);
    check(table_.remove(prefix, {}, {}, metric).has_value());
  }
  void remove_interface(u32 interface) {
    const auto gone =
        std::erase_if(model_, [&](const Route& route) { return route.interface == interface; });
    check(table_.remove_interface(interface) == gone);
  }

  // The longest prefix, then the lowest metric, then the first added.
  const Route* best(const IpAddress& to, const u32* interface) const {
    const Route* found = nullptr;
    for (const Route& route : model_) {
      if (!route.prefix.contains(to) || (interface && route.interface != *interface)) continue;
      const bool better =
          !found || route.prefix.length() > found->prefix.length() ||
          (route.prefix.length() == found->prefix.length() && route.metric < found->metric);
      if (better) found = &route;
    }
    return found;
  }
  static void same(const Route* a, const Route* b) {
    check((a == nullptr) == (b == nullptr));
    if (!a) return;
    check(a->prefix == b->prefix && a->metric == b->metric && a->interface == b->interface);
  }
  void compare(const Address& to) const {
    same(table_.lookup(to), best(to, nullptr));
    const u32 interface = 1;
    same(table_.lookup_on(to, interface), best(to, &interface));
  }
  void compare_last(const Prefix& prefix) const {
    const IpAddress last = prefix.last();
    if constexpr (std::is_same_v<Address, Ipv4Address>) {
      compare(last.v4());
    } else {
      compare(last.v6());
    }
  }

  Table table_;
  std::vector<Route> model_;
};

}  // namespace

int run(const u8* data, std::size_t size) {
  if (size == 0 || size > 4'096) return 0;
  Script script(data + 1, size - 1);
  if (data[0] & 1) {
    Play<Ipv6Address>().run(script);
  } else {
    Play<Ipv4Address>().run(script);
  }
  return 0;
}

}  // namespace catenet::route_table_fuzz

FUZZ_TARGET(route_table_fuzz)
