// The tools themselves. `invocation` outlives the task; the result is the exit code.
#pragma once

#include "catenet/socket/system.hpp"

namespace catenet {

// The IPv4 neighbours of a host, shown and edited, as net-tools' arp does it. Exit codes: 0, 255
// could not be done, 3 usage.
Task<int> arp(Invocation& invocation);

// Asks a web server for files and prints or keeps them. Exit codes as wget's: 0 all came, 1
// something else, 2 usage, 3 a file could not be written, 4 the network failed, 8 the server
// answered with an error.
Task<int> fetch(Invocation& invocation);

// How much a path carries, as iperf3's client prints it. Exit codes: 0 measured, 1 not.
Task<int> iperf3_client(Invocation& invocation);

// ICMP echo, as iputils' ping prints it. Exit codes: 0 answered, 1 not, 2 could not be tried.
Task<int> ping(Invocation& invocation);

// The routers on the way, as traceroute(8) prints them. Exit codes: 0, 1 could not be tried, 2
// usage.
Task<int> traceroute(Invocation& invocation);

}  // namespace catenet
