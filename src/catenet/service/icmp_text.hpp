// ICMP errors in words, as iputils' ping prints them, and in traceroute's marks.
#pragma once

#include <string>

#include "catenet/wire/address.hpp"

namespace catenet {

// "Destination Host Unreachable", "Time to live exceeded"; for IPv6 "Destination unreachable:
// Address unreachable", …
std::string icmp_error_text(Family family, u8 type, u8 code, u32 mtu);

// What traceroute prints behind a probe's time: "" where the probe has arrived or only its TTL ran
// out, else "!H", "!N",
// "!X", "!F-1280" and so on.
std::string traceroute_mark(Family family, u8 type, u8 code, u32 mtu);

// Whether the error is "time exceeded in transit", which is what traceroute waits for.
bool is_hop_limit_exceeded(Family family, u8 type, u8 code);

}  // namespace catenet
