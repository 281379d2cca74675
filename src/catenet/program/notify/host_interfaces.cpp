#include "catenet/program/notify/host_interfaces.hpp"

namespace catenet::program::notify {
namespace {

template <typename Fits>
std::optional<InterfaceStatus> interface_that(Configuration& configuration, Fits fits) {
  const auto all = configuration.interfaces();
  if (!all) return std::nullopt;
  for (const InterfaceStatus& each : *all) {
    if (fits(each)) return each;
  }
  return std::nullopt;
}

}  // namespace

std::optional<InterfaceStatus> interface_named(Configuration& configuration,
                                               std::string_view name) {
  return interface_that(configuration, [name](const InterfaceStatus& i) { return i.name == name; });
}

std::optional<InterfaceStatus> interface_numbered(Configuration& configuration, u32 index) {
  return interface_that(configuration,
                        [index](const InterfaceStatus& i) { return i.index == index; });
}

std::optional<InterfacePrefix> first_ipv4_of(const InterfaceStatus& interface) {
  for (const AddressStatus& each : interface.addresses) {
    if (each.prefix.address.is_v4()) return each.prefix;
  }
  return std::nullopt;
}

}  // namespace catenet::program::notify
