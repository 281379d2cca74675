// Stage: one host on an engine of its own, and a wire whose far end is the script. Neighbours are
// known, addresses are established: what the wire shows are TCP, UDP and ICMP alone.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "catenet/drill/setup.hpp"
#include "catenet/host/host.hpp"
#include "catenet/socket/lab_system.hpp"

namespace catenet::drill {

// An IP packet that the host sent.
struct Sent {
  Instant at;
  std::vector<u8> packet;
};

class Stage final : private Transmitter {
 public:
  explicit Stage(const Scene& setup);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  Instant now() const { return engine_.now(); }
  Engine& engine() { return engine_; }
  LabSystem& system() { return *system_; }
  Host& host() { return *host_; }
  // Options that hold from now on: of TCP all but sizes of buffers of what exists; the MTU.
  void apply(const Scene& setup);

  // Everything due up to `when`, which becomes now.
  void run_until(Instant when) { engine_.run_until(when); }
  // `packet`, from its IP header on, comes in now; what follows at this instant has happened.
  void inject(ByteView packet);
  // What was sent and not taken yet, in order.
  std::deque<Sent>& sent() { return sent_; }

 private:
  void transmit(Packet&& frame) override;
  void configure(const Scene& setup);

  Engine engine_;
  PacketPool pool_;
  FramePool frames_;
  Origin origin_;
  Nic nic_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<LabSystem> system_;
  std::deque<Sent> sent_;
};

}  // namespace catenet::drill
