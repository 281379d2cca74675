// TAP devices: an Ethernet interface of the kernel whose wire is a descriptor. Read the kernel's
// Documentation/networking/tuntap.rst.
#pragma once

#include <string>

#include "catenet/base/errno.hpp"
#include "catenet/link/nic.hpp"
#include "catenet/os/descriptor.hpp"
#include "catenet/os/poller.hpp"

namespace catenet::os {

// A new TAP interface `name` (1 to 15 bytes) in the network namespace of the caller, down and
// without addresses; it goes with its descriptor. `fd` does not block.
struct Tap {
  Descriptor fd;
  u32 index = 0;
};
// Errors: ENOENT, ENODEV or ENXIO when the machine has no TAP driver, EACCES when its device may
// not be opened, EPERM when interfaces may not be made, EBUSY when the name is taken, EINVAL.
Result<Tap> open_tap(const std::string& name);

// Joins a TAP to a Nic: what the Nic receives is written to the TAP as wire frames, what the kernel
// sends leaves through the Nic. A frame that the kernel does not take is dropped at the Nic:
// queue_full, interface_down, or frame_too_long in the other direction. The TAP's carrier follows
// the Nic's.
class TapPort final : public FrameHandler, public FdHandler {
 public:
  // Becomes the handler of `nic`, which takes frames to any address from now on: the kernel's end
  // chooses for itself. All arguments outlive the port; nothing may arrive at `nic` after it.
  TapPort(Nic& nic, Descriptor tap, Poller& poller);
  TapPort(const TapPort&) = delete;
  TapPort& operator=(const TapPort&) = delete;
  ~TapPort();

  void on_frame(Nic& nic, Packet frame) override;
  void on_carrier(Nic& nic, bool up) override;
  void on_ready(bool readable, bool writable) override;

 private:
  void write(Packet frame);
  // False when there is nothing more to read.
  bool read_one();

  Nic& nic_;
  Descriptor tap_;
  Poller& poller_;
};

}  // namespace catenet::os
