// The table behind setup.hpp: which setting of Linux is which of ours. Of this folder only.
#pragma once

#include <span>
#include <string_view>

#include "catenet/drill/setup.hpp"

namespace catenet::drill {

// What becomes of a setting.
enum class Fit : u8 {
  done,       // set
  already,    // so it always is
  different,  // known, but this value has no counterpart
  unknown,
  bad_value,
};

// `key` as sysctl has it, dots or slashes between: "net.ipv4.tcp_sack".
Fit apply_sysctl(Scene& setup, std::string_view key, std::string_view value);
// Every key of the table.
std::span<const std::string_view> known_sysctls();

}  // namespace catenet::drill
