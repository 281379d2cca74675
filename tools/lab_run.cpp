#include "lab_run.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>

#include "catenet/lab/runner.hpp"
#include "catenet/lab/wall_run.hpp"
#include "catenet/os/folder_files.hpp"
#include "catenet/os/pcap_filter.hpp"
#include "catenet/trace/capture_recorder.hpp"

namespace catenet::tools {
namespace {

double wall_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::function<bool(ByteView)> compile(const std::string& filter) {
  auto compiled = os::PcapFilter::compile(filter);
  if (!compiled) return {};  // the reader has refused such a lab
  return [program = *std::move(compiled)](ByteView frame) { return program.matches(frame); };
}

// The rate that a port's own direction of its link begins with.
u64 speed_of(const lab::Plan& plan, lab::PlanEnd port) {
  const lab::PlanLink& link = plan.links[plan.nodes[port.node].interfaces[port.interface].link];
  return link.a == port ? link.forward.rate_bps : link.back.rate_bps;
}

bool captured(const lab::Plan& plan, lab::PlanEnd port) {
  return plan.capture.all ||
         std::ranges::find(plan.capture.ports, port) != plan.capture.ports.end();
}

void add_ports(const lab::Plan& plan, const lab::Network& network, CaptureRecorder& capture) {
  for (PortId id = 0; id < network.ports().size(); ++id) {
    const lab::PlanEnd port = network.ports()[id];
    if (!captured(plan, port)) continue;
    const lab::PlanInterface& plan_interface = plan.nodes[port.node].interfaces[port.interface];
    CaptureInterface interface;
    interface.name = plan.port_name(port);
    interface.mac = plan_interface.mac;
    interface.addresses = plan_interface.addresses;
    interface.speed_bits_per_s = speed_of(plan, port);
    interface.snap_length = plan.capture.snap_length;
    capture.add_port(id, interface);
  }
}

void add_names(const lab::Plan& plan, CaptureRecorder& capture) {
  std::vector<CapturedName> names;
  for (const lab::HostsEntry& entry : plan.hosts) {
    for (const IpAddress& address : entry.addresses) names.push_back({address, entry.name});
  }
  capture.add_names(names);
}

// The capture of a run, if there is to be one.
std::unique_ptr<CaptureRecorder> make_capture(const lab::Plan& plan, const LabRunOptions& options) {
  if (!options.capture) return nullptr;
  CaptureSection section;
  section.comment =
      fmt::format("lab {}, seed {}, catenet {}", plan.name, plan.seed, CATENET_VERSION);
  return std::make_unique<CaptureRecorder>(*options.capture, section);
}

std::expected<lab::RunResult, program::Problem> run(
    const lab::Plan& plan, const lab::RunnerOptions& options,
    const std::function<void(lab::Runner&)>& prepared) {
  if (plan.time == lab::TimeMode::wall) return lab::run_on_wall_clock(plan, options, prepared);
  lab::Runner runner(plan, options);
  prepared(runner);
  runner.run();
  return runner.collect();
}

}  // namespace

std::expected<lab::RunResult, program::Problem> run_plan(const lab::Plan& plan,
                                                         const LabRunOptions& options) {
  const double start = wall_s();
  TeeRecorder tee;
  const std::unique_ptr<CaptureRecorder> capture = make_capture(plan, options);
  if (capture) tee.add(*capture);
  if (options.recorder) tee.add(*options.recorder);
  lab::RunnerOptions runner_options;
  runner_options.network.offload = options.offload;
  runner_options.compile_filter = compile;
  runner_options.open_folder = [](const std::string& folder) {
    return std::make_unique<os::FolderFiles>(folder);
  };
  if (!tee.empty()) runner_options.recorder = &tee;
  auto result = run(plan, runner_options, [&](lab::Runner& runner) {
    if (!capture) return;
    add_ports(plan, runner.network(), *capture);
    add_names(plan, *capture);
    if (!plan.capture.filter.empty()) capture->set_filter(compile(plan.capture.filter));
  });
  if (!result) return result;
  if (capture) capture->finish(result->end);
  result->wall_s = wall_s() - start;
  return result;
}

namespace {

// One line for each thing that happened, so that two runs can be laid beside each other.
class Diary final : public Recorder {
 public:
  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override {
    static constexpr std::string_view words[] = {"sent", "received", "dropped"};
    lines_.push_back(fmt::format("{} s, port {}: {} frame {}.{}, {} bytes{}{}", to_string(now),
                                 port, words[static_cast<int>(event)], frame.meta().id.origin,
                                 frame.meta().id.counter, frame.size(), reason ? ", " : "",
                                 reason ? drop_name(*reason) : ""));
  }
  void on_note(Instant now, std::string_view node, std::string_view topic,
               std::string_view text) override {
    lines_.push_back(fmt::format("{} s, {}: {}: {}", to_string(now), node, topic, text));
  }

  std::string first_difference(const Diary& other) const {
    const auto [mine, theirs] = std::ranges::mismatch(lines_, other.lines_);
    const auto say = [](const auto& at, const auto& end) {
      return at == end ? std::string("nothing more") : *at;
    };
    return fmt::format("event {}: {} / {}", mine - lines_.begin() + 1, say(mine, lines_.end()),
                       say(theirs, other.lines_.end()));
  }

 private:
  std::vector<std::string> lines_;
};

struct Watched {
  u64 hash = 0;
  MemorySink capture;
  Diary diary;

  Watched(const lab::Plan& plan, bool offload) {
    hash =
        run_plan(plan, {.offload = offload, .capture = &capture, .recorder = &diary})->event_hash;
  }
};

}  // namespace

std::optional<std::string> verify_plan(const lab::Plan& plan, bool offload, u64 event_hash) {
  const Watched first(plan, offload);
  const Watched second(plan, offload);
  if (first.hash != second.hash || first.capture.bytes() != second.capture.bytes()) {
    return "two watched runs differ: " + first.diary.first_difference(second.diary);
  }
  if (first.hash != event_hash) return "the first run and a watched one differ";
  const auto unwatched = run_plan(plan, {.offload = offload});
  if (unwatched->event_hash != event_hash) {
    return "a run without a capture differs from one with: looking must change nothing";
  }
  return std::nullopt;
}

}  // namespace catenet::tools
