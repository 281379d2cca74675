#include "catenet/ip/source_selection.hpp"

#include <algorithm>
#include <bit>

namespace catenet {
namespace {

struct PolicyRow {
  Ipv6Address prefix;
  u32 length;
  AddressPolicy policy;
};

// RFC 6724 2.1, longest prefix first.
constexpr std::array<PolicyRow, 9> default_policy = {{
    {Ipv6Address(0, 0, 0, 0, 0, 0, 0, 1), 128, {50, 0}},
    {Ipv6Address(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, {35, 4}},
    {Ipv6Address(), 96, {1, 3}},
    {Ipv6Address(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, {5, 5}},
    {Ipv6Address(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, {30, 2}},
    {Ipv6Address(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16, {1, 12}},
    {Ipv6Address(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, {1, 11}},
    {Ipv6Address(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, {3, 13}},
    {Ipv6Address(), 0, {40, 1}},
}};

Ipv6Address as_v6(const IpAddress& address) {
  return address.is_v4() ? Ipv6Address::mapped(address.v4()) : address.v6();
}

// Leading bits in common, of 128.
u32 common_bits(const Ipv6Address& a, const Ipv6Address& b) {
  const u64 high = a.high() ^ b.high();
  if (high) return static_cast<u32>(std::countl_zero(high));
  return 64 + static_cast<u32>(std::countl_zero(a.low() ^ b.low()));
}

// What a rule says of two: which one it prefers, or neither.
enum class Preferred { a, b, neither };

Preferred prefer(bool a, bool b) {
  if (a == b) return Preferred::neither;
  return a ? Preferred::a : Preferred::b;
}

// RFC 6724 5, rules 1 to 8 in order, for two sources.
class SourceRules {
 public:
  explicit SourceRules(const SourceQuery& query)
      : query_(query),
        scope_(address_scope(query.destination)),
        label_(address_policy(query.destination).label) {}

  // Whether `a` is strictly better than `b`.
  bool better(const SourceCandidate& a, const SourceCandidate& b) const {
    for (const auto rule :
         {&SourceRules::same_address, &SourceRules::scope, &SourceRules::deprecated,
          &SourceRules::home, &SourceRules::interface, &SourceRules::next_hop, &SourceRules::label,
          &SourceRules::temporary, &SourceRules::longest}) {
      const Preferred preferred = (this->*rule)(a, b);
      if (preferred != Preferred::neither) return preferred == Preferred::a;
    }
    return false;
  }

 private:
  using C = const SourceCandidate&;
  Preferred same_address(C a, C b) const {  // rule 1
    return prefer(a.address == query_.destination, b.address == query_.destination);
  }
  Preferred scope(C a, C b) const {  // rule 2
    const Ipv6Scope sa = address_scope(a.address);
    const Ipv6Scope sb = address_scope(b.address);
    if (sa == sb) return Preferred::neither;
    if (sa < sb) return sa < scope_ ? Preferred::b : Preferred::a;
    return sb < scope_ ? Preferred::a : Preferred::b;
  }
  Preferred deprecated(C a, C b) const { return prefer(!a.deprecated, !b.deprecated); }  // rule 3
  Preferred home(C a, C b) const {                                                       // rule 4
    const Preferred both = prefer(a.home && a.care_of, b.home && b.care_of);
    if (both != Preferred::neither) return both;
    const bool only_care_of = (a.care_of && !a.home && b.home) || (b.care_of && !b.home && a.home);
    return only_care_of ? prefer(a.home, b.home) : Preferred::neither;
  }
  Preferred interface(C a, C b) const {  // rule 5
    if (query_.interface == 0) return Preferred::neither;
    return prefer(a.interface == query_.interface, b.interface == query_.interface);
  }
  Preferred next_hop(C a, C b) const {  // rule 5.5
    return prefer(a.advertised_by_next_hop, b.advertised_by_next_hop);
  }
  Preferred label(C a, C b) const {  // rule 6
    return prefer(address_policy(a.address).label == label_,
                  address_policy(b.address).label == label_);
  }
  Preferred temporary(C a, C b) const {  // rule 7
    return prefer(a.temporary == query_.prefer_temporary, b.temporary == query_.prefer_temporary);
  }
  Preferred longest(C a, C b) const {  // rule 8
    const u32 la = common_prefix_length(a.address, query_.destination, a.prefix_length);
    const u32 lb = common_prefix_length(b.address, query_.destination, b.prefix_length);
    if (la == lb) return Preferred::neither;
    return la > lb ? Preferred::a : Preferred::b;
  }

  const SourceQuery& query_;
  Ipv6Scope scope_;
  u8 label_;
};

// RFC 6724 6, for two destinations: whether `a` is strictly better. Rule 10, the order as it was,
// is the sort's.
class DestinationRules {
 public:
  static bool better(const DestinationCandidate& a, const DestinationCandidate& b) {
    const bool usable_a = a.reachable && a.source;
    const bool usable_b = b.reachable && b.source;
    if (usable_a != usable_b) return usable_a;  // rule 1
    if (usable_a) {
      for (const auto rule : {matching_scope, deprecated, home, matching_label}) {  // rules 2 to 5
        const Preferred preferred = rule(a, b);
        if (preferred != Preferred::neither) return preferred == Preferred::a;
      }
    }
    const u8 pa = address_policy(a.destination).precedence;
    const u8 pb = address_policy(b.destination).precedence;
    if (pa != pb) return pa > pb;                                  // rule 6
    if (a.encapsulated != b.encapsulated) return !a.encapsulated;  // rule 7
    const Ipv6Scope sa = address_scope(a.destination);
    const Ipv6Scope sb = address_scope(b.destination);
    if (sa != sb) return sa < sb;  // rule 8
    if (!usable_a || a.destination.family() != b.destination.family()) return false;
    return shared(a) > shared(b);  // rule 9
  }

 private:
  using C = const DestinationCandidate&;
  static Preferred matching_scope(C a, C b) {
    return prefer(address_scope(a.destination) == address_scope(a.source->address),
                  address_scope(b.destination) == address_scope(b.source->address));
  }
  static Preferred deprecated(C a, C b) {
    return prefer(!a.source->deprecated, !b.source->deprecated);
  }
  static Preferred home(C a, C b) {
    const Preferred both =
        prefer(a.source->home && a.source->care_of, b.source->home && b.source->care_of);
    if (both != Preferred::neither) return both;
    const bool care_a = a.source->care_of && !a.source->home;
    const bool care_b = b.source->care_of && !b.source->home;
    if ((care_a && b.source->home) || (care_b && a.source->home)) {
      return prefer(a.source->home, b.source->home);
    }
    return Preferred::neither;
  }
  static Preferred matching_label(C a, C b) {
    return prefer(address_policy(a.destination).label == address_policy(a.source->address).label,
                  address_policy(b.destination).label == address_policy(b.source->address).label);
  }
  static u32 shared(C c) {
    return common_prefix_length(c.source->address, c.destination, c.source->prefix_length);
  }
};

}  // namespace

AddressPolicy address_policy(const IpAddress& address) {
  const Ipv6Address wanted = as_v6(address);
  for (const PolicyRow& row : default_policy) {
    if (common_bits(wanted, row.prefix) >= row.length) return row.policy;
  }
  return default_policy.back().policy;
}

Ipv6Scope address_scope(const IpAddress& address) {
  if (address.is_v4() && address.v4().is_multicast()) {
    // RFC 2365 8: the administrative ranges on IPv6's scopes.
    const u32 value = address.v4().value();
    if (address.v4().is_local_multicast()) return Ipv6Scope::link_local;
    if (value >> 16 == 0xefff) return Ipv6Scope::site_local;
    if (value >> 18 == 0xefc0 >> 2) return Ipv6Scope::organisation_local;
    return Ipv6Scope::global;
  }
  return as_v6(address).scope();
}

u32 common_prefix_length(const IpAddress& source, const IpAddress& destination, u32 prefix_length) {
  if (source.family() != destination.family()) return 0;
  if (source.is_v4()) {
    const u32 differ = source.v4().value() ^ destination.v4().value();
    return std::min(static_cast<u32>(std::countl_zero(differ)), prefix_length);
  }
  return std::min(common_bits(source.v6(), destination.v6()), prefix_length);
}

int select_source(std::span<const SourceCandidate> candidates, const SourceQuery& query) {
  const SourceRules rules(query);
  int best = -1;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const SourceCandidate& candidate = candidates[i];
    if (candidate.address.family() != query.destination.family()) continue;
    if (candidate.address.is_multicast() || candidate.address.is_unspecified()) continue;
    if (best < 0 || rules.better(candidate, candidates[static_cast<std::size_t>(best)])) {
      best = static_cast<int>(i);
    }
  }
  return best;
}

void order_destinations(std::vector<DestinationCandidate>& candidates) {
  // An insertion sort: stable, and at ease with rules that are no strict weak order (rule 9
  // compares within a family only).
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    for (std::size_t j = i; j > 0 && DestinationRules::better(candidates[j], candidates[j - 1]);
         --j) {
      std::swap(candidates[j], candidates[j - 1]);
    }
  }
}

}  // namespace catenet
