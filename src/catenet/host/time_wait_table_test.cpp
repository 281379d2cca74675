#include "catenet/host/time_wait_table.hpp"

#include <gtest/gtest.h>
#include <map>

namespace catenet {
namespace {

class TimeWaitTableTest : public ::testing::Test {
 protected:
  static Endpoint local(u32 n) {
    return {Ipv4Address::from_u32(0x0a000001 + n % 3), static_cast<u16>(n)};
  }
  static Endpoint remote(u32 n) {
    if (n % 2 == 0) return {Ipv4Address::from_u32(0xc0a80000 + n), 80};
    std::array<u8, 16> bytes{0xfd};
    bytes[15] = static_cast<u8>(n);
    bytes[14] = static_cast<u8>(n >> 8);
    return {Ipv6Address(bytes), 80};
  }
  tcp::TimeWait machine(u32 n, u32 ends_ms) {
    tcp::TimeWait::Kept kept;
    kept.snd_nxt = wire::Seq(n);
    kept.rcv_nxt = wire::Seq(n + 1);
    kept.ts_recent = n + 2;
    kept.window = static_cast<u16>(n + 3);
    kept.timestamps = n % 5 == 0;
    kept.expiry_ms = ends_ms;
    return {environment, local(n), remote(n), now, kept};
  }
  PacketPool pool;
  tcp::Environment environment{pool, {{1, 2}, {3, 4}}};
  Instant now = Instant::at(Duration::seconds(10));
  TimeWaitTable table{{7, 8}, environment};
};

TEST_F(TimeWaitTableTest, keeps_what_a_machine_is) {
  ASSERT_TRUE(table.insert(machine(7, 70'000)));
  const auto index = table.find(local(7), remote(7));
  ASSERT_NE(index, TimeWaitTable::none);
  const tcp::TimeWait back = table.get(index, now);
  EXPECT_EQ(back.local(), local(7));
  EXPECT_EQ(back.remote(), remote(7));
  EXPECT_EQ(back.next_deadline(), Instant::at(Duration::seconds(70)));
  const auto kept = back.kept();
  EXPECT_EQ(kept.snd_nxt, wire::Seq(7));
  EXPECT_EQ(kept.rcv_nxt, wire::Seq(8));
  EXPECT_EQ(kept.ts_recent, 9u);
  EXPECT_EQ(kept.window, 10);
  EXPECT_FALSE(kept.timestamps);
  EXPECT_EQ(table.find(remote(7), local(7)), TimeWaitTable::none);
}

// Against a plain map, through thousands of steps.
TEST_F(TimeWaitTableTest, finds_and_ends_what_a_map_would) {
  std::map<u32, u32> model;  // n → when it ends
  u64 dice = 1;
  const auto roll = [&](u32 sides) { return static_cast<u32>(mix64(++dice) % sides); };
  for (u32 step = 0; step < 20'000; ++step) {
    const u32 n = 1 + roll(600);
    const auto index = table.find(local(n), remote(n));
    ASSERT_EQ(index != TimeWaitTable::none, model.contains(n)) << step;
    const u32 ends = 20'000 + roll(100'000);
    if (!model.contains(n)) {
      ASSERT_TRUE(table.insert(machine(n, ends)));
      model[n] = ends;
    } else if (roll(2) == 0) {
      table.update(index, machine(n, ends));
      model[n] = ends;
    } else {
      table.erase(index);
      model.erase(n);
    }
    ASSERT_EQ(table.size(), model.size());
    if (model.empty()) continue;
    u32 first = UINT32_MAX;
    for (const auto& [each, at] : model) first = std::min(first, at);
    ASSERT_EQ(table.next_deadline(now), Instant::at(Duration::milliseconds(first))) << step;
  }
}

TEST_F(TimeWaitTableTest, millisecond_clock_may_wrap) {
  now = Instant::at(Duration::milliseconds((i64{1} << 32) - 1'000));
  ASSERT_TRUE(table.insert(machine(1, 5'000)));  // 6 s later
  ASSERT_TRUE(table.insert(machine(2, UINT32_MAX - 10)));
  EXPECT_EQ(table.get(table.first(), now).local(), local(2));
  table.erase(table.first());
  EXPECT_EQ(table.next_deadline(now), now + Duration::seconds(6));
}

}  // namespace
}  // namespace catenet
