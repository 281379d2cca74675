#include "catenet/service/icmp_text.hpp"

#include <array>
#include <fmt/core.h>

#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/icmpv6.hpp"

namespace catenet {
namespace {

using wire::Icmpv4Type;
using wire::Icmpv6Type;

struct Reason {
  std::string_view text;
  std::string_view mark;
};

// By code of destination unreachable; 4 is fragmentation needed.
constexpr std::array<Reason, 16> reasons4 = {{
    {"Destination Net Unreachable", "!N"},
    {"Destination Host Unreachable", "!H"},
    {"Destination Protocol Unreachable", "!P"},
    {"Destination Port Unreachable", ""},
    {"Frag needed and DF set", "!F"},
    {"Source Route Failed", "!S"},
    {"Destination Net Unknown", "!U"},
    {"Destination Host Unknown", "!W"},
    {"Source Host Isolated", "!I"},
    {"Destination Net Prohibited", "!A"},
    {"Destination Host Prohibited", "!Z"},
    {"Destination Net Unreachable for Type of Service", "!Q"},
    {"Destination Host Unreachable for Type of Service", "!T"},
    {"Packet filtered", "!X"},
    {"Precedence Violation", "!V"},
    {"Precedence Cutoff", "!C"},
}};

constexpr std::array<Reason, 7> reasons6 = {{
    {"No route", "!N"},
    {"Administratively prohibited", "!X"},
    {"Beyond scope of source address", "!S"},
    {"Address unreachable", "!H"},
    {"Port unreachable", ""},
    {"Source address failed policy", "!<5>"},
    {"Reject route", "!<6>"},
}};

std::string text4(u8 type, u8 code, u32 mtu) {
  switch (static_cast<Icmpv4Type>(type)) {
    case Icmpv4Type::destination_unreachable:
      if (code == 4) return fmt::format("{} (mtu = {})", reasons4[4].text, mtu);
      if (code < reasons4.size()) return std::string(reasons4[code].text);
      return fmt::format("Dest Unreachable, Bad Code: {}", code);
    case Icmpv4Type::source_quench: return "Source Quench";
    case Icmpv4Type::time_exceeded:
      if (code == 0) return "Time to live exceeded";
      if (code == 1) return "Frag reassembly time exceeded";
      return fmt::format("Time exceeded, Bad Code: {}", code);
    case Icmpv4Type::parameter_problem: return "Parameter problem";
    default: return fmt::format("Bad ICMP type: {}", type);
  }
}

std::string text6(u8 type, u8 code, u32 mtu) {
  switch (static_cast<Icmpv6Type>(type)) {
    case Icmpv6Type::destination_unreachable:
      if (code < reasons6.size()) {
        return fmt::format("Destination unreachable: {}", reasons6[code].text);
      }
      return fmt::format("Destination unreachable: Unknown code {}", code);
    case Icmpv6Type::packet_too_big: return fmt::format("Packet too big: mtu={}", mtu);
    case Icmpv6Type::time_exceeded:
      if (code == 0) return "Time exceeded: Hop limit";
      if (code == 1) return "Time exceeded: Defragmentation failure";
      return fmt::format("Time exceeded: code {}", code);
    case Icmpv6Type::parameter_problem:
      if (code == 0) return "Parameter problem: Wrong header field";
      if (code == 1) return "Parameter problem: Unknown header";
      if (code == 2) return "Parameter problem: Unknown option";
      return fmt::format("Parameter problem: code {}", code);
    default: return fmt::format("unknown icmp type: {}", type);
  }
}

}  // namespace

std::string icmp_error_text(Family family, u8 type, u8 code, u32 mtu) {
  return family == Family::ipv4 ? text4(type, code, mtu) : text6(type, code, mtu);
}

bool is_hop_limit_exceeded(Family family, u8 type, u8 code) {
  if (code != 0) return false;
  return family == Family::ipv4 ? type == static_cast<u8>(Icmpv4Type::time_exceeded)
                                : type == static_cast<u8>(Icmpv6Type::time_exceeded);
}

std::string traceroute_mark(Family family, u8 type, u8 code, u32 mtu) {
  if (is_hop_limit_exceeded(family, type, code)) return "";
  if (family == Family::ipv4) {
    if (type != static_cast<u8>(Icmpv4Type::destination_unreachable)) {
      return fmt::format("!<{}-{}>", type, code);
    }
    if (code == 4) return fmt::format("!F-{}", mtu);
    return code < reasons4.size() ? std::string(reasons4[code].mark) : fmt::format("!<{}>", code);
  }
  if (type == static_cast<u8>(Icmpv6Type::packet_too_big)) return fmt::format("!F-{}", mtu);
  if (type != static_cast<u8>(Icmpv6Type::destination_unreachable)) {
    return fmt::format("!<{}-{}>", type, code);
  }
  return code < reasons6.size() ? std::string(reasons6[code].mark) : fmt::format("!<{}>", code);
}

}  // namespace catenet
