#include "catenet/lab/subnet_pool.hpp"

#include <algorithm>
#include <iterator>

namespace catenet::lab {

namespace {

constexpr std::size_t most_in_24 = 240;
constexpr u32 most_small = 0x7fff;  // 10.0.1.0/24 to 10.127.255.0/24
constexpr u64 last_router = 9;

Prefix site(u16 number) { return {Ipv6Address(0xfd00, number, 0, 0, 0, 0, 0, 0), 32}; }

}  // namespace

void PrefixUnion::add(const Prefix& prefix) {
  if (covers(prefix)) return;
  const auto first = widest_.lower_bound(prefix);
  auto end = first;
  while (end != widest_.end() && prefix.contains(*end)) ++end;
  widest_.insert(widest_.erase(first, end), prefix);
}

// A prefix sorts right behind the one that holds it, and right before those it holds.
bool PrefixUnion::overlaps(const Prefix& prefix) const {
  const auto behind = widest_.lower_bound(prefix);
  return covers(prefix) || (behind != widest_.end() && prefix.contains(*behind));
}

bool PrefixUnion::covers(const Prefix& prefix) const {
  const auto behind = widest_.upper_bound(prefix);
  return behind != widest_.begin() && std::prev(behind)->contains(prefix);
}

std::optional<Prefix> SubnetPool::take_v4(u32 number) {
  if (number <= most_small) {
    const Prefix usual(Ipv4Address::from_u32(10u << 24 | number << 8), 24);
    if (is_free(usual)) return usual;
  }
  return take_v4_spare(number);
}

std::optional<Prefix> SubnetPool::take_v4_spare(u32 number) {
  for (u32 i = 0; spare_left_ > 0 && i < spare_count; ++i) {
    const u32 n = (number + i) % spare_count;
    if (spare_gone_[n]) continue;
    spare_gone_[n] = true;
    --spare_left_;
    const Prefix spare(Ipv4Address::from_u32(172u << 24 | 16u << 16 | n << 8), 24);
    if (is_free(spare)) return spare;
  }
  return std::nullopt;
}

std::optional<Prefix> SubnetPool::take_v4_wide() {
  while (wide_taken_ < 128) {
    const Prefix wide(Ipv4Address::from_u32(10u << 24 | (128 + wide_taken_++) << 16), 16);
    if (is_free(wide)) return wide;
  }
  return std::nullopt;
}

std::optional<Prefix> SubnetPool::take_v6(u32 number) {
  while (first_site_ < 0xffff && excluded_.covers(site(first_site_))) ++first_site_;
  for (u16 s = first_site_; s < 0xffff; ++s) {
    const Prefix prefix(Ipv6Address(0xfd00, s, static_cast<u16>(number >> 16),
                                    static_cast<u16>(number), 0, 0, 0, 0),
                        64);
    if (is_free(prefix)) return prefix;
  }
  return std::nullopt;
}

std::optional<Prefix> SubnetPool::take(u32 number, std::size_t stations, Family family) {
  if (family == Family::ipv6) return take_v6(number);
  return stations > most_in_24 ? take_v4_wide() : take_v4(number);
}

HostNumbers::HostNumbers(const Prefix& prefix) {
  // A /31 and a /127 have no network address (RFC 3021, 6164); elsewhere IPv6's first is the
  // subnet-router anycast.
  const bool pair = prefix.address_count() == 2;
  constexpr u64 enough = u64{1} << 20;
  first_ = pair ? 0 : 1;
  last_ = std::min(prefix.host_count() - (prefix.family() == Family::ipv6 || pair ? 1 : 0), enough);
  router_ = first_;
  host_ = last_router + 1;
  low_host_ = first_;
}

std::optional<u64> HostNumbers::next(bool router) {
  if (router && router_ <= std::min(last_router, last_)) return router_++;
  if (host_ <= last_) return host_++;
  // All from 10 on are gone, or the prefix has none: what the routers left.
  if (low_host_ <= std::min(last_router, last_)) return low_host_++;
  return std::nullopt;
}

}  // namespace catenet::lab
