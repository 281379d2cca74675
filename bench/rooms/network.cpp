// link and ip. What is measured in ip/ hangs on cables that cost nothing.
#include <cstring>
#include <memory>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/ip/neighbour_cache.hpp"
#include "catenet/link/link.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/ipv4.hpp"

#include "cost.hpp"

namespace bench {
namespace {

MacAddress mac(u8 number) { return {2, 0, 0, 0, 0, number}; }

// What one engine, one pool and the names of a run are to every node.
struct World {
  Engine engine;
  PacketPool pool;
  Origin node{"node", 0, 1};
  Origin there{"there", 1, 1};
  Origin back{"back", 2, 1};
};

// Sends every frame it gets back to `peer`.
class Bouncer final : public FrameHandler {
 public:
  Bouncer(World& world, u8 number, MacAddress peer)
      : nic("node:eth0", mac(number), 1'500, world.engine, world.pool, world.node), peer_(peer) {
    nic.attach(*this);
  }
  void on_frame(Nic&, Packet&& frame) override {
    ++frames;
    peer_.store(frame.data());
    nic.output(std::move(frame));
  }
  void on_carrier(Nic&, bool) override {}

  Nic nic;
  u64 frames = 0;

 private:
  MacAddress peer_;
};

double link() {
  World world;
  Bouncer a(world, 1, mac(2));
  Bouncer b(world, 2, mac(1));
  Link cable(a.nic, b.nic, world.there, world.back,
             {.rate_bps = 1'000'000'000, .delay = Duration::microseconds(10)});
  Packet frame = world.pool.allocate(1'514);
  std::memset(frame.append(1'514), 0, 1'514);
  mac(2).store(frame.data());
  a.nic.output(std::move(frame));
  return least_ns([&](u64 count) {
    const u64 end = a.frames + b.frames + count;
    while (a.frames + b.frames < end) world.engine.run_next();
  });
}

// Hands each frame to the port at its other end within the same call.
class Cable final : public Transmitter {
 public:
  explicit Cable(Nic& to) : to_(to) {}
  void transmit(Packet&& frame) override { to_.input(std::move(frame)); }

 private:
  Nic& to_;
};

// Keeps the last frame.
class Shelf final : public Transmitter {
 public:
  void transmit(Packet&& frame) override { kept = std::move(frame); }
  Packet kept;
};

// A host or router whose port n is 10.0.n.`last`/24 and knows its neighbour 10.0.n.`peer`.
class Node final : public TransportDemux {
 public:
  Node(World& world, const IpOptions& options)
      : world_(world), layer(world.engine, world.node, world.pool, options) {
    layer.attach(*this);
  }
  Nic& plug(u8 subnet, u8 last, u8 peer) {
    nics_.push_back(std::make_unique<Nic>("node:eth", mac(last), 1'500, world_.engine, world_.pool,
                                          world_.node));
    Nic& nic = *nics_.back();
    Interface& port = layer.add_interface("eth" + std::to_string(subnet), nic);
    const bool added =
        layer.add_address(port, {Ipv4Address(10, 0, subnet, last), 24}).has_value() &&
        port.neighbours4()
            .add_permanent(Ipv4Address(10, 0, subnet, peer), mac(peer), world_.engine.now())
            .has_value();
    CATENET_ASSERT(added);
    return nic;
  }
  static void join(Nic& nic, Transmitter& transmitter) {
    nic.connect(&transmitter);
    nic.set_carrier(true);
  }
  void on_datagram(const IpInfo&, Packet&& transport) override { delivered = std::move(transport); }
  void on_error(const IcmpError&) override {}

 private:
  World& world_;
  std::vector<std::unique_ptr<Nic>> nics_;

 public:
  IpLayer layer;
  Packet delivered;
};

// From one layer's output() to the other's taker, and back the same way the next time.
double datagram() {
  World world;
  Node a(world, {});
  Node b(world, {});
  Nic& left = a.plug(0, 1, 2);
  Nic& right = b.plug(0, 2, 1);
  Cable there(right);
  Cable back(left);
  Node::join(left, there);
  Node::join(right, back);
  IpSend send{.destination = Ipv4Address(10, 0, 0, 2), .protocol = 253};
  RouteCache way;
  Packet packet = world.pool.allocate(1'000);
  std::memset(packet.append(1'000), 0, 1'000);
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      const Result<void> sent = a.layer.output(std::move(packet), send, &way);
      CATENET_ASSERT(sent.has_value() && b.delivered);
      packet = std::move(b.delivered);
    }
  });
}

Packet frame_to_forward(World& world, MacAddress router) {
  wire::Ipv4Header header;
  header.total_length = 1'000;
  header.protocol = wire::IpProtocol::udp;
  header.source = Ipv4Address(10, 0, 0, 2);
  header.destination = Ipv4Address(10, 0, 1, 2);
  Packet frame = world.pool.allocate(1'014);
  u8* bytes = frame.append(1'014);
  std::memset(bytes, 0, 1'014);
  router.store(bytes);
  mac(2).store(bytes + 6);
  store16(bytes + 12, static_cast<u16>(wire::EtherType::ipv4));
  header.emit({bytes + wire::ethernet::header_size, header.size()});
  return frame;
}

// In at one port, out at the other; the frame gets its old headers back each time.
double forward() {
  World world;
  Node router(world, {.forwarding = true});
  Nic& in = router.plug(0, 1, 2);
  Nic& out = router.plug(1, 1, 2);
  Shelf shelf;
  Node::join(in, shelf);
  Node::join(out, shelf);
  Packet frame = frame_to_forward(world, in.mac());
  std::array<u8, 34> headers;
  std::copy_n(frame.data(), headers.size(), headers.begin());
  return least_ns([&](u64 count) {
    for (u64 i = 0; i < count; ++i) {
      in.input(std::move(frame));
      CATENET_ASSERT(shelf.kept);
      frame = std::move(shelf.kept);
      std::copy(headers.begin(), headers.end(), frame.data());
    }
  });
}

}  // namespace

Costs network() {
  return {
      {"link", "a frame of 1,514 bytes from Nic over Link to Nic, with rate and delay", link()},
      {"ip", "a datagram out of one host and into another", datagram()},
      {"ip", "a packet through a router", forward()},
  };
}

}  // namespace bench
