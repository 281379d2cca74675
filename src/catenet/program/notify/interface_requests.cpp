#include "catenet/program/notify/interface_requests.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <netinet/in.h>

#include "catenet/os/socket_address.hpp"
#include "catenet/program/notify/host_interfaces.hpp"
#include "catenet/program/notify/netlink_facts.hpp"

namespace catenet::program::notify {
namespace {

constexpr std::array questions{
    SIOCGIFNAME,    SIOCGIFCONF,   SIOCGIFFLAGS,      SIOCGIFADDR,   SIOCGIFDSTADDR, SIOCGIFBRDADDR,
    SIOCGIFNETMASK, SIOCGIFMETRIC, SIOCGIFMTU,        SIOCGIFHWADDR, SIOCGIFINDEX,   SIOCGIFTXQLEN,
    SIOCGIFMAP,     SIOCGIFMEM,    SIOCGIFENCAP,      SIOCGIFSLAVE,  SIOCGIFPFLAGS,  SIOCGIFCOUNT,
    SIOCGIFBR,      SIOCETHTOOL,   SIOCGMIIPHY,       SIOCGMIIREG,   SIOCGARP,       SIOCGRARP,
    SIOCRTMSG,      SIOCGIFVLAN,   SIOCBONDINFOQUERY,
};

void put_address(sockaddr& into, const IpAddress& address) {
  const os::SocketAddress made({address, 0}, Family::ipv4);
  std::memcpy(&into, &made.storage, sizeof into);
}

// Each interface's IPv4 addresses.
std::vector<ifreq> all_addresses(Configuration& configuration) {
  std::vector<ifreq> all;
  const auto interfaces = configuration.interfaces();
  if (!interfaces) return all;
  for (const InterfaceStatus& interface : *interfaces) {
    for (const AddressStatus& address : interface.addresses) {
      if (!address.prefix.address.is_v4()) continue;
      ifreq& entry = all.emplace_back();
      interface.name.copy(entry.ifr_name, longest_interface_name);
      put_address(entry.ifr_addr, address.prefix.address);
    }
  }
  return all;
}

Result<void> list_addresses(const TrappedCall& call, Configuration& configuration) {
  auto asked = call.read_object<ifconf>(call.argument(2));
  if (!asked) return Unexpected(asked.error());
  const std::vector<ifreq> all = all_addresses(configuration);
  std::size_t count = all.size();
  if (asked->ifc_buf) {
    if (asked->ifc_len < 0) return Unexpected(Errno::invalid);
    count = std::min(count, static_cast<std::size_t>(asked->ifc_len) / sizeof(ifreq));
    const ByteView bytes(reinterpret_cast<const u8*>(all.data()), count * sizeof(ifreq));
    auto done = call.write(reinterpret_cast<u64>(asked->ifc_buf), bytes);
    if (!done) return done;
  }
  asked->ifc_len = static_cast<int>(count * sizeof(ifreq));
  return call.write_object(call.argument(2), *asked);
}

Result<void> tell_address(const InterfaceStatus& interface, u32 request, ifreq& told) {
  const auto own = first_ipv4_of(interface);
  if (!own) return Unexpected(Errno::address_not_available);
  const auto everyone = interface.loopback ? std::nullopt : own->prefix().broadcast();
  switch (request) {
    case SIOCGIFNETMASK: put_address(told.ifr_netmask, own->prefix().mask()); break;
    case SIOCGIFBRDADDR: put_address(told.ifr_broadaddr, everyone.value_or(Ipv4Address())); break;
    default: put_address(told.ifr_addr, own->address); break;
  }
  return {};
}

void tell_hardware_address(const InterfaceStatus& interface, ifreq& told) {
  told.ifr_hwaddr = {};
  told.ifr_hwaddr.sa_family = interface.loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
  const auto bytes = interface.mac.bytes();
  std::memcpy(told.ifr_hwaddr.sa_data, bytes.data(), bytes.size());
}

Result<void> tell(const InterfaceStatus& interface, u32 request, ifreq& told) {
  switch (request) {
    case SIOCGIFFLAGS: told.ifr_flags = static_cast<short>(link_flags(interface)); return {};
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCGIFBRDADDR:
    case SIOCGIFNETMASK: return tell_address(interface, request, told);
    case SIOCGIFMETRIC: told.ifr_metric = 0; return {};
    case SIOCGIFMTU: told.ifr_mtu = static_cast<int>(interface.mtu); return {};
    case SIOCGIFHWADDR: tell_hardware_address(interface, told); return {};
    case SIOCGIFINDEX: told.ifr_ifindex = static_cast<int>(interface.index); return {};
    case SIOCGIFTXQLEN: told.ifr_qlen = 1'000; return {};
    case SIOCGIFMAP: told.ifr_map = {}; return {};
    default: return Unexpected(Errno::operation_not_supported);
  }
}

Result<void> ask_one(const TrappedCall& call, Configuration& configuration, u32 request) {
  auto told = call.read_object<ifreq>(call.argument(2));
  if (!told) return Unexpected(told.error());
  if (request == SIOCGIFNAME) {
    const auto found = interface_numbered(configuration, static_cast<u32>(told->ifr_ifindex));
    if (!found) return Unexpected(Errno::no_device);
    std::memset(told->ifr_name, 0, sizeof told->ifr_name);
    found->name.copy(told->ifr_name, longest_interface_name);
    return call.write_object(call.argument(2), *told);
  }
  told->ifr_name[longest_interface_name] = '\0';
  std::string_view name(told->ifr_name);
  name = name.substr(0, name.find(':'));  // of an alias as there were once: the interface's
  const auto found = interface_named(configuration, name);
  if (!found) return Unexpected(Errno::no_device);
  if (const auto done = tell(*found, request, *told); !done) return done;
  return call.write_object(call.argument(2), *told);
}

}  // namespace

bool is_interface_request(u32 request) {
  const bool route = request >= SIOCADDRT && request <= SIOCRTMSG;
  const bool of_interfaces = request >= SIOCGIFNAME && request < SIOCPROTOPRIVATE;
  const bool of_sockets = request == SIOCOUTQNSD || request == SIOCGSKNS;
  return route || (of_interfaces && !of_sockets) || request >= SIOCDEVPRIVATE;
}

bool changes_interfaces(u32 request) {
  return is_interface_request(request) && request < SIOCPROTOPRIVATE &&
         std::ranges::find(questions, request) == questions.end();
}

void answer_interface_request(const TrappedCall& call, Configuration& configuration) {
  const u32 request = static_cast<u32>(call.argument(1));
  if (changes_interfaces(request)) {
    call.give(Errno::not_permitted);
    return;
  }
  switch (request) {
    case SIOCGIFCONF: call.give(list_addresses(call, configuration)); return;
    case SIOCGIFCOUNT: call.give(Errno::not_terminal); return;  // Linux never had it
    default: break;
  }
  // Drivers' own, ARP's and those of wireless interfaces: no interface here has them.
  const bool by_name = request >= SIOCGIFNAME && request < SIOCPROTOPRIVATE &&
                       request != SIOCGARP && request != SIOCGRARP;
  call.give(by_name ? ask_one(call, configuration, request)
                    : Unexpected(Errno::operation_not_supported));
}

}  // namespace catenet::program::notify
