// What may be set for a host before it is built.
#pragma once

#include "catenet/ip/ip_layer.hpp"
#include "catenet/tcp/options.hpp"
#include "catenet/udp/port_space.hpp"

namespace catenet {

struct HostOptions {
  PortRange ports;  // given to sockets that ask for any
  IpOptions ip;
  tcp::Options tcp;
  u32 datagram_buffer =
      212'992;  // bytes of memory a datagram socket's receive queue may hold, as Linux
};

}  // namespace catenet
