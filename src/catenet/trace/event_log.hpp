// EventLog keeps the last events of a run for reports; TeeRecorder feeds several recorders. See
// capture_recorder.hpp for the one that writes files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/base/ring.hpp"
#include "catenet/trace/recorder.hpp"

namespace catenet {

// What one recorder call said. A note has no port, event or reason.
struct LoggedEvent {
  enum class Kind : u8 { frame, note };
  Kind kind = Kind::note;
  FrameEvent event = FrameEvent::sent;
  std::optional<Drop> reason;
  PortId port = 0;
  Instant time;
  FrameId id;
  u32 frame_size = 0;     // bytes in all
  std::vector<u8> bytes;  // the first of them, as many as the log keeps
  std::string node;       // of a note
  std::string topic;
  std::string text;

  // One line: "1.020000000 alice:eth0 sent IP 10.0.0.1 > …", with the port's name as the caller
  // gives it.
  std::string to_line(std::string_view port_name) const;
};

// The last `limit` events, oldest first. Older ones are forgotten and counted.
class EventLog final : public Recorder {
 public:
  // `kept_bytes`: of each frame, for printing (0 keeps none).
  explicit EventLog(std::size_t limit, u32 kept_bytes = 256)
      : limit_(limit), kept_bytes_(kept_bytes) {}

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override;
  void on_note(Instant now, std::string_view node, std::string_view topic,
               std::string_view text) override;

  std::size_t size() const { return events_.size(); }
  const LoggedEvent& operator[](std::size_t i) const { return events_[i]; }
  u64 forgotten() const { return forgotten_; }

 private:
  LoggedEvent& next_entry();
  std::size_t limit_;
  u32 kept_bytes_;
  Ring<LoggedEvent> events_;
  u64 forgotten_ = 0;
};

// Passes every call to each of its recorders, in the order they were added.
class TeeRecorder final : public Recorder {
 public:
  void add(Recorder& recorder) { recorders_.push_back(&recorder); }
  void remove(Recorder& recorder);
  bool empty() const { return recorders_.empty(); }

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override;
  void on_note(Instant now, std::string_view node, std::string_view topic,
               std::string_view text) override;

 private:
  std::vector<Recorder*> recorders_;
};

}  // namespace catenet
