// KernelPort: joins an Ethernet interface of the kernel to a port of a lab, so that the kernel's
// stack stands where a host's would. Super-segments and deferred checksums pass both ways as they
// are, unless a link between needs wire frames; those that come in one instant are merged again.
#pragma once

#include <functional>

#include "catenet/link/nic.hpp"
#include "catenet/os/kernel_wire.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/os/segment_merger.hpp"

namespace catenet::os {

// What the Nic receives is written to the wire, what the kernel sends leaves through the Nic. A
// frame that the kernel does not take is dropped at the Nic: queue_full, interface_down, or
// frame_too_long in the other direction. The kernel's carrier follows the Nic's.
class KernelPort final : public FrameHandler, public FdHandler {
 public:
  // Becomes the handler of `nic`, which takes frames to any address from now on: the kernel's end
  // chooses for itself. Without `offload` every frame is a wire frame with its checksum. All
  // arguments outlive the port; nothing may arrive at `nic` after it.
  KernelPort(Nic& nic, KernelWire wire, Poller& poller, bool offload = true);
  // Calls `tell` once, from within Poller::dispatch, when the interface is gone.
  void when_gone(std::function<void()> tell) { gone_ = std::move(tell); }
  KernelPort(const KernelPort&) = delete;
  KernelPort& operator=(const KernelPort&) = delete;
  ~KernelPort();

  void on_frame(Nic& nic, Packet&& frame) override;
  void on_carrier(Nic& nic, bool up) override;
  void on_ready(bool readable, bool writable) override;

 private:
  void write(Packet frame);
  // 0, or the error.
  int write_runs(const iovec* runs, std::size_t count);
  void drop_unwritten(Packet frame, int error);
  void write_merged();
  void leave();
  // False when there is nothing more to read.
  bool read_one();
  void take(Packet frame);
  void output(Packet frame);
  u32 longest_frame() const;

  Nic& nic_;
  KernelWire wire_;
  Poller& poller_;
  bool offload_;
  std::function<void()> gone_;
  SegmentMerger merger_;
  // At the end of the instant in which the first of them came.
  MemberEvent<KernelPort, &KernelPort::write_merged> merged_{*this};
  Packet spare_;  // with room for the largest super-segment
};

}  // namespace catenet::os
