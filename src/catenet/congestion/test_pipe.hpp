// A bottleneck for tests: senders that always have data share one rate, one buffer and one delay,
// and every segment is acknowledged. Deterministic; time jumps from event to event.
#pragma once

#include <deque>
#include <memory>
#include <queue>
#include <vector>

#include "catenet/congestion/controller.hpp"

namespace catenet::congestion {

struct PipeOptions {
  u64 rate = 12'500'000;                      // bytes per second
  Duration rtt = Duration::milliseconds(40);  // without a queue
  u64 buffer = 1'000'000;                     // bytes
  u32 loss_per_million = 0;                   // behind the buffer, at random
  u64 mark_above = ~u64{0};                   // bytes queued from which segments are marked
  Duration ack_every = Duration::zero();      // acknowledgements wait for multiples of it
};

class PipeFlow {
 public:
  static constexpr u32 mss = 1'000;

  PipeFlow(CongestionKind kind, u32 seed) : controller(kind, mss, 10, seed) {}

  Controller controller;
  DeliveryRate rate;
  u64 sent = 0;  // segments
  u64 delivered = 0;
  u64 lost = 0;
  u32 recoveries = 0;
  u32 timeouts = 0;
  u32 in_flight = 0;
  u32 least_in_flight = ~u32{0};
  Duration least_rtt = Duration::infinite();
  Duration srtt;
  u64 supply = ~u64{0};  // segments to send altogether

 private:
  friend class Pipe;
  struct Segment {
    SentState sent;
    bool done = false;  // acknowledged, or taken to be lost
  };

  Pacer pacer_;
  std::deque<Segment> segments_;  // from number first_
  u64 first_ = 0;
  u64 recovery_point_ = 0;
  u64 cwr_point_ = 0;
  bool recovering_ = false;
  Instant woken_at_ = Instant::never();
  Instant heard_at_;
};

class Pipe {
 public:
  explicit Pipe(const PipeOptions& wanted) : options(wanted) {}

  PipeFlow& add(CongestionKind kind, u32 seed = 1, Instant start = Instant{}) {
    flows_.push_back(std::make_unique<PipeFlow>(kind, seed));
    push({std::max(start, now), 0, flows_.back().get(), 0, Event::tick, false});
    return *flows_.back();
  }
  void run(Duration time) {
    const Instant end = now + time;
    while (!events_.empty() && events_.top().at <= end) {
      const Event event = events_.top();
      events_.pop();
      now = event.at;
      switch (event.kind) {
        case Event::tick: tick(*event.flow); break;
        case Event::wake: wake(*event.flow); break;
        case Event::ack: acknowledged(*event.flow, event.number, event.marked); break;
      }
    }
    now = end;
  }
  // `flow` has so many segments more to send.
  void supply(PipeFlow& flow, u64 segments) {
    flow.supply = flow.sent + segments;
    wake(flow);
  }
  // Bytes queued, as segments found it that came since the last call, on average.
  u64 mean_queue() {
    const u64 mean = arrivals_ ? queue_seen_ / arrivals_ : 0;
    arrivals_ = queue_seen_ = 0;
    return mean;
  }

  PipeOptions options;
  Instant now;

 private:
  struct Event {
    enum Kind : u8 { tick, wake, ack };
    Instant at;
    u64 order;
    PipeFlow* flow;
    u64 number;
    Kind kind;
    bool marked;
    bool operator<(const Event& b) const { return at != b.at ? b.at < at : b.order < order; }
  };

  void push(Event event) {
    event.order = ++order_;
    events_.push(event);
  }

  void wake(PipeFlow& f) {
    f.woken_at_ = Instant::never();
    pump(f);
  }

  // Each second: what was not heard of for one is lost.
  void tick(PipeFlow& f) {
    constexpr Duration rto = Duration::seconds(1);
    if (f.in_flight > 0 && now >= f.heard_at_ + rto) time_out(f);
    pump(f);
    push({now + rto, 0, &f, 0, Event::tick, false});
  }

  void time_out(PipeFlow& f) {
    ++f.timeouts;
    f.controller.save();
    const u32 flight = f.in_flight;
    lose(f, f.first_ + f.segments_.size());
    f.controller.on_rto(now, flight, false);
    f.recovering_ = true;
    f.recovery_point_ = f.sent;
    f.heard_at_ = now;
  }

