#include "catenet/host/time_wait_table.hpp"

#include <algorithm>

#include "catenet/host/flow_table.hpp"

namespace catenet {

// --- By endpoints ---

Endpoint TimeWaitTable::local(const Entry& entry) const {
  return {locals_[entry.local].address, entry.local_port};
}

Endpoint TimeWaitTable::remote(const Entry& entry) {
  return {IpAddress(Ipv6Address(entry.remote)).unmapped(), entry.remote_port};
}

std::size_t TimeWaitTable::bucket(const Endpoint& local, const Endpoint& remote) const {
  return hash_flow(secret_, local, remote) & (buckets_.size() - 1);
}

TimeWaitTable::Index TimeWaitTable::find(const Endpoint& local, const Endpoint& remote) const {
  if (heap_.empty()) return none;
  Index index = buckets_[bucket(local, remote)];
  while (index != none) {
    const Entry& entry = at(index);
    if (entry.remote_port == remote.port && entry.local_port == local.port &&
        TimeWaitTable::remote(entry) == remote && this->local(entry) == local) {
      return index;
    }
    index = entry.next_in_bucket;
  }
  return none;
}

void TimeWaitTable::grow_buckets() {
  buckets_.assign(std::max<std::size_t>(4, buckets_.size() * 2), none);
  for (const Index index : heap_) {
    Entry& entry = at(index);
    Index& head = buckets_[bucket(local(entry), remote(entry))];
    entry.next_in_bucket = std::exchange(head, index);
  }
}

std::optional<u16> TimeWaitTable::local_index(const IpAddress& address) {
  std::size_t unused = locals_.size();
  for (std::size_t i = 0; i < locals_.size(); ++i) {
    if (locals_[i].uses == 0) {
      unused = i;
    } else if (locals_[i].address == address) {
      return static_cast<u16>(i);
    }
  }
  if (unused > UINT16_MAX) return std::nullopt;
  if (unused == locals_.size()) locals_.emplace_back();
  locals_[unused].address = address;
  return static_cast<u16>(unused);
}

// --- Members ---

TimeWaitTable::Index TimeWaitTable::take_free() {
  if (free_ == none) {
    const Index first = static_cast<Index>(blocks_.size()) * block_entries;
    blocks_.push_back(std::make_unique<std::array<Entry, block_entries>>());
    for (Index i = block_entries; i-- > 0;) at(first + i).place = std::exchange(free_, first + i);
  }
  const Index index = free_;
  free_ = at(index).place;
  return index;
}

bool TimeWaitTable::insert(const tcp::TimeWait& machine) {
  const auto local = local_index(machine.local().address);
  if (!local) return false;
  ++locals_[*local].uses;
  const Index index = take_free();
  Entry& entry = at(index);
  const IpAddress& peer = machine.remote().address;
  const Ipv6Address mapped = peer.is_v4() ? Ipv6Address::mapped(peer.v4()) : peer.v6();
  std::ranges::copy(mapped.bytes(), entry.remote.begin());
  entry.remote_port = machine.remote().port;
  entry.local_port = machine.local().port;
  entry.local = *local;
  entry.kept = machine.kept();
  heap_.push_back(index);
  if (heap_.size() > buckets_.size()) {
    grow_buckets();
  } else {
    Index& head = buckets_[bucket(machine.local(), machine.remote())];
    entry.next_in_bucket = std::exchange(head, index);
  }
  sift_up(static_cast<u32>(heap_.size()) - 1);
  return true;
}

tcp::TimeWait TimeWaitTable::get(Index index, Instant now) const {
  const Entry& entry = at(index);
  return {environment_, local(entry), remote(entry), now, entry.kept};
}

void TimeWaitTable::update(Index index, const tcp::TimeWait& machine) {
  Entry& entry = at(index);
  entry.kept = machine.kept();
  sift_up(entry.place);
  sift_down(entry.place);
}

void TimeWaitTable::erase(Index index) {
  Entry& entry = at(index);
  Index* link = &buckets_[bucket(local(entry), remote(entry))];
  while (*link != index) link = &at(*link).next_in_bucket;
  *link = entry.next_in_bucket;
  --locals_[entry.local].uses;
  const u32 hole = entry.place;
  const Index last = heap_.back();
  heap_.pop_back();
  if (last != index) {
    place(hole, last);
    sift_up(hole);
    sift_down(at(last).place);
  }
  entry.place = std::exchange(free_, index);
}

Instant TimeWaitTable::next_deadline(Instant now) const {
  const i64 now_ms = now.since_start().ms();
  const i32 left = static_cast<i32>(at(heap_[0]).kept.expiry_ms - static_cast<u32>(now_ms));
  return Instant::at(Duration::milliseconds(now_ms + left));
}

// --- By deadline ---

void TimeWaitTable::place(u32 place, Index index) {
  heap_[place] = index;
  at(index).place = place;
}

void TimeWaitTable::sift_up(u32 hole) {
  const Index moving = heap_[hole];
  while (hole > 0 && before(moving, heap_[(hole - 1) / 4])) {
    place(hole, heap_[(hole - 1) / 4]);
    hole = (hole - 1) / 4;
  }
  place(hole, moving);
}

void TimeWaitTable::sift_down(u32 hole) {
  const Index moving = heap_[hole];
  const u32 count = static_cast<u32>(heap_.size());
  for (;;) {
    const u32 child = hole * 4 + 1;
    if (child >= count) break;
    u32 best = child;
    for (u32 other = child + 1; other < std::min(child + 4, count); ++other) {
      if (before(heap_[other], heap_[best])) best = other;
    }
    if (!before(heap_[best], moving)) break;
    place(hole, heap_[best]);
    hole = best;
  }
  place(hole, moving);
}

}  // namespace catenet
