#include "catenet/link/link.hpp"

#include <algorithm>
#include <utility>

#include "catenet/engine/shards.hpp"
#include "catenet/link/fcs.hpp"
#include "catenet/link/frame_history.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {
namespace {

// What an MTU limits: bytes behind the Ethernet header and its 802.1Q tag.
u32 payload_bytes(const Packet& frame) {
  u32 header = wire::ethernet::header_size;
  const bool long_enough = frame.linear_size() >= header;
  if (long_enough && wire::EthernetView(frame.data()).type() == wire::EtherType::vlan) {
    header += wire::ethernet::vlan_tag_size;
  }
  return frame.size() - std::min(frame.size(), header);
}

}  // namespace

u64 DirectionCounters::dropped_total() const { return total_drops(dropped); }

Direction::Direction(Nic& from, Nic& to, Origin& origin, ShardSet* shards)
    : from_(from),
      to_(to),
      origin_(origin),
      queue_(origin),
      channel_(origin),
      arrivals_(from, to, shards) {}

void Direction::set(const Impairment& impairment) {
  impairment_ = impairment;
  wire_frames_ = impairment.needs_wire_frames();
  queue_.set(impairment.rate_bps, impairment.queue);
  channel_.set(impairment);
  if (queue_.holds()) return;
  transmitter_idle_.cancel();
  while (queue_.held()) {
    TransmitQueue::Leaving next = queue_.let_go(from_.engine().now());
    send(std::move(next.held.frame), next.departure, next.held.copy);
  }
}

void Direction::set_up(bool up) {
  up_ = up;
  if (up) return;
  while (Packet frame = arrivals_.take_next()) drop(std::move(frame), Drop::link_down);
  while (Packet frame = queue_.take_held()) drop(std::move(frame), Drop::link_down);
  queue_.clear(from_.engine().now());
  transmitter_idle_.cancel();
  latest_arrival_ = Instant::long_ago();
}

void Direction::transmit(Packet&& frame) {
  if (wire_frames_ && frame.meta().segment_size != 0) {
    segment_frame(frame, from_.pool(), [this](Packet segment) { offer(std::move(segment)); });
    return;
  }
  offer(std::move(frame));
}

void Direction::offer(Packet&& frame) {
  Packet copy;
  if (up_ && channel_.duplicates()) copy = frame.clone();
  transmit_one(std::move(frame), false);
  if (!copy) return;
  copy.meta().passage = 0;  // no port sent it
  ++sent_.duplicated;
  transmit_one(std::move(copy), true);
}

void Direction::transmit_one(Packet&& frame, bool copy) {
  const Instant now = from_.engine().now();
  const WireSize size = wire_size(frame);
  sent_.offered += size.frames;
  sent_.offered_bytes += size.bytes;
  fold_frame(origin_.history(), now, frame, FrameStep::offered);
  if (!up_) return drop(std::move(frame), Drop::link_down);
  if (partitioned_) return drop(std::move(frame), Drop::partitioned);
  if (impairment_.mtu != 0 && payload_bytes(frame) > impairment_.mtu) {
    return drop(std::move(frame), Drop::frame_too_long);
  }
  if (queue_.holds()) [[unlikely]]
    return hold(std::move(frame), copy);
  Instant departure;
  if (const auto refusal = queue_.offer(now, frame, departure)) {
    return drop(std::move(frame), *refusal);
  }
  send(std::move(frame), departure, copy);
}

void Direction::hold(Packet frame, bool copy) {
  if (const auto refusal = queue_.hold(from_.engine().now(), frame, copy)) {
    return drop(std::move(frame), *refusal);
  }
  if (!transmitter_idle_.scheduled()) send_held();
}

// The transmitter is idle, or may be.
void Direction::send_held() {
  const Instant now = from_.engine().now();
  const u32 maxpacket = from_.mtu() + wire::ethernet::header_size;
  while (queue_.held() && queue_.busy_until() <= now) {
    PacketQueue dropped;
    TransmitQueue::Leaving next = queue_.next(now, maxpacket, dropped);
    while (Packet frame = dropped.pop_front()) drop(std::move(frame), Drop::codel);
    if (next.held.frame) send(std::move(next.held.frame), next.departure, next.held.copy);
  }
  if (queue_.held()) {
    from_.engine().schedule_at(queue_.busy_until(), origin_.next_key(), transmitter_idle_);
  }
}

