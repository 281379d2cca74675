#include "lab_run.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/core.h>

#include "catenet/base/hash.hpp"
#include "catenet/lab/capture_ports.hpp"
#include "catenet/lab/runner.hpp"
#include "catenet/lab/wall_run.hpp"
#include "catenet/os/folder_files.hpp"
#include "catenet/os/pcap_filter.hpp"
#include "catenet/trace/capture_recorder.hpp"

#include "signals.hpp"

namespace catenet::tools {
namespace {

double wall_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool captured(const lab::Plan& plan, lab::PlanEnd port) {
  return plan.capture.all ||
         std::ranges::find(plan.capture.ports, port) != plan.capture.ports.end();
}

void add_ports(const lab::Plan& plan, const lab::Network& network, CaptureRecorder& capture) {
  for (PortId id = 0; id < network.ports().size(); ++id) {
    const lab::PlanEnd port = network.ports()[id];
    if (!captured(plan, port)) continue;
    lab::add_port(plan, network, id, capture);
  }
}

// The capture of a run, if there is to be one.
std::unique_ptr<CaptureRecorder> make_capture(const lab::Plan& plan, const LabRunOptions& options) {
  if (!options.capture) return nullptr;
  return std::make_unique<CaptureRecorder>(*options.capture, capture_section(plan));
}

// Opens the folders that a lab serves. What the machine lacks for reading them is not the lab's
// doing: it is broken off, before it comes to a wrong end.
class Folders {
 public:
  std::unique_ptr<Files> open(const std::string& folder) {
    return std::make_unique<os::FolderFiles>(folder, [this, folder](Errno error) {
      lack_ = fmt::format("cannot read {}: {}", folder, errno_text(error));
      if (runner_) runner_->break_off(lack_);
    });
  }
  void serve(lab::Runner& runner) {
    runner_ = &runner;
    if (!lack_.empty()) runner.break_off(lack_);
  }

 private:
  lab::Runner* runner_ = nullptr;
  std::string lack_;
};

std::expected<lab::RunResult, program::Problem> run(
    const lab::Plan& plan, const lab::RunnerOptions& options,
    const std::function<void(lab::Runner&)>& prepared, lab::LiveLab* live) {
  if (live || plan.time == lab::TimeMode::wall) {
    return lab::run_on_wall_clock(plan, options, prepared, live);
  }
  lab::Runner runner(plan, options);
  prepared(runner);
  runner.run();
  return runner.collect();
}

}  // namespace

std::optional<std::string> check_filter(const std::string& filter) {
  const auto compiled = os::PcapFilter::compile(filter);
  return compiled ? std::nullopt : std::optional(compiled.error());
}

std::function<bool(ByteView)> compile_filter(const std::string& filter) {
  auto compiled = os::PcapFilter::compile(filter);
  if (!compiled) return {};  // the reader has refused such a lab
  return [program = *std::move(compiled)](ByteView frame) { return program.matches(frame); };
}

CaptureSection capture_section(const lab::Plan& plan) {
  CaptureSection section;
  section.comment =
      fmt::format("lab {}, seed {}, catenet {}", plan.name, plan.seed, CATENET_VERSION);
  return section;
}

std::expected<lab::RunResult, program::Problem> run_plan(const lab::Plan& plan,
                                                         const LabRunOptions& options) {
  const double start = wall_s();
  TeeRecorder tee;
  const std::unique_ptr<CaptureRecorder> capture = make_capture(plan, options);
  if (capture) tee.add(*capture);
  if (options.recorder) tee.add(*options.recorder);
  lab::RunnerOptions runner_options;
  runner_options.network.offload = options.offload;
  runner_options.watch_traffic = options.watch_traffic;
  runner_options.compile_filter = compile_filter;
  Folders folders;
  runner_options.open_folder = [&folders](const std::string& folder) {
    return folders.open(folder);
  };
  if (options.live) {
    tee.add(options.live->recorder());
  } else {
    runner_options.interrupted = [] { return interrupted_by() != 0; };
  }
  if (!tee.empty()) runner_options.recorder = &tee;
  auto result = run(
      plan, runner_options,
      [&](lab::Runner& runner) {
        folders.serve(runner);
        if (!capture) return;
        add_ports(plan, runner.network(), *capture);
        lab::add_names(plan, *capture);
        if (!plan.capture.filter.empty()) capture->set_filter(compile_filter(plan.capture.filter));
      },
      options.live);
  if (!result) return result;
  if (capture) capture->finish(result->end);
  result->version = CATENET_VERSION;
  result->wall_s = wall_s() - start;
  return result;
}

namespace {

// Of a run, so that it can be laid beside another: a digest of each event, and the line of one.
class Diary final : public Recorder {
 public:
  static constexpr u64 nothing = ~u64{0};

