// Link: joins two Nics, with an Impairment for each direction that may change while frames are on
// the way.
//
//   Nic::output → Direction::transmit → mtu, queue, serialisation ┐ sender's shard: fixes (when,
//   key) of the arrival
//                                        loss, jitter, bit errors ┘
//                 Arrivals::on_arrival → FCS check → Nic::input     receiver's shard
//
// The two halves share no mutable state but the CrossShardInbox, which is there only when the Nics
// live in two shards.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "catenet/link/arrivals.hpp"
#include "catenet/link/channel.hpp"
#include "catenet/link/impairment.hpp"
#include "catenet/link/nic.hpp"
#include "catenet/link/transmit_queue.hpp"
#include "catenet/trace/counters.hpp"

namespace catenet {

class ShardSet;

// Wire frames, ever. A transmission is one wire frame offered: a duplicate is one more, a
// super-segment that passes whole is as many as it stands for.
struct DirectionCounters {
  u64 offered = 0;
  u64 offered_bytes = 0;
  u64 delivered = 0;
  u64 delivered_bytes = 0;
  u64 delivered_corrupted = 0;  // of those delivered: bit errors that the FCS did not see
  u64 duplicated = 0;           // of those offered: copies that the link made
  u64 held_back = 0;            // of those offered: reordered
  u64 marked = 0;               // of those offered: told of congestion instead of dropped (ECN)
  u64 in_flight = 0;            // queued, being sent or on the wire now
  DropCounters dropped;

  u64 dropped_total() const;
};

class Direction final : public Transmitter {
 public:
  // `origin` is named Link::direction_name(from, to). `shards` may be null when both Nics share an
  // engine.
  Direction(Nic& from, Nic& to, Origin& origin, ShardSet* shards);

  // The sending Nic hands `frame` over. Cuts it into wire frames where they must be seen one by
  // one.
  void transmit(Packet&& frame) override;
  bool takes_super_segments() const override { return !wire_frames_; }
  // Always: a frame that bit errors hit has its checksum completed first.
  bool takes_deferred_checksums() const override { return true; }
  // Those of the sender's half: all but bad_fcs, which the receiving port finds.
  void add_own_drops(DropCounters& sum) const override { add_drops(sum, sent_.dropped); }

  const Impairment& impairment() const { return impairment_; }
  Nic& from() { return from_; }
  Nic& to() { return to_; }
  const Origin& origin() const { return origin_; }
  bool up() const { return up_; }
  bool partitioned() const { return partitioned_; }

  // Frames that wait for the transmitter now, the one being sent not counted; and when the
  // transmitter falls idle.
  u32 queued();
  Instant busy_until() const { return queue_.busy_until(); }

  DirectionCounters counters() const;
  u64 offered() const { return sent_.offered; }
  // Offered = delivered + dropped by reason + in flight.
  bool books_balance() const;

 private:
  friend class Link;

  void set(const Impairment& impairment);
  void set_up(bool up);
  void offer(Packet&& frame);
  void transmit_one(Packet&& frame, bool copy);
  [[gnu::cold]] void hold(Packet frame, bool copy);
  [[gnu::cold]] void send_held();
  void send(Packet&& frame, Instant departure, bool copy) {
    if (channel_.plain()) {
      arrivals_.accept({departure + impairment_.delay, origin_.next_key(), std::move(frame)});
    } else {
      put_on_wire(std::move(frame), departure, copy);
    }
  }
  void put_on_wire(Packet&& frame, Instant departure, bool copy);
  [[gnu::cold]] Packet corrupt(Packet frame, std::span<const u32> wrong_bits);
  [[gnu::cold]] void drop(Packet frame, Drop reason);

  Nic& from_;
  Nic& to_;
  Origin& origin_;
  Impairment impairment_;
  bool up_ = true;
  bool partitioned_ = false;
  bool wire_frames_ = false;
  TransmitQueue queue_;
  Channel channel_;
  Instant latest_arrival_ = Instant::long_ago();  // of those that keep their order
  DirectionCounters sent_;                        // the sender's half of the books
  Arrivals arrivals_;
  // When the transmitter falls idle; only while the queue holds frames.
  MemberEvent<Direction, &Direction::send_held> transmitter_idle_{*this};
};

enum class Way : u8 { a_to_b, b_to_a };

class Link {
 public:
  // The name of the origin that Direction from → to needs: "alice:eth0>r1:lan".
  static std::string direction_name(const Nic& from, const Nic& to);

  // Plugs a cable without impairments in at both ends; carrier comes up. All arguments outlive the
  // link. `shards` is needed when the Nics' engines differ; then nothing may arrive sooner than
  // Impairment::least_delay() > 0 allows, so such a link starts with the delay of `impairment`,
  // which must be valid.
  Link(Nic& a, Nic& b, Origin& a_to_b, Origin& b_to_a, const Impairment& impairment = {},
       ShardSet* shards = nullptr);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  // Unplugs without telling the nodes (set_up(false) tells them); frames in flight vanish.
  ~Link();

  // Takes effect for the frames that are offered from now on; those accepted keep their departure
  // and arrival, and new ones queue behind them. Frames that CoDel holds have neither yet: they
  // leave by the new rules. The error leaves the link as it was. Between shards: call at a barrier.
  std::expected<void, ImpairmentError> set(Way way, const Impairment& impairment);
  std::expected<void, ImpairmentError> set_both(const Impairment& impairment);

  // Down: what is queued or in flight is dropped with link_down, carrier goes at both ends. Between
  // shards: at a barrier.
  void set_up(bool up);
  bool up() const { return a_to_b_.up(); }

  // Partitioned: frames offered are dropped with `partitioned`, carrier stays, what is in flight
  // arrives.
  void set_partitioned(bool on);
  void set_partitioned(Way way, bool on) { direction(way).partitioned_ = on; }

  Direction& direction(Way way) { return way == Way::a_to_b ? a_to_b_ : b_to_a_; }
  const Direction& direction(Way way) const { return way == Way::a_to_b ? a_to_b_ : b_to_a_; }
  // The direction that `from` sends into; it must be one of the ends.
  Direction& direction_from(const Nic& from);
  Nic& a() { return a_to_b_.from(); }
  Nic& b() { return b_to_a_.from(); }
  bool books_balance() const { return a_to_b_.books_balance() && b_to_a_.books_balance(); }

 private:
  std::optional<ImpairmentError> check(const Impairment& impairment) const;

  ShardSet* shards_;  // null when both ends share a shard
  Direction a_to_b_;
  Direction b_to_a_;
};

}  // namespace catenet
