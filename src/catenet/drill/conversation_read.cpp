// From the wire to the script.
#include <algorithm>

#include "catenet/base/endian.hpp"
#include "catenet/drill/conversation.hpp"
#include "catenet/drill/icmp_names.hpp"
#include "catenet/drill/pattern.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/tcp.hpp"
#include "catenet/wire/udp.hpp"

namespace catenet::drill {
namespace {

EcnWanted ecn_of(wire::Ecn ecn) {
  switch (ecn) {
    case wire::Ecn::not_ect: return EcnWanted::not_ect;
    case wire::Ecn::ect_0: return EcnWanted::ect_0;
    case wire::Ecn::ect_1: return EcnWanted::ect_1;
    case wire::Ecn::ce: return EcnWanted::ce;
  }
  return EcnWanted::any;
}

// What of an IP packet the script sees.
struct IpSeen {
  wire::IpProtocol protocol;
  IpAddress source;
  IpAddress destination;
  u8 traffic_class;
  u8 ttl;
  u32 length;  // of what follows, as the header says it
  ByteView rest;
};

IpSeen look(ByteView packet) {
  if (packet[0] >> 4 == 4) {
    const wire::Ipv4View view(packet.data());
    return {view.protocol(),
            view.source(),
            view.destination(),
            view.traffic_class(),
            view.ttl(),
            view.total_length() - view.header_size(),
            packet.subspan(view.header_size())};
  }
  const wire::Ipv6View view(packet.data());
  return {view.next_header(),
          view.source(),
          view.destination(),
          view.traffic_class(),
          view.hop_limit(),
          view.payload_length(),
          packet.subspan(wire::ipv6::header_size)};
}

const Segment* segment_of(const PacketEvent* wanted) {
  return wanted ? std::get_if<Segment>(&wanted->body) : nullptr;
}

}  // namespace

PacketEvent Conversation::translate(ByteView packet, const PacketEvent* wanted) {
  const IpSeen ip = look(packet);
  PacketEvent event;
  event.ip.ecn = ecn_of(static_cast<wire::Ecn>(ip.traffic_class & 3));
  event.ip.tos = ip.traffic_class;
  event.ip.ttl = ip.ttl;
  const bool tcp = ip.protocol == wire::IpProtocol::tcp;
  if (!tcp && ip.protocol != wire::IpProtocol::udp) {
    read_icmp(ip.rest, event);
    return event;
  }
  const Endpoint local{ip.source, load16(ip.rest.data())};
  const Endpoint remote{ip.destination, load16(ip.rest.data() + 2)};
  if (tcp) {
    read_segment(ip.rest, local, remote, wanted, event);
  } else {
    read_datagram(ip.rest, local, remote, wanted, event);
  }
  return event;
}

// A port that the host chose is called as the script calls it.
void Conversation::name_ports(Flow& flow, const PacketEvent* wanted, PacketEvent& into) {
  if (wanted && wanted->source_port != 0 && flow.script_local == 0) {
    const bool chosen = wanted->destination_port == flow.remote.port;
    flow.script_local = chosen ? wanted->source_port : flow.local.port;
    flow.script_remote = flow.remote.port;
  }
  into.source_port = flow.script_local != 0 ? flow.script_local : flow.local.port;
  into.destination_port = flow.script_remote != 0 ? flow.script_remote : flow.remote.port;
}

void Conversation::learn_seq(Flow& flow, u32 seq, wire::TcpFlags flags, const Segment* wanted) {
  if (!flags.syn() || (flow.seq_known && !flow.new_number_due && flags.ack())) return;
  const bool syn_wanted = wanted && wanted->flags.syn();
  const u32 script_seq = syn_wanted ? wanted->seq : 0;
  if (!flow.seq_known || flow.new_number_due) {
    flow.timestamp_known = false;
    flow.timestamps.clear();
  }
  flow.seq_shift = seq - script_seq;
  flow.iss = seq;
  flow.seq_known = true;
  flow.new_number_due = false;
}

// A SYN inside a conversation moves the place of its text only where the host takes it.
void Conversation::learn_irs(Flow& flow, const Segment& came) {
  if (came.flags.rst()) return;
  if (!came.flags.ack()) {
    if (came.flags.syn()) flow.irs_known = false;  // it opens anew
    return;
  }
  if (came.flags.syn()) {
    const bool of_the_last = came.ack - flow.syn_seq - 1 <= flow.syn_length;
    if (of_the_last) {
      flow.irs = flow.syn_seq;
    } else if (!flow.irs_known) {
      flow.irs = came.ack - 1;
    }
  }
  flow.irs_known = true;
}

void Conversation::read_segment(ByteView bytes, const Endpoint& local, const Endpoint& remote,
                                const PacketEvent* wanted, PacketEvent& into) {
  Flow& flow = flow_of(wire::IpProtocol::tcp, local, remote);
  const wire::TcpView view(bytes.data());
  const Segment* segment_wanted = segment_of(wanted);
  learn_seq(flow, view.seq().value(), view.flags(), segment_wanted);
  Segment& segment = into.body.emplace<Segment>();
  segment.flags = view.flags();
  segment.seq = view.seq().value() - flow.seq_shift;
  segment.length = static_cast<u32>(bytes.size()) - view.header_size();
  segment.ack = view.flags().ack() ? view.ack().value() : 0;
  segment.window = view.window();
  segment.urgent = view.urgent_pointer();
  if (flow.seq_known) {
    const u32 first = view.flags().syn() ? 0 : view.seq().value() - flow.iss - 1;
    segment.wrong_byte = wrong_byte(bytes.subspan(view.header_size()), first);
  }
  learn_irs(flow, segment);
  read_options(view.option_bytes(), flow, segment_wanted, segment);
  name_ports(flow, wanted, into);
}

void Conversation::read_options(ByteView area, Flow& flow, const Segment* wanted, Segment& into) {
  using enum TcpOptionName;
  for (std::size_t at = 0; at < area.size();) {
    TcpOption& option = into.options.emplace_back();
    const u8 kind = area[at];
    if (kind <= 1) {
      option.name = kind == 0 ? end : nop;
      ++at;
      continue;
    }
    const u32 length = at + 1 < area.size() ? std::max<u32>(area[at + 1], 2) : 2;
    const ByteView data = area.subspan(at).first(std::min<std::size_t>(length, area.size() - at));
    at += length;
    if (kind == 2 && data.size() == 4) {
      option.name = mss;
      option.first = load16(data.data() + 2);
    } else if (kind == 3 && data.size() == 3) {
      option.name = window_scale;
      option.first = data[2];
    } else if (kind == 4) {
      option.name = sack_permitted;
    } else if (kind == 5) {
      option.name = sack;
      for (std::size_t i = 2; i + 8 <= data.size(); i += 8) {
        option.blocks.emplace_back(load32(data.data() + i), load32(data.data() + i + 4));
      }
    } else if (kind == 8 && data.size() == 10) {
      option.name = timestamps;
      option.first = load32(data.data() + 2);
      option.second = load32(data.data() + 6);
      read_timestamps(flow, wanted, option);
    } else if (kind == 254 && data.size() >= 4 && load16(data.data() + 2) == 0xf989) {
      option.name = fast_open_experiment;
      option.bytes.assign(data.begin() + 4, data.end());
    } else {
      option.name = kind == 34 ? fast_open : unknown;
      if (kind != 34) option.first = kind;
      if (data.size() > 2) option.bytes.assign(data.begin() + 2, data.end());
    }
  }
}

// TSvals are learned from what the script expects: the first always, each unless a tick is set.
void Conversation::read_timestamps(Flow& flow, const Segment* wanted, TcpOption& option) {
  const TcpOption* same = nullptr;
  if (wanted) {
    const auto found =
        std::ranges::find(wanted->options, TcpOptionName::timestamps, &TcpOption::name);
    if (found != wanted->options.end()) same = &*found;
  }
  const u32 live = option.first;
  if (!flow.timestamp_known) {
    flow.timestamp_shift = live - (same ? same->first : 0);
    flow.timestamp_known = true;
  }
  if (same && setup_.timestamp_tick == Duration::zero()) {
    option.first = same->first;
  } else {
    option.first = live - flow.timestamp_shift;
    const i64 ticks =
        setup_.timestamp_tick > Duration::zero() ? setup_.tolerance / setup_.timestamp_tick : 0;
    const i64 off = same ? i64{option.first} - i64{same->first} : INT64_MAX;
    if (off >= -ticks && off <= ticks) option.first = same->first;
  }
  flow.timestamps[option.first] = live;
}

void Conversation::read_datagram(ByteView bytes, const Endpoint& local, const Endpoint& remote,
                                 const PacketEvent* wanted, PacketEvent& into) {
  Flow& flow = flow_of(wire::IpProtocol::udp, local, remote);
  into.body = Datagram{load16(bytes.data() + 4) - wire::UdpHeader::size,
                       wrong_byte(bytes.subspan(wire::UdpHeader::size), 0)};
  name_ports(flow, wanted, into);
}

void Conversation::read_icmp(ByteView bytes, PacketEvent& into) {
  IcmpMessage& icmp = into.body.emplace<IcmpMessage>();
  const u8 type = bytes[0];
  icmp.type = icmp_type_name(family(), type);
  icmp.code = icmp_code_name(family(), type, bytes[1]);
  const u32 rest = load32(bytes.data() + 4);
  if (icmp.type.starts_with("echo_")) {
    icmp.id = static_cast<u16>(rest >> 16);
    return;
  }
  if (icmp.type == "packet_too_big" || icmp.code == "frag_needed") icmp.mtu = rest;
  if (bytes.size() < 8 + wire::ipv4::min_header_size + 8) return;
  const IpSeen quoted = look(bytes.subspan(8));
  icmp.quotes = true;
  if (quoted.protocol == wire::IpProtocol::udp) {
    icmp.echoed = IcmpMessage::Echoed::udp;
    icmp.length = quoted.length - wire::UdpHeader::size;
  } else if (quoted.rest.size() >= 8) {
    icmp.seq = load32(quoted.rest.data() + 4);
    icmp.length = quoted.length - wire::tcp::min_header_size;
  }
}

}  // namespace catenet::drill
