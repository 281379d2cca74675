// Whole transfers between two connections over a wire that misbehaves.
#include "catenet/tcp/test_pair.hpp"

namespace catenet::tcp::testing {
namespace {

void expect_complete(Pair& pair) {
  EXPECT_EQ(pair.a.wrong, 0u);
  EXPECT_EQ(pair.b.wrong, 0u);
  EXPECT_EQ(pair.b.read, pair.a.to_send);
  EXPECT_EQ(pair.a.read, pair.b.to_send);
  EXPECT_EQ(pair.a.error, Errno::ok);
  EXPECT_EQ(pair.b.error, Errno::ok);
}

TEST(Transfer, clean_wire_one_megabyte_both_ways_completes) {
  Pair pair({});
  pair.a.to_send = pair.b.to_send = 1'000'000;
  pair.connect();
  EXPECT_TRUE(pair.run()) << to_string(pair.now);
  expect_complete(pair);
  EXPECT_EQ(pair.a.conn->info().retransmissions, 0u);
  EXPECT_EQ(pair.b.conn->info().retransmissions, 0u);
  EXPECT_LT(pair.now, Instant::at(Duration::seconds(2)));
}

TEST(Transfer, steady_state_takes_no_new_buffers) {
  Pair pair({});
  pair.a.to_send = pair.b.to_send = 2'000'000;
  pair.connect();
  EXPECT_FALSE(pair.run(Duration::milliseconds(160)));
  const u64 before = pair.pool.allocated();
  EXPECT_TRUE(pair.run());
  expect_complete(pair);
  EXPECT_EQ(pair.pool.allocated(), before);
}

TEST(Transfer, short_queue_is_found_without_timeouts) {
  WireOptions wire;
  wire.serialisation = Duration::microseconds(200);  // 100 packets fill the path, 40 more the queue
  wire.queue = 40;
  for (const auto kind : {CongestionKind::newreno, CongestionKind::cubic}) {
    Options options;
    options.congestion = kind;
    Pair pair(wire, options);
    pair.a.to_send = 3'000'000;
    pair.connect();
    EXPECT_TRUE(pair.run());
    expect_complete(pair);
    EXPECT_GT(pair.a.env.counters.fast_retransmits, 0u);
    EXPECT_LE(pair.a.env.counters.timeouts, 1u);
    EXPECT_LT(pair.now, Instant::at(Duration::milliseconds(1'200)));
  }
}

TEST(Transfer, memory_stays_near_the_buffers) {
  WireOptions wire;
  wire.loss_percent = 3;
  wire.reorder_percent = 10;
  Pair pair(wire);
  pair.a.to_send = pair.b.to_send = 2'000'000;
  pair.connect();
  EXPECT_TRUE(pair.run());
  expect_complete(pair);
  EXPECT_LT(pair.most_footprint, 3u * 256 * 1024);
}

TEST(Transfer, self_connect_talks_to_itself) {
  PacketPool pool;
  Environment env(pool, {{1, 2}, {3, 4}});
  {
    Connection conn(env, test_local, test_local, 1500);
    Instant now;
    conn.set_nodelay(now, true);
    ASSERT_TRUE(conn.open(now));
    ASSERT_EQ(*conn.send(now, pattern_bytes(1, 5'000)), 5'000u);
    u32 segments = 0;
    while (Packet packet = conn.poll_transmit(now)) {
      ASSERT_LT(++segments, 100u);
      const auto header = wire::TcpHeader::parse(packet.linear_bytes());
      packet.consume(header->size());
      conn.on_segment(now, *header, std::move(packet));
    }
    EXPECT_EQ(conn.state(), State::established);
    EXPECT_EQ(conn.readable(), 5'000u);
  }
}

Options variant(u64 seed) {
  Options options;
  options.sack = seed % 3 != 0;
  options.timestamps = seed % 4 != 0;
  options.window_scaling = seed % 5 != 0;
  options.congestion = seed % 2 ? CongestionKind::cubic : CongestionKind::newreno;
  if (seed % 7 == 0) options.receive_buffer = 9'000;
  return options;
}

class AdversarialWire : public ::testing::TestWithParam<u64> {};

TEST_P(AdversarialWire, both_ways_every_byte_arrives_once) {
  const u64 seed = GetParam();
  WireOptions wire;
  wire.seed = seed;
  wire.loss_percent = static_cast<u32>(seed % 6);
  wire.duplicate_percent = static_cast<u32>(seed % 4);
  wire.reorder_percent = static_cast<u32>(seed * 3 % 20);
  wire.super_bytes = seed % 3 == 1 ? 16'000 : 0;
  Pair pair(wire, variant(seed));
  pair.a.to_send = pair.b.to_send = seed % 4 == 0 ? 1'000'000 : 250'000;
  pair.a.chunk = seed % 2 ? 1'000 : 30'000;
  pair.connect();
  EXPECT_TRUE(pair.run()) << "seed " << seed << " at " << to_string(pair.now) << " "
                          << state_name(pair.a.conn->state()) << " "
                          << (pair.b.conn ? state_name(pair.b.conn->state()) : "none") << " read "
                          << pair.a.read << " " << pair.b.read;
  expect_complete(pair);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AdversarialWire, ::testing::Range<u64>(1, 101));

}  // namespace
}  // namespace catenet::tcp::testing
