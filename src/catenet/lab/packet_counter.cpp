#include "catenet/lab/packet_counter.hpp"

#include "catenet/trace/offload.hpp"

namespace catenet::lab {

PacketCounter::PacketCounter(const Network& network, const PlanTarget& target, Filter filter)
    : received_too_(target.link == no_index), filter_(std::move(filter)) {
  for (const PlanEnd port : network.ports()) {
    bool counts = port.node == target.node &&
                  (target.interface == no_index || port.interface == target.interface);
    if (target.link != no_index) {
      const PlanLink& link = network.plan().links[target.link];
      counts = port == link.a || port == link.b;
    }
    ports_.push_back(counts);
  }
}

void PacketCounter::on_frame(Instant, PortId port, FrameEvent event, const Packet& frame,
                             std::optional<Drop>) {
  if (!ports_[port]) return;
  if (event == FrameEvent::dropped || (event == FrameEvent::received && !received_too_)) return;
  const SegmentCutter cutter(frame);
  for (u32 index = 0; index < cutter.count(); ++index) {
    if (!filter_ || filter_(cutter.wire_bytes(index, scratch_))) ++count_;
  }
}

}  // namespace catenet::lab
