// Hub: repeats what it hears at one port to all others, and knows no addresses. Read IEEE 802.3
// clause 9. Frames are repeated whole, and there are no collisions; keep loops out.
#pragma once

#include "catenet/link/multiport.hpp"

namespace catenet {

class Hub final : public Multiport {
 public:
  using Multiport::Multiport;

 private:
  void on_frame(u32 ingress, Packet&& frame) override { flood(ingress, std::move(frame)); }
  void on_carrier(u32, bool) override {}
};

}  // namespace catenet
