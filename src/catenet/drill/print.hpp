// Packets and events as a script writes them: the same words for what was wanted and what came.
#pragma once

#include <string>

#include "catenet/drill/script.hpp"

namespace catenet::drill {

// "P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>"
std::string to_text(const Segment& segment);
std::string to_text(const TcpOption& option);
std::string to_text(const Datagram& datagram);
std::string to_text(const IcmpMessage& message);
// With its direction: "> [ect0] P. 1:1001(1000) ack 1".
std::string to_text(const PacketEvent& packet);
std::string_view to_text(EcnWanted ecn);
// Flags as a script has them: "S.", "-".
std::string flags_text(wire::TcpFlags flags);
// Seconds with six digits, as times of a conversation are printed.
std::string time_text(Instant instant);

}  // namespace catenet::drill
