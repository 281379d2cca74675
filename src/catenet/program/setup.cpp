#include "catenet/program/setup.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#include "catenet/os/last_error.hpp"
#include "catenet/os/rtnetlink.hpp"
#include "catenet/program/attach.hpp"
#include "catenet/program/private_files.hpp"

namespace catenet::program {
namespace {

Result<void> write_text(const std::string& path, std::string_view text, int flags) {
  const os::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0644));
  if (!file) return os::last_error();
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return os::last_error();
  }
  return {};
}

// --- Limits ---

// Processes that a namespace may have at once.
constexpr std::string_view most_processes = "1024";

// Of its own in a pid namespace since Linux 6.14; before that it is the machine's, and not ours to
// change.
bool has_own_process_limit() {
  utsname kernel{};
  if (::uname(&kernel) != 0) return false;
  int major = 0;
  int minor = 0;
  if (std::sscanf(kernel.release, "%d.%d", &major, &minor) != 2) return false;
  return std::pair(major, minor) >= std::pair(6, 14);
}

void limit_processes() {
  // Where it cannot be set, RLIMIT_NPROC holds back all but root.
  if (!has_own_process_limit()) return;
  static_cast<void>(write_text("/proc/sys/kernel/pid_max", most_processes, 0));
}

// --- Mounts ---

constexpr unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

Result<void> mount_on_itself(const char* path, unsigned long flags) {
  if (::mount(path, path, nullptr, MS_BIND, nullptr) != 0) return os::last_error();
  if (::mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | plain | flags, nullptr) != 0) {
    return os::last_error();
  }
  return {};
}

// What root may write in /proc, whatever its capabilities, is the machine's: all but the settings
// of this network.
SetupDone protect_machine_settings() {
  for (const char* path : {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs",
                           "/proc/acpi", "/proc/scsi"}) {
    if (auto done = mount_on_itself(path, MS_RDONLY); !done && done.error() != Errno::no_entry) {
      return setup_failure(SetupStep::mount, fmt::format("make {} read-only", path), done.error());
    }
  }
  if (auto done = mount_on_itself("/proc/sys/net", 0); !done) {
    return setup_failure(SetupStep::mount, "make /proc/sys/net writable", done.error());
  }
  return {};
}

SetupDone mount_all(const NamespaceSpec& spec) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return setup_failure(SetupStep::mount, "make mounts private", os::last_errno());
  }
  if (SetupDone own = set_up_private_files(spec); !own) return own;
  if (::mount("proc", "/proc", "proc", plain, nullptr) != 0) {
    return setup_failure(SetupStep::mount, "mount /proc", os::last_errno());
  }
  limit_processes();
  if (SetupDone safe = protect_machine_settings(); !safe) return safe;
  // So that /sys/class/net shows this namespace. Few programs look there, and not every machine
  // allows it: then root must at least not write to the machine's.
  if (::mount("sysfs", "/sys", "sysfs", plain | MS_RDONLY, nullptr) != 0) {
    static_cast<void>(mount_on_itself("/sys", MS_RDONLY));
  }
  if (::sethostname(spec.host_name.data(), spec.host_name.size()) != 0) {
    return setup_failure(SetupStep::process, "set the host name", os::last_errno());
  }
  return {};
}

// --- Network ---

class NetworkSetup {
 public:
  NetworkSetup(const NamespaceSpec& spec, os::Rtnetlink netlink)
      : spec_(spec), netlink_(std::move(netlink)), attacher_(netlink_, spec) {}

  SetupDone set_up_host() {
    constexpr u32 loopback = 1;
    if (auto up = netlink_.set_up(loopback); !up) {
      return setup_failure(SetupStep::interface, "set lo up", up.error());
    }
    // So that an unprivileged ping works; only group 0 is sure to be mapped.
    if (SetupDone set = sysctl("ipv4/ping_group_range", "0 0"); !set) return set;
    if (!spec_.forwarding) return {};
    if (SetupDone set = sysctl("ipv4/ip_forward", "1"); !set) return set;
    return has_ipv6() ? sysctl("ipv6/conf/all/forwarding", "1") : SetupDone();
  }

