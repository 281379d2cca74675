#include "catenet/host/raw_layer.hpp"

#include "catenet/ip/interface.hpp"

namespace catenet {

bool RawLayer::input(Instant now, const IpInfo& info, const Packet& transport) {
  bool taken = false;
  for (RawUser* user : users_) {
    if (!user->wants(info)) continue;
    taken = true;
    Packet copy = transport.clone();
    if (info.source.is_v4()) {
      // The IP header is still in front; a clone keeps its headroom but not what was in it.
      const u8* header = transport.data() - info.header_length;
      std::copy_n(header, info.header_length, copy.prepend(info.header_length));
    }
    Datagram datagram{std::move(copy),
                      {info.source, 0},
                      info.destination,
                      now,
                      info.ttl,
                      info.dscp_ecn,
                      info.interface ? info.interface->index() : 0};
    user->on_datagram(datagram);
  }
  return taken;
}

void RawLayer::on_error(const IcmpError& error) {
  for (RawUser* user : users_) {
    if (user->concerns(error)) user->on_error(error);
  }
}

bool RawLayer::plausible(const IcmpError& error) const {
  return std::ranges::any_of(users_, [&](const RawUser* user) { return user->concerns(error); });
}

}  // namespace catenet
