#include "catenet/host/host.hpp"

#include "catenet/wire/ip_protocol.hpp"

namespace catenet {
namespace {

SipKey draw_key(RandomStream& random) { return {random.next(), random.next()}; }

tcp::Secrets draw_secrets(RandomStream& random) {
  tcp::Secrets secrets;
  secrets.isn = draw_key(random);
  secrets.cookie = draw_key(random);
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
}

void Host::on_datagram(const IpInfo& info, Packet transport) {
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

}  // namespace catenet
