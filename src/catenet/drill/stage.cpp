#include "catenet/drill/stage.hpp"

#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet::drill {
namespace {

constexpr MacAddress own_mac(2, 0, 0, 0, 0, 1);
constexpr MacAddress far_mac(2, 0, 0, 0, 0, 2);

// Neighbour discovery and group membership are the link's business, not the script's.
bool shown(const Packet& packet) {
  const ByteView bytes = packet.linear_bytes();
  if (const auto view = wire::Ipv4View::over(bytes)) {
    return view->protocol() == wire::IpProtocol::tcp || view->protocol() == wire::IpProtocol::udp ||
           view->protocol() == wire::IpProtocol::icmp;
  }
  const auto view = wire::Ipv6View::over(bytes);
  if (!view) return false;
  if (view->next_header() != wire::IpProtocol::icmpv6) {
    return view->next_header() == wire::IpProtocol::tcp ||
           view->next_header() == wire::IpProtocol::udp;
  }
  const auto type = bytes.size() > wire::ipv6::header_size ? bytes[wire::ipv6::header_size] : 255;
  return type <= static_cast<u8>(wire::Icmpv6Type::echo_reply);
}

}  // namespace

Stage::Stage(const Scene& setup)
    : origin_("host", 0, setup.seed),
      nic_("host:eth0", own_mac, setup.mtu, engine_, pool_, origin_) {
  host_ = std::make_unique<Host>(engine_, origin_, pool_, setup.host);
  host_->tcp().set_offload(false);
  configure(setup);
  system_ = std::make_unique<LabSystem>(*host_, frames_);
  nic_.connect(this);
  nic_.set_carrier(true);
  host_->ip().start();
  engine_.run_until(Instant());
  sent_.clear();
}

Stage::~Stage() { nic_.connect(nullptr); }

void Stage::configure(const Scene& setup) {
  IpLayer& ip = host_->ip();
  Interface& interface = ip.add_interface("eth0", nic_);
  interface.options().duplicate_probes = 0;
  for (const Side& side : {setup.ipv4, setup.ipv6}) {
    const bool added = ip.add_address(interface, side.local).has_value();
    Route route;
    route.prefix = Prefix(IpAddress::any(side.gateway.family()), 0);
    route.gateway = side.gateway;
    route.interface = interface.index();
    // By hand: options of a script may name addresses that do not fit each other.
    static_cast<void>(added && ip.add_route(route));
    static_cast<void>(ip.neighbours().set(interface, side.gateway, far_mac, true));
    static_cast<void>(ip.neighbours().set(interface, side.remote, far_mac, true));
  }
}

void Stage::apply(const Scene& setup) {
  host_->tcp().environment().options = setup.host.tcp;
  nic_.set_mtu(setup.mtu);
}

void Stage::inject(ByteView packet) {
  Packet frame = pool_.copy_of(packet);
  wire::EthernetHeader header;
  header.source = far_mac;
  header.destination = own_mac;
  header.type = packet[0] >> 4 == 4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
  const u32 size = header.size();
  header.emit({frame.prepend(size), size});
  nic_.input(std::move(frame));
  engine_.run_until(engine_.now());
}

void Stage::transmit(Packet&& frame) {
  frame.consume(wire::ethernet::header_size);
  if (!shown(frame)) return;
  Sent& sent = sent_.emplace_back();
  sent.at = engine_.now();
  sent.packet.resize(frame.size());
  frame.copy_out(0, sent.packet);
}

}  // namespace catenet::drill
