#include "catenet/link/arrivals.hpp"

#include <algorithm>

#include "catenet/engine/shards.hpp"
#include "catenet/link/fcs.hpp"
#include "catenet/link/frame_history.hpp"
#include "catenet/trace/offload.hpp"

namespace catenet {
namespace {

u64 frames_of(const Ring<Arrival>& arrivals) {
  u64 sum = 0;
  for (std::size_t i = 0; i < arrivals.size(); ++i) sum += wire_size(arrivals[i].frame).frames;
  return sum;
}

// For std::push_heap and its kin, whose top is the greatest.
bool later(const Arrival& a, const Arrival& b) { return b.before(a); }

u32 shard_of(ShardSet& shards, const Engine& engine) {
  u32 shard = 0;
  while (shard < shards.size() && &shards.engine(shard) != &engine) ++shard;
  CATENET_ASSERT(shard < shards.size());
  return shard;
}

}  // namespace

// Frames that cross: pushed by the sender's shard while it runs, taken into the receiver's pool
// between windows.
class Arrivals::Inbox final : public CrossShardInbox {
 public:
  Inbox(ShardSet& shards, u32 from, Arrivals& owner)
      : CrossShardInbox(shards, from), owner_(owner) {}

  void push(Arrival&& arrival) {
    pending_.push_back(std::move(arrival));
    mark_pending();
  }
  u64 frames() const { return frames_of(pending_); }
  void drain() override {
    while (!pending_.empty()) {
      Arrival arrival = pending_.pop_front();
      arrival.frame = arrival.frame.copy(owner_.to_.pool());
      owner_.insert(std::move(arrival));
    }
  }

 private:
  Arrivals& owner_;
  Ring<Arrival> pending_;
};

Arrivals::Arrivals(Nic& from, Nic& to, ShardSet* shards) : to_(to) {
  if (shards) inbox_ = std::make_unique<Inbox>(*shards, shard_of(*shards, from.engine()), *this);
}

Arrivals::~Arrivals() = default;

void Arrivals::post(Arrival&& arrival) { inbox_->push(std::move(arrival)); }

u64 Arrivals::in_flight() const {
  u64 sum = frames_of(in_order_) + (inbox_ ? inbox_->frames() : 0);
  for (const Arrival& arrival : overtaking_) sum += wire_size(arrival.frame).frames;
  return sum;
}

void Arrivals::insert(Arrival&& arrival) {
  const Arrival* first = next();
  if (!first || arrival.before(*first)) {
    to_.engine().schedule_at(arrival.when, arrival.key, arrival_);
  }
  const bool in_order = in_order_.empty() || !arrival.before(in_order_.back());
  if (in_order && !arrival.held_back) {
    in_order_.push_back(std::move(arrival));
    return;
  }
  overtaking_.push_back(std::move(arrival));
  std::push_heap(overtaking_.begin(), overtaking_.end(), later);
}

const Arrival* Arrivals::next() const {
  const Arrival* first = in_order_.empty() ? nullptr : &in_order_[0];
  if (overtaking_.empty()) return first;
  const Arrival* other = &overtaking_.front();
  return first && first->before(*other) ? first : other;
}

Arrival Arrivals::pop() {
  if (overtaking_.empty() || next() != &overtaking_.front()) return in_order_.pop_front();
  std::pop_heap(overtaking_.begin(), overtaking_.end(), later);
  Arrival arrival = std::move(overtaking_.back());
  overtaking_.pop_back();
  return arrival;
}

void Arrivals::on_arrival() {
  Arrival arrival = pop();
  // Before delivery, because whoever gets the frame may take the link down.
  if (const Arrival* following = next()) {
    to_.engine().schedule_at(following->when, following->key, arrival_);
  }
  if (arrival.carries_fcs && !arrived_undetected(arrival.frame)) return;
  const WireSize size = wire_size(arrival.frame);
  counters_.delivered += size.frames;
  counters_.delivered_bytes += size.bytes;
  to_.input(std::move(arrival.frame));
}

bool Arrivals::arrived_undetected(Packet& frame) {
  if (take_fcs(frame)) {
    ++counters_.delivered_corrupted;
    frame.meta().checksum = ChecksumState::present;
    return true;
  }
  ++counters_.bad_fcs;
  ++to_.counters().bad_fcs;
  frame.meta().passage = 0;  // it never came in
  const Instant now = to_.engine().now();
  fold_frame(to_.node().history(), now, frame, FrameStep::dropped, Drop::bad_fcs);
  if (Recorder* recorder = to_.recorder()) {
    recorder->on_frame(now, to_.port(), FrameEvent::dropped, frame, Drop::bad_fcs);
  }
  return false;
}

Packet Arrivals::take_next() {
  if (inbox_) inbox_->drain();
  if (!next()) return {};
  Arrival arrival = pop();
  if (const Arrival* following = next()) {
    to_.engine().schedule_at(following->when, following->key, arrival_);
  } else {
    arrival_.cancel();
  }
  return std::move(arrival.frame);
}

}  // namespace catenet
