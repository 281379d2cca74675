#include "catenet/ip/prefix_map.hpp"

#include <algorithm>

namespace catenet {

template <typename Key>
u32* PrefixMap<Key>::find(const Key& key, u32 length) {
  if (trie_) {
    const u32 index = find_in_trie(key, length);
    return index == none ? nullptr : &entries_[index].value;
  }
  for (Entry& entry : entries_) {
    if (entry.length == length && key.matches(entry.key, Key::width)) return &entry.value;
  }
  return nullptr;
}

template <typename Key>
void PrefixMap<Key>::insert(const Key& key, u32 length, u32 value) {
  CATENET_ASSERT(length <= Key::width);
  const Entry entry{key, value, none, static_cast<u8>(length)};
  ++size_;
  if (!trie_ && size_ <= small_size) return insert_in_array(entry);
  if (!trie_) grow_into_trie();
  insert_in_trie(take_entry(entry));
}

template <typename Key>
void PrefixMap<Key>::erase(const Key& key, u32 length) {
  --size_;
  if (trie_) {
    erase_in_trie(key, length);
    if (size_ <= small_size / 2) shrink_into_array();
    return;
  }
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.length == length && key.matches(entry.key, Key::width);
  });
  CATENET_ASSERT(at != entries_.end());
  entries_.erase(at);
}

template <typename Key>
void PrefixMap<Key>::insert_in_array(const Entry& entry) {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& other) { return other.length < entry.length; });
  entries_.insert(at, entry);
}

template <typename Key>
void PrefixMap<Key>::grow_into_trie() {
  trie_ = std::make_unique<Trie>();
  for (u32 index = 0; index < entries_.size(); ++index) insert_in_trie(index);
}

template <typename Key>
void PrefixMap<Key>::shrink_into_array() {
  std::vector<u32> gone = std::move(trie_->free_entries);
  trie_.reset();
  std::sort(gone.begin(), gone.end());
  std::vector<Entry> kept;
  for (u32 index = 0; index < entries_.size(); ++index) {
    if (!std::binary_search(gone.begin(), gone.end(), index)) kept.push_back(entries_[index]);
  }
  entries_.clear();
  entries_.shrink_to_fit();
  for (Entry& entry : kept) {
    entry.outer = none;
    insert_in_array(entry);
  }
}

template <typename Key>
u32 PrefixMap<Key>::take_entry(const Entry& entry) {
  if (trie_->free_entries.empty()) {
    entries_.push_back(entry);
    return static_cast<u32>(entries_.size() - 1);
  }
  const u32 index = trie_->free_entries.back();
  trie_->free_entries.pop_back();
  entries_[index] = entry;
  return index;
}

template <typename Key>
u32 PrefixMap<Key>::take_node(const Key& key, u32 depth) {
  u32 index;
  if (trie_->free_nodes.empty()) {
    index = static_cast<u32>(trie_->nodes.size());
    trie_->nodes.emplace_back();
    trie_->heads.emplace_back();
  } else {
    index = trie_->free_nodes.back();
    trie_->free_nodes.pop_back();
    trie_->nodes[index] = Node{};
  }
  trie_->heads[index] = {.key = key, .depth = depth};
  return index;
}

template <typename Key>
void PrefixMap<Key>::refer(Place place, Reference to) {
  if (place.node == none) {
    trie_->root = to;
    return;
  }
  Head& head = trie_->heads[place.node];
  Reference& at = trie_->nodes[place.node].slots[place.slot].below;
  head.below = static_cast<u16>(head.below + at.empty() - to.empty());
  at = to;
}

template <typename Key>
void PrefixMap<Key>::insert_in_trie(u32 index) {
  const Key key = entries_[index].key;
  const u32 length = entries_[index].length;
  if (length == 0) {
    trie_->any = index;
    return;
  }
  Place place;
  for (;;) {
    Reference at = reference(place);
    if (at.empty()) return refer(place, Reference::entry(index));
    const bool alone = at.is_entry();
    const Key& other = alone ? entries_[at.index()].key : trie_->heads[at.index()].key;
    const u32 other_depth = alone ? home(entries_[at.index()].length) : at.depth();
    // Where the two paths part, or the first of them ends.
    const u32 depth = std::min({key.common_bits(other) & ~3u, home(length), other_depth});
    if (alone || depth < other_depth) at = split(place, depth);
    if (home(length) == depth) return end_in_node(at.index(), index);
    place = {at.index(), key.nibble(depth)};
  }
}

