// arp, as net-tools has it: the IPv4 neighbours of a host, shown and edited.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/service/arp_options.hpp"
#include "catenet/service/tools.hpp"
#include "catenet/socket/configuration.hpp"

namespace catenet {
namespace {

// Exit code of what could not be done, -1 as a process ends with it.
constexpr int arp_failed = 255;

// One run.
class ArpRun {
 public:
  // `target` is the host that is meant; none: all.
  ArpRun(Invocation& invocation, const ArpOptions& options, std::optional<IpAddress> target)
      : invocation_(invocation),
        configuration_(invocation.system.configuration()),
        options_(options),
        target_(target) {}

  int run() {
    auto interfaces = configuration_.interfaces();
    if (!interfaces) return fail("arp", interfaces.error());
    interfaces_ = *std::move(interfaces);
    switch (options_.action) {
      case ArpOptions::Action::show: return show();
      case ArpOptions::Action::set: return set();
      case ArpOptions::Action::remove: return remove();
    }
    return arp_failed;
  }

 private:
  int fail(std::string_view what, Errno error) {
    invocation_.error.write(fmt::format("{}: {}\n", what, errno_text(error)));
    return arp_failed;
  }
  void print(std::string_view text) { invocation_.out.write(text); }

  template <typename Fits>
  const InterfaceStatus* interface_that(Fits&& fits) const {
    const auto at = std::ranges::find_if(interfaces_, fits);
    return at == interfaces_.end() ? nullptr : &*at;
  }
  const InterfaceStatus* named(std::string_view name) const {
    return interface_that([&](const InterfaceStatus& i) { return i.name == name; });
  }
  const InterfaceStatus* numbered(u32 index) const {
    return interface_that([&](const InterfaceStatus& i) { return i.index == index; });
  }

  // --- Showing ---

  int show();
  bool fits(const NeighbourStatus& entry) const;
  void print_entry(const NeighbourStatus& entry, bool first);
  void print_linux_style(const NeighbourStatus& entry, std::string_view device);
  void print_bsd_style(const NeighbourStatus& entry, std::string_view device);
  // Empty: it has none.
  std::string name_of(const IpAddress& address) const;

  // --- Changing ---

  int set();
  int remove();
  Result<u32> interface_meant() const;
  std::optional<MacAddress> hardware();
  Result<void> publish(MacAddress mac);
  // Whether there was such an entry.
  bool remove_published();

