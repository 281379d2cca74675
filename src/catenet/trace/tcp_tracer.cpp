#include "catenet/trace/tcp_tracer.hpp"

#include <algorithm>

#include "catenet/trace/offload.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/ipv6_extension.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet {

using wire::EtherType;
using wire::IpProtocol;
using wire::TcpView;

// A whole TCP segment in a frame; `tcp` lies in the frame's linear part.
struct TcpTracer::Segment {
  Endpoint source;
  Endpoint destination;
  TcpView tcp;
  u32 payload = 0;       // bytes
  u32 segment_size = 0;  // of a super-segment's wire segments; 0: it is one itself
  u32 wire_segments = 1;

  // Sequence numbers it takes.
  i64 length() const { return i64{payload} + tcp.flags().syn() + tcp.flags().fin(); }
};

namespace {

struct Transport {
  IpAddress source;
  IpAddress destination;
  u32 offset = 0;  // from the IP header
  u32 end = 0;
};

std::optional<Transport> tcp_in_ipv4(ByteView packet) {
  const auto ip = wire::Ipv4View::over(packet);
  if (!ip || ip->protocol() != IpProtocol::tcp || ip->is_fragment()) return std::nullopt;
  return Transport{ip->source(), ip->destination(), ip->header_size(), ip->total_length()};
}

std::optional<Transport> tcp_in_ipv6(ByteView packet) {
  const auto ip = wire::Ipv6View::over(packet);
  if (!ip) return std::nullopt;
  Transport transport{ip->source(), ip->destination(), wire::ipv6::header_size, ip->total_length()};
  if (ip->next_header() == IpProtocol::tcp) return transport;
  const auto chain = wire::walk_extension_headers(packet);
  if (!chain || chain->upper != IpProtocol::tcp || chain->is_fragment()) return std::nullopt;
  transport.offset = chain->upper_offset;
  return transport;
}

// What says that a segment was lost on its way, not refused by the end it was for.
bool lost_on_the_way(Drop reason) {
  return reason <= Drop::no_peer || reason == Drop::interface_down ||
         (reason >= Drop::bad_ip_header && reason <= Drop::no_route) ||
         reason == Drop::fragmentation_needed || reason == Drop::neighbour_unreachable ||
         reason == Drop::neighbour_queue_full || reason == Drop::filtered;
}

}  // namespace

std::optional<TcpTracer::Segment> TcpTracer::segment_in(const Packet& frame) {
  const ByteView bytes = frame.linear_bytes();
  if (bytes.size() < wire::ethernet::header_size) return std::nullopt;
  EtherType type = wire::EthernetView(bytes.data()).type();
  u32 network = wire::ethernet::header_size;
  if (type == EtherType::vlan && bytes.size() >= network + wire::ethernet::vlan_tag_size) {
    type = static_cast<EtherType>(load16(bytes.data() + network + 2));
    network += wire::ethernet::vlan_tag_size;
  }
  std::optional<Transport> ip;
  if (type == EtherType::ipv4) ip = tcp_in_ipv4(bytes.subspan(network));
  if (type == EtherType::ipv6) ip = tcp_in_ipv6(bytes.subspan(network));
  if (!ip || network + ip->offset > bytes.size()) return std::nullopt;
  const auto tcp = TcpView::over(bytes.subspan(network + ip->offset));
  if (!tcp) return std::nullopt;
  const u32 headers = network + ip->offset + tcp->header_size();
  const u32 segment_size = frame.meta().segment_size;
  // A super-segment may be longer than its IP header can say.
  const u32 end = segment_size > 0 ? frame.size() : network + ip->end;
  if (end < headers) return std::nullopt;
  return Segment{{ip->source, tcp->source_port()},
                 {ip->destination, tcp->destination_port()},
                 *tcp,
                 end - headers,
                 segment_size,
                 wire_size(frame).frames};
}

TcpTracer::Key TcpTracer::key_of(const Segment& segment) {
  return std::minmax(segment.source, segment.destination);
}

void TcpTracer::on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                         std::optional<Drop> reason) {
  if (event == FrameEvent::dropped && !(reason && lost_on_the_way(*reason))) return;
  const auto segment = segment_in(frame);
  if (!segment) return;
  TcpTrace* trace = find(*segment, event);
  if (!trace) return;
  if (trace->a_to_b.segments == 0) trace->first = now;
  const bool forward = segment->source == trace->a;
  TcpWay& way = forward ? trace->a_to_b : trace->b_to_a;
  TcpWay& back = forward ? trace->b_to_a : trace->a_to_b;
  switch (event) {
    case FrameEvent::sent: on_sent(now, port, *segment, *trace, way); break;
    case FrameEvent::received: on_received(now, port, *segment, way, back); break;
    case FrameEvent::dropped: {
      if (!way.iss) break;
      const i64 low = way.offset_of(segment->tcp.seq());
      // Bit errors may have made anything of a header.
      if (low < 0 || low + segment->length() > way.highest) break;
      way.lost += segment->wire_segments;
      way.drops.add(now, low, low + segment->length());
      break;
    }
  }
}

TcpTrace* TcpTracer::find(const Segment& segment, FrameEvent event) {
  const auto at = newest_.find(key_of(segment));
  TcpTrace* known = at == newest_.end() ? nullptr : at->second;
  const wire::TcpFlags flags = segment.tcp.flags();
  if (event != FrameEvent::sent || !flags.syn() || flags.ack()) return known;
  if (!known) return begin(segment);
  // The endpoints may be used again, which another initial sequence number tells.
  const TcpWay& way = segment.source == known->a ? known->a_to_b : known->b_to_a;
  const bool another = way.iss ? *way.iss != segment.tcp.seq() : known->ended();
  return another ? begin(segment) : known;
}

