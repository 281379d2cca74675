// Linux's names of what a connection tells of itself, tcpi_…, and the constants beside them.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "catenet/base/types.hpp"
#include "catenet/tcp/state.hpp"
#include "catenet/time/time.hpp"

namespace catenet::drill {

// In Linux's units: windows in segments, times in microseconds, and how long ago something was at
// `now` in milliseconds; what never was, was at the start. Nothing: no such name, or nothing here
// stands for it.
std::optional<i64> tcp_info_value(std::string_view name, const tcp::TcpInfo& info, Instant now);
// TCP_ESTABLISHED, TCP_CA_Open and the like.
std::optional<i64> tcp_constant(std::string_view name);
std::span<const std::string_view> tcp_info_names();

}  // namespace catenet::drill
