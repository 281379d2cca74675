// traceroute, as Debian's traceroute(8) prints it: several probes on their way at one time, told in
// order.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/coro/task_group.hpp"
#include "catenet/service/time_text.hpp"
#include "catenet/service/tools.hpp"
#include "catenet/service/trace_probe.hpp"

namespace catenet {
namespace {

constexpr u16 first_udp_port = 33'434;
constexpr u16 tcp_port = 80;

u32 size_of_probes(const TraceOptions& options, Family family) {
  if (options.kind == ProbeKind::tcp) return syn_probe_size(family);
  const u32 usual = family == Family::ipv4 ? 60 : 80;
  return std::max(options.packet_size.value_or(usual), probe_header_size(family));
}

class Trace {
 public:
  Trace(Invocation& invocation, const TraceOptions& options, const IpAddress& remote)
      : invocation_(invocation),
        options_(options),
        remote_(remote),
        size_(size_of_probes(options, remote.family())),
        identifier_(static_cast<u16>(invocation.system.random().below(65'536))),
        results_((options.max_hops - options.first_hop + 1) * options.queries),
        group_(invocation.system.scheduler()) {}
  FramePool& frame_pool() { return invocation_.frame_pool(); }

  // The exit code.
  Task<int> run();

 private:
  struct Slot {
    bool done = false;
    ProbeResult result;
  };
  ProbePlan plan(u32 index) const;
  Task<void> probe(u32 index);
  void spawn_more();
  void print_begin();
  void print_probe(u32 index);
  bool is_first_to_name(u32 index) const;
  u32 hop_of(u32 index) const { return index / options_.queries; }
  // Probes that are worth being sent and told.
  u32 end() const { return std::min((last_hop_ + 1) * options_.queries, u32(results_.size())); }
  void print(std::string_view text) { invocation_.out.write(text); }

  Invocation& invocation_;
  const TraceOptions& options_;
  IpAddress remote_;
  u32 size_;
  u16 identifier_;
  std::vector<Slot> results_;
  u32 started_ = 0;
  u32 running_ = 0;
  u32 last_hop_ = 255;  // from 0: the one behind which nothing lies
  Errno failure_ = Errno::ok;
  WaitQueue changed_;
  TaskGroup group_;
};

ProbePlan Trace::plan(u32 index) const {
  ProbePlan plan;
  plan.remote = remote_;
  plan.kind = options_.kind;
  plan.index = index;
  plan.ttl = static_cast<u8>(options_.first_hop + hop_of(index));
  plan.identifier = identifier_;
  plan.size = size_;
  plan.dont_fragment = options_.dont_fragment;
  plan.find_mtu = options_.find_mtu;
  plan.wait = options_.wait;
  plan.source = options_.source;
  plan.port = options_.kind == ProbeKind::udp
                  ? static_cast<u16>(options_.port.value_or(first_udp_port) + index)
                  : options_.port.value_or(tcp_port);
  if (plan.port == 0) plan.port = first_udp_port;  // it went round
  return plan;
}

Task<void> Trace::probe(u32 index) {
  const auto result = co_await run_probe(invocation_.system, plan(index));
  --running_;
  results_[index].done = true;
  if (result) {
    results_[index].result = *result;
    if (result->last) last_hop_ = std::min(last_hop_, hop_of(index));
    if (options_.find_mtu && result->size > 0) size_ = std::min(size_, result->size);
  } else {
    failure_ = result.error();
  }
  changed_.wake_all();
}

void Trace::spawn_more() {
  while (failure_ == Errno::ok && running_ < options_.simultaneous && started_ < end()) {
    ++running_;
    group_.spawn(probe(started_++));
  }
}

void Trace::print_begin() {
  print(fmt::format("traceroute to {} ({}), {} hops max, {} byte packets", options_.target,
                    remote_.to_string(), options_.max_hops, size_));
}

// Whether the answer's source is to be told: it differs from that of the probe before in the hop.
bool Trace::is_first_to_name(u32 index) const {
  for (u32 before = index; before % options_.queries != 0;) {
    const auto& from = results_[--before].result.from;
    if (from) return *from != *results_[index].result.from;
  }
  return true;
}

void Trace::print_probe(u32 index) {
  if (index % options_.queries == 0) {
    print(fmt::format("\n{:2} ", options_.first_hop + hop_of(index)));
  }
  const ProbeResult& result = results_[index].result;
  if (!result.from) print(" *");
  if (!result.from && result.mark.empty()) return;
  if (result.from && is_first_to_name(index)) {
    const std::string address = result.from->to_string();
    print(options_.numeric
              ? fmt::format(" {}", address)
              : fmt::format(" {} ({})", invocation_.system.name_of(*result.from), address));
  }
  print(fmt::format("  {} ms", milliseconds_3(result.time)));
  if (!result.mark.empty()) print(" " + result.mark);
}

Task<int> Trace::run() {
  print_begin();
  for (u32 told = 0; told < end(); ++told) {
    spawn_more();
    while (!results_[told].done) {
      const auto woken = co_await changed_.wait();
      if (!woken) co_return 1;
      spawn_more();
    }
    if (failure_ != Errno::ok) {
      print("\n");
      invocation_.error.write(fmt::format("traceroute: send: {}\n", errno_text(failure_)));
      co_return 1;
    }
    print_probe(told);
  }
  print("\n");
  co_return 0;
}

}  // namespace

Task<int> traceroute(Invocation& invocation) {
  const auto options = read_trace_options(invocation.arguments);
  if (!options) {
    invocation.error.write(options.error());
    co_return 2;
  }
  if (options->help) {
    invocation.out.write(trace_usage());
    co_return 0;
  }
  const auto addresses = co_await invocation.system.resolve(options->target, options->family);
  if (!addresses) {
    invocation.error.write(fmt::format("{}: Name or service not known\n", options->target));
    co_return 2;
  }
  Trace trace(invocation, *options, addresses->front());
  co_return co_await trace.run();
}

}  // namespace catenet
