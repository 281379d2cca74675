#include "catenet/lab/storm.hpp"

#include <fmt/core.h>

#include "catenet/lab/lab_file.hpp"
#include "catenet/lab/link_actions.hpp"
#include "catenet/lab/network.hpp"
#include "catenet/lab/storm_lab.hpp"
#include "catenet/lab/storm_traffic.hpp"
#include "catenet/trace/capture_recorder.hpp"

namespace catenet::lab {
namespace {

// After the faults: for what TCP's timers still have to repeat, at most 64 s apart, over slow
// links.
constexpr Duration patience = Duration::seconds(900);
// Behind the last byte: TIME-WAIT, delayed ACKs, neighbours.
constexpr Duration drain = Duration::seconds(130);

struct Variant {
  std::string_view name;
  u32 shards = 1;
  bool capture = false;
};

struct VariantRun {
  u64 hash = 0;
  u64 events = 0;
  Books books;
  std::vector<std::pair<std::string, u64>> origins;
  std::vector<std::string> faults;
};

// A capture that is made and thrown away.
class CountingSink final : public ByteSink {
 public:
  void write(ByteView bytes) override { bytes_ += bytes.size(); }
  u64 bytes() const { return bytes_; }

 private:
  u64 bytes_ = 0;
};

void schedule_faults(Network& network) {
  for (const PlanStep& step : network.plan().script) {
    network.shards().at_barrier(Instant::at(step.at), [&network, &step] {
      const auto applied = apply_to_links(network, step);
      CATENET_ASSERT(applied.has_value());
    });
  }
}

void check_hosts(Network& network, std::vector<std::string>& faults) {
  for (NodeIndex node = 0; node < network.plan().nodes.size(); ++node) {
    const PlanNode& plan = network.plan().nodes[node];
    for (u32 i = 0; i < plan.interfaces.size(); ++i) {
      const NicCounters& counters = network.nic({node, i}).counters();
      // The FCS lets nothing wrong through and nobody here sends nonsense.
      for (const Drop reason : {Drop::bad_transport_checksum, Drop::bad_ip_checksum,
                                Drop::bad_ip_header, Drop::bad_transport_header, Drop::bad_icmp,
                                Drop::bad_ndp, Drop::bad_arp, Drop::fragment_overlap}) {
        const u64 n = counters.drops[static_cast<std::size_t>(reason)];
        if (n == 0) continue;
        faults.push_back(
            fmt::format("{} dropped {} frames: {}", plan.interfaces[i].name, n, drop_name(reason)));
      }
    }
    Host* host = network.host(node);
    if (host && host->tcp().flow_count() != 0) {
      faults.push_back(
          fmt::format("{} still has {} connections", plan.name, host->tcp().flow_count()));
    }
  }
}

void add_ports(Network& network, CaptureRecorder& capture) {
  for (PortId port = 0; port < network.ports().size(); ++port) {
    CaptureInterface interface;
    interface.name = network.plan().port_name(network.ports()[port]);
    capture.add_port(port, interface);
  }
}

VariantRun run_variant(const Plan& plan, const Variant& variant) {
  VariantRun outcome;
  CountingSink sink;
  CaptureRecorder capture(sink, {});
  Network network(plan, {.shards = variant.shards, .interleave = true});
  if (variant.capture) {
    add_ports(network, capture);
    network.set_recorder(&capture);
  }
  schedule_faults(network);
  {
    StormTraffic traffic(network);
    Instant now = Instant::at(storm_heal_at);
    network.shards().run_until(now);
    while (!traffic.done() && now < Instant::at(storm_heal_at + patience)) {
      network.shards().run_until(now += 5_s);
    }
    for (const auto& flow : traffic.flows()) {
      if (!flow->done() || !flow->fault.empty()) outcome.faults.push_back(flow->to_string());
    }
    network.shards().run_until(now + drain);
  }
  outcome.books = network.books();
  if (!outcome.books.balance) outcome.faults.emplace_back("the books do not balance");
  check_hosts(network, outcome.faults);
  if (variant.capture && sink.bytes() == 0) outcome.faults.emplace_back("the capture is empty");
  outcome.hash = network.event_hash();
  outcome.events = network.shards().events_run();
  outcome.origins = network.origin_hashes();
  return outcome;
}

// Where two runs of one seed part.
std::string difference(const VariantRun& a, const VariantRun& b, std::string_view name) {
  for (std::size_t i = 0; i < a.origins.size(); ++i) {
    if (a.origins[i] != b.origins[i]) {
      return fmt::format("{}: the run differs, first at {}", name, a.origins[i].first);
    }
  }
  return fmt::format("{}: the hashes differ", name);
}

StormResult result_of(u64 seed, const VariantRun& outcome) {
  return {seed, outcome.hash, outcome.events, outcome.books.offered, outcome.faults};
}

std::expected<Plan, StormResult> plan_of(u64 seed) {
  MemoryFileSource none;
  auto plan = read_lab_text(storm_lab(seed), fmt::format("storm-{}.yaml", seed), none);
  if (!plan) return std::unexpected(StormResult{.seed = seed, .faults = {to_string(plan.error())}});
  return *std::move(plan);
}

}  // namespace

StormResult run_storm_once(u64 seed) {
  const auto plan = plan_of(seed);
  if (!plan) return plan.error();
  return result_of(seed, run_variant(*plan, {"plain"}));
}

StormResult run_storm(u64 seed) {
  const auto plan = plan_of(seed);
  if (!plan) return plan.error();
  const VariantRun plain = run_variant(*plan, {"plain"});
  StormResult result = result_of(seed, plain);
  for (const Variant& variant : {Variant{"captured", 1, true}, Variant{"three shards", 3, false}}) {
    const VariantRun again = run_variant(*plan, variant);
    if (again.hash != plain.hash) {
      result.faults.push_back(difference(plain, again, variant.name));
    }
  }
  return result;
}

}  // namespace catenet::lab
