#include "catenet/program/device.hpp"

#include <fmt/core.h>
#include <ifaddrs.h>
#include <memory>
#include <unistd.h>

#include "catenet/os/rtnetlink.hpp"
#include "catenet/os/socket_address.hpp"
#include "catenet/program/limits.hpp"

namespace catenet::program {
namespace {

std::unexpected<Problem> device_problem(std::string what, Errno error, std::string advice = {}) {
  if (advice.empty()) advice = advice_for_limit(error);
  return std::unexpected(
      Problem{fmt::format("cannot {}: {}", what, errno_text(error)), std::move(advice)});
}

bool has_address(const std::string& name, const IpAddress& address) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return false;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(all, &::freeifaddrs);
  for (const ifaddrs* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr || name != each->ifa_name) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    if (os::to_endpoint(each->ifa_addr).address == address) return true;
  }
  return false;
}

// Whoever made a TAP for an ordinary user has set it up too, or has not.
std::expected<void, Problem> set_up_tap(os::Rtnetlink& netlink, u32 index, const std::string& name,
                                        const std::vector<InterfacePrefix>& addresses) {
  for (const InterfacePrefix& address : addresses) {
    if (has_address(name, address.address)) continue;
    const auto added = netlink.add_address(index, address, false);
    if (added) continue;
    return device_problem(
        fmt::format("give {} the address {}", name, address.to_string()), added.error(),
        added.error() == Errno::not_permitted
            ? fmt::format("Run as root, or let an administrator do it: ip address add {} dev {}",
                          address.to_string(), name)
            : "");
  }
  const auto up = netlink.set_up(index);
  if (up || (up.error() == Errno::not_permitted && os::is_up(name))) return {};
  return device_problem(
      "set up " + name, up.error(),
      up.error() == Errno::not_permitted
          ? fmt::format("Run as root, or let an administrator do it: ip link set {} up", name)
          : "");
}

}  // namespace

std::string advice_for_machine_tap(const std::string& name, const std::string& user, Errno error) {
  const std::string make = fmt::format("ip tuntap add {} mode tap user {}", name, user);
  switch (static_cast<int>(error)) {
    case EACCES:  // of the device, whoever the TAP was made for
      return fmt::format(
          "/dev/net/tun is not for this user: run as root, or let an administrator open it (chmod "
          "0666 /dev/net/tun) and make the TAP for this user: {}",
          make);
    case EPERM: return "Run as root, or let an administrator make it for this user: " + make;
    case EBUSY: return "Another program has it; say another name";
    case EINVAL:
      return "The interface of that name is no TAP, or one with several queues; say another name";
    default: return advice_for_tun(error);
  }
}

std::expected<os::KernelWire, Problem> open_machine_tap(
    const std::string& name, const std::vector<InterfacePrefix>& addresses, bool offload) {
  auto wire = os::open_tap(name, offload);
  if (!wire) {
    return device_problem("open the TAP " + name, wire.error(),
                          advice_for_machine_tap(name, std::to_string(::geteuid()), wire.error()));
  }
  const auto index = os::interface_index(name);
  if (!index) return device_problem("find " + name, index.error());
  auto netlink = os::Rtnetlink::open();
  if (!netlink) return device_problem("open rtnetlink", netlink.error());
  if (auto set = set_up_tap(*netlink, *index, name, addresses); !set) {
    return std::unexpected(set.error());
  }
  return *std::move(wire);
}

std::expected<os::KernelWire, Problem> open_interface(const std::string& name) {
  const auto index = os::interface_index(name);
  if (!index) return device_problem("find the interface " + name, index.error());
  auto wire = os::open_packet_socket(*index, os::WireKind::interface);
  if (!wire) {
    return device_problem("open a packet socket on " + name, wire.error(),
                          wire.error() == Errno::not_permitted
                              ? "Run as root, or setcap cap_net_raw+ep on catenet"
                              : "");
  }
  return *std::move(wire);
}

}  // namespace catenet::program