TcpTrace* TcpTracer::begin(const Segment& segment) {
  ++seen_;
  newest_.erase(key_of(segment));
  if (traces_.size() >= most_connections && !make_room()) return nullptr;
  auto trace = std::make_unique<TcpTrace>();
  trace->a = segment.source;
  trace->b = segment.destination;
  newest_[key_of(segment)] = trace.get();
  traces_.push_back(std::move(trace));
  return traces_.back().get();
}

bool TcpTracer::make_room() {
  auto least = traces_.end();
  for (auto at = traces_.begin(); at != traces_.end(); ++at) {
    const bool done = (*at)->ended() || (*at)->b_to_a.segments == 0;
    if (done && (least == traces_.end() || (*at)->bytes() < (*least)->bytes())) least = at;
  }
  if (least == traces_.end()) return false;
  std::erase_if(newest_, [&](const auto& entry) { return entry.second == least->get(); });
  traces_.erase(least);
  return true;
}

void TcpTracer::on_sent(Instant now, PortId port, const Segment& segment, TcpTrace& trace,
                        TcpWay& way) {
  if (way.port == TcpWay::not_seen) way.port = port;
  if (nodes_[port] != nodes_[way.port]) return;  // a router sends it on
  const wire::TcpFlags flags = segment.tcp.flags();
  trace.last = now;
  way.segments += segment.wire_segments;
  way.bytes += segment.payload;
  if (flags.syn() && !way.iss) {
    way.iss = segment.tcp.seq();
    way.window_shift = segment.tcp.options().window_scale;
  }
  if (flags.rst()) trace.reset = true;
  if (!way.iss) return;
  const i64 low = way.offset_of(segment.tcp.seq());
  if (flags.syn()) way.mark(now, low, TcpMarkKind::syn);
  if (flags.fin()) way.mark(now, low + segment.payload, TcpMarkKind::fin);
  if (flags.rst()) way.mark(now, low, TcpMarkKind::rst);
  way.fin_seen = way.fin_seen || flags.fin();
  if (segment.length() > 0) on_text(now, segment, way);
}

void TcpTracer::on_text(Instant now, const Segment& segment, TcpWay& way) {
  const i64 begins = way.offset_of(segment.tcp.seq());
  const i64 ends = begins + segment.length();
  const i64 low = begins + segment.tcp.flags().syn();
  const i64 high = low + segment.payload;
  if (begins < way.highest) {
    const i64 old = std::min(ends, way.highest) - begins;
    way.retransmitted += ends <= way.highest || segment.segment_size == 0
                             ? segment.wire_segments
                             : static_cast<u64>((old - 1) / segment.segment_size + 1);
    way.again.add(now, low, std::min(high, way.highest));
    way.timed.clear();  // an acknowledgement may now be of either (RFC 6298 3)
  }
  if (ends <= way.highest) return;
  if (segment.payload > 0) {
    if (!way.first_data) way.first_data = now;
    way.data.add(now, std::max(low, way.highest), high);
  }
  way.highest = ends;
  if (way.timed.size() < TcpWay::most_timed) way.timed.push_back({ends, now});
}

void TcpTracer::on_received(Instant now, PortId port, const Segment& segment, const TcpWay& back,
                            TcpWay& way) const {
  if (way.port == TcpWay::not_seen || nodes_[port] != nodes_[way.port] || !way.iss) return;
  if (!segment.tcp.flags().ack()) return;
  const i64 ack = way.offset_of(segment.tcp.ack());
  if (ack < 0 || ack > way.highest) return;
  on_ack(now, ack, way);
  // RFC 7323 2.2: the window of a SYN is not scaled, and none is unless both ends offer it.
  const bool scaled = !segment.tcp.flags().syn() && way.window_shift && back.window_shift;
  const u32 shift =
      scaled ? std::min<u32>(*back.window_shift, wire::TcpOptions::max_window_scale) : 0;
  const i64 edge = ack + (i64{segment.tcp.window()} << shift);
  way.window.add(now, edge, edge);
  if (segment.tcp.window() == 0 && !segment.tcp.flags().rst()) {
    way.mark(now, ack, TcpMarkKind::zero_window);
  }
  const wire::TcpOptions options = segment.tcp.options();
  for (u32 i = 0; i < options.sack_count; ++i) {
    const i64 left = way.offset_of(options.sack[i].left);
    const i64 right = way.offset_of(options.sack[i].right);
    // A block below the acknowledgement tells of a duplicate (RFC 2883).
    if (left >= ack && right > left && right <= way.highest) way.sacks.add(now, left, right);
  }
}

void TcpTracer::on_ack(Instant now, i64 ack, TcpWay& way) {
  way.acks.add(now, ack, ack);
  if (ack <= way.acked) return;
  way.acked = ack;
  way.last_ack = now;
  const auto rest =
      std::ranges::find_if(way.timed, [&](const TcpWay::Timed& timed) { return timed.end > ack; });
  if (rest == way.timed.begin()) return;
  const Duration rtt = now - std::prev(rest)->sent;
  way.timed.erase(way.timed.begin(), rest);
  way.rtt_min = way.rtt_samples == 0 ? rtt : std::min(way.rtt_min, rtt);
  way.rtt_sum += rtt;
  ++way.rtt_samples;
}

std::vector<const TcpTrace*> TcpTracer::by_size() const {
  std::vector<const TcpTrace*> traces;
  for (const auto& trace : traces_) traces.push_back(trace.get());
  std::ranges::stable_sort(traces, std::greater(), &TcpTrace::bytes);
  return traces;
}

}  // namespace catenet
