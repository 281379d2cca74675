// ICMP and IGMP lines. Read RFC 792, RFC 950, RFC 1191 (next-hop MTU), RFC 1256 and RFC 3376.
#include "catenet/base/text.hpp"
#include "catenet/trace/print.hpp"

namespace catenet::print {

using wire::IpProtocol;

namespace {

constexpr std::size_t quoted_at = 8;  // the packet an error is about

// What follows "10.0.0.9 " for the unreachable codes without a field of their own.
std::string_view unreachable_text(u8 code) {
  static constexpr std::string_view texts[] = {
      "net {} unreachable",
      "host {} unreachable",
      {},
      {},
      {},
      "{} unreachable - source route failed",
      "net {} unreachable - unknown",
      "host {} unreachable - unknown",
      "{} unreachable - source host isolated",
      "net {} unreachable - admin prohibited",
      "host {} unreachable - admin prohibited",
      "net {} unreachable - tos prohibited",
      "host {} unreachable - tos prohibited",
      "host {} unreachable - admin prohibited filter",
      "host {} unreachable - host precedence violation",
      "host {} unreachable - precedence cutoff",
  };
  return code < std::size(texts) ? texts[code] : std::string_view{};
}

bool port_unreachable(std::string& out, Region message, Ipv4Address destination) {
  const std::size_t header_size = (message.u8_at(quoted_at) & 0x0fu) * 4u;
  const std::size_t ports_at = quoted_at + header_size;
  if (!message.has(ports_at + 2, 2)) return false;
  const u16 port = message.u16_at(ports_at + 2);
  const u8 protocol = message.u8_at(quoted_at + 9);
  switch (static_cast<IpProtocol>(protocol)) {
    case IpProtocol::tcp: put(out, "{} tcp port {} unreachable", destination, port); break;
    case IpProtocol::udp: put(out, "{} udp port {} unreachable", destination, port); break;
    default: put(out, "{} protocol {} port {} unreachable", destination, protocol, port); break;
  }
  return true;
}

bool unreachable(std::string& out, Region message) {
  if (!message.has(quoted_at, 20)) return false;
  const auto destination = message.ipv4_at(quoted_at + 16);
  const u8 code = message.u8_at(1);
  switch (code) {
    case 2:
      put(out, "{} protocol {} unreachable", destination, message.u8_at(quoted_at + 9));
      return true;
    case 3: return port_unreachable(out, message, destination);
    case 4:
      put(out, "{} unreachable - need to frag", destination);
      if (const u16 mtu = message.u16_at(6); mtu != 0) put(out, " (mtu {})", mtu);
      return true;
    default: break;
  }
  const std::string_view text = unreachable_text(code);
  if (text.empty()) {
    put(out, "{} unreachable - #{}", destination, code);
  } else {
    append_vformat(out, text, fmt::make_format_args(destination));
  }
  return true;
}

bool redirect(std::string& out, Region message) {
  if (!message.has(quoted_at, 20)) return false;
  static constexpr std::string_view kinds[] = {"redirect", "redirect", "redirect-tos",
                                               "redirect-tos"};
  static constexpr std::string_view what[] = {"net", "host", "net", "host"};
  const u8 code = message.u8_at(1);
  if (code < std::size(kinds)) {
    put(out, "{} {} to {} {}", kinds[code], message.ipv4_at(quoted_at + 16), what[code],
        message.ipv4_at(4));
  } else {
    put(out, "redirect-#{} {} to {}", code, message.ipv4_at(quoted_at + 16), message.ipv4_at(4));
  }
  return true;
}

void lifetime(std::string& out, u32 seconds) {
  if (seconds < 60) return put(out, "{}", seconds);
  if (seconds < 3600) return put(out, "{}:{:02}", seconds / 60, seconds % 60);
  put(out, "{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60);
}

bool router_advertisement(std::string& out, Region message) {
  if (!message.has(4, 4)) return false;
  out += "router advertisement lifetime ";
  lifetime(out, message.u16_at(6));
  const u32 count = message.u8_at(4);
  put(out, " {}:", count);
  if (message.u8_at(5) != 2) {
    put(out, " [size {}]", message.u8_at(5));
    return true;
  }
  for (u32 i = 0; i < count; ++i) {
    const std::size_t at = 8 + i * 8;
    if (!message.has(at, 8)) return false;
    put(out, " {{{} {}}}", message.ipv4_at(at), message.u32_at(at + 4));
  }
  return true;
}

bool time_exceeded(std::string& out, Region message) {
  if (!message.has(quoted_at, 20)) return false;
  switch (message.u8_at(1)) {
    case 0: out += "time exceeded in-transit"; break;
    case 1: out += "ip reassembly time exceeded"; break;
    default: put(out, "time exceeded-#{}", message.u8_at(1)); break;
  }
  return true;
}

bool parameter_problem(std::string& out, Region message) {
  if (message.u8_at(1) != 0) {
    put(out, "parameter problem - code {}", message.u8_at(1));
    return true;
  }
  if (!message.has(4, 1)) return false;
  put(out, "parameter problem - octet {}", message.u8_at(4));
  return true;
}

bool echo(std::string& out, Region message) {
  if (!message.has(4, 4)) return false;
  put(out, "echo {}, id {}, seq {}", message.u8_at(0) == 8 ? "request" : "reply", message.u16_at(4),
      message.u16_at(6));
  return true;
}

// Milliseconds since midnight UT as a time of day; the top bit says that it is something else.
void time_of_day(std::string& out, u32 ms) {
  const u32 s = ms / 1000;
  put(out, "{:02}:{:02}:{:02}.{:03}", s / 3600, s % 3600 / 60, s % 60, ms % 1000);
}

bool timestamp(std::string& out, Region message) {
  const bool reply = message.u8_at(0) == 14;
  if (!message.has(4, reply ? 16 : 4)) return false;
  put(out, "time stamp {} id {} seq {}", reply ? "reply" : "query", message.u16_at(4),
      message.u16_at(6));
  if (!reply) return true;
  out += ": org ";
  time_of_day(out, message.u32_at(8));
  out += ", recv ";
  time_of_day(out, message.u32_at(12));
  out += ", xmit ";
  time_of_day(out, message.u32_at(16));
  return true;
}

// False when the message ends before what its type needs.
bool body(std::string& out, Region message) {
  const u8 type = message.u8_at(0);
  switch (type) {
    case 0:
    case 8: return echo(out, message);
    case 3: return unreachable(out, message);
    case 4: out += "source quench"; return true;
    case 5: return redirect(out, message);
    case 9: return router_advertisement(out, message);
    case 10: out += "router solicitation"; return true;
    case 11: return time_exceeded(out, message);
    case 12: return parameter_problem(out, message);
    case 13:
    case 14: return timestamp(out, message);
    case 15: out += "information request"; return true;
    case 16: out += "information reply"; return true;
    case 17: out += "address mask request"; return true;
    case 18:
      if (!message.has(8, 4)) return false;
      put(out, "address mask is 0x{:08x}", message.u32_at(8));
      return true;
    default: put(out, "type-#{}", type); return true;
  }
}

}  // namespace

void icmpv4(std::string& out, Region message) {
  std::string text;
  if (!message.has(0, 2) || !body(text, message)) return put(out, " [|icmp]");
  put(out, "ICMP {}, length {}", text, message.size);
}

namespace {

void igmp_query(std::string& out, Region message) {
  constexpr u8 usual_response_time = 100;  // tenths of a second
  const u8 response_time = message.u8_at(1);
  const auto group = message.ipv4_at(4);
  const bool v3 = message.size >= 12;
  put(out, "igmp query v{}", v3 ? 3 : response_time != 0 ? 2 : 1);
  if (!v3 && response_time != 0 && response_time != usual_response_time) {
    put(out, " [max resp time {}]", response_time);
  }
  if (!group.is_unspecified()) put(out, " [gaddr {}]", group);
}

}  // namespace

void igmp(std::string& out, Region message) {
  if (!message.has(0, 8)) return put(out, " [|igmp]");
  const auto group = message.ipv4_at(4);
  switch (message.u8_at(0)) {
    case 0x11: igmp_query(out, message); break;
    case 0x12: put(out, "igmp v1 report {}", group); break;
    case 0x16: put(out, "igmp v2 report {}", group); break;
    case 0x17: put(out, "igmp leave {}", group); break;
    case 0x22: put(out, "igmp v3 report, {} group record(s)", message.u16_at(6)); break;
    default: put(out, "igmp-{}", message.u8_at(0)); break;
  }
}

}  // namespace catenet::print
