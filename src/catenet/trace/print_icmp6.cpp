// ICMPv6, Neighbour Discovery and MLD lines. Read RFC 4443, RFC 4861, RFC 2710 and RFC 3810.
#include "catenet/trace/print.hpp"

namespace catenet::print {

using wire::IpProtocol;

namespace {

constexpr std::size_t quoted6_at = 8;
constexpr std::size_t quoted_source_at = quoted6_at + 8;
constexpr std::size_t quoted_destination_at = quoted6_at + 24;
constexpr std::size_t quoted_end = quoted6_at + 40;

std::string_view type_name(u8 type) {
  switch (type) {
    case 1: return "destination unreachable";
    case 2: return "packet too big";
    case 3: return "time exceeded in-transit";
    case 4: return "parameter problem";
    case 128: return "echo request";
    case 129: return "echo reply";
    case 130: return "multicast listener query";
    case 131: return "multicast listener report";
    case 132: return "multicast listener done";
    case 133: return "router solicitation";
    case 134: return "router advertisement";
    case 135: return "neighbor solicitation";
    case 136: return "neighbor advertisement";
    case 137: return "redirect";
    case 143: return "multicast listener report v2";
    default: return {};
  }
}

// The upper-layer header of the quoted packet, past its extension headers.
bool quoted_port(Region message, u8& protocol, u16& port) {
  protocol = message.u8_at(quoted6_at + 6);
  std::size_t at = quoted_end;
  for (;;) {
    switch (static_cast<IpProtocol>(protocol)) {
      case IpProtocol::tcp:
      case IpProtocol::udp:
        if (!message.has(at + 2, 2)) return false;
        port = message.u16_at(at + 2);
        return true;
      case IpProtocol::hop_by_hop:
      case IpProtocol::destination_options:
      case IpProtocol::routing:
        if (!message.has(at, 2)) return false;
        protocol = message.u8_at(at);
        at += (std::size_t{message.u8_at(at + 1)} + 1) * 8;
        break;
      case IpProtocol::fragment:
        if (!message.has(at, 8) || (message.u16_at(at + 2) & 0xfff8) != 0) return false;
        protocol = message.u8_at(at);
        at += 8;
        break;
      default: return false;
    }
  }
}

bool unreachable6(std::string& out, Region message) {
  static constexpr std::string_view kinds[] = {"unreachable route", " unreachable prohibited",
                                               "beyond scope", "unreachable address",
                                               "unreachable port"};
  const u8 code = message.u8_at(1);
  if (code >= std::size(kinds)) {
    put(out, ", unknown unreach code ({})", code);
    return true;
  }
  put(out, ", {}", kinds[code]);
  if (!message.has(quoted6_at, 40)) return false;
  const auto destination = message.ipv6_at(quoted_destination_at);
  u8 protocol = 0;
  u16 port = 0;
  switch (code) {
    case 2:
      put(out, " {}, source address {}", destination, message.ipv6_at(quoted_source_at));
      return true;
    case 4:
      if (!quoted_port(message, protocol, port)) return false;
      put(out, ", {} {} port {}", destination,
          protocol == static_cast<u8>(IpProtocol::tcp) ? "tcp" : "udp", port);
      return true;
    default: put(out, " {}", destination); return true;
  }
}

bool time_exceeded6(std::string& out, Region message) {
  if (!message.has(quoted6_at, 40)) return false;
  switch (message.u8_at(1)) {
    case 0: put(out, " for {}", message.ipv6_at(quoted_destination_at)); break;
    case 1: out += " (reassembly)"; break;
    default: put(out, ", unknown code ({})", message.u8_at(1)); break;
  }
  return true;
}

bool parameter_problem6(std::string& out, Region message) {
  if (!message.has(quoted6_at, 40)) return false;
  const u32 pointer = message.u32_at(4);
  switch (message.u8_at(1)) {
    case 0: put(out, ", erroneous - octet {}", pointer); break;
    case 1: put(out, ", next header - octet {}", pointer); break;
    case 2: put(out, ", option - octet {}", pointer); break;
    case 3: put(out, ", incomplete header chain - octet {}", pointer); break;
    default: put(out, ", code-#{}", message.u8_at(1)); break;
  }
  return true;
}

bool listener(std::string& out, Region message) {
  if (!message.has(0, 24)) return false;
  put(out, "max resp delay: {} addr: {}", message.u16_at(4), message.ipv6_at(8));
  return true;
}

bool listener_report_v2(std::string& out, Region message) {
  if (!message.has(4, 4)) return false;
  put(out, ", {} group record(s)", message.u16_at(6));
  return true;
}

// False when the message ends before what its type needs.
bool body6(std::string& out, Region message) {
  switch (message.u8_at(0)) {
    case 1: return unreachable6(out, message);
    case 2:
      if (!message.has(4, 4)) return false;
      put(out, ", mtu {}", message.u32_at(4));
      return true;
    case 3: return time_exceeded6(out, message);
    case 4: return parameter_problem6(out, message);
    case 128:
    case 129:
      if (!message.has(4, 4)) return false;
      put(out, ", id {}, seq {}", message.u16_at(4), message.u16_at(6));
      return true;
    case 130:
      if (message.size >= 28) out += " v2";
      return listener(out, message);
    case 131:
    case 132: return listener(out, message);
    case 135:
      if (!message.has(8, 16)) return false;
      put(out, ", who has {}", message.ipv6_at(8));
      return true;
    case 136:
      if (!message.has(8, 16)) return false;
      put(out, ", tgt is {}", message.ipv6_at(8));
      return true;
    case 137:
      if (!message.has(8, 32)) return false;
      put(out, ", {} to {}", message.ipv6_at(24), message.ipv6_at(8));
      return true;
    case 143: return listener_report_v2(out, message);
    default: return true;
  }
}

}  // namespace

void icmpv6(std::string& out, Region message) {
  if (!message.has(0, 4)) return put(out, " [|icmp6]");
  const u8 type = message.u8_at(0);
  const std::string_view name = type_name(type);
  if (name.empty()) {
    put(out, "ICMP6, unknown icmp6 type ({})", type);
  } else {
    put(out, "ICMP6, {}", name);
  }
  if (!body6(out, message)) return put(out, " [|icmp6]");
  put(out, ", length {}", message.size);
}

}  // namespace catenet::print
