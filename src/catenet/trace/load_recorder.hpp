// LoadRecorder: how many bytes each port put on its link over the run, and how many frames the link
// lost of them, in bounded memory.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "catenet/trace/recorder.hpp"

namespace catenet {

// Of one port. Column i is of the time from i to i + 1 widths after the run began.
struct LoadColumns {
  static constexpr std::size_t count = 128;
  std::array<u64, count> bytes{};  // of wire frames offered to the link
  std::array<u64, count> lost{};   // wire frames that the link lost
};

class LoadRecorder final : public Recorder {
 public:
  static constexpr std::size_t most_ports = 1'024;

  // The run's first instant, and by PortId the port at the other end of its link; before anything
  // runs.
  void set_network(Instant start, std::vector<PortId> peers);

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override;
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  // nullptr: it sent nothing, or it was not among the first `most_ports` to do so.
  const LoadColumns* of(PortId port) const { return ports_[port].get(); }
  Instant start() const { return start_; }
  Duration width() const { return width_; }

 private:
  LoadColumns* columns_of(PortId port);
  std::size_t column_at(Instant now);
  void widen();

  Instant start_;
  Duration width_ = Duration::microseconds(1);
  std::vector<PortId> peers_;
  std::vector<std::unique_ptr<LoadColumns>> ports_;
  std::size_t kept_ = 0;
};

}  // namespace catenet
