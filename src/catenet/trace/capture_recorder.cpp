#include "catenet/trace/capture_recorder.hpp"

#include "catenet/trace/offload.hpp"

namespace catenet {

namespace {

// More frames than one instant usually has at all ports together; bounds what a drop searches
// through.
constexpr std::size_t most_held = 64;

void mark_drop(FrameMarks& marks, Drop reason) {
  marks.drop = reason;
  if (reason == Drop::bad_fcs) marks.faults |= fault_crc;
  if (reason == Drop::frame_too_long) marks.faults |= fault_too_long;
}

// Where a frame was going that ended at a port without having been seen there: what a link or the
// address resolution refuses was on its way out, all else had come in.
FrameDirection direction_of(Drop reason) {
  switch (reason) {
    case Drop::link_down:
    case Drop::queue_full:
    case Drop::random_loss:
    case Drop::burst_loss:
    case Drop::every_nth_loss:
    case Drop::partitioned:
    case Drop::frame_too_long:
    case Drop::no_peer:
    case Drop::interface_down:
    case Drop::neighbour_unreachable:
    case Drop::neighbour_queue_full: return FrameDirection::outbound;
    default: return FrameDirection::inbound;
  }
}

}  // namespace

void CaptureRecorder::add_port(PortId port, const CaptureInterface& interface) {
  if (port >= ports_.size()) ports_.resize(port + 1);
  ports_[port].interface = writer_.add_interface(interface);
}

void CaptureRecorder::on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                               std::optional<Drop> reason) {
  if (port >= ports_.size() || ports_[port].interface == Port::not_captured) return;
  if (now != held_at_) flush();
  held_at_ = now;
  FrameMarks marks;
  if (event == FrameEvent::dropped) {
    ++ports_[port].dropped;
    const Drop why = reason.value_or(Drop::count);
    if (mark_held(port, frame.meta().id, why)) return;
    marks.direction = direction_of(why);
    mark_drop(marks, why);
  } else {
    const bool received = event == FrameEvent::received;
    if (received) ++ports_[port].received;
    marks.direction = received ? FrameDirection::inbound : FrameDirection::outbound;
  }
  hold(port, frame, marks);
}

bool CaptureRecorder::mark_held(PortId port, FrameId id, Drop reason) {
  bool found = false;
  for (std::size_t i = 0; i < held_count_; ++i) {
    Held& held = held_[i];
    if (held.port != port || held.id != id || held.marks.drop) continue;
    mark_drop(held.marks, reason);
    found = true;
  }
  return found;
}

void CaptureRecorder::hold(PortId port, const Packet& frame, const FrameMarks& marks) {
  const SegmentCutter cutter(frame);
  for (u32 index = 0; index < cutter.count(); ++index) {
    const ByteView wire = cutter.wire_bytes(index, scratch_);
    if (filter_ && !filter_(wire)) continue;
    if (held_count_ == most_held) flush();
    if (held_count_ == held_.size()) held_.emplace_back();
    Held& held = held_[held_count_++];
    held.port = port;
    held.id = frame.meta().id;
    held.marks = marks;
    held.marks.packet_id = packet_id(cutter.id(index));
    held.bytes.assign(wire.begin(), wire.end());
  }
}

void CaptureRecorder::flush() {
  for (std::size_t i = 0; i < held_count_; ++i) {
    const Held& held = held_[i];
    writer_.write_frame(ports_[held.port].interface, held_at_, held.bytes, held.marks);
  }
  held_count_ = 0;
}

void CaptureRecorder::finish(Instant now) {
  flush();
  for (const Port& port : ports_) {
    if (port.interface == Port::not_captured) continue;
    writer_.write_statistics(port.interface, now, port.received, port.dropped);
  }
}

}  // namespace catenet
