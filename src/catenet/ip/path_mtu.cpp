#include "catenet/ip/path_mtu.hpp"

#include <algorithm>
#include <array>

namespace catenet {

const PathMtuLimits PathMtuCache::default_limits{};

u32 mtu_plateau_below(u32 packet_size) {
  // RFC 1191 7.1, table 7-1.
  constexpr std::array<u32, 10> plateaus = {32'000, 17'914, 8'166, 4'352, 2'002,
                                            1'492,  1'006,  508,   296,   68};
  for (const u32 plateau : plateaus) {
    if (plateau < packet_size) return plateau;
  }
  return plateaus.back();
}

const PathMtuCache::Entry* PathMtuCache::find(const IpAddress& destination) const {
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), destination,
      [](const Entry& entry, const IpAddress& wanted) { return entry.destination < wanted; });
  return at != entries_.end() && at->destination == destination ? &*at : nullptr;
}

u32 PathMtuCache::lookup(const IpAddress& destination, u32 link_mtu, Instant now) const {
  if (entries_.empty()) return link_mtu;
  const Entry* entry = find(destination);
  return entry && now < entry->expiry ? std::min(entry->mtu, link_mtu) : link_mtu;
}

Instant PathMtuCache::valid_until(const IpAddress& destination) const {
  const Entry* entry = find(destination);
  return entry ? entry->expiry : Instant::never();
}

std::optional<u32> PathMtuCache::on_packet_too_big(const IpAddress& destination, u32 mtu,
                                                   u32 packet_size, u32 link_mtu, Instant now) {
  const u32 known = lookup(destination, link_mtu, now);
  if (destination.is_v6() && mtu < limits_.min_ipv6) return std::nullopt;
  // RFC 1191 5: an old router leaves the field 0, the size that failed tells what to try.
  if (mtu == 0) mtu = mtu_plateau_below(std::min(packet_size, known));
  const bool at_floor = destination.is_v4() && mtu < limits_.min_ipv4;
  if (at_floor) mtu = std::min(limits_.min_ipv4, known);
  // RFC 1191 3 and RFC 8201 4: never raised by such a message. Nor does what is known live longer.
  if (mtu > known || (mtu == known && !at_floor)) return std::nullopt;
  Entry& entry = make(destination, now);
  if (mtu == known && entry.at_floor && now < entry.expiry) return std::nullopt;
  entry.mtu = mtu;
  entry.at_floor = at_floor;
  entry.expiry = now + limits_.lifetime;
  ++generation_;
  return mtu;
}

bool PathMtuCache::dont_fragment(const IpAddress& destination, Instant now) const {
  const Entry* entry = entries_.empty() ? nullptr : find(destination);
  return !entry || now >= entry->expiry || !entry->at_floor;
}

PathMtuCache::Entry& PathMtuCache::make(const IpAddress& destination, Instant now) {
  if (const Entry* known = find(destination))
    return entries_[static_cast<std::size_t>(known - entries_.data())];
  std::erase_if(entries_, [&](const Entry& entry) { return entry.expiry <= now; });
  if (entries_.size() >= std::max(limits_.destinations, 1u)) {
    entries_.erase(
        std::min_element(entries_.begin(), entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.expiry < b.expiry; }));
  }
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), destination,
      [](const Entry& entry, const IpAddress& wanted) { return entry.destination < wanted; });
  return *entries_.insert(
      at, Entry{.destination = destination, .mtu = 0, .at_floor = false, .expiry = {}});
}

void PathMtuCache::forget(const IpAddress& destination) {
  if (std::erase_if(entries_, [&](const Entry& e) { return e.destination == destination; }) > 0) {
    ++generation_;
  }
}

}  // namespace catenet
