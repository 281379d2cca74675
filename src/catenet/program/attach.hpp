// Attacher: makes the interfaces of a namespace and the wires that join them to Catenet.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "catenet/os/kernel_wire.hpp"
#include "catenet/os/rtnetlink.hpp"
#include "catenet/program/setup.hpp"

namespace catenet::program {

// The network namespace in which the far ends of veth pairs lie. Nothing speaks there: it has no
// addresses, and IPv6 is off. It goes with the last packet socket in it.
class FarNamespace {
 public:
  // For the caller's namespace, in which the caller is again when this returns.
  static Result<FarNamespace> create();

  // An interface `name` of the caller's namespace, down, and the wire of its far end.
  Result<os::KernelWire> join(os::Rtnetlink& netlink, const std::string& name);

 private:
  FarNamespace(os::Descriptor near, os::Descriptor far)
      : near_(std::move(near)), far_(std::move(far)) {}
  Result<os::KernelWire> open_far_end(u32 index);

  os::Descriptor near_;
  os::Descriptor far_;
  u32 next_index_ = 2;  // lo is 1
};

class Attacher {
 public:
  // Both outlive it.
  Attacher(os::Rtnetlink& netlink, const NamespaceSpec& spec) : netlink_(netlink), spec_(spec) {}

  // Makes the interface `name`, down, and gives its wire.
  std::expected<os::KernelWire, SetupFailure> attach(const std::string& name);

 private:
  std::expected<os::KernelWire, SetupFailure> attach_veth(const std::string& name);

  os::Rtnetlink& netlink_;
  const NamespaceSpec& spec_;
  std::optional<FarNamespace> far_;
};

}  // namespace catenet::program
