// NeighbourCache: from the next hop's address to its MAC, and whether it still answers. One state
// machine for ARP and ND: read RFC 4861 section 7.3, then RFC 826 and RFC 1122 section 2.3.2. A
// plain machine: it sends nothing, it says what to.
//
// getters     find, for_each, size, generation, next_deadline
// on_* inputs on_advertisement, on_solicitation, on_timeout, confirm, doubt
// commands    resolve, queue, add_permanent, add_learned, remove, clear, set_timers
// output      poll_action: after every input and command, until it has nothing
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/base/ring.hpp"
#include "catenet/engine/random.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// RFC 4861 section 7.3.2, and two that Linux has.
enum class NeighbourState : u8 {
  incomplete,  // asked for, no answer yet
  reachable,
  stale,
  delay,
  probe,
  failed,     // did not answer; resolve asks again
  permanent,  // configured
};
// As `ip neigh` prints it: "REACHABLE".
std::string_view neighbour_state_name(NeighbourState state);

// An entry. Its address in memory stays until it is removed; NeighbourCache::generation tells.
class Neighbour {
 public:
  explicit Neighbour(const IpAddress& address) : address_(address) {}

  const IpAddress& address() const { return address_; }
  // Only while usable().
  MacAddress mac() const { return mac_; }
  // Whether mac() is known: packets go out, in every state but incomplete and failed.
  bool usable() const {
    return state_ != NeighbourState::incomplete && state_ != NeighbourState::failed;
  }
  // As of the last change; a reachable one turns stale when it is next used after its time.
  NeighbourState raw_state() const { return state_; }
  NeighbourState state(Instant now) const {
    const bool out = state_ == NeighbourState::reachable && now >= reachable_until_;
    return out ? NeighbourState::stale : state_;
  }
  // ND: the neighbour said it is a router.
  bool router() const { return router_; }
  u32 queued() const { return queue_.size(); }
  // When it was last resolved for a packet, last known to be reachable, last changed; `ip -s neigh`
  // prints these.
  Instant used() const { return used_; }
  Instant confirmed() const { return confirmed_; }
  Instant updated() const { return updated_; }
  // Whether the fast path may go on without NeighbourCache::touch: nothing is to be done on use
  // until this instant.
  bool fresh(Instant now) const {
    return (state_ == NeighbourState::reachable && now < reachable_until_) ||
           state_ == NeighbourState::permanent;
  }

 private:
  friend class NeighbourCache;
  IpAddress address_;
  MacAddress mac_;
  NeighbourState state_ = NeighbourState::incomplete;
  bool router_ = false;
  bool wanted_ = false;                  // resolved for a packet since it is here
  u8 probes_ = 0;                        // solicitations sent in this state
  IpAddress asked_for_;                  // source of the packet that made us ask
  Instant deadline_ = Instant::never();  // of incomplete, delay and probe
  Instant reachable_until_;
  Instant used_;
  Instant confirmed_;
  Instant updated_;
  PacketQueue queue_;
};

// What the owner of the cache has to do.
struct NeighbourAction {
  enum class Kind : u8 {
    solicit_multicast,  // ask everybody for `target` (ARP: broadcast; ND: its solicited-node group)
    solicit_unicast,    // ask `target` at `mac` whether it is still there
    resolved,           // send `packets` to `mac`
    failed,             // `target` is unreachable: refuse `packets` with ICMP, drop them as
                        // neighbour_unreachable
  };
  Kind kind = Kind::failed;
  IpAddress target;
  MacAddress mac;
  IpAddress source;  // solicit_*: of the packet that made us ask (RFC 4861 7.2.2); unspecified: any
                     // of the interface's
  bool was_router = false;  // failed: it was a router (RFC 4861 7.2.5: choose another)
  PacketQueue packets;
};

// The constants of RFC 4861 section 10, and bounds.
struct NeighbourLimits {
  u8 multicast_probes = 3;  // MAX_MULTICAST_SOLICIT
  u8 unicast_probes = 3;    // MAX_UNICAST_SOLICIT
  // What waits for one neighbour while it is incomplete, as Linux bounds it (unres_qlen,
  // unres_qlen_bytes): few packets, as RFC 4861 7.2.2 wants it, but a window's burst is not lost.
  u16 queue_packets = 101;
  u32 queue_bytes = 212'992;                          // by footprint()
  u16 entries = 1024;                                 // more, and the least useful go (gc_thresh3)
  Duration delay_first_probe = Duration::seconds(5);  // DELAY_FIRST_PROBE_TIME
  Duration idle_lifetime = Duration::seconds(60);  // unused so long and not reachable: first to go
};

// What packets that wait for addresses keep, in all caches of a host together, by footprint(). Over
// the limit a neighbour still gets one, the latest (RFC 1122 2.3.2.2).
struct NeighbourMemory {
  u64 limit = 4u << 20;
  u64 used = 0;
};

// What a received answer changed, for the caller's own rules.
struct NeighbourChange {
  Neighbour* neighbour = nullptr;  // nullptr: the answer was nobody's we ask for
  bool mac_changed = false;        // and there was another before
  bool left_routers = false;       // it was a router and says it no longer is (RFC 4861 7.2.5)
};

// An ND advertisement, or an ARP reply (solicited if it came to us alone, override set).
struct NeighbourAdvertisement {
  IpAddress target;
  std::optional<MacAddress> mac;  // none: the link-layer address option was left out
  bool router = false;
  bool solicited = false;
  bool override = false;
};

class NeighbourCache {
 public:
  using Limits = NeighbourLimits;
  using Change = NeighbourChange;

