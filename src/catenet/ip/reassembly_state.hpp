// What a Reassembler keeps: datagrams begun, and the sources they come from. For reassembly.cpp and
// its kin alone.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/base/intrusive_list.hpp"
#include "catenet/ip/reassembly.hpp"

namespace catenet {

// Whether a fragment may be looked at further, by what it says of itself alone.
std::optional<ReassemblyResult> check_fragment(Packet& packet, const FragmentInfo& info,
                                               const ReassemblyLimits& limits);
// Takes the Fragment header out of a packet that is whole (RFC 6946).
void strip_fragment_header(Packet& packet, const FragmentInfo& info);

// The 8,192 units of 8 bytes a datagram can have.
class UnitBitmap {
 public:
  static constexpr u32 units = 8'192;

  bool test(u32 unit) const { return words_[unit / 64] >> (unit % 64) & 1; }
  void set(u32 unit) { words_[unit / 64] |= u64{1} << (unit % 64); }
  void set(u32 first, u32 last) {
    for_each_word(first, last, [&](u64& word, u64 mask) { word |= mask; });
  }
  // How many of [first, last) are set.
  u32 count(u32 first, u32 last) {
    u32 n = 0;
    for_each_word(first, last,
                  [&](u64& word, u64 mask) { n += static_cast<u32>(std::popcount(word & mask)); });
    return n;
  }
  void clear() { words_.fill(0); }

 private:
  template <typename Visit>
  void for_each_word(u32 first, u32 last, Visit&& visit) {
    while (first < last) {
      const u32 n = std::min(last - first, 64 - first % 64);
      const u64 ones = n == 64 ? ~u64{0} : (u64{1} << n) - 1;
      visit(words_[first / 64], ones << (first % 64));
      first += n;
    }
  }
  std::array<u64, units / 64> words_{};
};

// Chained by hash; the members are linked through `hash_next` and carry their `hash`.
template <typename T>
class HashChains {
 public:
  template <typename Is>
  T* find(u64 hash, Is&& is) const {
    if (buckets_.empty()) return nullptr;
    T* at = buckets_[hash & (buckets_.size() - 1)];
    while (at && !(at->hash == hash && is(*at))) at = at->hash_next;
    return at;
  }
  void insert(T& item) {
    if (count_ >= buckets_.size()) grow();
    ++count_;
    push(item);
  }
  void erase(T& item) {
    T** link = &buckets_[item.hash & (buckets_.size() - 1)];
    while (*link != &item) link = &(*link)->hash_next;
    *link = item.hash_next;
    --count_;
  }

 private:
  void push(T& item) {
    T*& head = buckets_[item.hash & (buckets_.size() - 1)];
    item.hash_next = head;
    head = &item;
  }
  void grow() {
    std::vector<T*> old(buckets_.empty() ? 8 : buckets_.size() * 2, nullptr);
    old.swap(buckets_);
    for (T* at : old) {
      while (at) {
        T* next = at->hash_next;
        push(*at);
        at = next;
      }
    }
  }
  std::vector<T*> buckets_;
  u32 count_ = 0;
};

struct OfPeer;  // tag: the datagrams of one source

struct Reassembler::Datagram : ListHook<Datagram>, ListHook<Datagram, OfPeer> {
  struct Piece {
    u16 offset = 0;
    u16 size = 0;
    u16 start = 0;  // of the data, in the packet
    Packet packet;
  };

  bool is(const FragmentInfo& info) const {
    return key.identification == info.identification && key.source == info.source &&
           key.destination == info.destination &&
           (key.source.is_v6() || key.protocol == info.protocol);
  }
  bool total_known() const { return total != 0; }
  bool done() const { return total_known() && received == total; }
  enum class Verdict : u8 { fits, duplicate, overlap, conflict };
  Verdict judge(const FragmentInfo& info);
  Packet join();
  void reset();

  FragmentInfo key;  // the first to come; once the one with offset 0 is here, that
  u64 hash = 0;
  Datagram* hash_next = nullptr;
  Peer* peer = nullptr;
  Instant deadline;
  u64 bytes = 0;    // kept allocated on its behalf
  u32 total = 0;    // bytes of data, once the last fragment is here
  u32 highest = 0;  // one past the last byte seen
  u32 received = 0;
  u8 ecn_seen = 0;  // bit n: a fragment with ECN field n
  bool first_seen = false;
  bool poisoned = false;
  Drop poison = Drop::fragment_overlap;
  std::vector<Piece> pieces;  // in order of arrival
  UnitBitmap covered;
  UnitBitmap starts;  // units where a piece begins
};

struct Reassembler::Peer {
  IpAddress source;
  u64 hash = 0;
  Peer* hash_next = nullptr;
  u64 bytes = 0;
  IntrusiveList<Datagram, OfPeer> datagrams;  // oldest first
};

struct Reassembler::State {
  HashChains<Datagram> by_key;
  HashChains<Peer> by_source;
  IntrusiveList<Datagram> by_age;  // all have the same timeout, so by deadline too
  std::vector<std::unique_ptr<Datagram>> spare_datagrams;
  std::vector<std::unique_ptr<Peer>> spare_peers;
};

}  // namespace catenet
