#include "catenet/wire/ip_protocol.hpp"

#include <array>

#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {
namespace {

struct Row {
  IpProtocol protocol;
  std::string_view name;
};

constexpr std::array rows = {
    Row{IpProtocol::hop_by_hop, "hopopt"},
    Row{IpProtocol::icmp, "icmp"},
    Row{IpProtocol::igmp, "igmp"},
    Row{IpProtocol::ipip, "ipencap"},
    Row{IpProtocol::tcp, "tcp"},
    Row{IpProtocol::udp, "udp"},
    Row{IpProtocol::ipv6, "ipv6"},
    Row{IpProtocol::routing, "ipv6-route"},
    Row{IpProtocol::fragment, "ipv6-frag"},
    Row{IpProtocol::gre, "gre"},
    Row{IpProtocol::esp, "esp"},
    Row{IpProtocol::authentication, "ah"},
    Row{IpProtocol::icmpv6, "ipv6-icmp"},
    Row{IpProtocol::no_next_header, "ipv6-nonxt"},
    Row{IpProtocol::destination_options, "ipv6-opts"},
    Row{IpProtocol::ospf, "ospf"},
    Row{IpProtocol::pim, "pim"},
    Row{IpProtocol::vrrp, "vrrp"},
    Row{IpProtocol::sctp, "sctp"},
};

}  // namespace

std::string_view protocol_name(IpProtocol protocol) {
  for (const Row& row : rows) {
    if (row.protocol == protocol) return row.name;
  }
  return {};
}

std::optional<IpProtocol> protocol_by_name(std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return row.protocol;
  }
  return std::nullopt;
}

std::string_view parse_error_name(ParseError error) {
  switch (error) {
    case ParseError::truncated: return "truncated";
    case ParseError::bad_version: return "bad_version";
    case ParseError::bad_length: return "bad_length";
    case ParseError::bad_type: return "bad_type";
    case ParseError::bad_option: return "bad_option";
    case ParseError::bad_hop_limit: return "bad_hop_limit";
    case ParseError::bad_address: return "bad_address";
  }
  return "unknown";
}

}  // namespace catenet::wire
