// PrefixMap: prefixes to numbers, and the longest that matches an address. Few prefixes are a short
// array, longest first; more are a multibit trie: four bits a node, paths without branches skipped,
// prefixes expanded inside their node only (Srinivasan and Varghese, 1999). A lookup touches one
// cache line a level; a change touches one node.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <vector>

#include "catenet/base/assert.hpp"
#include "catenet/base/types.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// An IPv4 address as trie key; bit 0 is the leftmost.
struct PrefixKey4 {
  static constexpr u32 width = 32;
  u32 bits = 0;

  PrefixKey4() = default;
  explicit PrefixKey4(Ipv4Address address) : bits(address.value()) {}
  explicit PrefixKey4(const IpAddress& address) : bits(load32(address.bytes().data())) {}
  // The four bits from `depth` on.
  u32 nibble(u32 depth) const { return bits >> (28 - depth) & 15; }
  // Whether the first `length` bits are the same.
  bool matches(PrefixKey4 other, u32 length) const {
    return length == 0 || (bits ^ other.bits) >> (32 - length) == 0;
  }
  u32 common_bits(PrefixKey4 other) const {
    return static_cast<u32>(std::countl_zero(bits ^ other.bits));
  }
};

struct PrefixKey6 {
  static constexpr u32 width = 128;
  u64 high = 0;
  u64 low = 0;

  PrefixKey6() = default;
  explicit PrefixKey6(const Ipv6Address& address)
      : high(load64(address.bytes().data())), low(load64(address.bytes().data() + 8)) {}
  explicit PrefixKey6(const IpAddress& address)
      : high(load64(address.bytes().data())), low(load64(address.bytes().data() + 8)) {}
  u32 nibble(u32 depth) const {
    return static_cast<u32>((depth < 64 ? high >> (60 - depth) : low >> (124 - depth)) & 15);
  }
  bool matches(const PrefixKey6& other, u32 length) const {
    if (length == 0) return true;
    if (length <= 64) return (high ^ other.high) >> (64 - length) == 0;
    return high == other.high && (low ^ other.low) >> (128 - length) == 0;
  }
  u32 common_bits(const PrefixKey6& other) const {
    const u64 x = high ^ other.high;
    return static_cast<u32>(x ? std::countl_zero(x) : 64 + std::countl_zero(low ^ other.low));
  }
};

template <typename Key>
class PrefixMap {
 public:
  static constexpr u32 none = 0xffffffff;
  // Up to so many prefixes are scanned; when half as many are left, the trie is given back.
  static constexpr u32 small_size = 8;

  PrefixMap() = default;
  PrefixMap(PrefixMap&&) noexcept = default;
  PrefixMap& operator=(PrefixMap&&) noexcept = default;

  // Prefixes in the map.
  u32 size() const { return size_; }

  // The value of the longest prefix that contains `key`; none when there is none.
  u32 longest(const Key& key) const { return trie_ ? longest_in_trie(key) : longest_in_array(key); }
  // Every prefix that contains `key`, longest first: visit(value) until it returns true. Whether
  // one did.
  template <typename Visit>
  bool for_each_match(const Key& key, Visit&& visit) const;

  // The value of exactly this prefix, to read or change; nullptr when it is not in the map. Bits of
  // `key` behind `length` must be clear, here and below.
  u32* find(const Key& key, u32 length);
  const u32* find(const Key& key, u32 length) const {
    return const_cast<PrefixMap*>(this)->find(key, length);
  }
  // Adds a prefix that is not in the map.
  void insert(const Key& key, u32 length, u32 value);
  // Removes a prefix that is.
  void erase(const Key& key, u32 length);
  void clear() { *this = PrefixMap(); }

 private:
  // A prefix. In the trie, prefixes of one node that contain each other are chained from the
  // longest outward.
  struct Entry {
    Key key;
    u32 value = none;
    u32 outer = none;
    u8 length = 0;
  };
  // What a slot or the root points to: nothing, one prefix alone, or a node; with a node, its
  // depth, so that the slot is found without a look at the node's head.
  struct Reference {
    u32 word = none;

