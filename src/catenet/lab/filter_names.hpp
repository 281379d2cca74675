// Names of nodes in expressions of pcap-filter(7): libpcap would ask the machine for them, so that
// addresses take their place before it sees the expression.
#pragma once

#include <string>

#include "catenet/lab/plan.hpp"

namespace catenet::lab {

// "src host web and tcp" as "src host (10.0.2.10 or fd00:0:0:2::a) and tcp". What is no node's
// name, or stands where a host's name has no place, is left as it is. `hosts` is the plan's.
std::string with_addresses(std::string_view expression, const std::vector<HostsEntry>& hosts);

}  // namespace catenet::lab
