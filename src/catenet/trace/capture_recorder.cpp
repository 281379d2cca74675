#include "catenet/trace/capture_recorder.hpp"

#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

namespace {

// More frames than one instant usually has at all ports together, between a frame's coming and its
// drop; bounds what a drop searches through.
constexpr std::size_t most_held = 512;

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

void CaptureRecorder::add_port(PortId port, const CaptureInterface& interface, bool promiscuous) {
  if (port >= ports_.size()) ports_.resize(port + 1);
  ports_[port].interface = writer_.add_interface(interface);
  if (!promiscuous) ports_[port].only_for = interface.mac;
}

bool CaptureRecorder::Port::keeps(FrameDirection direction, const Packet& frame) const {
  if (!only_for || direction == FrameDirection::outbound) return true;
  if (!wire::EthernetView::fits(frame.linear_bytes())) return true;
  const MacAddress destination = wire::EthernetView(frame.data()).destination();
  return destination == *only_for || destination.is_multicast();
}

void CaptureRecorder::on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                               std::optional<Drop> reason) {
  if (port >= ports_.size() || ports_[port].interface == Port::not_captured) return;
  if (now != held_at_) flush();
  held_at_ = now;
  const SegmentCutter cutter(frame);
  const Drop why = reason.value_or(Drop::count);
  FrameMarks marks;
  switch (event) {
    case FrameEvent::received: marks.direction = FrameDirection::inbound; break;
    case FrameEvent::sent: marks.direction = FrameDirection::outbound; break;
    case FrameEvent::dropped: marks.direction = direction_of(why); break;
  }
  if (!ports_[port].keeps(marks.direction, frame)) return;
  if (event == FrameEvent::received) ports_[port].received += cutter.count();
  if (event == FrameEvent::dropped) {
    ports_[port].dropped += cutter.count();
    mark_drop(marks, why);
  }
  if (!marks.drop) make_room_for(cutter.count());
  for (u32 index = 0; index < cutter.count(); ++index) {
    const Passage passage{port, frame.meta().passage, cutter.id(index)};
    if (marks.drop && mark_held(passage, *marks.drop)) continue;
    hold(passage, cutter.wire_bytes(index, scratch_), marks);
  }
  if (marks.drop) make_room_for(0);
}

bool CaptureRecorder::mark_held(const Passage& passage, Drop reason) {
  if (passage.number == 0) return false;
  for (std::size_t i = held_.size(); i-- > 0;) {
    Held& held = held_[i];
    if (held.passage != passage || held.marks.drop) continue;
    mark_drop(held.marks, reason);
    return true;
  }
  return false;
}

void CaptureRecorder::hold(const Passage& passage, ByteView wire, const FrameMarks& marks) {
  if (filter_ && !filter_(wire)) return;
  Held held;
  if (!spares_.empty()) {
    held = std::move(spares_.back());
    spares_.pop_back();
  }
  held.passage = passage;
  held.marks = marks;
  held.marks.packet_id = packet_id(passage.id);
  held.bytes.assign(wire.begin(), wire.end());
  held_.push_back(std::move(held));
}

void CaptureRecorder::write_oldest() {
  Held oldest = held_.pop_front();
  writer_.write_frame(ports_[oldest.passage.port].interface, held_at_, oldest.bytes, oldest.marks);
  if (spares_.size() < most_held) spares_.push_back(std::move(oldest));
}

// The wire frames of one super-segment are held together, however many they are.
void CaptureRecorder::make_room_for(std::size_t frames) {
  while (!held_.empty() && held_.size() + frames > most_held) write_oldest();
}

void CaptureRecorder::flush() {
  while (!held_.empty()) write_oldest();
}

void CaptureRecorder::finish(Instant now) {
  flush();
  for (const Port& port : ports_) {
    if (port.interface == Port::not_captured) continue;
    writer_.write_statistics(port.interface, now, port.received, port.dropped);
  }
}

}  // namespace catenet
