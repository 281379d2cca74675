#include "catenet/link/nic.hpp"

#include <utility>

#include "catenet/link/frame_history.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {

Nic::Nic(std::string name, MacAddress mac, u32 mtu, Engine& engine, PacketPool& pool, Origin& node)
    : name_(std::move(name)), mac_(mac), mtu_(mtu), engine_(engine), pool_(pool), node_(node) {}

void Nic::set_carrier(bool up) {
  if (carrier_ == up) return;
  carrier_ = up;
  if (handler_) handler_->on_carrier(*this, up);
}

// Counters begin at 1: the id {0, 0} is that of a frame without one.
void Nic::give_id(PacketMeta& meta) {
  if (meta.id == FrameId{}) meta.id = {node_.rank(), node_.next_frame() + 1};
}

void Nic::output(Packet&& frame) {
  if (!transmitter_) return drop_unsent(std::move(frame), Drop::no_peer);
  if (!carrier_) return drop_unsent(std::move(frame), Drop::link_down);
  give_id(frame.meta());
  frame.meta().passage = ++passages_;
  const WireSize size = wire_size(frame);
  counters_.sent_frames += size.frames;
  counters_.sent_bytes += size.bytes;
  if (recorder_) recorder_->on_frame(engine_.now(), port_, FrameEvent::sent, frame, std::nullopt);
  transmitter_->transmit(std::move(frame));
}

void Nic::input(Packet&& frame) {
  frame.meta().passage = ++passages_;
  const WireSize size = wire_size(frame);
  counters_.received_frames += size.frames;
  counters_.received_bytes += size.bytes;
  fold_frame(node_.history(), engine_.now(), frame, FrameStep::delivered);
  if (recorder_) {
    recorder_->on_frame(engine_.now(), port_, FrameEvent::received, frame, std::nullopt);
  }
  if (frame.linear_size() < wire::ethernet::header_size) {
    return drop(std::move(frame), Drop::bad_ethernet_frame);
  }
  const MacAddress destination = MacAddress::load(frame.data());
  PacketMeta& meta = frame.meta();
  meta.link_broadcast = destination.is_broadcast();
  meta.link_multicast = destination.is_multicast() && !meta.link_broadcast;
  if (!promiscuous_ && destination != mac_ && !destination.is_multicast()) {
    return drop(std::move(frame), Drop::not_for_us);
  }
  if (!handler_) return drop(std::move(frame), Drop::interface_down);
  handler_->on_frame(*this, std::move(frame));
}

void Nic::drop(Packet frame, Drop reason, u32 consumed) {
  if (consumed > 0) {
    frame.prepend(consumed);
    PacketMeta& meta = frame.meta();
    if (meta.checksum == ChecksumState::deferred) {
      meta.checksum_start = static_cast<u16>(meta.checksum_start + consumed);
    }
  }
  give_id(frame.meta());
  counters_.drops[static_cast<std::size_t>(reason)] += wire_size(frame).frames;
  fold_frame(node_.history(), engine_.now(), frame, FrameStep::dropped, reason);
  if (recorder_) recorder_->on_frame(engine_.now(), port_, FrameEvent::dropped, frame, reason);
}

void Nic::drop_unsent(Packet frame, Drop reason) {
  frame.meta().passage = 0;  // that of another port, where it may have come in
  drop(std::move(frame), reason);
}

DropCounters Nic::dropped() const {
  DropCounters all = counters_.drops;
  if (counters_.bad_fcs > 0) all[static_cast<std::size_t>(Drop::bad_fcs)] += counters_.bad_fcs;
  if (transmitter_) transmitter_->add_own_drops(all);
  return all;
}

}  // namespace catenet