  SetupDone add_interface(const InterfaceSpec& interface) {
    auto wire = attacher_.attach(interface.name);
    if (!wire) return std::unexpected(wire.error());
    const auto index = os::interface_index(interface.name);
    if (!index) {
      return setup_failure(SetupStep::interface, "find " + interface.name, index.error());
    }
    if (SetupDone set = set_ipv6_switches(interface); !set) return set;
    if (auto set = set_up_link(*index, interface); !set) {
      return setup_failure(SetupStep::interface, fmt::format("set up {}", interface.name),
                           set.error());
    }
    for (const InterfacePrefix& address : interface.addresses) {
      if (auto added = netlink_.add_address(*index, address, spec_.detect_duplicates); !added) {
        return setup_failure(
            SetupStep::address,
            fmt::format("give {} the address {}", interface.name, address.to_string()),
            added.error());
      }
    }
    indices_.push_back(*index);
    wires_.push_back(*std::move(wire));
    return {};
  }

  SetupDone add_route(const RouteSpec& route) {
    const auto added =
        netlink_.add_route({route.to, route.via, indices_[route.interface], route.metric});
    // The kernel makes those of connected networks itself.
    if (added || added.error() == Errno::exists) return {};
    return setup_failure(SetupStep::route, fmt::format("add the route to {}", route.to.to_string()),
                         added.error());
  }

  std::vector<os::KernelWire> take_wires() { return std::move(wires_); }

 private:
  static bool has_ipv6() { return ::access("/proc/sys/net/ipv6", F_OK) == 0; }

  static SetupDone sysctl(const std::string& name, std::string_view value) {
    if (auto written = write_text("/proc/sys/net/" + name, value, 0); !written) {
      return setup_failure(SetupStep::interface, fmt::format("set net/{} to {}", name, value),
                           written.error());
    }
    return {};
  }

  // All before the interface is up: then it begins to speak.
  SetupDone set_ipv6_switches(const InterfaceSpec& interface) {
    if (!has_ipv6()) return {};  // an IPv6 address will fail, and say so
    bool wanted = spec_.slaac;
    for (const InterfacePrefix& address : interface.addresses) {
      wanted = wanted || address.address.is_v6();
    }
    const std::string_view believe = !spec_.slaac ? "0" : spec_.forwarding ? "2" : "1";
    const std::array<std::pair<const char*, std::string_view>, 4> values{
        {{"disable_ipv6", wanted ? "0" : "1"},
         {"accept_dad", spec_.detect_duplicates ? "1" : "0"},
         {"accept_ra", believe},
         {"router_solicitations", spec_.slaac ? "-1" : "0"}}};
    for (const auto& [name, value] : values) {
      const std::string path = fmt::format("ipv6/conf/{}/{}", interface.name, name);
      if (SetupDone set = sysctl(path, value); !set) return set;
    }
    return {};
  }

  Result<void> set_up_link(u32 index, const InterfaceSpec& interface) {
    if (auto set = netlink_.set_mac(index, interface.mac); !set) return set;
    if (auto set = netlink_.set_mtu(index, interface.mtu); !set) return set;
    return netlink_.set_up(index);
  }

  const NamespaceSpec& spec_;
  os::Rtnetlink netlink_;
  Attacher attacher_;
  std::vector<u32> indices_;
  std::vector<os::KernelWire> wires_;
};

}  // namespace

std::expected<std::vector<os::KernelWire>, SetupFailure> set_up_namespace(
    const NamespaceSpec& spec) {
  if (SetupDone mounted = mount_all(spec); !mounted) return std::unexpected(mounted.error());
  auto netlink = os::Rtnetlink::open();
  if (!netlink) return setup_failure(SetupStep::interface, "open rtnetlink", netlink.error());
  NetworkSetup network(spec, *std::move(netlink));
  if (SetupDone done = network.set_up_host(); !done) return std::unexpected(done.error());
  for (const InterfaceSpec& interface : spec.interfaces) {
    if (SetupDone done = network.add_interface(interface); !done)
      return std::unexpected(done.error());
  }
  for (const RouteSpec& route : spec.routes) {
    if (SetupDone done = network.add_route(route); !done) return std::unexpected(done.error());
  }
  return network.take_wires();
}

}  // namespace catenet::program
