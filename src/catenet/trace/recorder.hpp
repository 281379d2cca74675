// Recorder: what watches a run. It is told of every frame at every port and never changes anything:
// with or without one, a run is the same. Captures, dissections, the live page and reports are
// recorders.
#pragma once

#include <optional>
#include <string_view>

#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

// A port, as recorders know it. Dense from 0 in the order of the lab's ports by name.
using PortId = u32;

enum class FrameEvent : u8 {
  sent,      // offered to the link by this port
  received,  // delivered by the link to this port
  dropped,   // ended here: a link's loss at the sending port, a stack's refusal at the receiving
             // one; PacketMeta::passage says which arrival or departure that was
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // `frame` begins at its Ethernet header. Only for the length of the call.
  virtual void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                        std::optional<Drop> reason) = 0;
  // A line about a node: a state change, a table change. `topic` as in "tcp", "arp", "route",
  // "script".
  virtual void on_note(Instant now, std::string_view node, std::string_view topic,
                       std::string_view text) = 0;
};

}  // namespace catenet
