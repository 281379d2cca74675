// TimeWaitTable: the connections of one host in TIME-WAIT, by their pair of endpoints and by when
// each ends. 52 bytes an entry in blocks that never move, and two numbers of four bytes beside it:
// a bucket and a place in a heap. So a million fit in 64 MB, and need no event each.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/tcp/time_wait.hpp"

namespace catenet {

class TimeWaitTable {
 public:
  // A member, until it is erased.
  using Index = u32;
  static constexpr Index none = UINT32_MAX;

  TimeWaitTable(SipKey secret, tcp::Environment& environment)
      : secret_(secret), environment_(environment) {}

  std::size_t size() const { return heap_.size(); }
  Index find(const Endpoint& local, const Endpoint& remote) const;
  // The machine as it stands; give it back with update() where it changed.
  tcp::TimeWait get(Index index, Instant now) const;
  // Its pair must not be in the table. False where it cannot be kept: 65,536 local addresses are in
  // use.
  bool insert(const tcp::TimeWait& machine);
  void update(Index index, const tcp::TimeWait& machine);
  void erase(Index index);
  // The member that ends first; the table must not be empty.
  Index first() const { return heap_[0]; }
  // When that is.
  Instant next_deadline(Instant now) const;

 private:
  struct Entry {
    std::array<u8, 16> remote;  // an IPv4 address is mapped
    u16 remote_port;
    u16 local_port;
    u16 local;  // index into locals_
    u32 next_in_bucket;
    u32 place;  // in the heap; of a free entry, the next free one
    tcp::TimeWait::Kept kept;
  };
  static_assert(sizeof(Entry) <= 52);
  struct Local {
    IpAddress address;
    u32 uses = 0;
  };
  static constexpr u32 block_entries = 256;

  Entry& at(Index index) const { return (*blocks_[index / block_entries])[index % block_entries]; }
  Endpoint local(const Entry& entry) const;
  static Endpoint remote(const Entry& entry);
  std::size_t bucket(const Endpoint& local, const Endpoint& remote) const;
  std::optional<u16> local_index(const IpAddress& address);
  Index take_free();
  void grow_buckets();
  // Whether `a` ends before `b`.
  bool before(Index a, Index b) const {
    return static_cast<i32>(at(a).kept.expiry_ms - at(b).kept.expiry_ms) < 0;
  }
  void place(u32 place, Index index);
  void sift_up(u32 place);
  void sift_down(u32 place);

  SipKey secret_;
  tcp::Environment& environment_;
  std::vector<std::unique_ptr<std::array<Entry, block_entries>>> blocks_;
  std::vector<Index> buckets_;  // a power of two of them
  std::vector<Index> heap_;     // by expiry, four children a node
  std::vector<Local> locals_;
  Index free_ = none;
};

}  // namespace catenet