  Invocation& invocation_;
  Configuration& configuration_;
  const ArpOptions& options_;
  std::optional<IpAddress> target_;
  std::vector<InterfaceStatus> interfaces_;
};

// --- Showing ---

int ArpRun::show() {
  const auto entries = configuration_.neighbours(Family::ipv4);
  if (!entries) return fail("arp", entries.error());
  std::size_t shown = 0;
  for (const NeighbourStatus& entry : *entries) {
    if (fits(entry)) print_entry(entry, shown++ == 0);
  }
  const std::size_t all = entries->size();
  if (options_.verbose) {
    print(fmt::format("Entries: {}\tSkipped: {}\tFound: {}\n", all, all - shown, shown));
  }
  if (shown > 0) return 0;
  if (target_ && !options_.bsd) {
    print(fmt::format("{} ({}) -- no entry\n", options_.target, target_->to_string()));
  } else if (target_ || !options_.device.empty()) {
    print(fmt::format("arp: in {} entries no match found.\n", all));
  }
  return 0;
}

bool ArpRun::fits(const NeighbourStatus& entry) const {
  if (target_ && entry.address != *target_) return false;
  const InterfaceStatus* interface = numbered(entry.interface);
  return options_.device.empty() || (interface && interface->name == options_.device);
}

std::string ArpRun::name_of(const IpAddress& address) const {
  if (options_.numeric) return {};
  std::string name = invocation_.system.name_of(address);
  return name == address.to_string() ? std::string() : name;
}

void ArpRun::print_entry(const NeighbourStatus& entry, bool first) {
  const InterfaceStatus* interface = numbered(entry.interface);
  const std::string device = interface ? interface->name : "?";
  if (options_.bsd) return print_bsd_style(entry, device);
  if (first) {
    print("Address                  HWtype  HWaddress           Flags Mask            Iface\n");
  }
  print_linux_style(entry, device);
}

void ArpRun::print_linux_style(const NeighbourStatus& entry, std::string_view device) {
  std::string name = name_of(entry.address);
  if (name.empty()) name = entry.address.to_string();
  std::string flags;
  if (entry.mac) flags += 'C';
  if (entry.state == NeighbourState::permanent) flags += 'M';
  if (entry.proxy) flags += 'P';
  std::string_view type = "ether";
  std::string hardware;
  if (entry.mac) {
    hardware = entry.mac->to_string();
  } else {
    type = entry.proxy ? "*" : "";
    hardware = entry.proxy ? "<from_interface>" : "(incomplete)";
  }
  print(fmt::format("{:<23.23}  {:<8}{:<20}{:<6}{:<15} {}\n", name, type, hardware, flags, "",
                    device));
}

void ArpRun::print_bsd_style(const NeighbourStatus& entry, std::string_view device) {
  const std::string name = name_of(entry.address);
  std::string what = "<incomplete> ";
  if (entry.proxy) what = "<from_interface> ";
  if (entry.mac) what = fmt::format("{} [ether] ", entry.mac->to_string());
  if (entry.state == NeighbourState::permanent) what += "PERM ";
  if (entry.proxy) what += "PUB ";
  print(fmt::format("{} ({}) at {}on {}\n", name.empty() ? "?" : name, entry.address.to_string(),
                    what, device));
}

// --- Changing ---

// The interface that was named, or the one whose link the host is on.
Result<u32> ArpRun::interface_meant() const {
  if (options_.device.empty()) return configuration_.link_of(*target_);
  const InterfaceStatus* interface = named(options_.device);
  return interface ? Result<u32>(interface->index) : Unexpected(Errno::no_device);
}

std::optional<MacAddress> ArpRun::hardware() {
  if (!options_.use_device) {
    const auto mac = MacAddress::parse(options_.hardware);
    if (!mac) invocation_.error.write("arp: invalid hardware address\n");
    return mac;
  }
  const InterfaceStatus* interface = named(options_.hardware);
  if (interface) return interface->mac;
  invocation_.error.write(fmt::format("arp: cant get HW-Address for `{}': {}.\n", options_.hardware,
                                      errno_text(Errno::no_device)));
  return std::nullopt;
}

int ArpRun::set() {
  const auto mac = hardware();
  if (!mac) return arp_failed;
  if (options_.publish) {
    const auto published = publish(*mac);
    return published ? 0 : fail("SIOCSARP", published.error());
  }
  const auto interface = interface_meant();
  if (!interface) return fail("SIOCSARP", interface.error());
  const auto entered = configuration_.set_neighbour(*interface, *target_, *mac, options_.permanent);
  return entered ? 0 : fail("SIOCSARP", entered.error());
}

// On the interface that was named, or the one that has this MAC: what is answered is always its
// own.
Result<void> ArpRun::publish(MacAddress mac) {
  const InterfaceStatus* interface =
      options_.device.empty()
          ? interface_that([&](const InterfaceStatus& i) { return i.mac == mac; })
          : named(options_.device);
  if (!interface) return Unexpected(Errno::no_device);
  return configuration_.add_proxy(interface->index, *target_);
}

int ArpRun::remove() {
  const auto no_entry = [&] {
    print(fmt::format("No ARP entry for {}\n", options_.target));
    return arp_failed;
  };
  if (options_.publish) return remove_published() ? 0 : no_entry();
  const auto interface = interface_meant();
  const auto removed = interface ? configuration_.remove_neighbour(*interface, *target_)
                                 : Result<void>(Unexpected(interface.error()));
  if (removed || (!options_.privately && remove_published())) return 0;
  return removed.error() == Errno::no_entry ? no_entry()
                                            : fail("SIOCDARP(dontpub)", removed.error());
}

bool ArpRun::remove_published() {
  bool removed = false;
  for (const InterfaceStatus& interface : interfaces_) {
    if (!options_.device.empty() && interface.name != options_.device) continue;
    removed |= configuration_.remove_proxy(interface.index, *target_).has_value();
  }
  return removed;
}

}  // namespace

Task<int> arp(Invocation& invocation) {
  const auto options = read_arp_options(invocation.arguments);
  if (!options) {
    Output& to = options.error().exit == 0 ? invocation.out : invocation.error;
    to.write(options.error().text);
    co_return options.error().exit;
  }
  std::optional<IpAddress> target;
  if (!options->target.empty()) {
    const auto found = co_await invocation.system.resolve(options->target, Family::ipv4);
    if (!found) {
      invocation.error.write(fmt::format("{}: Unknown host\n", options->target));
      co_return arp_failed;
    }
    target = found->front();
  }
  co_return ArpRun(invocation, *options, target).run();
}

}  // namespace catenet
