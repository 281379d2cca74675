// Any frames, at any time, into a router with two links: memory and tables stay bounded, an input
// brings forth a bounded number of frames, and in the end every packet has come out again.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "catenet/ip/ip_layer.hpp"
#include "catenet/wire/ethernet.hpp"

#include "fuzz.hpp"

namespace catenet::ip_layer_fuzz {
namespace {

using fuzz::check;

class Sink final : public Transmitter {
 public:
  void transmit(Packet&& frame) override {
    check(frame.linear_size() >= wire::ethernet::header_size);
    ++frames;
  }
  bool takes_super_segments() const override { return true; }
  bool takes_deferred_checksums() const override { return true; }
  u64 frames = 0;
};

class Transport final : public TransportDemux {
 public:
  explicit Transport(IpLayer& layer) : layer_(layer) {}
  void on_datagram(const IpInfo& info, Packet&& transport) override {
    if (info.protocol == 1 || info.protocol == 58) return;
    const bool port = info.protocol == 17;
    layer_.refuse(info, std::move(transport),
                  port ? Refusal::port_unreachable : Refusal::protocol_unreachable);
  }
  void on_error(const IcmpError& error) override { check(error.transport.size() >= 8); }

 private:
  IpLayer& layer_;
};

class Reader {
 public:
  Reader(const u8* data, std::size_t size) : at_(data), end_(data + size) {}
  bool empty() const { return at_ == end_; }
  u8 byte() { return empty() ? u8{0} : *at_++; }
  ByteView take(std::size_t n) {
    n = std::min<std::size_t>(n, static_cast<std::size_t>(end_ - at_));
    const ByteView bytes(at_, n);
    at_ += n;
    return bytes;
  }

 private:
  const u8* at_;
  const u8* end_;
};

// Addresses worth meeting: ours, neighbours, groups, broadcasts, far ones.
constexpr Ipv4Address addresses4[] = {{10, 0, 0, 1},  {10, 0, 0, 2},   {10, 0, 1, 1},
                                      {10, 0, 1, 2},  {10, 0, 0, 255}, {10, 0, 1, 255},
                                      {224, 0, 0, 1}, {8, 8, 8, 8}};
const Ipv6Address addresses6[] = {
    {0x2001, 0xdb8, 0, 0, 0, 0, 0, 1},  {0x2001, 0xdb8, 0, 0, 0, 0, 0, 2},
    {0x2001, 0xdb8, 1, 0, 0, 0, 0, 2},  {0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 1},
    {0xfe80, 0, 0, 0, 0, 0, 0, 0xfe},   Ipv6Address::all_nodes(),
    {0xff02, 0, 0, 0, 0, 1, 0xff00, 1}, {0x2001, 0xdb8, 9, 0, 0, 0, 0, 1}};

class Play {
 public:
  Play() {
    for (std::size_t n = 0; n < 2; ++n) {
      nics_[n].connect(&sinks_[n]);
      nics_[n].set_carrier(true);
      layer_.add_interface(n ? "eth1" : "eth0", nics_[n]);
    }
    layer_.attach(transport_);
    address(0, {addresses4[0], 24});
    address(1, {addresses4[2], 24});
    address(0, {addresses6[0], 64});
    address(1, {Ipv6Address(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1), 64});
    layer_.start();
    check(layer_.add_route({.prefix = Prefix::any(Family::ipv4), .gateway = addresses4[1]})
              .has_value());
  }

