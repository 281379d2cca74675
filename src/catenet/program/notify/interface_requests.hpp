// What programs ask of their host's interfaces by ioctl(2). Read netdevice(7).
#pragma once

#include <string>

#include "catenet/program/notify/call.hpp"
#include "catenet/socket/configuration.hpp"

namespace catenet::program::notify {

// Whether ioctl's `request` is about interfaces, of whatever socket it is asked.
bool is_interface_request(u32 request);
// Answers such a call.
void answer_interface_request(const TrappedCall& call, Configuration& configuration);
// Whether it would change something, which is refused.
bool changes_interfaces(u32 request);

}  // namespace catenet::program::notify
