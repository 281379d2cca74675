// LiveWork: what a running lab does for one request that takes its time: a program or a tool that
// runs, a capture that goes on.
#pragma once

#include <memory>
#include <span>

#include "catenet/lab/live_line.hpp"
#include "catenet/lab/network.hpp"
#include "catenet/program/programs.hpp"
#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/event_log.hpp"

namespace catenet::lab {

inline i64 to_ms(Instant when) {
  constexpr i64 ms = 1'000'000;
  return when.ns() / ms;
}

class LiveWork {
 public:
  virtual ~LiveWork() = default;
  virtual void on_word(const LiveWord& word) = 0;
  // Whoever asked for it is gone. May be called from within its own send().
  virtual void on_gone() = 0;
  // Called between events.
  virtual void settle(Instant) {}
  // It has said its last.
  virtual bool is_over() const = 0;
  // A line for ps, of what is no process.
  virtual std::optional<LiveRow> row() const { return std::nullopt; }
};

// A real program. `descriptors`: the caller's three. An error: it could not be started.
std::expected<std::unique_ptr<LiveWork>, LiveError> start_live_program(
    program::Programs& where, LiveLine& line, const LiveRequest& request,
    std::span<const os::Descriptor> descriptors);

// One of Catenet's own tools.
std::expected<std::unique_ptr<LiveWork>, LiveError> start_live_tool(LabSystem& system,
                                                                    LiveLine& line,
                                                                    const LiveRequest& request);

// `recorders`: where the network's recorder can be joined.
std::unique_ptr<LiveWork> start_live_capture(const Plan& plan, const Network& network,
                                             TeeRecorder& recorders, LiveLine& line,
                                             std::span<const PlanEnd> ports,
                                             CaptureRecorder::Filter filter,
                                             const CaptureSection& section);

}  // namespace catenet::lab
