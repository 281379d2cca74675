// M idle hosts round one router: how long the lab takes to stand, and what a host costs in memory:
// resident, and of that what plan and network have allocated (what reading freed stays resident and
// is used again). `idle_hosts [M]`.
#include <malloc.h>

#include "measure.hpp"

namespace {

double heap_bytes() {
  const auto use = ::mallinfo2();
  return static_cast<double>(use.uordblks + use.hblkhd);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace catenet;
  const int hosts = argc > 1 ? std::atoi(argv[1]) : 10'000;
  std::string text = "name: star\nnodes:\n  r: {kind: router}\n";
  std::string links = "links:\n";
  for (int i = 0; i < hosts; ++i) {
    text += fmt::format("  h{}: {{}}\n", i);
    links += fmt::format("  - {{endpoints: [h{}, r], impair: {{rate: 1 Gbit, delay: 1 ms}}}}\n", i);
  }
  const double heap_at_start = heap_bytes();
  const double start = bench::wall_s();
  const auto plan = bench::plan_of(text + links);
  const double read = bench::wall_s();
  const long before = bench::resident_bytes();
  const double heap_of_plan = heap_bytes() - heap_at_start;
  lab::Network network(plan);
  const double built = bench::wall_s();
  const long after = bench::resident_bytes();
  const double heap_of_network = heap_bytes() - heap_at_start - heap_of_plan;
  network.shards().run_until(Instant::at(Duration::seconds(10)));
  const double run = bench::wall_s();
  fmt::print(
      "{{\"name\": \"idle_hosts_{}\", \"read_s\": {:.3f}, \"build_s\": {:.3f}, \"run_10_s\": "
      "{:.4f}, "
      "\"bytes_per_host\": {:.0f}, \"plan_bytes_per_host\": {:.0f}, \"rss_mb\": {:.1f}, "
      "\"heap_bytes_per_host\": {:.0f}, \"plan_heap_bytes_per_host\": {:.0f}}}\n",
      hosts, read - start, built - read, run - built, static_cast<double>(after - before) / hosts,
      static_cast<double>(before) / hosts, static_cast<double>(after) / 1e6,
      heap_of_network / hosts, heap_of_plan / hosts);
}
