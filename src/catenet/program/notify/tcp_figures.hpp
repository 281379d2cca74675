// TCP_INFO as the kernel lays it out.
#pragma once

#include <linux/tcp.h>

#include "catenet/tcp/state.hpp"

namespace catenet::program::notify {

tcp_info tcp_figures(const tcp::TcpInfo& info);

}  // namespace catenet::program::notify
