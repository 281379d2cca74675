// Arrivals: the receiving half of a link's direction. Holds what is in flight in the order (when,
// key) and hands each frame to the Nic at its time. One engine event, whatever is in flight.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "catenet/base/ring.hpp"
#include "catenet/engine/engine.hpp"
#include "catenet/link/nic.hpp"
#include "catenet/packet/packet.hpp"

namespace catenet {

class ShardSet;

// A frame on its way, its place in time settled by the sender.
struct Arrival {
  Instant when{};
  u64 key = 0;
  Packet frame{};
  bool carries_fcs = false;  // bit errors hit it: its FCS is behind it, to be checked
  bool held_back = false;    // those behind it will overtake it

  bool before(const Arrival& other) const {
    return when != other.when ? when < other.when : key < other.key;
  }
};

// The receiver's half of a direction's books, in wire frames.
struct ArrivalCounters {
  u64 delivered = 0;
  u64 delivered_bytes = 0;
  u64 delivered_corrupted = 0;
  u64 bad_fcs = 0;
};

class Arrivals {
 public:
  // `shards` only when the sender lives in another shard than `to`.
  Arrivals(Nic& from, Nic& to, ShardSet* shards);
  ~Arrivals();

  // From the sender. Keys rise from call to call.
  void accept(Arrival&& arrival) {
    if (inbox_) {
      post(std::move(arrival));
    } else {
      insert(std::move(arrival));
    }
  }
  // The next frame in flight, which then will not arrive; empty when there is none. Between shards:
  // at a barrier.
  Packet take_next();

  // Wire frames; looks at every arrival.
  u64 in_flight() const;
  const ArrivalCounters& counters() const { return counters_; }

 private:
  class Inbox;

  void post(Arrival&& arrival);
  void insert(Arrival&& arrival);
  const Arrival* next() const;
  Arrival pop();
  void on_arrival();
  [[gnu::cold]] bool arrived_undetected(Packet& frame);

  Nic& to_;
  // In order as they came, which nearly all are; and a heap of those that came too early for that.
  Ring<Arrival> in_order_;
  std::vector<Arrival> overtaking_;
  MemberEvent<Arrivals, &Arrivals::on_arrival> arrival_{*this};
  ArrivalCounters counters_;
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace catenet
