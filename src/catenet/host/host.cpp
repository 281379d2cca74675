#include "catenet/host/host.hpp"

#include "catenet/wire/ip_protocol.hpp"

namespace catenet {
namespace {

SipKey draw_key(RandomStream& random) { return {random.next(), random.next()}; }

tcp::Secrets draw_secrets(RandomStream& random) {
  tcp::Secrets secrets;
  secrets.isn = draw_key(random);
  secrets.cookie = draw_key(random);
  // Not drawn: what else comes of the host's luck stays as it was.
  secrets.fast_open = {siphash(secrets.cookie, as_bytes("fast open 0")),
                       siphash(secrets.cookie, as_bytes("fast open 1"))};
  return secrets;
}

}  // namespace

Host::Host(Engine& engine, Origin& node, PacketPool& pool, const HostOptions& options)
    : node_(node),
      options_(options),
      random_(node.random("host")),
      ip_(engine, node, pool, options.ip),
      udp_(ip_, random_, draw_key(random_)),
      tcp_(ip_, random_, draw_key(random_), draw_secrets(random_), options.tcp) {
  ip_.attach(*this);
  udp_.ports().set_range(options.ports);
  tcp_.ports().set_range(options.ports);
}

void Host::on_datagram(const IpInfo& info, Packet&& transport) {
  const bool raw = !raw_.empty() && raw_.input(now(), info, transport);
  switch (static_cast<wire::IpProtocol>(info.protocol)) {
    case wire::IpProtocol::tcp: return tcp_.input(info, std::move(transport));
    case wire::IpProtocol::udp: return udp_.input(info, std::move(transport));
    case wire::IpProtocol::icmp:
    case wire::IpProtocol::icmpv6: return;  // IP has acted on it
    default:
      if (!raw) ip_.refuse(info, std::move(transport), Refusal::protocol_unreachable);
  }
}

void Host::on_error(const IcmpError& error) {
  if (!raw_.empty()) raw_.on_error(error);
  switch (static_cast<wire::IpProtocol>(error.protocol)) {
    case wire::IpProtocol::tcp: return tcp_.on_error(error);
    case wire::IpProtocol::udp: return udp_.on_error(error);
    default: return;
  }
}

bool Host::plausible(const IcmpError& error) const {
  if (raw_.plausible(error)) return true;
  const u8 icmp_type = error.transport[0];
  // Of ICMP only the replies are IP's own; the rest is sent by raw sockets.
  const bool replies = ip_.options().echo_reply;
  switch (static_cast<wire::IpProtocol>(error.protocol)) {
    case wire::IpProtocol::tcp: return tcp_.plausible(error);
    case wire::IpProtocol::udp: return udp_.plausible(error);
    case wire::IpProtocol::icmp:
      return replies && icmp_type == static_cast<u8>(wire::Icmpv4Type::echo_reply);
    case wire::IpProtocol::icmpv6:
      return replies && icmp_type == static_cast<u8>(wire::Icmpv6Type::echo_reply);
    default: return false;
  }
}

}  // namespace catenet
