// From the script to the wire.
#include "catenet/drill/conversation.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/endian.hpp"
#include "catenet/drill/icmp_names.hpp"
#include "catenet/drill/pattern.hpp"
#include "catenet/wire/icmpv4.hpp"
#include "catenet/wire/icmpv6.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/udp.hpp"

namespace catenet::drill {
namespace {

// Of a remote that connects without saying from where.
constexpr u16 first_remote_port = 50'000;
constexpr u8 script_ttl = 255;

u8 traffic_class(const IpWanted& ip) {
  if (ip.tos) return *ip.tos;
  switch (ip.ecn) {
    case EcnWanted::ect_0: return 2;
    case EcnWanted::ect_1: return 1;
    case EcnWanted::ce: return 3;
    default: return 0;
  }
}

void put16(std::vector<u8>& out, u32 value) {
  out.push_back(static_cast<u8>(value >> 8));
  out.push_back(static_cast<u8>(value));
}
void put32(std::vector<u8>& out, u32 value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

}  // namespace

// --- Whose packet ---

void Conversation::on_listen(u16 local_port) {
  current_ = nullptr;
  local_port_ = local_port;
}

Conversation::Flow& Conversation::begin(wire::IpProtocol protocol, u16 local_port,
                                        u16 remote_port) {
  const Side& side = setup_.side();
  Flow& flow = flows_.emplace_back();
  flow.protocol = protocol;
  flow.local = {side.local.address, local_port};
  flow.remote = {side.remote, remote_port};
  if (protocol == wire::IpProtocol::tcp) current_ = &flow;
  return flow;
}

Conversation::Flow* Conversation::named(wire::IpProtocol protocol, u16 script_local,
                                        u16 script_remote) {
  for (Flow& flow : flows_) {
    const u16 local = flow.script_local != 0 ? flow.script_local : flow.local.port;
    const u16 remote = flow.script_remote != 0 ? flow.script_remote : flow.remote.port;
    if (flow.protocol == protocol && local == script_local && remote == script_remote) return &flow;
  }
  return nullptr;
}

Conversation::Flow* Conversation::current(wire::IpProtocol protocol) {
  if (protocol == wire::IpProtocol::tcp) return current_;
  for (auto flow = flows_.rbegin(); flow != flows_.rend(); ++flow) {
    if (flow->protocol == protocol) return &*flow;
  }
  return nullptr;
}

// Of a packet that comes in.
Conversation::Flow& Conversation::flow_for(const PacketEvent& wanted, wire::IpProtocol protocol) {
  if (wanted.source_port != 0) {
    Flow* known = named(protocol, wanted.destination_port, wanted.source_port);
    if (!known) known = &begin(protocol, wanted.destination_port, wanted.source_port);
    if (protocol == wire::IpProtocol::tcp) current_ = known;
    return *known;
  }
  if (Flow* known = current(protocol)) return *known;
  const u16 local = local_port_ != 0 ? local_port_ : setup_.bind_port;
  if (protocol != wire::IpProtocol::tcp) return begin(protocol, local, setup_.connect_port);
  return begin(protocol, local, static_cast<u16>(first_remote_port + flows_.size()));
}

// Of a packet that goes out.
Conversation::Flow& Conversation::flow_of(wire::IpProtocol protocol, const Endpoint& local,
                                          const Endpoint& remote) {
  for (Flow& flow : flows_) {
    if (flow.protocol == protocol && flow.local == local && flow.remote == remote) return flow;
  }
  Flow& flow = begin(protocol, local.port, remote.port);
  flow.local = local;
  flow.remote = remote;
  return flow;
}

// --- Its bytes ---

std::optional<std::vector<u8>> Conversation::build(const PacketEvent& wanted, Problem& problem) {
  const Side& side = setup_.side();
  std::vector<u8> payload;
  wire::IpProtocol protocol = wire::IpProtocol::tcp;
  if (const auto* segment = std::get_if<Segment>(&wanted.body)) {
    payload = segment_bytes(flow_for(wanted, protocol), wanted, *segment);
  } else if (const auto* datagram = std::get_if<Datagram>(&wanted.body)) {
    protocol = wire::IpProtocol::udp;
    payload = datagram_bytes(flow_for(wanted, protocol), datagram->length);
  } else {
    protocol = icmp_protocol();
    payload = icmp_bytes(wanted, std::get<IcmpMessage>(wanted.body), problem);
    if (payload.empty()) return std::nullopt;
  }
  return with_ip(wanted.ip, protocol, side.remote, side.local.address, std::move(payload));
}

std::vector<u8> Conversation::with_ip(const IpWanted& ip, wire::IpProtocol protocol,
                                      const IpAddress& source, const IpAddress& destination,
                                      std::vector<u8> payload) const {
  const u8 marks = traffic_class(ip);
  std::vector<u8> bytes;
  if (source.is_v4()) {
    wire::Ipv4Header header;
    header.dscp = static_cast<u8>(marks >> 2);
    header.ecn = static_cast<wire::Ecn>(marks & 3);
    header.total_length = static_cast<u16>(header.size() + payload.size());
    header.ttl = ip.ttl.value_or(script_ttl);
    header.protocol = protocol;
    header.source = source.v4();
    header.destination = destination.v4();
    bytes.resize(header.size());
    header.emit(bytes);
  } else {
    wire::Ipv6Header header;
    header.dscp = static_cast<u8>(marks >> 2);
    header.ecn = static_cast<wire::Ecn>(marks & 3);
    header.payload_length = static_cast<u16>(payload.size());
    header.hop_limit = ip.ttl.value_or(script_ttl);
    header.next_header = protocol;
    header.source = source.v6();
    header.destination = destination.v6();
    bytes.resize(wire::Ipv6Header::size);
    header.emit(bytes);
  }
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

std::vector<u8> Conversation::option_bytes(const Flow& flow, const Segment& segment) const {
  std::vector<u8> out;
  for (const TcpOption& option : segment.options) {
    using enum TcpOptionName;
    switch (option.name) {
      case nop: out.push_back(1); break;
      case end: out.push_back(0); break;
      case mss:
        out.insert(out.end(), {2, 4});
        put16(out, option.first);
        break;
      case window_scale: out.insert(out.end(), {3, 3, static_cast<u8>(option.first)}); break;
      case sack_permitted: out.insert(out.end(), {4, 2}); break;
      case sack:
        out.insert(out.end(), {5, static_cast<u8>(2 + 8 * option.blocks.size())});
        for (const auto& [left, right] : option.blocks) {
          put32(out, left + flow.seq_shift);
          put32(out, right + flow.seq_shift);
        }
        break;
      case timestamps: {
        out.insert(out.end(), {8, 10});
        put32(out, option.first);
        const auto known = flow.timestamps.find(option.second);
        const bool raw = !segment.flags.ack() || !flow.timestamp_known;
        put32(out, known != flow.timestamps.end() ? known->second
                   : raw                          ? option.second
                                                  : option.second + flow.timestamp_shift);
        break;
      }
      case fast_open:
        out.insert(out.end(), {34, static_cast<u8>(2 + option.bytes.size())});
        out.insert(out.end(), option.bytes.begin(), option.bytes.end());
        break;
      case fast_open_experiment:
        out.insert(out.end(), {254, static_cast<u8>(4 + option.bytes.size()), 0xf9, 0x89});
        out.insert(out.end(), option.bytes.begin(), option.bytes.end());
        break;
      case unknown: break;
    }
  }
  while (out.size() % 4 != 0) out.push_back(0);
  return out;
}

std::vector<u8> Conversation::segment_bytes(Flow& flow, const PacketEvent& wanted,
                                            const Segment& segment) {
  if (segment.flags.syn()) {
    flow.new_number_due = true;
    flow.syn_seq = segment.seq;
    flow.syn_length = segment.length;
    if (!flow.irs_known) flow.irs = segment.seq;
  }
  urgent_came_ = urgent_came_ || segment.flags.urg();
  const std::vector<u8> options = option_bytes(flow, segment);
  std::vector<u8> bytes;
  put16(bytes, flow.remote.port);
  put16(bytes, flow.local.port);
  put32(bytes, segment.seq);
  put32(bytes, segment.flags.ack() ? segment.ack + flow.seq_shift : segment.ack);
  bytes.push_back(static_cast<u8>((20 + options.size()) / 4 << 4));
  bytes.push_back(segment.flags.bits());
  put16(bytes, segment.window.value_or(0));
  put16(bytes, 0);  // checksum
  put16(bytes, segment.urgent);
  bytes.insert(bytes.end(), options.begin(), options.end());
  const u32 first = segment.flags.syn() ? 0 : segment.seq - flow.irs - 1;
  const std::vector<u8> text = pattern_bytes(first, segment.length);
  bytes.insert(bytes.end(), text.begin(), text.end());
  if (wanted.source_port != 0) {
    flow.script_local = wanted.destination_port;
    flow.script_remote = wanted.source_port;
  }
  const auto pseudo = wire::pseudo_header(flow.remote.address, flow.local.address,
                                          wire::IpProtocol::tcp, static_cast<u32>(bytes.size()));
  wire::store_tcp_checksum(bytes, pseudo);
  return bytes;
}

std::vector<u8> Conversation::datagram_bytes(const Flow& flow, u32 length) const {
  std::vector<u8> bytes;
  put16(bytes, flow.remote.port);
  put16(bytes, flow.local.port);
  put16(bytes, wire::UdpHeader::size + length);
  put16(bytes, 0);  // checksum
  const std::vector<u8> text = pattern_bytes(0, length);
  bytes.insert(bytes.end(), text.begin(), text.end());
  const auto pseudo = wire::pseudo_header(flow.remote.address, flow.local.address,
                                          wire::IpProtocol::udp, static_cast<u32>(bytes.size()));
  wire::store_udp_checksum(bytes, pseudo);
  return bytes;
}

// The packet of the host's that an ICMP error is about, as far as it is quoted.
std::vector<u8> Conversation::quoted_bytes(const PacketEvent& wanted, const IcmpMessage& icmp) {
  const bool udp = icmp.echoed == IcmpMessage::Echoed::udp;
  const auto protocol = udp ? wire::IpProtocol::udp : wire::IpProtocol::tcp;
  const Flow& flow = flow_for(wanted, protocol);
  std::vector<u8> bytes;
  put16(bytes, flow.local.port);
  put16(bytes, flow.remote.port);
  const u32 header = udp ? wire::UdpHeader::size : wire::tcp::min_header_size;
  if (udp) {
    put16(bytes, wire::UdpHeader::size + icmp.length);
    put16(bytes, 0);
  } else {
    put32(bytes, icmp.seq + flow.seq_shift);
  }
  // Lengths tell of the whole, and eight bytes of it are quoted.
  bytes.resize(header + icmp.length);
  bytes = with_ip({}, protocol, flow.local.address, flow.remote.address, std::move(bytes));
  const u32 ip = flow.local.address.is_v4() ? wire::ipv4::min_header_size : wire::ipv6::header_size;
  bytes.resize(ip + 8);
  return bytes;
}

std::vector<u8> Conversation::icmp_bytes(const PacketEvent& wanted, const IcmpMessage& icmp,
                                         Problem& problem) {
  const Side& side = setup_.side();
  const auto type = icmp_type(family(), icmp.type);
  const auto code = type ? icmp_code(family(), *type, icmp.code) : std::nullopt;
  if (!type || !code) {
    const std::string& name = type ? icmp.code : icmp.type;
    problem.message = fmt::format("ICMP over {} has no {} '{}'", family_name(family()),
                                  type ? "such code, " : "type", name);
    problem.hint = icmp_hint(family(), name);
    return {};
  }
  std::vector<u8> bytes = {*type, *code, 0, 0};
  const bool echo = icmp.type.starts_with("echo_");
  put32(bytes, echo ? u32{icmp.id.value_or(0)} << 16 : icmp.mtu.value_or(0));
  if (!echo) {
    const std::vector<u8> quoted = quoted_bytes(wanted, icmp);
    bytes.insert(bytes.end(), quoted.begin(), quoted.end());
  }
  if (family() == Family::ipv4) {
    wire::store_icmpv4_checksum(bytes);
  } else {
    wire::store_icmpv6_checksum(bytes, side.remote.v6(), side.local.address.v6());
  }
  return bytes;
}

}  // namespace catenet::drill
