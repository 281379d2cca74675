#include "catenet/program/attach.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program {
namespace {

os::Descriptor own_namespace() {
  return os::Descriptor(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

// A process in the wrong network namespace must not go on.
void enter(const os::Descriptor& where) {
  const int entered = ::setns(where.get(), CLONE_NEWNET);
  CATENET_ASSERT(entered == 0);
}

Result<void> turn_ipv6_off() {
  for (const char* scope : {"all", "default"}) {
    const std::string path = fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", scope);
    const os::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return {};  // the machine has none
    if (!file || ::write(file.get(), "1", 1) != 1) return os::last_error();
  }
  return {};
}

// Frames of any size reach us; what is too long for the lab is dropped there, with its reason.
Result<void> take_any_size(const os::Descriptor& socket, u32 index) {
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(index);
  if (::ioctl(socket.get(), SIOCGIFNAME, &request) != 0) return os::last_error();
  request.ifr_mtu = 65'535;
  if (::ioctl(socket.get(), SIOCSIFMTU, &request) != 0) return os::last_error();
  return {};
}

// What a machine without TAPs, or one that keeps them to itself, says.
bool no_tap_here(Errno error) {
  static constexpr std::array kinds = {ENOENT, ENODEV, ENXIO, EACCES, EPERM};
  return std::ranges::find(kinds, static_cast<int>(error)) != kinds.end();
}

}  // namespace

Result<FarNamespace> FarNamespace::create() {
  os::Descriptor near = own_namespace();
  if (!near || ::unshare(CLONE_NEWNET) != 0) return os::last_error();
  os::Descriptor far = own_namespace();
  const Result<void> quiet = turn_ipv6_off();
  enter(near);
  if (!far) return Unexpected(Errno::too_many_files);
  if (!quiet) return Unexpected(quiet.error());
  return FarNamespace(std::move(near), std::move(far));
}

Result<os::KernelWire> FarNamespace::join(os::Rtnetlink& netlink, const std::string& name) {
  const u32 index = next_index_++;
  if (const auto made = netlink.add_veth(name, far_.get(), index); !made) {
    return Unexpected(made.error());
  }
  enter(far_);
  auto wire = open_far_end(index);
  enter(near_);
  return wire;
}

Result<os::KernelWire> FarNamespace::open_far_end(u32 index) {
  auto wire = os::open_packet_socket(index, os::WireKind::veth);
  if (!wire) return wire;
  if (const auto set = take_any_size(wire->fd, index); !set) return Unexpected(set.error());
  os::set_carrier(*wire, true);
  return wire;
}

std::expected<os::KernelWire, SetupFailure> Attacher::attach(const std::string& name) {
  if (spec_.attachment == Attachment::veth) return attach_veth(name);
  auto tap = os::open_tap(name, spec_.offload);
  if (tap) return *std::move(tap);
  if (spec_.attachment == Attachment::automatic && no_tap_here(tap.error())) {
    return attach_veth(name);
  }
  return setup_failure(SetupStep::tap, fmt::format("make the TAP {}", name), tap.error());
}

std::expected<os::KernelWire, SetupFailure> Attacher::attach_veth(const std::string& name) {
  if (!far_) {
    auto made = FarNamespace::create();
    if (!made)
      return setup_failure(SetupStep::veth, "make a second network namespace", made.error());
    far_ = *std::move(made);
  }
  auto wire = far_->join(netlink_, name);
  if (wire) return *std::move(wire);
  return setup_failure(SetupStep::veth, fmt::format("make the veth pair {}", name), wire.error());
}

}  // namespace catenet::program