// Puts a node of `depth` between `place` and what it refers to.
template <typename Key>
typename PrefixMap<Key>::Reference PrefixMap<Key>::split(Place place, u32 depth) {
  const Reference old = reference(place);
  const bool alone = old.is_entry();
  const Key key = alone ? entries_[old.index()].key : trie_->heads[old.index()].key;
  const u32 node = take_node(key, depth);
  if (alone && home(entries_[old.index()].length) == depth) {
    end_in_node(node, old.index());
  } else {
    refer({node, key.nibble(depth)}, old);
  }
  refer(place, Reference::node(node, depth));
  return reference(place);
}

// Expands a prefix over the slots it covers; where a longer one is best already, it goes behind
// that in the chain.
template <typename Key>
void PrefixMap<Key>::end_in_node(u32 node, u32 index) {
  Node& at = trie_->nodes[node];
  Entry& entry = entries_[index];
  entry.outer = none;
  ++trie_->heads[node].entries;
  const u32 depth = trie_->heads[node].depth;
  const u32 first = entry.key.nibble(depth);
  const u32 covered = 16u >> (entry.length - depth);
  for (u32 slot = first; slot < first + covered; ++slot) {
    u32* link = &at.slots[slot].best;
    while (*link != none && entries_[*link].length > entry.length) link = &entries_[*link].outer;
    if (*link == index) continue;
    entry.outer = *link;
    *link = index;
  }
}

template <typename Key>
void PrefixMap<Key>::unchain(u32 node, u32 index) {
  Node& at = trie_->nodes[node];
  const Entry& entry = entries_[index];
  const u32 depth = trie_->heads[node].depth;
  const u32 first = entry.key.nibble(depth);
  const u32 covered = 16u >> (entry.length - depth);
  for (u32 slot = first; slot < first + covered; ++slot) {
    u32* link = &at.slots[slot].best;
    while (*link != none && entries_[*link].length > entry.length) link = &entries_[*link].outer;
    if (*link == index) *link = entry.outer;
  }
  --trie_->heads[node].entries;
}

template <typename Key>
u32 PrefixMap<Key>::find_in_trie(const Key& key, u32 length) const {
  if (length == 0) return trie_->any;
  Reference at = trie_->root;
  while (!at.empty() && !at.is_entry() && at.depth() < home(length)) {
    at = trie_->nodes[at.index()].slots[key.nibble(at.depth())].below;
  }
  if (at.empty()) return none;
  u32 index = at.index();
  if (!at.is_entry()) {
    if (at.depth() != home(length)) return none;
    index = trie_->nodes[at.index()].slots[key.nibble(at.depth())].best;
    while (index != none && entries_[index].length > length) index = entries_[index].outer;
    if (index == none) return none;
  }
  const Entry& entry = entries_[index];
  return entry.length == length && key.matches(entry.key, Key::width) ? index : none;
}

template <typename Key>
void PrefixMap<Key>::erase_in_trie(const Key& key, u32 length) {
  const u32 index = find_in_trie(key, length);
  CATENET_ASSERT(index != none);
  trie_->free_entries.push_back(index);
  if (length == 0) {
    trie_->any = none;
    return;
  }
  Place parent;
  Place place;
  for (;;) {
    const Reference at = reference(place);
    if (at.is_entry()) {
      refer(place, Reference{});
      if (place.node != none) collapse(parent);
      return;
    }
    if (at.depth() == home(length)) {
      unchain(at.index(), index);
      return collapse(place);
    }
    parent = place;
    place = {at.index(), key.nibble(at.depth())};
  }
}

// A node that branches nowhere any more is taken out.
template <typename Key>
void PrefixMap<Key>::collapse(Place place) {
  const u32 index = reference(place).index();
  const Node& node = trie_->nodes[index];
  if (trie_->heads[index].entries + trie_->heads[index].below > 1) return;
  const auto left = std::find_if(node.slots.begin(), node.slots.end(), [](const Slot& slot) {
    return slot.best != none || !slot.below.empty();
  });
  refer(place, left->below.empty() ? Reference::entry(left->best) : left->below);
  trie_->free_nodes.push_back(index);
}

template class PrefixMap<PrefixKey4>;
template class PrefixMap<PrefixKey6>;

}  // namespace catenet