  // `random` (for ReachableTime, and to key the table), `memory` and `limits` outlive the cache.
  NeighbourCache(RandomStream& random, NeighbourMemory& memory,
                 const Limits& limits = default_limits);
  NeighbourCache(const NeighbourCache&) = delete;
  NeighbourCache& operator=(const NeighbourCache&) = delete;

  // The entry for `address`, made if need be, about to be sent to. If it is usable(), send; else
  // queue the packet. `source` is the packet's. nullptr: the table is full of permanent entries.
  Neighbour* resolve(const IpAddress& address, Instant now, const IpAddress& source = {});
  // The same for an entry already at hand, as a sender's cache has it.
  void touch(Neighbour& neighbour, Instant now, const IpAddress& source = {});
  // Keeps `packet` until `neighbour`, which is incomplete, is resolved or given up. Returns the
  // packets that had to make room, the oldest first (Drop::neighbour_queue_full).
  [[nodiscard]] PacketQueue queue(Neighbour& neighbour, Packet packet);

  // RFC 4861 7.2.5. Makes no entry.
  Change on_advertisement(const NeighbourAdvertisement& advertisement, Instant now);
  // Somebody showed its MAC: a solicitation's source, a router's advertisement, a redirect, an ARP
  // request (RFC 4861 7.2.3, 6.3.4, 8.3; RFC 826). `create`: make an entry if there is none.
  // `is_router`: what the message says of it, if it does.
  Change on_solicitation(const IpAddress& source, MacAddress mac, Instant now, bool create = true,
                         std::optional<bool> is_router = {});
  // An upper layer saw forward progress (RFC 4861 7.3.1). Ignored unless the MAC is known.
  void confirm(const IpAddress& address, Instant now);
  void confirm(Neighbour& neighbour, Instant now);
  // An upper layer hears nothing by this neighbour (RFC 9293 3.8.3): a reachable one turns stale,
  // so that its next use has it asked.
  void doubt(Neighbour& neighbour, Instant now);
  // Runs what is due. Early calls do nothing.
  void on_timeout(Instant now);
  // When on_timeout is next needed; never when nobody is being asked. May be earlier than needed,
  // not later.
  Instant next_deadline() const { return next_deadline_; }

  // The next thing to do; in order.
  std::optional<NeighbourAction> poll_action();

  // The entry, left as it is; nullptr when there is none.
  Neighbour* find(const IpAddress& address);
  const Neighbour* find(const IpAddress& address) const;
  // Every entry by address.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Neighbour* neighbour : sorted()) visit(*neighbour);
  }
  u32 size() const { return static_cast<u32>(entries_.size()); }
  // Changes when an entry goes, for pointers kept from before may dangle, and when one fails, for
  // there may be another way.
  u64 generation() const { return generation_; }

  // Sets a permanent entry, or turns one into such. no_buffer_space: the table is full of them.
  Result<void> add_permanent(const IpAddress& address, MacAddress mac, Instant now);
  // The same for an entry that ages as if its neighbour had told of itself (`arp -s HOST MAC
  // temp`).
  Result<void> add_learned(const IpAddress& address, MacAddress mac, Instant now);
  // Forgets an entry, permanent ones too; packets it held come out as `failed`. False: there was
  // none.
  bool remove(const IpAddress& address);
  // Forgets all but permanent entries (`arp -d -a`, a link that went down); with `permanent` those
  // as well.
  void clear(bool permanent = false);

  // BaseReachableTime and RetransTimer of the interface: 30 s and 1 s until a router says otherwise
  // (RFC 4861 6.3.2).
  void set_timers(Duration base_reachable, Duration retransmit);
  Duration base_reachable() const { return base_reachable_; }
  Duration retransmit() const { return retransmit_; }

  static const Limits default_limits;

 private:
  void set_state(Neighbour& neighbour, NeighbourState next, Instant now);
  Result<void> enter(const IpAddress& address, MacAddress mac, NeighbourState state, Instant now);
  void set_deadline(Neighbour& neighbour, Instant at);
  NeighbourAction& act(NeighbourAction::Kind kind, const Neighbour& neighbour);
  void solicit(Neighbour& neighbour, Instant now);
  void on_deadline(Neighbour& neighbour, Instant now);
  void reach(Neighbour& neighbour, Instant now);
  void flush(Neighbour& neighbour);
  bool within_bounds(const PacketQueue& queue) const;
  PacketQueue take_queue(Neighbour& neighbour);
  void fail(Neighbour& neighbour, Instant now);
  void release_packets(Neighbour& neighbour);
  Neighbour* make(const IpAddress& address, Instant now);
  bool make_room(Instant now);
  u32 usefulness(const Neighbour& neighbour, Instant now) const;
  template <typename Goes>
  u32 remove_if(Goes&& goes);
  u32 position_of(const IpAddress& address) const;
  void index(u32 position);
  void rebuild_index();
  std::vector<const Neighbour*> sorted() const;

  RandomStream& random_;
  NeighbourMemory& memory_;
  const Limits& limits_;
  std::vector<std::unique_ptr<Neighbour>> entries_;
  std::vector<u32> index_;  // open addressing into entries_, once there are more than a few
  std::unique_ptr<Ring<NeighbourAction>> actions_;
  mutable Neighbour* last_ = nullptr;  // found last
  Instant next_deadline_ = Instant::never();
  Duration base_reachable_ = Duration::seconds(30);
  Duration reachable_;  // ReachableTime: the base times 0.5 to 1.5, drawn anew after hours
  Instant reachable_drawn_until_ = Instant::long_ago();
  Instant collected_ = Instant::long_ago();  // when idle entries were last looked for
  Duration retransmit_ = Duration::seconds(1);
  u64 generation_ = 1;
  u64 key_;
};

}  // namespace catenet
