// Explicit Congestion Notification on the way: read RFC 3168 section 5.
#pragma once

#include "catenet/packet/packet.hpp"

namespace catenet {

// Sets CE in the IP header of `frame` (from its Ethernet header, 802.1Q tags allowed), in place,
// IPv4's checksum along with it. False, and nothing changed, where its ends do not speak ECN.
bool mark_congestion(Packet& frame);

}  // namespace catenet
