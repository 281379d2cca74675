// A host's interfaces by name and by number.
#pragma once

#include <optional>
#include <string_view>

#include "catenet/socket/configuration.hpp"

namespace catenet::program::notify {

constexpr std::size_t longest_interface_name = 15;  // IFNAMSIZ, but for the zero behind

std::optional<InterfaceStatus> interface_named(Configuration& configuration, std::string_view name);
std::optional<InterfaceStatus> interface_numbered(Configuration& configuration, u32 index);
// Nothing: it has none.
std::optional<InterfacePrefix> first_ipv4_of(const InterfaceStatus& interface);

}  // namespace catenet::program::notify
