// KernelWire: the wire of an Ethernet interface of the kernel, as a descriptor. A TAP's is its own;
// a veth pair's, or that of an interface that is there already, is a packet socket. Read tuntap.rst
// in the kernel's Documentation, packet(7) and veth(4).
#pragma once

#include <string>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::os {

enum class WireKind : u8 {
  tap,
  veth,       // a packet socket on the far end of a pair, which is ours alone
  interface,  // a packet socket on an interface that others use too
};

// `fd` does not block; frames read from it and written to it begin with a virtio header.
struct KernelWire {
  WireKind kind = WireKind::tap;
  Descriptor fd;
};

// A new TAP interface `name` (1 to 15 bytes) in the network namespace of the caller, down and
// without addresses; it goes with its descriptor. With `offload` the kernel hands over
// super-segments and leaves checksums to be made. Errors: ENOENT, ENODEV or ENXIO when the machine
// has no TAP driver, EACCES when its device may not be opened, EPERM when interfaces may not be
// made, EBUSY when the name is taken, EINVAL.
Result<KernelWire> open_tap(const std::string& name, bool offload);

// A packet socket on interface `index` of the caller's network namespace: sees every frame that the
// interface receives, and sends. Errors: EPERM (needs CAP_NET_RAW), ENODEV, ENETDOWN.
Result<KernelWire> open_packet_socket(u32 index, WireKind kind);

// The number of the interface `name` of the caller's network namespace. Errors: ENODEV.
Result<u32> interface_index(const std::string& name);
bool is_up(const std::string& name);

// Whether the interface is there no longer: it was deleted, or moved to another namespace.
bool is_gone(const KernelWire& wire);

// Whether somebody is at the other end: of a TAP, of whom it is not asked, always.
bool has_carrier(const KernelWire& wire);

// Whether the other end is to see a carrier. An interface that others use keeps its own.
void set_carrier(const KernelWire& wire, bool up);

}  // namespace catenet::os
