// M hosts round one router, each pinging the next once a second: how long the lab takes to stand,
// what it takes in memory, and what a simulated second of it costs. `star [M] [SECONDS]`; with no
// seconds it only stands.
//
// Of resident memory `standing` is all of it before the first second. What plan and network have
// allocated is told a host: what reading freed stays resident and is used again.
#include <malloc.h>

#include "catenet/coro/task_group.hpp"
#include "catenet/service/tool.hpp"

#include "measure.hpp"

namespace {

using namespace catenet;

double heap_bytes() {
  const auto use = ::mallinfo2();
  return static_cast<double>(use.uordblks + use.hblkhd);
}

std::string star(u32 hosts) {
  std::string nodes = "name: star\nnodes:\n  r: {kind: router}\n";
  std::string links = "links:\n";
  for (u32 i = 0; i < hosts; ++i) {
    nodes += fmt::format("  h{}: {{}}\n", i);
    links += fmt::format("  - {{endpoints: [h{}, r], impair: {{rate: 1 Gbit, delay: 1 ms}}}}\n", i);
  }
  return nodes + links;
}

struct Nowhere final : Output {
  void write(std::string_view) override {}
};

std::vector<std::string> ping_words(const IpAddress& to, u32 count) {
  return {"ping", "-q", "-n", "-c", std::to_string(count), to.to_string()};
}

// Counts itself once all of its requests were answered.
Task<void> ping(System& system, IpAddress to, u32 count, Instant start, u32& answered) {
  const auto waited = co_await system.scheduler().sleep_until(start);
  if (!waited) co_return;
  Nowhere nowhere;
  Invocation invocation{system, ping_words(to, count), nowhere, nowhere};
  const int status = co_await find_tool("ping")(invocation);
  if (status == 0) ++answered;
}

// Host i begins after i mod 1000 ms.
class Pings {
 public:
  Pings(lab::Network& network, u32 count) {
    std::vector<lab::NodeIndex> hosts;
    const auto& nodes = network.plan().nodes;
    for (lab::NodeIndex i = 0; i < nodes.size(); ++i) {
      if (nodes[i].kind == lab::NodeKind::host) hosts.push_back(i);
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      System& system = *network.system(hosts[i]);
      const IpAddress next = bench::address_of(nodes[hosts[(i + 1) % hosts.size()]]);
      groups_.push_back(std::make_unique<TaskGroup>(system.scheduler()));
      groups_.back()->spawn(
          ping(system, next, count, Instant::at(Duration::milliseconds(i % 1'000)), answered_));
    }
  }
  u32 answered() const { return answered_; }

 private:
  u32 answered_ = 0;
  std::vector<std::unique_ptr<TaskGroup>> groups_;
};

}  // namespace

int main(int argc, char** argv) {
  const u32 hosts = argc > 1 ? static_cast<u32>(std::atoi(argv[1])) : 10'000;
  const u32 seconds = argc > 2 ? static_cast<u32>(std::atoi(argv[2])) : 10;
  const std::string text = star(hosts);
  const double heap_at_start = heap_bytes();
  const double start = bench::wall_s();
  const auto plan = bench::plan_of(text);
  const double heap_of_plan = heap_bytes() - heap_at_start;
  lab::Network network(plan);
  const double heap_of_network = heap_bytes() - heap_at_start - heap_of_plan;
  Pings pings(network, seconds);
  const double standing = bench::wall_s();
  const long standing_bytes = bench::resident_bytes();
  network.shards().run_until(Instant::at(Duration::seconds(seconds)));
  const double run = bench::wall_s() - standing;
  const long run_bytes = bench::resident_bytes();
  if (seconds > 0) {  // the last of them are answered by then
    network.shards().run_until(Instant::at(Duration::seconds(seconds + 1)));
    if (pings.answered() != hosts) {
      fmt::print(stderr, "error: only {} of {} hosts had all answers\n", pings.answered(), hosts);
      return 1;
    }
  }
  fmt::print(
      "{{\"name\": \"star_{}\", \"start_s\": {:.4f}, \"standing_mb\": {:.1f}, "
      "\"wall_s_per_sim_s\": {:.5f}, \"run_mb\": {:.1f}, \"heap_bytes_per_host\": {:.0f}, "
      "\"plan_heap_bytes_per_host\": {:.0f}}}\n",
      hosts, standing - start, static_cast<double>(standing_bytes) / 1e6,
      seconds > 0 ? run / seconds : 0.0, static_cast<double>(run_bytes) / 1e6,
      heap_of_network / hosts, heap_of_plan / hosts);
}