  // Keeps the line of event `wanted`.
  explicit Diary(u64 wanted) : wanted_(wanted) {}
  // Compares with `first`, whose run has ended, and keeps the line of the first event that differs.
  explicit Diary(const Diary& first) : first_(&first) {}

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override {
    static constexpr std::string_view words[] = {"sent", "received", "dropped"};
    const FrameId id = frame.meta().id;
    RunningHash digest;
    for (const u64 word :
         {static_cast<u64>(now.ns()), u64{port}, static_cast<u64>(event), u64{id.origin},
          u64{id.counter}, u64{frame.size()}, reason ? static_cast<u64>(*reason) : nothing}) {
      digest.add(word);
    }
    digest.add(frame.linear_bytes());
    note(digest.value(), [&] {
      return fmt::format("{} s, port {}: {} frame {}.{}, {} bytes{}{}", to_string(now), port,
                         words[static_cast<int>(event)], id.origin, id.counter, frame.size(),
                         reason ? ", " : "", reason ? drop_name(*reason) : "");
    });
  }
  void on_note(Instant now, std::string_view node, std::string_view topic,
               std::string_view text) override {
    const std::string line = fmt::format("{} s, {}: {}: {}", to_string(now), node, topic, text);
    note(hash_name(line), [&] { return line; });
  }

  // The number of the first event that the other run did not have, once both have ended; nothing:
  // there is none.
  u64 first_difference() const {
    if (wanted_ == nothing && count_ < first_->digests_.size()) return count_;
    return wanted_;
  }
  const std::string& line() const { return line_; }

 private:
  template <typename Line>
  void note(u64 digest, Line line) {
    const u64 index = count_++;
    if (!first_) {
      digests_.push_back(digest);
    } else if (wanted_ == nothing &&
               (index >= first_->digests_.size() || first_->digests_[index] != digest)) {
      wanted_ = index;
    }
    if (index == wanted_) line_ = line();
  }

  const Diary* first_ = nullptr;
  u64 wanted_ = nothing;
  u64 count_ = 0;
  std::vector<u64> digests_;
  std::string line_ = "nothing more";
};

class HashSink final : public ByteSink {
 public:
  void write(ByteView bytes) override { hash_.add(bytes); }
  u64 value() const { return hash_.value(); }

 private:
  RunningHash hash_;
};

struct Watched {
  u64 hash = 0;
  HashSink capture;
  Diary diary;

  template <typename DiarySource>
  Watched(const lab::Plan& plan, bool offload, const DiarySource& source) : diary(source) {
    hash =
        run_plan(plan, {.offload = offload, .capture = &capture, .recorder = &diary})->event_hash;
  }
};

// Where `second`, which was laid beside a run, parts from it. That run's own line comes of one more
// run like it: keeping all its lines would cost far more memory than its digests.
std::string tell_difference(const lab::Plan& plan, bool offload, const Watched& second) {
  const u64 event = second.diary.first_difference();
  if (event == Diary::nothing) return "not in their events, but in what was captured";
  const Watched again(plan, offload, event);
  const bool alike = again.diary.line() == second.diary.line();
  return fmt::format("event {}: {} / {}", event + 1,
                     alike ? "something else, which did not come again" : again.diary.line(),
                     second.diary.line());
}

}  // namespace

std::string verify_plan(const lab::Plan& plan, bool offload, u64 event_hash) {
  const Watched first(plan, offload, Diary::nothing);
  const Watched second(plan, offload, first.diary);
  if (first.hash != second.hash || first.capture.value() != second.capture.value() ||
      second.diary.first_difference() != Diary::nothing) {
    return "two watched runs differ: " + tell_difference(plan, offload, second);
  }
  if (first.hash != event_hash) return "the first run and a watched one differ";
  const auto unwatched = run_plan(plan, {.offload = offload});
  if (unwatched->event_hash != event_hash) {
    return "a run without a capture differs from one with: looking must change nothing";
  }
  return {};
}

}  // namespace catenet::tools
