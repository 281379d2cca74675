// GroupCounter: counts frames to groups that reached a node which is in none of them. A network
// card would not have troubled its host with them. Kernels send such unasked: to the group of
// multicast routers, which ours are not in (RFC 3810), or of mDNS.
#pragma once

#include <array>
#include <vector>

#include "catenet/lab/network.hpp"
#include "catenet/trace/recorder.hpp"

namespace catenet::lab {

class GroupCounter final : public Recorder {
 public:
  explicit GroupCounter(const Network& network) : counts_(network.ports().size(), 0) {}

  // Of those that ended at `port` as not_our_address.
  u64 count(PortId port) const { return counts_[port]; }

  void on_frame(Instant, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override {
    if (event != FrameEvent::dropped || reason != Drop::not_our_address) return;
    std::array<u8, 6> destination;
    if (frame.size() < destination.size()) return;
    frame.copy_out(0, destination);
    if (MacAddress::load(destination.data()).is_multicast()) ++counts_[port];
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

 private:
  std::vector<u64> counts_;  // by PortId
};

}  // namespace catenet::lab
