// Multiport: what boxes with several ports have in common: the ports, and sending a frame out of
// all but one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/link/nic.hpp"

namespace catenet {

class Multiport {
 public:
  // `node` is the box's origin and gives it its name.
  Multiport(Engine& engine, PacketPool& pool, Origin& node);
  Multiport(const Multiport&) = delete;
  Multiport& operator=(const Multiport&) = delete;

  // A new port "office:p1", promiscuous, ready for a link. `port_name` is the part behind the
  // colon; `mtu` in bytes.
  Nic& add_port(std::string_view port_name, MacAddress mac, u32 mtu = 65'535);
  // Ports count from 0 in the order of add_port.
  u32 port_count() const { return static_cast<u32>(ports_.size()); }
  Nic& port(u32 index);
  const std::string& name() const { return node_.name(); }

 protected:
  virtual ~Multiport();
  virtual void on_frame(u32 ingress, Packet&& frame) = 0;
  virtual void on_carrier(u32 port, bool up) = 0;

  // Whether a frame from `ingress` may leave by `egress`: another port, with carrier.
  bool may_forward(u32 ingress, u32 egress) const;
  void send(u32 egress, Packet&& frame);
  // One transmission from each port that may have it, lowest first; where there is none the frame
  // is dropped.
  void flood(u32 ingress, Packet frame);
  Instant now() const { return engine_.now(); }

 private:
  class Port;

  Engine& engine_;
  PacketPool& pool_;
  Origin& node_;
  std::vector<std::unique_ptr<Port>> ports_;
};

}  // namespace catenet
