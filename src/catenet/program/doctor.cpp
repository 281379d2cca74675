#include "catenet/program/doctor.hpp"

#include "catenet/program/netns.hpp"

namespace catenet::program {

std::optional<std::string> why_not_netns() {
  const auto poller = os::Poller::create();
  if (!poller) return "cannot make a poller: " + std::string(errno_text(poller.error()));
  NamespaceSpec spec;
  spec.host_name = "probe";
  InterfaceSpec interface;
  interface.name = "eth0";
  interface.mac = MacAddress(0x02, 0, 0, 0, 0, 1);
  spec.interfaces.push_back(interface);
  const auto made = Namespace::create(spec, **poller);
  if (made) return std::nullopt;
  return made.error().text();
}

}  // namespace catenet::program
