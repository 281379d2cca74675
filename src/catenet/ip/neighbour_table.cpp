// The table of a NeighbourCache: finding, making, forgetting entries.
#include <algorithm>
#include <bit>

#include "catenet/ip/neighbour_cache.hpp"

namespace catenet {
namespace {

constexpr u32 nowhere = 0xffffffff;
constexpr u32 scanned_size = 8;  // up to so many entries there is no index

}  // namespace

Neighbour* NeighbourCache::find(const IpAddress& address) {
  if (last_ && last_->address_ == address) return last_;
  const u32 position = position_of(address);
  if (position == nowhere) return nullptr;
  last_ = entries_[position].get();
  return last_;
}

const Neighbour* NeighbourCache::find(const IpAddress& address) const {
  return const_cast<NeighbourCache*>(this)->find(address);
}

u32 NeighbourCache::position_of(const IpAddress& address) const {
  if (index_.empty()) {
    for (u32 position = 0; position < entries_.size(); ++position) {
      if (entries_[position]->address_ == address) return position;
    }
    return nowhere;
  }
  const u64 mask = index_.size() - 1;
  for (u64 at = mix64(address.hash() ^ key_) & mask;; at = (at + 1) & mask) {
    const u32 position = index_[at];
    if (position == nowhere || entries_[position]->address_ == address) return position;
  }
}

void NeighbourCache::index(u32 position) {
  const u64 mask = index_.size() - 1;
  u64 at = mix64(entries_[position]->address_.hash() ^ key_) & mask;
  while (index_[at] != nowhere) at = (at + 1) & mask;
  index_[at] = position;
}

void NeighbourCache::rebuild_index() {
  index_.clear();
  if (entries_.size() <= scanned_size) return;
  index_.resize(std::bit_ceil(entries_.size() * 3), nowhere);
  for (u32 position = 0; position < entries_.size(); ++position) index(position);
}

Neighbour* NeighbourCache::make(const IpAddress& address, Instant now) {
  if (!make_room(now)) return nullptr;
  entries_.push_back(std::make_unique<Neighbour>(address));
  last_ = entries_.back().get();
  last_->used_ = now;
  if (entries_.size() * 2 > index_.size()) {
    rebuild_index();
  } else {
    index(size() - 1);
  }
  return last_;
}

template <typename Goes>
u32 NeighbourCache::remove_if(Goes&& goes) {
  u32 removed = 0;
  for (auto& neighbour : entries_) {
    if (!goes(*neighbour)) continue;
    release_packets(*neighbour);
    neighbour.reset();
    ++removed;
  }
  if (removed == 0) return 0;
  std::erase(entries_, nullptr);
  rebuild_index();
  last_ = nullptr;
  ++generation_;
  return removed;
}

void NeighbourCache::release_packets(Neighbour& neighbour) {
  if (neighbour.queue_.empty()) return;
  act(NeighbourAction::Kind::failed, neighbour).packets = take_queue(neighbour);
}

bool NeighbourCache::remove(const IpAddress& address) {
  return remove_if([&](const Neighbour& n) { return n.address_ == address; }) > 0;
}

void NeighbourCache::clear(bool permanent) {
  remove_if([&](const Neighbour& n) { return permanent || n.state_ != NeighbourState::permanent; });
}

// What a full table keeps longest: RFC 6583 wants neighbours that are in use to survive those
// nobody has seen.
u32 NeighbourCache::usefulness(const Neighbour& neighbour, Instant now) const {
  switch (neighbour.state(now)) {
    case NeighbourState::failed: return 0;
    case NeighbourState::stale:
      return neighbour.wanted_ && now - neighbour.used_ < limits_.idle_lifetime ? 3 : 1;
    case NeighbourState::incomplete: return 2;
    case NeighbourState::reachable:
    case NeighbourState::delay:
    case NeighbourState::probe: return 4;
    case NeighbourState::permanent: break;
  }
  return 5;
}

// Idle entries go when the table is an eighth full, a sixteenth of it when it is full. So the work
// is spread over many new entries, and a flood of them costs each little.
bool NeighbourCache::make_room(Instant now) {
  if (size() * 8 >= limits_.entries && now - collected_ >= limits_.idle_lifetime) {
    collected_ = now;
    remove_if([&](const Neighbour& n) {
      return usefulness(n, now) <= 1 && now - n.used_ >= limits_.idle_lifetime;
    });
  }
  if (size() < limits_.entries) return true;
  struct Rank {
    u32 usefulness;
    Instant used;
    IpAddress address;
    auto operator<=>(const Rank&) const = default;
  };
  std::vector<Rank> ranks;
  for (const auto& neighbour : entries_) {
    const u32 useful = usefulness(*neighbour, now);
    if (useful < 5) ranks.push_back({useful, neighbour->used_, neighbour->address_});
  }
  if (ranks.empty()) return false;
  const std::size_t goes = std::min<std::size_t>(ranks.size() - 1, limits_.entries / 16u);
  std::nth_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(goes), ranks.end());
  const Rank last = ranks[goes];
  remove_if([&](const Neighbour& n) {
    const u32 useful = usefulness(n, now);
    return useful < 5 && Rank{useful, n.used_, n.address_} <= last;
  });
  return true;
}

std::vector<const Neighbour*> NeighbourCache::sorted() const {
  std::vector<const Neighbour*> all;
  for (const auto& neighbour : entries_) all.push_back(neighbour.get());
  std::sort(all.begin(), all.end(),
            [](const Neighbour* a, const Neighbour* b) { return a->address_ < b->address_; });
  return all;
}

}  // namespace catenet