  void run(const u8* data, std::size_t size) {
    Reader in(data, size);
    while (!in.empty()) {
      const u64 frames = sent();
      const u64 events = engine_.events_run();
      step(in);
      check(sent() - frames <= 400 && engine_.events_run() - events <= 4'000);
      check(pool_.live() <= 20'000);
    }
    // Three solicitations for a neighbour and three for whom its error goes to, a minute apart at
    // most.
    engine_.run_until(engine_.now() + Duration::seconds(600));
    check(pool_.live() == 0);
    check(layer_.routes4().size() <= 400 && layer_.routes6().size() <= 400);
    check(eth(0).neighbours6().size() <= 1'024 && eth(0).neighbours4().size() <= 1'024);
  }

 private:
  Interface& eth(u32 n) { return *layer_.interface(n + 2); }
  void address(u32 n, const InterfacePrefix& prefix) {
    check(layer_.add_address(eth(n), prefix).has_value());
  }
  u64 sent() const { return sinks_[0].frames + sinks_[1].frames; }

  void step(Reader& in) {
    const u8 op = in.byte();
    switch (op & 7) {
      case 5: engine_.run_until(engine_.now() + Duration::milliseconds(in.byte() * 100)); return;
      case 6: send(in); return;
      case 7: configure(in.byte()); return;
      default: receive(op, in);
    }
  }

  void receive(u8 op, Reader& in) {
    const u8 how = in.byte();
    const std::size_t length = in.byte() * 8u + (op >> 5);
    Packet frame = pool_.copy_of(in.take(length));
    const auto type = how & 1   ? wire::EtherType::ipv6
                      : how & 2 ? wire::EtherType::arp
                                : wire::EtherType::ipv4;
    if (how & 4) mend(frame.linear_bytes(), type, how >> 4);
    const u32 port = op >> 3 & 1;
    u8* header = frame.prepend(wire::ethernet::header_size);
    (how & 8 ? MacAddress::broadcast() : nics_[port].mac()).store(header);
    MacAddress(2, 0, 0, 0, 1, how).store(header + 6);
    store16(header + 12, static_cast<u16>(type));
    nics_[port].input(std::move(frame));
  }

  // Lengths and checksums are made right, so that more than the front door is tried.
  static void mend(MutableBytes bytes, wire::EtherType type, u8 pick) {
    if (type == wire::EtherType::ipv4 && bytes.size() >= 28) mend4(bytes, pick);
    if (type == wire::EtherType::ipv6 && bytes.size() >= 48) mend6(bytes, pick);
    if (type == wire::EtherType::arp && bytes.size() >= wire::ArpPacket::size) {
      const wire::ArpPacket arp{pick & 1 ? wire::ArpOperation::reply : wire::ArpOperation::request,
                                MacAddress(2, 0, 0, 0, 1, bytes[0]), addresses4[bytes[1] & 7],
                                MacAddress(2, 0, 0, 0, 0, 1), addresses4[bytes[2] & 7]};
      arp.emit(bytes);
    }
  }
  static void mend4(MutableBytes bytes, u8 pick) {
    const u32 words = 5u + (pick & 3) * 2u;
    const u32 header = std::min<u32>(words * 4, static_cast<u32>(bytes.size()) & ~3u);
    bytes[0] = static_cast<u8>(0x40 | header / 4);
    store16(bytes.data() + 2, static_cast<u16>(bytes.size()));
    addresses4[bytes[12] & 7].store(bytes.data() + 12);
    addresses4[bytes[16] & 7].store(bytes.data() + 16);
    if (pick & 4) bytes[9] = 1;
    if (pick & 4) bytes[6] = bytes[7] = 0;
    if (bytes[9] == 1 && bytes.size() >= header + 8) {
      wire::store_icmpv4_checksum(bytes.subspan(header));
    }
    wire::ipv4_edit::store_checksum(bytes.data());
  }
  static void mend6(MutableBytes bytes, u8 pick) {
    bytes[0] = 0x60;
    store16(bytes.data() + 4, static_cast<u16>(bytes.size() - 40));
    addresses6[bytes[8] & 7].store(bytes.data() + 8);
    addresses6[bytes[24] & 7].store(bytes.data() + 24);
    if (pick & 4) bytes[6] = 58;
    if (pick & 8) bytes[7] = 255;
    if (bytes[6] == 58) {
      wire::store_icmpv6_checksum(bytes.subspan(40), Ipv6Address::load(bytes.data() + 8),
                                  Ipv6Address::load(bytes.data() + 24));
    }
  }

  void send(Reader& in) {
    const u8 how = in.byte();
    Packet packet = pool_.allocate(in.byte() * 16u + 8);
    const u32 room = packet.tailroom();
    std::memset(packet.append(std::min(room, 8u + how * 8u)), how, std::min(room, 8u + how * 8u));
    IpSend out{.destination = addresses4[how & 7], .protocol = 17, .ttl = in.byte()};
    if (how & 8) out.destination = addresses6[how & 7];
    out.dont_fragment = (how & 16) != 0;
    out.header_included = (how & 32) != 0;
    if (how & 64) out.interface = &eth(how & 1);
    static_cast<void>(layer_.output(std::move(packet), out));
  }

  void configure(u8 what) {
    Interface& one = eth(what >> 3 & 1);
    switch (what & 7) {
      case 0: layer_.set_forwarding((what & 16) != 0); return;
      case 1: layer_.set_up(one, (what & 16) != 0); return;
      case 2: one.options().proxy_arp = (what & 16) != 0; return;
      case 3: nics_[what >> 3 & 1].set_carrier((what & 16) != 0); return;
      case 4: static_cast<void>(layer_.set_mtu(one, what & 16 ? 1'300 : 1'500)); return;
      case 5: one.options().forward_directed_broadcast = (what & 16) != 0; return;
      case 6: static_cast<void>(layer_.advertise(one, RouterAdvertising{})); return;
      default:
        static_cast<void>(
            layer_.add_address(one, {Ipv4Address(10, 0, 2, what), 24}, AddressUse::probed));
    }
  }

  Engine engine_;
  PacketPool pool_;
  Origin node_{"router", 1, 1};
  Sink sinks_[2];
  Nic nics_[2] = {{"router:eth0", {2, 0, 0, 0, 0, 1}, 1'500, engine_, pool_, node_},
                  {"router:eth1", {2, 0, 0, 0, 0, 2}, 1'500, engine_, pool_, node_}};
  IpLayer layer_{engine_, node_, pool_, {.forwarding = true, .broadcast_echo_reply = true}};
  Transport transport_{layer_};
};

}  // namespace

int run(const u8* data, std::size_t size) {
  Play().run(data, std::min<std::size_t>(size, 8'192));
  return 0;
}

}  // namespace catenet::ip_layer_fuzz

FUZZ_TARGET(ip_layer_fuzz)