void Direction::put_on_wire(Packet&& frame, Instant departure, bool copy) {
  const Fate fate = channel_.draw(copy);
  bool hit = false;
  if (channel_.flips_bits()) {
    const auto& wrong = channel_.draw_bit_errors(copy, exposed_bits(frame.size()));
    hit = !wrong.empty() && !fate.loss;
    if (hit) frame = corrupt(std::move(frame), wrong);
  }
  if (fate.loss) return drop(std::move(frame), *fate.loss);
  Arrival arrival{departure + std::max(Duration::zero(), impairment_.delay + fate.jitter),
                  origin_.next_key(), std::move(frame), hit, fate.held_back};
  if (fate.held_back) {
    ++sent_.held_back;
    arrival.when += impairment_.reorder.by;
  } else if (impairment_.jitter.keep_order) {
    arrival.when = latest_arrival_ = std::max(latest_arrival_, arrival.when);
  }
  arrivals_.accept(std::move(arrival));
}

Packet Direction::corrupt(Packet frame, std::span<const u32> wrong_bits) {
  complete_checksum(frame);
  Packet sent = with_fcs(frame, from_.pool());
  for (const u32 bit : wrong_bits) flip_bit(sent, bit);
  return sent;
}

void Direction::drop(Packet frame, Drop reason) {
  const Instant now = from_.engine().now();
  sent_.dropped[static_cast<std::size_t>(reason)] += wire_size(frame).frames;
  fold_frame(origin_.history(), now, frame, FrameStep::dropped, reason);
  if (Recorder* recorder = from_.recorder()) {
    recorder->on_frame(now, from_.port(), FrameEvent::dropped, frame, reason);
  }
}

u32 Direction::queued() { return queue_.waiting(from_.engine().now()); }

DirectionCounters Direction::counters() const {
  DirectionCounters all = sent_;
  const ArrivalCounters& arrived = arrivals_.counters();
  all.delivered = arrived.delivered;
  all.delivered_bytes = arrived.delivered_bytes;
  all.delivered_corrupted = arrived.delivered_corrupted;
  if (arrived.bad_fcs > 0) {
    all.dropped[static_cast<std::size_t>(Drop::bad_fcs)] += arrived.bad_fcs;
  }
  all.marked = queue_.marked();
  all.in_flight = arrivals_.in_flight() + queue_.held_wire_frames();
  return all;
}

bool Direction::books_balance() const {
  const DirectionCounters all = counters();
  return all.offered == all.delivered + all.dropped_total() + all.in_flight;
}

std::string Link::direction_name(const Nic& from, const Nic& to) {
  return from.name() + ">" + to.name();
}

Link::Link(Nic& a, Nic& b, Origin& a_to_b, Origin& b_to_a, const Impairment& impairment,
           ShardSet* shards)
    : shards_(&a.engine() == &b.engine() ? nullptr : shards),
      a_to_b_(a, b, a_to_b, shards_),
      b_to_a_(b, a, b_to_a, shards_) {
  CATENET_ASSERT(&a.engine() == &b.engine() || shards);
  const bool valid = set_both(impairment).has_value();
  CATENET_ASSERT(valid);
  a.connect(&a_to_b_);
  b.connect(&b_to_a_);
  a.set_carrier(true);
  b.set_carrier(true);
}

Link::~Link() {
  a().connect(nullptr);
  b().connect(nullptr);
}

std::optional<ImpairmentError> Link::check(const Impairment& impairment) const {
  if (auto error = validate(impairment)) return error;
  if (shards_ && impairment.least_delay() <= Duration::zero()) {
    return ImpairmentError{"delay",
                           "0 s between two shards; more, less all jitter, would be right"};
  }
  return std::nullopt;
}

std::expected<void, ImpairmentError> Link::set(Way way, const Impairment& impairment) {
  if (auto error = check(impairment)) return std::unexpected(*std::move(error));
  if (shards_) shards_->note_lookahead(impairment.least_delay());
  direction(way).set(impairment);
  return {};
}

std::expected<void, ImpairmentError> Link::set_both(const Impairment& impairment) {
  if (auto result = set(Way::a_to_b, impairment); !result) return result;
  return set(Way::b_to_a, impairment);
}

void Link::set_up(bool up) {
  a_to_b_.set_up(up);
  b_to_a_.set_up(up);
  a().set_carrier(up);
  b().set_carrier(up);
}

void Link::set_partitioned(bool on) {
  set_partitioned(Way::a_to_b, on);
  set_partitioned(Way::b_to_a, on);
}

Direction& Link::direction_from(const Nic& from) {
  CATENET_ASSERT(&from == &a() || &from == &b());
  return &from == &a() ? a_to_b_ : b_to_a_;
}

}  // namespace catenet
