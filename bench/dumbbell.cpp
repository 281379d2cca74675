// N CUBIC flows over one bottleneck: senders - r1 - r2 - receivers. Access links 1 Gbit/s, 1 ms,
// 1,000 frames; bottleneck 8 ms; base RTT 20 ms; 4 MiB buffers; flow i starts at 10 i mod 1000 ms.
// `dumbbell [N] [MBIT] [QUEUE] [SECONDS]`.
#include "measure.hpp"
#include "streams.hpp"

namespace {

std::string dumbbell(int flows, int mbit, int queue) {
  std::string nodes =
      "name: dumbbell\ndefaults: {options: {tcp: {send_buffer: 4 MiB, receive_buffer: 4 MiB}}}\n"
      "nodes:\n  r1: {kind: router}\n  r2: {kind: router}\n";
  const int access = mbit >= 1000 ? 10'000 : 1'000;
  std::string links = fmt::format(
      "links:\n  - {{endpoints: [r1, r2], impair: {{rate: {} Mbit, delay: 8 ms, queue: {{frames: "
      "{}}}}}}}\n",
      mbit, queue);
  for (int i = 0; i < flows; ++i) {
    nodes += fmt::format("  s{0}: {{}}\n  d{0}: {{}}\n", i);
    for (const auto& [end, router] : {std::pair{'s', "r1"}, std::pair{'d', "r2"}}) {
      links +=
          fmt::format("  - {{endpoints: [{}{}, {}], impair: {{rate: {} Mbit, delay: 1 ms}}}}\n",
                      end, i, router, access);
    }
  }
  return nodes + links;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace catenet;
  const int flows = argc > 1 ? std::atoi(argv[1]) : 10;
  const int mbit = argc > 2 ? std::atoi(argv[2]) : 100;
  const int queue = argc > 3 ? std::atoi(argv[3]) : 250;
  const int seconds = argc > 4 ? std::atoi(argv[4]) : 20;
  const double built_at = bench::wall_s();
  const auto plan = bench::plan_of(dumbbell(flows, mbit, queue));
  lab::Network network(plan);
  std::vector<std::unique_ptr<TaskGroup>> groups;
  std::vector<u64> received(static_cast<std::size_t>(flows));
  for (int i = 0; i < flows; ++i) {
    const std::string to = fmt::format("d{}", i);
    System& sender = *network.system(bench::index_of(plan, fmt::format("s{}", i)));
    System& receiver = *network.system(bench::index_of(plan, to));
    groups.push_back(std::make_unique<TaskGroup>(sender.scheduler()));
    groups.back()->spawn(bench::source(sender, {bench::address_of(plan, to), 5000},
                                       Instant::at(Duration::milliseconds(10 * i % 1000)), 14'480));
    groups.push_back(std::make_unique<TaskGroup>(receiver.scheduler()));
    groups.back()->spawn(bench::sink(receiver, 5000, received[static_cast<std::size_t>(i)]));
  }
  const double start = bench::wall_s();
  network.shards().run_until(Instant::at(Duration::seconds(seconds)));
  const double wall = bench::wall_s() - start;
  u64 total = 0;
  for (const u64 bytes : received) total += bytes;
  const lab::Books books = network.books();
  const auto hops = static_cast<double>(books.delivered);
  fmt::print(
      "{{\"name\": \"dumbbell_{}\", \"wall_s_per_sim_s\": {:.5f}, \"ns_per_hop\": {:.1f}, "
      "\"hops\": {}, "
      "\"events\": {}, \"goodput_mbit\": {:.2f}, \"setup_s\": {:.3f}, \"rss_mb\": {:.1f}}}\n",
      flows, wall / seconds, wall * 1e9 / hops, books.delivered, network.shards().events_run(),
      static_cast<double>(total) * 8 / seconds / 1e6, start - built_at,
      static_cast<double>(bench::resident_bytes()) / 1e6);
}