    static Reference entry(u32 index) { return {index << 6 | 0x3f}; }
    static Reference node(u32 index, u32 depth) { return {index << 6 | depth / 4}; }
    bool empty() const { return word == none; }
    bool is_entry() const { return (word & 0x3f) == 0x3f; }
    u32 index() const { return word >> 6; }
    u32 depth() const { return (word & 0x3f) * 4; }
  };
  struct Slot {
    Reference below;  // what lies deeper
    u32 best = none;  // entry: the longest prefix that ends in this node and covers the slot
  };
  // Covers bits [depth, depth + 4): prefixes of length depth + 1 to depth + 4 end here.
  struct alignas(64) Node {
    std::array<Slot, 16> slots;
  };
  // What a lookup needs of a node only where a path skips bits.
  struct Head {
    Key key;  // the path that leads here
    u32 depth = 0;
    u16 entries = 0;  // prefixes that end here
    u16 below = 0;    // slots with something deeper
  };
  struct Trie {
    Reference root;
    u32 any = none;  // entry: the prefix of length 0
    std::vector<Node> nodes;
    std::vector<Head> heads;  // of nodes, one for one
    std::vector<u32> free_nodes;
    std::vector<u32> free_entries;
  };

  // The depth of the node where a prefix of `length` bits (1 or more) ends.
  static constexpr u32 home(u32 length) { return (length - 1) / 4 * 4; }
  u32 longest_in_array(const Key& key) const {
    for (const Entry& entry : entries_) {
      if (key.matches(entry.key, entry.length)) return entry.value;
    }
    return none;
  }
  u32 longest_in_trie(const Key& key) const;

  // Where a reference is kept: a slot of a node, or the root.
  struct Place {
    u32 node = none;
    u32 slot = 0;
  };
  Reference reference(Place place) const {
    return place.node == none ? trie_->root : trie_->nodes[place.node].slots[place.slot].below;
  }
  void refer(Place place, Reference to);

  u32 take_entry(const Entry& entry);
  u32 take_node(const Key& key, u32 depth);
  void insert_in_array(const Entry& entry);
  void insert_in_trie(u32 index);
  void end_in_node(u32 node, u32 index);
  Reference split(Place place, u32 depth);
  u32 find_in_trie(const Key& key, u32 length) const;
  void erase_in_trie(const Key& key, u32 length);
  void unchain(u32 node, u32 index);
  void collapse(Place place);
  void grow_into_trie();
  void shrink_into_array();

  std::vector<Entry> entries_;  // array: longest first; trie: any order, with gaps
  std::unique_ptr<Trie> trie_;
  u32 size_ = 0;
};

template <typename Key>
inline u32 PrefixMap<Key>::longest_in_trie(const Key& key) const {
  const Trie& trie = *trie_;
  u32 best = trie.any;
  Reference at = trie.root;
  for (u32 expected_depth = 0; !at.empty(); expected_depth += 4) {
    if (at.is_entry()) {
      const Entry& entry = entries_[at.index()];
      if (key.matches(entry.key, entry.length)) best = at.index();
      break;
    }
    const u32 depth = at.depth();
    if (depth != expected_depth && !key.matches(trie.heads[at.index()].key, depth)) break;
    expected_depth = depth;
    const Slot& slot = trie.nodes[at.index()].slots[key.nibble(depth)];
    if (slot.best != none) best = slot.best;
    at = slot.below;
  }
  return best == none ? none : entries_[best].value;
}

template <typename Key>
template <typename Visit>
bool PrefixMap<Key>::for_each_match(const Key& key, Visit&& visit) const {
  if (!trie_) {
    for (const Entry& entry : entries_) {
      if (key.matches(entry.key, entry.length) && visit(entry.value)) return true;
    }
    return false;
  }
  std::array<u32, Key::width / 4 + 2> chains;  // innermost last
  u32 n = 0;
  chains[n++] = trie_->any;
  for (Reference at = trie_->root; !at.empty();) {
    if (at.is_entry()) {
      const Entry& entry = entries_[at.index()];
      if (key.matches(entry.key, entry.length)) chains[n++] = at.index();
      break;
    }
    if (!key.matches(trie_->heads[at.index()].key, at.depth())) break;
    const Slot& slot = trie_->nodes[at.index()].slots[key.nibble(at.depth())];
    chains[n++] = slot.best;
    at = slot.below;
  }
  while (n-- > 0) {
    for (u32 entry = chains[n]; entry != none; entry = entries_[entry].outer) {
      if (visit(entries_[entry].value)) return true;
    }
  }
  return false;
}

extern template class PrefixMap<PrefixKey4>;
extern template class PrefixMap<PrefixKey6>;

}  // namespace catenet
