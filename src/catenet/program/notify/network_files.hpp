// The files of /proc/net: a host's interfaces, routes and neighbours. Read proc(5).
#pragma once

#include <string>
#include <string_view>

#include "catenet/socket/configuration.hpp"

namespace catenet::program::notify {

// Whether `path` names a file that is about the network, which the machine's would lie about.
bool is_network_file(std::string_view path);
// What stands in such a file. ENOENT: the host has none of that name.
Result<std::string> network_file(std::string_view path, Configuration& configuration);

}  // namespace catenet::program::notify
