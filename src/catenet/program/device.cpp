#include "catenet/program/device.hpp"

#include <fmt/core.h>

#include "catenet/os/rtnetlink.hpp"

namespace catenet::program {
namespace {

std::unexpected<Problem> device_problem(std::string what, Errno error) {
  std::string advice;
  if (error == Errno::not_permitted || error == Errno::access_denied) {
    advice =
        "Run as root, or let an administrator make a TAP for this user (ip tuntap add NAME "
        "mode tap user USER)";
  }
  if (error == Errno::busy) advice = "Another program has it; say another name";
  return std::unexpected(
      Problem{fmt::format("cannot {}: {}", what, errno_text(error)), std::move(advice)});
}

}  // namespace

std::expected<os::KernelWire, Problem> open_machine_tap(
    const std::string& name, const std::vector<InterfacePrefix>& addresses, bool offload) {
  auto wire = os::open_tap(name, offload);
  if (!wire) return device_problem("open the TAP " + name, wire.error());
  const auto index = os::interface_index(name);
  if (!index) return device_problem("find " + name, index.error());
  auto netlink = os::Rtnetlink::open();
  if (!netlink) return device_problem("open rtnetlink", netlink.error());
  for (const InterfacePrefix& address : addresses) {
    const auto added = netlink->add_address(*index, address, false);
    if (added || added.error() == Errno::exists) continue;
    return device_problem(fmt::format("give {} the address {}", name, address.to_string()),
                          added.error());
  }
  // Whoever made a persistent TAP for an ordinary user has set it up too.
  const auto up = netlink->set_up(*index);
  if (!up && (up.error() != Errno::not_permitted || !addresses.empty())) {
    return device_problem("set up " + name, up.error());
  }
  return *std::move(wire);
}

std::expected<os::KernelWire, Problem> open_interface(const std::string& name) {
  const auto index = os::interface_index(name);
  if (!index) return device_problem("find the interface " + name, index.error());
  auto wire = os::open_packet_socket(*index, os::WireKind::interface);
  if (!wire) return device_problem("open a packet socket on " + name, wire.error());
  return *std::move(wire);
}

}  // namespace catenet::program
