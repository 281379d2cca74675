// What a host is, as messages of rtnetlink. Read rtnetlink(7).
#pragma once

#include "catenet/os/netlink_message.hpp"
#include "catenet/socket/configuration.hpp"

namespace catenet::program::notify {

// IFF_… of an interface.
u32 link_flags(const InterfaceStatus& interface);

os::NetlinkMessage link_message(const InterfaceStatus& interface);
os::NetlinkMessage address_message(const InterfaceStatus& interface, const AddressStatus& address);
// A route of the main table.
os::NetlinkMessage route_message(const RouteStatus& route);
// The host's own address, or the broadcast one beside it, as the local table has them.
os::NetlinkMessage local_route_message(const IpAddress& address, const IpAddress& source,
                                       u32 interface, bool broadcast);
// The answer to the question which way a datagram would take; `local`: to the host itself.
os::NetlinkMessage way_message(const RouteStatus& way, bool local);
os::NetlinkMessage neighbour_message(const NeighbourStatus& neighbour);

}  // namespace catenet::program::notify
