// Two hosts on a line that loses a tenth, reorders, repeats and corrupts frames both ways move
// 10 MB in both directions at once; every byte arrives right, over many seeds and both families.
#include <cstring>
#include <gtest/gtest.h>

#include "catenet/base/hash.hpp"
#include "catenet/coro/task_group.hpp"
#include "catenet/lab/lab_file.hpp"
#include "catenet/lab/network.hpp"
#include "catenet/socket/async.hpp"

namespace catenet::lab {
namespace {

constexpr u64 stream_bytes = 10'000'000;
constexpr u16 port = 5'001;
constexpr u32 chunks = 10;
// TIME-WAIT, and whatever else a host still has a timer for.
constexpr Duration drain = Duration::seconds(300);

const char* const line =
    "nodes: {alice: , bob: }\n"
    "links:\n"
    "  - name: line\n"
    "    endpoints: [alice, bob]\n"
    "    impair: {delay: 1 ms, jitter: 100 us, loss: 10 %, duplicate: 2 %, bit_errors: 1e-6,\n"
    "             reorder: {chance: 5 %, by: 1 ms}}\n"
    "capture: none\n";

Plan read_line(u64 seed) {
  MemoryFileSource none;
  auto plan = read_lab_text(line, "line.yaml", none, {.seed = seed});
  if (plan) return *std::move(plan);
  ADD_FAILURE() << to_string(plan.error());
  return {};
}

// What one way carries: no two places of it look alike.
std::vector<u8> make_stream(u64 key) {
  std::vector<u8> bytes(stream_bytes);
  for (u64 at = 0; at < bytes.size(); at += 8) store64(bytes.data() + at, mix64(key ^ at));
  return bytes;
}
const std::vector<u8>& to_bob() {
  static const std::vector<u8> bytes = make_stream(1ull << 60);
  return bytes;
}
const std::vector<u8>& to_alice() {
  static const std::vector<u8> bytes = make_stream(1ull << 61);
  return bytes;
}

// One side of the conversation and what came of it.
struct Side {
  const std::vector<u8>& out;
  const std::vector<u8>& in;
  u32 write_size = 0;
  u32 read_size = 0;
  u64 received = 0;
  bool all_sent = false;
  bool ended = false;
  std::string fault;
};

Task<void> write_all(System& system, Socket& socket, Side& side) {
  for (u64 at = 0; at < side.out.size();) {
    const u64 n = std::min<u64>(side.write_size, side.out.size() - at);
    const auto sent = co_await send_all(system, socket, ByteView(side.out).subspan(at, n));
    if (!sent) {
      side.fault = "send: " + std::string(errno_name(sent.error()));
      co_return;
    }
    at += n;
  }
  side.all_sent = socket.shutdown(Shutdown::write).has_value();
}

Task<void> read_all(System& system, Socket& socket, Side& side) {
  static_cast<void>(system);
  std::vector<u8> buffer(side.read_size);
  for (;;) {
    const Result<u32> n = co_await receive(socket, buffer);
    if (!n) {
      side.fault = "receive: " + std::string(errno_name(n.error()));
      co_return;
    }
    if (*n == 0) break;
    const bool fits = side.received + *n <= side.in.size();
    if (!fits || std::memcmp(buffer.data(), side.in.data() + side.received, *n) != 0) {
      side.fault = "wrong within bytes " + std::to_string(side.received) + " and on";
      co_return;
    }
    side.received += *n;
  }
  side.ended = true;
}

Task<void> converse(System& system, Socket& socket, Side& side) {
  TaskGroup both(system.scheduler());
  both.spawn(write_all(system, socket, side));
  both.spawn(read_all(system, socket, side));
  static_cast<void>(co_await both.join());
}

Task<void> serve(System& system, Side& side) {
  auto listener = listen_stream(system, port);
  if (!listener) {
    side.fault = "listen: " + std::string(errno_name(listener.error()));
    co_return;
  }
  auto socket = co_await accept(**listener);
  if (socket) co_await converse(system, **socket, side);
}

Task<void> call(System& system, Endpoint server, Side& side) {
  auto socket = co_await connect_stream(system, server);
  if (!socket) {
    side.fault = "connect: " + std::string(errno_name(socket.error()));
    co_return;
  }
  co_await converse(system, **socket, side);
}

IpAddress address_of(const PlanNode& node, Family family) {
  for (const InterfacePrefix& own : node.interfaces[0].addresses) {
    if (own.address.family() == family) return own.address;
  }
  ADD_FAILURE() << node.name << " has no address of that family";
  return {};
}

// That the line did what its lab file says, and no more: `share` of `of` is about `wanted`.
void expect_share(u64 share, u64 of, double wanted, const char* what) {
  const double found = static_cast<double>(share) / static_cast<double>(of);
  EXPECT_GT(found, wanted * 0.7) << what;
  EXPECT_LT(found, wanted * 1.3) << what;
}

void expect_impaired(const DirectionCounters& way) {
  const auto dropped = [&](Drop reason) { return way.dropped[static_cast<std::size_t>(reason)]; };
  EXPECT_GT(way.offered, 6'900u);
  expect_share(dropped(Drop::random_loss), way.offered, 0.10, "loss");
  expect_share(way.duplicated, way.offered, 0.02, "duplicates");
  expect_share(way.held_back, way.offered, 0.05, "reordering");
  EXPECT_GT(dropped(Drop::bad_fcs), 20u);
  // A frame is lost, corrupted or delivered, and for no other reason ended.
  EXPECT_EQ(way.dropped_total(), dropped(Drop::random_loss) + dropped(Drop::bad_fcs));
  EXPECT_EQ(way.in_flight, 0u);
}

void expect_moved(const Side& side, const char* who) {
  EXPECT_EQ(side.fault, "") << who;
  EXPECT_EQ(side.received, stream_bytes) << who;
  EXPECT_TRUE(side.all_sent && side.ended) << who;
}

void expect_settled(Network& network) {
  const Books books = network.books();
  EXPECT_TRUE(books.balance);
  for (const Way way : {Way::a_to_b, Way::b_to_a}) {
    expect_impaired(network.link(0).direction(way).counters());
  }
  for (NodeIndex node = 0; node < 2; ++node) {
    TcpLayer& tcp = network.host(node)->tcp();
    EXPECT_EQ(tcp.flow_count(), 0u);
    EXPECT_EQ(tcp.time_wait_count(), 0u);
    // About a tenth must go again; much more would be guessing.
    const tcp::Counters& counters = tcp.counters();
    EXPECT_LT(counters.retrans_segs * 3, counters.out_segs);
    EXPECT_EQ(counters.estab_resets, 0u);
  }
}

u64 resets_sent(Network& network) {
  return network.host(0)->tcp().counters().out_rsts + network.host(1)->tcp().counters().out_rsts;
}

void move_both_ways(u64 seed, Family family) {
  const Plan plan = read_line(seed);
  Network network(plan, {.offload = false});
  System& alice = *network.system(0);
  System& bob = *network.system(1);
  const auto size = [&](u64 purpose) {
    return static_cast<u32>(1'000 + mix64(seed ^ purpose) % 70'000);
  };
  Side at_alice{to_bob(), to_alice(), size(1), size(2)};
  Side at_bob{to_alice(), to_bob(), size(3), size(4)};
  {
    TaskGroup alices(alice.scheduler());
    TaskGroup bobs(bob.scheduler());
    bobs.spawn(serve(bob, at_bob));
    alices.spawn(call(alice, {address_of(plan.nodes[1], family), port}, at_alice));
    Engine& engine = network.shards().engine(0);
    const Instant limit = Instant::at(Duration::seconds(3'600));
    // Once both streams have ended, a reset may still answer a late copy of an ACK (RFC 9293
    // section 3.10.7.1); before, none may be sent.
    u64 resets = 0;
    while (!(alices.empty() && bobs.empty()) && engine.next_time() <= limit) {
      engine.run_next();
      if (at_alice.ended && at_bob.ended) continue;
      resets = resets_sent(network);
    }
    EXPECT_EQ(resets, 0u);
    EXPECT_TRUE(alices.empty() && bobs.empty()) << "still busy at " << to_string(engine.now());
    engine.run_until(engine.now() + drain);
  }
  expect_moved(at_alice, "alice");
  expect_moved(at_bob, "bob");
  expect_settled(network);
}

class Transfer : public testing::TestWithParam<u32> {};

TEST_P(Transfer, ten_megabytes_each_way_at_once_arrive_right) {
  for (u64 i = 0; i < CATENET_SEEDS_A_CHUNK; ++i) {
    const u64 seed = 1 + GetParam() + i * chunks;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " over " + std::string(family_name(family)));
      move_both_ways(seed, family);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Chunk, Transfer, testing::Range(0u, chunks));

}  // namespace
}  // namespace catenet::lab
