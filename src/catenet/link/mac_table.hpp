// MacTable: which port a station was last seen at. Bounded, aging, the station not heard for
// longest evicted first. Read IEEE 802.1Q clause 8.8 (the filtering database).
#pragma once

#include <optional>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

class MacTable {
 public:
  struct Entry {
    MacAddress mac{};
    u16 vlan = 0;
    u32 port = 0;
    bool is_static = false;
    Instant heard{};  // when last refreshed
    bool operator==(const Entry&) const = default;
  };

  // At most `limit` entries (1 to 2^20), static ones included. `salt` keeps a peer from choosing
  // colliding addresses; no answer depends on it.
  explicit MacTable(u32 limit = 8'192, Duration ageing = Duration::seconds(300), u64 salt = 0);

  // Notes that `mac` was heard at `port`. A static entry stays as it is. False when nothing could
  // be noted, because all entries are static.
  bool learn(u16 vlan, MacAddress mac, u32 port, Instant now);
  // The port of a station heard within the ageing time.
  std::optional<u32> find(u16 vlan, MacAddress mac, Instant now) const;
  // Adds or replaces an entry that stays until removed; false when every place is taken by other
  // static ones.
  bool add_static(u16 vlan, MacAddress mac, u32 port, Instant now);
  // False when there was no static entry.
  bool remove_static(u16 vlan, MacAddress mac);
  // Forgets what was learnt at `port`; static entries stay.
  void flush_port(u32 port);
  // Forgets everything learnt.
  void flush();

  void set_ageing(Duration ageing) { ageing_ = ageing; }
  Duration ageing() const { return ageing_; }
  u32 size() const { return used_; }
  u32 limit() const { return limit_; }
  u64 evicted() const { return evicted_; }
  // Entries that are not too old at `now`, by (vlan, mac).
  std::vector<Entry> snapshot(Instant now) const;

 private:
  static constexpr u32 none = UINT32_MAX;
  struct Node {
    Entry entry{};
    u64 key = 0;
    u32 previous =
        none;  // neighbours in the order heard, oldest first; `next` also chains the free ones
    u32 next = none;
  };

  static u64 key_of(u16 vlan, MacAddress mac);
  std::size_t home(u64 key) const;
  std::size_t slot_of(u64 key) const;
  bool expired(const Entry& entry, Instant now) const {
    return !entry.is_static && now - entry.heard > ageing_;
  }
  Node* insert(u64 key, u16 vlan, MacAddress mac);
  void erase(u32 node);
  void erase_slot(std::size_t gap);
  void grow();
  void link_newest(u32 node);
  void unlink(u32 node);

  u32 limit_;
  Duration ageing_;
  u64 salt_;
  std::vector<Node> nodes_;
  std::vector<u32>
      slots_;  // open addressing with linear probing, a power of two, at most half full
  u32 free_ = none;
  u32 oldest_ = none;  // of those learnt; static ones are in no order
  u32 newest_ = none;
  u32 used_ = 0;
  u64 evicted_ = 0;
};

}  // namespace catenet
