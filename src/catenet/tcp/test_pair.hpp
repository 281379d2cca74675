// For tests: two hosts' TCP joined by a wire that delays, and loses, repeats and reorders by a
// seeded dice.
#pragma once

#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "catenet/tcp/listener.hpp"
#include "catenet/tcp/reset.hpp"
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {

struct WireOptions {
  u64 seed = 1;
  Duration delay = Duration::milliseconds(10);
  u32 loss_percent = 0;
  u32 duplicate_percent = 0;
  u32 reorder_percent = 0;  // delayed by up to five times more
  u32 super_bytes = 0;
  Duration serialisation;  // a packet's time at the bottleneck of its direction; zero: none there
  i64 queue = 1'000;       // packets that wait there; beyond, the tail is dropped
};

// One end: opens or accepts, writes `to_send` bytes of the pattern, reads all, then closes.
struct End {
  explicit End(PacketPool& pool, const Options& options, u64 key)
      : env(pool, {{key, 2}, {3, key}}, options) {}

  void work(Instant now) {
    if (!conn) return;
    read_all(now);
    while (written < to_send) {
      const std::size_t n =
          std::min<std::size_t>(chunk, static_cast<std::size_t>(to_send - written));
      const auto taken = conn->send(now, pattern_bytes(written + 1, n));
      if (!taken) break;
      written += *taken;
    }
    if (written == to_send && !shut && synchronised(conn->state())) {
      shut = conn->shutdown_write(now).has_value();
    }
    if (shut && ended && close_when_done) conn->close(now);
  }
  void read_all(Instant now) {
    std::vector<u8> bytes(20'000);
    while (true) {
      const auto got = conn->receive(now, bytes);
      if (!got) {
        if (got.error() != Errno::again) error = got.error();
        return;
      }
      if (*got == 0) {
        ended = true;
        return;
      }
      for (u32 i = 0; i < *got; ++i) {
        if (bytes[i] != pattern(read + 1 + i)) ++wrong;
      }
      read += *got;
    }
  }

  Environment env;
  std::unique_ptr<Connection> conn;
  i64 to_send = 0;
  i64 written = 0;
  i64 read = 0;
  u64 wrong = 0;
  std::size_t chunk = 8'000;
  bool shut = false;
  bool ended = false;
  bool close_when_done = true;
  Errno error = Errno::ok;
};

class Pair {
 public:
  explicit Pair(const WireOptions& wire, const Options& options = {})
      : wire_(wire), a(pool, options, 11), b(pool, options, 12), listener(b.env, 8) {}
  ~Pair() { flying_.clear(); }

  void connect() {
    a.conn = std::make_unique<Connection>(a.env, test_local, test_remote, 1500);
    a.conn->set_super_segments(wire_.super_bytes);
    ASSERT_TRUE(a.conn->open(now).has_value());
  }
  // Runs until both ends are done, or nothing is left to happen, or `limit` of virtual time.
  bool run(Duration limit = Duration::seconds(3'000)) {
    const Instant end = Instant::at(limit);
    while (now < end) {
      turn(a);
      turn(b);
      if (done(a) && done(b)) return true;
      const Instant next = std::min({deadline(a), deadline(b), arrival()});
      if (next == Instant::never()) return false;
      now = std::max(now, next);
      if (arrival() <= now) {
        deliver();
      } else {
        if (a.conn && a.conn->next_deadline() <= now) a.conn->on_timeout(now);
        if (b.conn && b.conn->next_deadline() <= now) b.conn->on_timeout(now);
      }
    }
    return false;
  }
  static bool done(const End& end) {
    return end.conn && end.written == end.to_send && end.ended && end.shut &&
           (end.conn->state() == State::closed || end.conn->state() == State::time_wait);
  }
  u64 dice() { return mix64(wire_.seed * 0x9e3779b97f4a7c15ull + ++draws_); }
  bool chance(u32 percent) { return percent > 0 && dice() % 100 < percent; }

  PacketPool pool;

 private:
  WireOptions wire_;
  u64 draws_ = 0;
  struct Flying {
    bool to_b;
    Packet packet;
  };
  std::map<std::pair<i64, u64>, Flying> flying_;
  u64 count_ = 0;
  Instant free_[2];

 public:
  Instant now;
  End a;
  End b;
  Listener listener;
  u64 carried = 0;
  u64 most_footprint = 0;

 private:
  Instant deadline(const End& end) const {
    return end.conn ? end.conn->next_deadline() : Instant::never();
  }
  Instant arrival() const {
    return flying_.empty() ? Instant::never()
                           : Instant::at(Duration::nanoseconds(flying_.begin()->first.first));
  }
  void turn(End& end) {
    if (!end.conn) return;
    end.work(now);
    most_footprint = std::max(most_footprint, end.conn->footprint());
    while (Packet packet = end.conn->poll_transmit(now)) launch(&end == &a, std::move(packet));
    end.conn->take_events();
  }
  // How long a packet waits for its turn at the bottleneck, itself included.
  Duration queue_behind(bool to_b) {
    Instant& free = free_[to_b ? 1 : 0];
    free = std::max(free, now);
    const Duration waits = free - now + wire_.serialisation;
    if (waits <= wire_.serialisation * wire_.queue) free = now + waits;
    return waits;
  }
  void launch(bool to_b, Packet packet) {
    ++carried;
    if (chance(wire_.loss_percent)) return;
    const Duration waits = queue_behind(to_b);
    if (waits > wire_.serialisation * wire_.queue) return;
    const u32 copies = chance(wire_.duplicate_percent) ? 2 : 1;
    for (u32 i = 0; i < copies; ++i) {
      Duration delay = wire_.delay + waits;
      if (chance(wire_.reorder_percent)) delay += wire_.delay * static_cast<i64>(dice() % 5);
      flying_.emplace(std::pair{(now + delay).ns(), ++count_}, Flying{to_b, packet.clone()});
    }
  }
  void deliver() {
    Flying flying = std::move(flying_.begin()->second);
    flying_.erase(flying_.begin());
    const auto header = wire::TcpHeader::parse(flying.packet.linear_bytes());
    ASSERT_TRUE(header.has_value());
    flying.packet.consume(header->size());
    End& end = flying.to_b ? b : a;
    if (end.conn) {
      end.conn->on_segment(now, *header, std::move(flying.packet));
      return;
    }
    if (!flying.to_b) return;
    auto reaction = listener.on_segment(now, {test_remote, test_local, 1500, nullptr}, *header,
                                        std::move(flying.packet));
    if (reaction.reply) launch(false, std::move(reaction.reply));
    if (!reaction.connection) return;
    b.conn = std::move(reaction.connection);
    b.conn->set_super_segments(wire_.super_bytes);
  }
};

}  // namespace catenet::tcp::testing
