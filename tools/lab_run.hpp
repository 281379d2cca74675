// One run of a plan with its files: capture and reports.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "catenet/base/errno.hpp"
#include "catenet/lab/live_lab.hpp"
#include "catenet/lab/plan.hpp"
#include "catenet/lab/result.hpp"
#include "catenet/program/problem.hpp"
#include "catenet/trace/byte_sink.hpp"

namespace catenet::tools {

struct LabRunOptions {
  bool offload = true;
  // Where the capture goes; nullptr: none is made.
  ByteSink* capture = nullptr;
  // Told of everything, beside the capture; may be nullptr.
  Recorder* recorder = nullptr;
  // Keeps what reports draw (lab::RunResult::traffic).
  bool watch_traffic = false;
  // The lab is up, until somebody wants its end; nullptr: it ends by itself.
  lab::LiveLab* live = nullptr;
};

// What is wrong with a pcap filter, or nothing; and the judge of frames that it means.
std::optional<std::string> check_filter(const std::string& filter);
std::function<bool(ByteView)> compile_filter(const std::string& filter);

// Of captures: where they come from.
CaptureSection capture_section(const lab::Plan& plan);

// Runs `plan`: in virtual time, or along the machine's clock where it says so; only that can fail.
std::expected<lab::RunResult, program::Problem> run_plan(const lab::Plan& plan,
                                                         const LabRunOptions& options);

// The first difference between runs of `plan`, which is one in virtual time: twice captured, byte
// for byte, and once unwatched. Empty: there is none.
std::string verify_plan(const lab::Plan& plan, bool offload, u64 event_hash);

}  // namespace catenet::tools
