// tcp without a network under it, coro, and whole hosts with their sockets.
#include <array>
#include <memory>
#include <optional>

#include "catenet/coro/wait_queue.hpp"
#include "catenet/tcp/listener.hpp"

#include "../streams.hpp"
#include "cost.hpp"

namespace bench {
namespace {

constexpr u32 text_size = 1'448;  // of a segment at MTU 1500 with timestamps

// Two machines; what one says the other hears at once.
class Machines {
 public:
  Machines() : near_(pool_, {{1, 2}, {3, 4}}), far_(pool_, {{5, 6}, {7, 8}}), listener_(far_, 8) {
    const bool opened = a_->open(now_).has_value();
    CATENET_ASSERT(opened);
    hand_over(*a_);
    hand_over(*b_);
    hand_over(*a_);
    CATENET_ASSERT(a_->state() == tcp::State::established);
  }

  // a writes until its buffer is full, all is sent, b reads all; bytes read.
  u64 turn() {
    now_ += Duration::microseconds(100);
    wake(*a_);
    wake(*b_);
    while (a_->send(now_, written_)) continue;
    hand_over(*a_);
    u64 read = 0;
    for (;;) {
      const Result<u32> n = b_->receive(now_, read_);
      if (!n || *n == 0) break;
      read += *n;
    }
    hand_over(*b_);
    return read;
  }

 private:
  void wake(tcp::Connection& connection) {
    if (connection.next_deadline() <= now_) connection.on_timeout(now_);
  }
  void hand_over(tcp::Connection& from) {
    while (Packet segment = from.poll_transmit(now_)) {
      const auto header = wire::TcpHeader::parse(segment.linear_bytes());
      segment.consume(header->size());
      hear(&from == a_.get(), *header, std::move(segment));
    }
    keep(from.take_events());
  }
  void hear(bool from_a, const wire::TcpHeader& header, Packet payload) {
    if (!from_a || b_) {
      const auto drop = (from_a ? *b_ : *a_).on_segment(now_, header, std::move(payload));
      CATENET_ASSERT(!drop);
      return;
    }
    auto reaction = listener_.on_segment(now_, {remote_, local_}, header, std::move(payload));
    b_ = std::move(reaction.connection);
  }

  Endpoint local_{Ipv4Address(10, 0, 0, 1), 49'152};
  Endpoint remote_{Ipv4Address(10, 0, 0, 2), 80};
  Instant now_;
  PacketPool pool_;
  tcp::Environment near_;
  tcp::Environment far_;
  tcp::Listener listener_;
  std::unique_ptr<tcp::Connection> a_ =
      std::make_unique<tcp::Connection>(near_, local_, remote_, 1'500);
  std::unique_ptr<tcp::Connection> b_;
  std::array<u8, 65'536> written_{};
  std::array<u8, 65'536> read_{};
};

double tcp_segment() {
  const auto machines = std::make_unique<Machines>();
  return least_ns([&](u64 count) {
    for (u64 read = 0; read < count * text_size;) read += machines->turn();
  });
}

// --- coro ---

Task<u32> twice(Scheduler& scheduler, u32 value) {
  static_cast<void>(scheduler);
  co_return 2 * value;
}

Task<void> await_tasks(Scheduler& scheduler, u64 count) {
  for (u64 i = 0; i < count; ++i) {
    const u32 value = co_await twice(scheduler, static_cast<u32>(i));
    keep(value);
  }
}

Task<void> await_ready(Scheduler& scheduler, u64 count) {
  static_cast<void>(scheduler);
  WaitQueue queue;
  for (u64 i = 0; i < count; ++i) {
    const Result<u64> value =
        co_await queue.until([i]() -> std::optional<Result<u64>> { return Result<u64>(i); });
    keep(value);
  }
}

Task<void> await_turns(Scheduler& scheduler, u64 count) {
  for (u64 i = 0; i < count; ++i) {
    const Result<void> turn = co_await scheduler.yield();
    keep(turn);
  }
}

double awaiting(Task<void> (*loop)(Scheduler&, u64)) {
  Engine engine;
  Origin origin("host", 0, 1);
  FramePool frames;
  Scheduler scheduler(engine, origin, frames);
  TaskGroup group(scheduler);
  return least_ns([&](u64 count) {
    group.spawn(loop(scheduler, count));
    engine.run_until_idle();
  });
}

// --- Hosts ---

// a and b joined by a link of 1 us, as a lab wires them; frames on the wire, each checksum made and
// checked.
class Hosts {
 public:
  Hosts() : network_(plan_, {.offload = false}) {}
  System& a() { return *network_.system(index_of(plan_, "a")); }
  System& b() { return *network_.system(index_of(plan_, "b")); }
  Endpoint at_b(u16 port) const { return {address_of(plan_, "b"), port}; }
  Engine& engine() { return network_.shards().engine(0); }

 private:
  const lab::Plan plan_ = plan_of(
      "name: rooms\nnodes: {a: {}, b: {}}\n"
      "links: [{endpoints: [a, b], impair: {delay: 1 us}}]\n");
  lab::Network network_;
};

double udp_datagram() {
  Hosts hosts;
  const auto from = hosts.a().open(Family::ipv4, SocketType::datagram);
  const auto to = hosts.b().open(Family::ipv4, SocketType::datagram);
  CATENET_ASSERT(from && to && (*to)->bind({IpAddress::any(Family::ipv4), 7}));
  CATENET_ASSERT((*from)->connect(hosts.at_b(7)).has_value());
  const std::array<u8, 18> message{};
  std::array<u8, 64> read;
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      const Result<u32> sent = (*from)->send(message);
      CATENET_ASSERT(sent.has_value());
      while (!(*to)->receive(read)) hosts.engine().run_next();
    }
  });
}

double tcp_through_all() {
  Hosts hosts;
  u64 received = 0;
  TaskGroup at_a(hosts.a().scheduler());
  TaskGroup at_b(hosts.b().scheduler());
  at_b.spawn(sink(hosts.b(), 5'001, received));
  at_a.spawn(source(hosts.a(), hosts.at_b(5'001), Instant(), 65'536));
  return least_ns([&](u64 count) {
    const u64 end = received + count * text_size;
    while (received < end && hosts.engine().run_next()) continue;
  });
}

}  // namespace

Costs transport() {
  return {
      {"tcp", "a data segment and its ACKs between two machines: written, sent, read",
       tcp_segment()},
      {"coro", "co_await of a task that ends at once", awaiting(await_tasks)},
      {"coro", "co_await of what is ready", awaiting(await_ready)},
      {"coro", "a turn through the scheduler and back", awaiting(await_turns)},
      {"host, socket", "a UDP datagram of 18 bytes from socket to socket", udp_datagram()},
      {"host, socket", "a TCP segment of 1,448 bytes from socket to socket, through everything",
       tcp_through_all()},
  };
}

}  // namespace bench
