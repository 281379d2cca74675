#include "catenet/program/notify/network_files.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/route.h>

#include "catenet/program/notify/host_interfaces.hpp"

namespace catenet::program::notify {
namespace {

using Interfaces = std::vector<InterfaceStatus>;

std::string name_of(const Interfaces& interfaces, u32 index) {
  const auto found = std::ranges::find(interfaces, index, &InterfaceStatus::index);
  return found == interfaces.end() ? "*" : found->name;
}

bool is_loopback(const Interfaces& interfaces, u32 index) {
  const auto found = std::ranges::find(interfaces, index, &InterfaceStatus::index);
  return found != interfaces.end() && found->loopback;
}

std::string hex(const IpAddress& address) {
  return fmt::format("{:02x}", fmt::join(address.bytes(), ""));
}

// As a number of the machine prints it: x86-64 is little-endian.
std::string number(const IpAddress& address) {
  const ByteView b = address.bytes();
  return fmt::format("{:02X}{:02X}{:02X}{:02X}", b[3], b[2], b[1], b[0]);
}

// Of a file in /proc/net; empty for any other.
std::string_view name_in_folder(std::string_view path) {
  for (const std::string_view folder :
       {"/proc/net/", "/proc/self/net/", "/proc/thread-self/net/"}) {
    if (path.starts_with(folder)) return path.substr(folder.size());
  }
  return {};
}

std::string devices(const Interfaces& interfaces, Configuration&) {
  std::string text =
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
      "drop fifo colls carrier compressed\n";
  for (const InterfaceStatus& i : interfaces) {
    const InterfaceFigures& f = i.figures;
    text += fmt::format(
        "{:>6}: {:7} {:7}    0 {:4}    0     0          0         0 {:8} {:7}    0"
        "    0    0     0       0          0\n",
        i.name, f.received_bytes, f.received_packets, f.received_dropped, f.sent_bytes,
        f.sent_packets);
  }
  return text;
}

std::string addresses6(const Interfaces& interfaces, Configuration&) {
  constexpr u32 of_host = 0x10;  // IPV6_ADDR_LOOPBACK
  constexpr u32 of_link = 0x20;  // IPV6_ADDR_LINKLOCAL
  std::string text;
  for (const InterfaceStatus& i : interfaces) {
    for (const AddressStatus& address : i.addresses) {
      const IpAddress& own = address.prefix.address;
      if (own.is_v4()) continue;
      const u32 scope = own.is_loopback() ? of_host : own.is_link_local() ? of_link : 0;
      const u32 flags = (address.valid_for ? 0u : IFA_F_PERMANENT) |
                        (address.tentative ? IFA_F_TENTATIVE : 0u) |
                        (address.deprecated ? IFA_F_DEPRECATED : 0u);
      text += fmt::format("{} {:02x} {:02x} {:02x} {:02x} {:>8}\n", hex(own), i.index,
                          address.prefix.length, scope, flags, i.name);
    }
  }
  return text;
}

std::string routes4(const Interfaces& interfaces, Configuration& configuration) {
  std::string text =
      fmt::format("{:<127}\n",
                  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\t"
                  "MTU\tWindow\tIRTT");
  const auto routes = configuration.routes(Family::ipv4);
  if (!routes) return text;
  for (const RouteStatus& route : *routes) {
    if (is_loopback(interfaces, route.interface)) continue;
    const u32 flags = RTF_UP | (route.gateway ? RTF_GATEWAY : 0) |
                      (route.to.length() == 32 ? RTF_HOST : 0) |
                      (route.kind == RouteKind::unicast ? 0 : RTF_REJECT);
    const std::string line = fmt::format(
        "{}\t{}\t{}\t{:04X}\t0\t0\t{}\t{}\t{}\t0\t0", name_of(interfaces, route.interface),
        number(route.to.network()), number(route.gateway.value_or(IpAddress())), flags,
        route.metric, number(route.to.mask()), route.mtu);
    text += fmt::format("{:<127}\n", line);
  }
  return text;
}

std::string routes6(const Interfaces& interfaces, Configuration& configuration) {
  std::string text;
  const IpAddress none = IpAddress::any(Family::ipv6);
  const auto routes = configuration.routes(Family::ipv6);
  if (!routes) return text;
  for (const RouteStatus& route : *routes) {
    const u32 flags = RTF_UP | (route.gateway ? RTF_GATEWAY : 0) |
                      (route.to.length() == 128 ? RTF_HOST : 0) |
                      (route.kind == RouteKind::unicast ? 0 : RTF_REJECT);
    text += fmt::format("{} {:02x} {} 00 {} {:08x} {:08x} {:08x} {:08x} {:>8}\n",
                        hex(route.to.network()), route.to.length(), hex(none),
                        hex(route.gateway.value_or(none)), route.metric, 0, 0, flags,
                        name_of(interfaces, route.interface));
  }
  return text;
}

std::string neighbours4(const Interfaces& interfaces, Configuration& configuration) {
  std::string text =
      "IP address       HW type     Flags       HW address            Mask     Device\n";
  const auto neighbours = configuration.neighbours(Family::ipv4);
  if (!neighbours) return text;
  for (const NeighbourStatus& each : *neighbours) {
    const int flags = (each.mac ? ATF_COM : 0) | (each.proxy ? ATF_PUBL | ATF_PERM : 0) |
                      (each.state == NeighbourState::permanent ? ATF_PERM : 0);
    text += fmt::format(
        "{:<16} 0x{:<10x}0x{:<10x}{:<17}     *        {}\n", each.address.to_string(), ARPHRD_ETHER,
        flags, each.mac.value_or(MacAddress()).to_string(), name_of(interfaces, each.interface));
  }
  return text;
}

}  // namespace

bool is_network_file(std::string_view path) {
  const std::string_view name = name_in_folder(path);
  return !name.empty() && name != "unix";  // which are the machine's, network or not
}

Result<std::string> network_file(std::string_view path, Configuration& configuration) {
  using Writer = std::string (*)(const Interfaces&, Configuration&);
  constexpr std::array<std::pair<std::string_view, Writer>, 5> files{{
      {"dev", &devices},
      {"if_inet6", &addresses6},
      {"route", &routes4},
      {"ipv6_route", &routes6},
      {"arp", &neighbours4},
  }};
  const auto found =
      std::ranges::find(files, name_in_folder(path), &std::pair<std::string_view, Writer>::first);
  if (found == files.end()) return Unexpected(Errno::no_entry);
  const auto interfaces = configuration.interfaces();
  if (!interfaces) return Unexpected(interfaces.error());
  return found->second(*interfaces, configuration);
}

}  // namespace catenet::program::notify
