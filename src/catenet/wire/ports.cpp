#include "catenet/wire/ports.hpp"

#include <array>

#include "catenet/wire/text.hpp"

namespace catenet::wire {
namespace {

// Which transports the name stands for: bits of Row::on.
constexpr u8 tcp = 1;
constexpr u8 udp = 2;
constexpr u8 sctp = 4;

struct Row {
  u16 port;
  u8 on;
  std::string_view name;
  std::string_view alias;
};

// By port. The first row of a port gives the name; every name and alias gives the port.
constexpr std::array rows = {
    Row{1, tcp, "tcpmux", {}},
    Row{7, tcp | udp, "echo", {}},
    Row{9, tcp | udp | sctp, "discard", "sink"},
    Row{11, tcp | udp, "systat", "users"},
    Row{13, tcp | udp, "daytime", {}},
    Row{17, tcp | udp, "qotd", "quote"},
    Row{19, tcp | udp, "chargen", "ttytst"},
    Row{20, tcp | sctp, "ftp-data", {}},
    Row{21, tcp | sctp, "ftp", {}},
    Row{22, tcp | sctp, "ssh", {}},
    Row{23, tcp, "telnet", {}},
    Row{25, tcp, "smtp", "mail"},
    Row{37, tcp | udp, "time", "timserver"},
    Row{43, tcp, "whois", "nicname"},
    Row{49, tcp | udp, "tacacs", {}},
    Row{53, tcp | udp, "domain", "dns"},
    Row{67, udp, "bootps", "dhcps"},
    Row{68, udp, "bootpc", "dhcpc"},
    Row{69, udp, "tftp", {}},
    Row{70, tcp, "gopher", {}},
    Row{79, tcp, "finger", {}},
    Row{80, tcp | udp | sctp, "http", "www"},
    Row{88, tcp | udp, "kerberos", {}},
    Row{109, tcp, "pop2", {}},
    Row{110, tcp, "pop3", "pop-3"},
    Row{111, tcp | udp, "sunrpc", "portmapper"},
    Row{113, tcp, "auth", "ident"},
    Row{119, tcp, "nntp", "readnews"},
    Row{123, udp, "ntp", {}},
    Row{137, udp, "netbios-ns", {}},
    Row{138, udp, "netbios-dgm", {}},
    Row{139, tcp, "netbios-ssn", {}},
    Row{143, tcp, "imap", "imap2"},
    Row{161, tcp | udp, "snmp", {}},
    Row{162, tcp | udp, "snmp-trap", "snmptrap"},
    Row{179, tcp | sctp, "bgp", {}},
    Row{194, tcp | udp, "irc", {}},
    Row{389, tcp | udp, "ldap", {}},
    Row{443, tcp | udp | sctp, "https", {}},
    Row{445, tcp, "microsoft-ds", {}},
    Row{465, tcp, "submissions", "smtps"},
    Row{500, udp, "isakmp", {}},
    Row{512, tcp, "exec", {}},
    Row{513, tcp, "login", {}},
    Row{513, udp, "who", "whod"},
    Row{514, tcp, "shell", "cmd"},
    Row{514, udp, "syslog", {}},
    Row{515, tcp, "printer", {}},
    Row{520, udp, "route", "rip"},
    Row{521, udp, "ripng", {}},
    Row{546, udp, "dhcpv6-client", {}},
    Row{547, udp, "dhcpv6-server", {}},
    Row{587, tcp, "submission", {}},
    Row{631, tcp, "ipp", {}},
    Row{636, tcp, "ldaps", {}},
    Row{853, tcp | udp, "domain-s", "dot"},
    Row{873, tcp, "rsync", {}},
    Row{989, tcp, "ftps-data", {}},
    Row{990, tcp, "ftps", {}},
    Row{992, tcp, "telnets", {}},
    Row{993, tcp, "imaps", {}},
    Row{995, tcp, "pop3s", {}},
    Row{1080, tcp, "socks", {}},
    Row{1701, udp, "l2tp", "l2f"},
    Row{1812, udp, "radius", {}},
    Row{1900, udp, "ssdp", {}},
    Row{2049, tcp | udp, "nfs", {}},
    Row{3260, tcp, "iscsi-target", {}},
    Row{3306, tcp, "mysql", {}},
    Row{3478, tcp | udp, "stun", "turn"},
    Row{4789, udp, "vxlan", {}},
    Row{5060, tcp | udp | sctp, "sip", {}},
    Row{5201, tcp | udp, "iperf3", {}},
    Row{5353, udp, "mdns", {}},
    Row{5432, tcp, "postgresql", "postgres"},
    Row{6379, tcp, "redis", {}},
    Row{6667, tcp, "ircd", {}},
    Row{8080, tcp, "http-alt", "webcache"},
    Row{33434, udp, "traceroute", {}},
    Row{51820, udp, "wireguard", {}},
};

u8 transport_bit(IpProtocol protocol) {
  switch (protocol) {
    case IpProtocol::tcp: return tcp;
    case IpProtocol::udp: return udp;
    case IpProtocol::sctp: return sctp;
    default: return 0;
  }
}

}  // namespace

std::string_view service_name(u16 port, IpProtocol protocol) {
  const u8 bit = transport_bit(protocol);
  for (const Row& row : rows) {
    if (row.port == port && (row.on & bit) != 0) return row.name;
  }
  return {};
}

std::optional<u16> service_port(std::string_view name, IpProtocol protocol) {
  if (name.empty()) return std::nullopt;
  const u8 bit = transport_bit(protocol);
  for (const Row& row : rows) {
    if ((row.on & bit) != 0 && (row.name == name || row.alias == name)) return row.port;
  }
  return std::nullopt;
}

std::optional<u16> parse_port(std::string_view text, IpProtocol protocol) {
  if (const auto number = catenet::detail::parse_decimal(text, 65535))
    return static_cast<u16>(*number);
  return service_port(text, protocol);
}

}  // namespace catenet::wire
