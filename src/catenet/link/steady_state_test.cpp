// Once warm, a frame's way over links and a switch allocates nothing.
#include <gtest/gtest.h>

#include "catenet/base/count_allocations_test.hpp"
#include "catenet/link/link_fixture.hpp"
#include "catenet/link/switch.hpp"

namespace catenet {
namespace {

using link_test::Pair;

// Allocations in `again` frames each way after as many to warm up; alice and bob bounce `window`
// frames.
unsigned long allocations_once_warm(Pair& net, u64 window, u64 again) {
  net.alice.log = net.bob.log = false;
  const auto bounce = [&] {
    net.alice.bounces = net.bob.bounces = again;
    for (u64 i = 0; i < window; ++i) net.send(1'514, 1);
    net.engine.run_until_idle();
  };
  bounce();
  const unsigned long before = allocations;
  const u64 from_machine = net.pool.allocated();
  bounce();
  EXPECT_EQ(net.pool.allocated(), from_machine);
  return allocations - before;
}

TEST(SteadyState, plain_link_allocates_nothing) {
  Pair net({.delay = 1_ms});
  EXPECT_EQ(allocations_once_warm(net, 50, 10'000), 0u);
  EXPECT_GT(net.bob.count, 20'000u);
}

TEST(SteadyState, every_impairment_together_allocates_nothing) {
  Pair net({.rate_bps = 1'000'000'000,
            .delay = 1_ms,
            .jitter = {.amount = 300_us},
            .loss = {.independent_ppb = 1'000'000, .every_nth = 500},
            .reorder = {10'000'000, 1_ms},
            .duplicate_ppb = 5'000'000,
            .bit_errors_per_1e15 = 100'000'000,
            .queue = {.frames = 50}});
  EXPECT_EQ(allocations_once_warm(net, 50, 10'000), 0u);
  EXPECT_GT(net.bob.count, 5'000u);
}

TEST(SteadyState, switch_allocates_nothing_for_known_and_unknown) {
  Engine engine;
  PacketPool pool;
  link_test::Origins origins({"box", "a", "b", "c", "a>", "b>", "c>", ">a", ">b", ">c"});
  Switch box(engine, pool, origins["box"]);
  link_test::Station a("a", 1, engine, pool, origins["a"]), b("b", 2, engine, pool, origins["b"]),
      c("c", 3, engine, pool, origins["c"]);
  Link to_a(a.nic, box.add_port("a", MacAddress()), origins["a>"], origins[">a"]);
  Link to_b(b.nic, box.add_port("b", MacAddress()), origins["b>"], origins[">b"]);
  Link to_c(c.nic, box.add_port("c", MacAddress()), origins["c>"], origins[">c"]);
  a.log = b.log = c.log = false;
  const auto talk = [&] {
    for (u32 i = 0; i < 1'000; ++i) {
      a.send(b.nic.mac(), 100, i);
      b.send(a.nic.mac(), 100, i);
      c.send(MacAddress::broadcast(), 100, i);
      engine.run_until_idle();
    }
  };
  talk();
  const unsigned long before = allocations;
  talk();
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(a.count, 4'000u);
}

}  // namespace
}  // namespace catenet
