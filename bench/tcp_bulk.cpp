// TCP bulk between two hosts as a lab wires them (Host, Nic, Link, Engine), one thread: SACK and
// timestamps on, one copy in, one out. `tcp_bulk [GBYTES] [--offload] [--window BYTES] [--v6]`;
// without --offload: MTU 1500 wire segments, each checksum made and checked.
#include <cstring>

#include "measure.hpp"
#include "streams.hpp"

int main(int argc, char** argv) {
  using namespace catenet;
  double gbytes = 2;
  bool offload = false;
  Family family = Family::ipv4;
  u32 window = 256 * 1024;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--offload")) {
      offload = true;
    } else if (!std::strcmp(argv[i], "--v6")) {
      family = Family::ipv6;
    } else if (!std::strcmp(argv[i], "--window") && i + 1 < argc) {
      window = static_cast<u32>(std::atol(argv[++i]));
    } else {
      gbytes = std::atof(argv[i]);
    }
  }
  const auto plan = bench::plan_of(
      fmt::format("name: bulk\nnodes:\n"
                  "  a: {{options: {{tcp: {{send_buffer: {0} B, receive_buffer: {0} B}}}}}}\n"
                  "  b: {{options: {{tcp: {{send_buffer: {0} B, receive_buffer: {0} B}}}}}}\n"
                  "links:\n  - endpoints: [a, b]\n    impair: {{delay: 1 us}}\n",
                  window));
  lab::Network network(plan, {.offload = offload});
  System& a = *network.system(bench::index_of(plan, "a"));
  System& b = *network.system(bench::index_of(plan, "b"));
  u64 received = 0;
  TaskGroup at_a(a.scheduler());
  TaskGroup at_b(b.scheduler());
  at_b.spawn(bench::sink(b, 5001, received));
  at_a.spawn(bench::source(a, {bench::address_of(plan, "b", family), 5001}, Instant(), 65'536));

  Engine& engine = network.shards().engine(0);
  const auto run_to = [&](u64 bytes) {
    while (received < bytes && engine.run_next()) {
    }
  };
  constexpr u64 warm_up = 200'000'000;
  run_to(warm_up);
  const u64 before = received;
  const u64 frames = network.books().offered;
  const double start = bench::wall_s();
  run_to(before + static_cast<u64>(gbytes * 1e9));
  const double seconds = bench::wall_s() - start;
  const double bits = static_cast<double>(received - before) * 8;
  const double frames_seen = static_cast<double>(network.books().offered - frames);
  fmt::print(
      "{{\"name\": \"tcp_bulk{}\", \"gbit_per_s\": {:.3f}, \"ns_per_frame\": {:.1f}, "
      "\"ns_per_1448_bytes\": {:.1f}, \"dropped\": {}}}\n",
      offload ? "_offload" : "", bits / seconds / 1e9, seconds * 1e9 / frames_seen,
      seconds * 1e9 / (bits / 8 / 1448), network.books().dropped.size());
}
