#include "catenet/trace/event_log.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/trace/dissect.hpp"
#include "catenet/trace/offload.hpp"

namespace catenet {

namespace {

std::string_view event_name(FrameEvent event) {
  switch (event) {
    case FrameEvent::sent: return "sent";
    case FrameEvent::received: return "received";
    case FrameEvent::dropped: return "dropped";
  }
  return "unknown";
}

}  // namespace

std::string LoggedEvent::to_line(std::string_view port_name) const {
  if (kind == Kind::note) {
    return fmt::format("{} {} {}: {}", to_string(time), node, topic, text);
  }
  std::string line = fmt::format("{} {} {}", to_string(time), port_name, event_name(event));
  if (reason) append_format(line, " ({})", drop_name(*reason));
  if (bytes.empty()) return line + fmt::format(" {} bytes", frame_size);
  DissectOptions options;
  options.original_size = frame_size;
  return line + " " + dissect_line(bytes, options);
}

// Forgetting reuses the oldest entry's memory.
LoggedEvent& EventLog::next_entry() {
  if (events_.size() < limit_) {
    events_.push_back({});
  } else {
    LoggedEvent oldest = events_.pop_front();
    oldest.bytes.clear();
    oldest.node.clear();
    oldest.topic.clear();
    oldest.text.clear();
    events_.push_back(std::move(oldest));
    ++forgotten_;
  }
  return events_.back();
}

void EventLog::on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                        std::optional<Drop> reason) {
  if (limit_ == 0) {
    ++forgotten_;
    return;
  }
  LoggedEvent& entry = next_entry();
  entry.kind = LoggedEvent::Kind::frame;
  entry.time = now;
  entry.port = port;
  entry.event = event;
  entry.reason = reason;
  entry.id = frame.meta().id;
  entry.frame_size = frame.size();
  entry.bytes.resize(std::min(kept_bytes_, frame.size()));
  frame.copy_out(0, entry.bytes);
}

void EventLog::on_note(Instant now, std::string_view node, std::string_view topic,
                       std::string_view text) {
  if (limit_ == 0) {
    ++forgotten_;
    return;
  }
  LoggedEvent& entry = next_entry();
  entry.kind = LoggedEvent::Kind::note;
  entry.reason.reset();
  entry.time = now;
  entry.node = node;
  entry.topic = topic;
  entry.text = text;
}

void TeeRecorder::remove(Recorder& recorder) { std::erase(recorders_, &recorder); }

void TeeRecorder::on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                           std::optional<Drop> reason) {
  for (Recorder* recorder : recorders_) recorder->on_frame(now, port, event, frame, reason);
}

void TeeRecorder::on_note(Instant now, std::string_view node, std::string_view topic,
                          std::string_view text) {
  for (Recorder* recorder : recorders_) recorder->on_note(now, node, topic, text);
}

}  // namespace catenet
