#include "catenet/link/multiport.hpp"

#include <utility>

namespace catenet {

class Multiport::Port final : public FrameHandler {
 public:
  Port(Multiport& owner, u32 index, std::string name, MacAddress mac, u32 mtu)
      : nic(std::move(name), mac, mtu, owner.engine_, owner.pool_, owner.node_),
        owner_(owner),
        index_(index) {
    nic.set_promiscuous(true);
    nic.attach(*this);
  }
  void on_frame(Nic&, Packet&& frame) override { owner_.on_frame(index_, std::move(frame)); }
  void on_carrier(Nic&, bool up) override { owner_.on_carrier(index_, up); }

  Nic nic;

 private:
  Multiport& owner_;
  u32 index_;
};

Multiport::Multiport(Engine& engine, PacketPool& pool, Origin& node)
    : engine_(engine), pool_(pool), node_(node) {}

Multiport::~Multiport() = default;

Nic& Multiport::add_port(std::string_view port_name, MacAddress mac, u32 mtu) {
  std::string full_name = name() + ":" + std::string(port_name);
  ports_.push_back(std::make_unique<Port>(*this, port_count(), std::move(full_name), mac, mtu));
  return ports_.back()->nic;
}

Nic& Multiport::port(u32 index) {
  CATENET_ASSERT(index < port_count());
  return ports_[index]->nic;
}

bool Multiport::may_forward(u32 ingress, u32 egress) const {
  const Nic& nic = ports_[egress]->nic;
  return egress != ingress && nic.transmitter() && nic.carrier();
}

void Multiport::send(u32 egress, Packet&& frame) { ports_[egress]->nic.output(std::move(frame)); }

void Multiport::flood(u32 ingress, Packet frame) {
  u32 last = ingress;
  for (u32 port = 0; port < port_count(); ++port) {
    if (!may_forward(ingress, port)) continue;
    if (last != ingress) send(last, frame.clone());
    last = port;
  }
  if (last != ingress) return send(last, std::move(frame));
  ports_[ingress]->nic.drop(std::move(frame), Drop::no_forwarding_port);
}

}  // namespace catenet
