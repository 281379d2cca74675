#include "catenet/link/mac_table.hpp"

#include <algorithm>

#include "catenet/base/assert.hpp"
#include "catenet/base/hash.hpp"

namespace catenet {
namespace {

constexpr u32 max_limit = 1u << 20;

}  // namespace

MacTable::MacTable(u32 limit, Duration ageing, u64 salt)
    : limit_(std::clamp(limit, 1u, max_limit)), ageing_(ageing), salt_(salt), slots_(16, none) {}

u64 MacTable::key_of(u16 vlan, MacAddress mac) { return u64{vlan} << 48 | mac.to_u64(); }

std::size_t MacTable::home(u64 key) const { return mix64(key ^ salt_) & (slots_.size() - 1); }

// Where `key` is, or the free slot that ends its search.
std::size_t MacTable::slot_of(u64 key) const {
  std::size_t slot = home(key);
  while (slots_[slot] != none && nodes_[slots_[slot]].key != key) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

bool MacTable::learn(u16 vlan, MacAddress mac, u32 port, Instant now) {
  const u64 key = key_of(vlan, mac);
  const u32 known = slots_[slot_of(key)];
  Node* node = known != none ? &nodes_[known] : insert(key, vlan, mac);
  if (!node) return false;
  if (node->entry.is_static) return true;
  node->entry.port = port;
  node->entry.heard = now;
  const u32 index = static_cast<u32>(node - nodes_.data());
  if (newest_ == index) return true;
  if (known != none) unlink(index);
  link_newest(index);
  return true;
}

std::optional<u32> MacTable::find(u16 vlan, MacAddress mac, Instant now) const {
  const u32 node = slots_[slot_of(key_of(vlan, mac))];
  if (node == none || expired(nodes_[node].entry, now)) return std::nullopt;
  return nodes_[node].entry.port;
}

bool MacTable::add_static(u16 vlan, MacAddress mac, u32 port, Instant now) {
  const u64 key = key_of(vlan, mac);
  const u32 known = slots_[slot_of(key)];
  Node* node = known != none ? &nodes_[known] : insert(key, vlan, mac);
  if (!node) return false;
  if (known != none && !node->entry.is_static) unlink(known);
  node->entry.port = port;
  node->entry.heard = now;
  node->entry.is_static = true;
  return true;
}

bool MacTable::remove_static(u16 vlan, MacAddress mac) {
  const u32 node = slots_[slot_of(key_of(vlan, mac))];
  if (node == none || !nodes_[node].entry.is_static) return false;
  erase(node);
  return true;
}

void MacTable::flush_port(u32 port) {
  for (u32 node = oldest_; node != none;) {
    const u32 next = nodes_[node].next;
    if (nodes_[node].entry.port == port) erase(node);
    node = next;
  }
}

void MacTable::flush() {
  while (oldest_ != none) erase(oldest_);
}

// A place for a new entry, in no list yet; nullptr when all entries are static.
MacTable::Node* MacTable::insert(u64 key, u16 vlan, MacAddress mac) {
  if (used_ == limit_) {
    if (oldest_ == none) return nullptr;
    erase(oldest_);
    ++evicted_;
  }
  if ((used_ + 1) * 2 > slots_.size()) grow();
  u32 index = free_;
  if (index != none) {
    free_ = nodes_[index].next;
  } else {
    index = static_cast<u32>(nodes_.size());
    nodes_.emplace_back();
  }
  nodes_[index] = Node{.entry = {.mac = mac, .vlan = vlan}, .key = key};
  slots_[slot_of(key)] = index;
  ++used_;
  return &nodes_[index];
}

void MacTable::erase(u32 node) {
  if (!nodes_[node].entry.is_static) unlink(node);
  erase_slot(slot_of(nodes_[node].key));
  nodes_[node].next = free_;
  free_ = node;
  --used_;
}

// Moves back those behind the gap whose search would now end at it, so that no marker of the dead
// is needed.
void MacTable::erase_slot(std::size_t gap) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = (gap + 1) & mask; slots_[at] != none; at = (at + 1) & mask) {
    const std::size_t wanted = home(nodes_[slots_[at]].key);
    if (((at - wanted) & mask) < ((at - gap) & mask)) continue;
    slots_[gap] = slots_[at];
    gap = at;
  }
  slots_[gap] = none;
}

void MacTable::grow() {
  std::vector<u32> old(slots_.size() * 2, none);
  old.swap(slots_);
  for (const u32 node : old) {
    if (node != none) slots_[slot_of(nodes_[node].key)] = node;
  }
}

void MacTable::link_newest(u32 node) {
  nodes_[node].previous = newest_;
  nodes_[node].next = none;
  (newest_ == none ? oldest_ : nodes_[newest_].next) = node;
  newest_ = node;
}

void MacTable::unlink(u32 node) {
  const Node& gone = nodes_[node];
  (gone.previous == none ? oldest_ : nodes_[gone.previous].next) = gone.next;
  (gone.next == none ? newest_ : nodes_[gone.next].previous) = gone.previous;
}

std::vector<MacTable::Entry> MacTable::snapshot(Instant now) const {
  std::vector<Node> live;
  for (const u32 node : slots_) {
    if (node != none && !expired(nodes_[node].entry, now)) live.push_back(nodes_[node]);
  }
  std::sort(live.begin(), live.end(), [](const Node& a, const Node& b) { return a.key < b.key; });
  std::vector<Entry> entries;
  for (const Node& node : live) entries.push_back(node.entry);
  return entries;
}

}  // namespace catenet