  void pump(PipeFlow& f) {
    if (f.in_flight == 0) f.controller.on_idle(now, Duration::seconds(1));
    while (f.in_flight + PipeFlow::mss <= f.controller.window() && f.sent < f.supply) {
      if (!f.pacer_.may_send(now)) {
        if (f.woken_at_ > f.pacer_.next()) {
          f.woken_at_ = f.pacer_.next();
          push({f.woken_at_, 0, &f, 0, Event::wake, false});
        }
        return;
      }
      transmit(f);
    }
    if (f.sent >= f.supply && f.in_flight + PipeFlow::mss <= f.controller.window()) {
      f.rate.on_app_limited(f.in_flight);
    }
  }

  void transmit(PipeFlow& f) {
    if (f.in_flight == 0) f.heard_at_ = now;
    f.segments_.push_back({f.rate.on_sent(now, f.in_flight, PipeFlow::mss), false});
    f.in_flight += PipeFlow::mss;
    f.controller.on_sent(now);
    f.pacer_.on_sent(now, PipeFlow::mss, f.controller.pacing_rate(f.srtt));
    const u64 number = f.sent++;
    const u64 queued = bytes_in(options.rate, busy_until_ - now);
    ++arrivals_;
    queue_seen_ += queued;
    if (queued + PipeFlow::mss > options.buffer) return;
    busy_until_ = std::max(busy_until_, now) + time_for(PipeFlow::mss, options.rate);
    random_ = random_ * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    if ((random_ >> 33) % 1'000'000 < options.loss_per_million) return;
    Instant at = busy_until_ + options.rtt;
    if (const i64 every = options.ack_every.ns()) {
      at = Instant::at(Duration::nanoseconds((at.ns() + every - 1) / every * every));
    }
    push({at, 0, &f, number, Event::ack, queued > options.mark_above});
  }

  // All before `end` that are not done are lost.
  u32 lose(PipeFlow& f, u64 end) {
    u32 count = 0;
    for (u64 number = f.first_; number < end; ++number) {
      auto& segment = f.segments_[number - f.first_];
      if (segment.done) continue;
      segment.done = true;
      ++count;
      f.in_flight -= PipeFlow::mss;
      f.rate.on_lost(PipeFlow::mss);
      f.controller.on_range_lost(now, {segment.sent, number * PipeFlow::mss, PipeFlow::mss},
                                 f.rate);
    }
    f.lost += count;
    return count;
  }

  void acknowledged(PipeFlow& f, u64 number, bool marked) {
    if (number < f.first_ || f.segments_[number - f.first_].done) return;
    const u32 flight = f.in_flight;
    auto& segment = f.segments_[number - f.first_];
    segment.done = true;
    ++f.delivered;
    f.in_flight -= PipeFlow::mss;
    f.heard_at_ = now;
    f.rate.on_delivered(segment.sent, PipeFlow::mss);
    const Duration rtt = now - segment.sent.sent;
    f.srtt = f.srtt > Duration::zero() ? f.srtt + (rtt - f.srtt) / 8 : rtt;
    f.least_rtt = std::min(f.least_rtt, rtt);
    constexpr u64 reordering = 3;
    if (number > f.first_ + reordering && lose(f, number - reordering) > 0 && !f.recovering_) {
      ++f.recoveries;
      f.controller.save();
      f.controller.on_loss(now, flight);
      f.recovering_ = true;
      f.recovery_point_ = f.sent;
    }
    while (!f.segments_.empty() && f.segments_.front().done) {
      f.segments_.pop_front();
      ++f.first_;
    }
    tell(f, flight, rtt, marked);
    if (f.recovering_ && number >= f.recovery_point_) {
      f.recovering_ = false;
      f.controller.on_recovery_end();
    }
    f.least_in_flight = std::min(f.least_in_flight, f.in_flight);
    pump(f);
  }

  void tell(PipeFlow& f, u32 flight, Duration rtt, bool marked) {
    const RateSample sample = f.rate.take(now);
    f.controller.on_ack({.now = now,
                         .acked = PipeFlow::mss,
                         .flight_size = flight,
                         .srtt = f.srtt,
                         .rtt = rtt,
                         .una = f.first_ * PipeFlow::mss + 1,
                         .nxt = f.sent * PipeFlow::mss + 1,
                         .marked = marked ? PipeFlow::mss : 0,
                         .in_flight = f.in_flight,
                         .in_recovery = f.recovering_,
                         .rate = &sample});
    if (!marked || f.first_ < f.cwr_point_ || f.recovering_) return;
    f.controller.on_ecn(now, flight);
    f.cwr_point_ = f.sent;
  }

  std::vector<std::unique_ptr<PipeFlow>> flows_;
  std::priority_queue<Event> events_;
  Instant busy_until_;
  u64 order_ = 0;
  u64 random_ = 1;
  u64 arrivals_ = 0;
  u64 queue_seen_ = 0;
};

}  // namespace catenet::congestion
