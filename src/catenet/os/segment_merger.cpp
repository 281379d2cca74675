#include "catenet/os/segment_merger.hpp"

#include <algorithm>
#include <cstring>

#include "catenet/base/endian.hpp"
#include "catenet/wire/checksum.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::os {
namespace {

using wire::EtherType;
using wire::IpProtocol;
using wire::TcpFlag;

constexpr u32 network_at = wire::ethernet::header_size;
constexpr u32 most_packet = 65'535;
constexpr u32 tcp_flags_at = 13;

bool equal(const Packet& a, const Packet& b, u32 from, u32 to) {
  return std::memcmp(a.data() + from, b.data() + from, to - from) == 0;
}

bool same_ipv4(const Packet& a, const Packet& b, std::size_t distance) {
  const u8* const one = a.data() + network_at;
  const u8* const other = b.data() + network_at;
  constexpr u16 dont_fragment = 0x4000;
  const u16 next_id = static_cast<u16>(load16(one + 4) + distance);
  const bool numbered = load16(other + 4) == next_id || (load16(one + 6) & dont_fragment) != 0;
  return numbered && equal(a, b, network_at, network_at + 2) &&  // version, type of service
         equal(a, b, network_at + 6, network_at + 10) &&         // fragment, time to live, protocol
         equal(a, b, network_at + 12, network_at + 20);          // addresses
}

bool same_ipv6(const Packet& a, const Packet& b) {
  return equal(a, b, network_at, network_at + 4) && equal(a, b, network_at + 6, network_at + 40);
}

}  // namespace

// An untagged frame of IPv4 without options or IPv6 without extension headers, with TCP text whose
// checksum is not in doubt.
bool SegmentMerger::parse(const Packet& frame, Segment& into) {
  const PacketMeta& meta = frame.meta();
  const u32 linear = frame.linear_size();
  if (meta.segment_size != 0 || meta.checksum == ChecksumState::present) return false;
  if (linear < network_at + wire::ipv4::min_header_size) return false;
  const auto type = static_cast<EtherType>(load16(frame.data() + network_at - 2));
  const u8* const ip = frame.data() + network_at;
  u32 packet = 0;  // bytes of the IP packet
  if (type == EtherType::ipv4) {
    const wire::Ipv4View view(ip);
    if (view.has_options() || view.is_fragment() || view.protocol() != IpProtocol::tcp)
      return false;
    into.transport = network_at + wire::ipv4::min_header_size;
    packet = view.total_length();
  } else if (type == EtherType::ipv6 && linear >= network_at + wire::ipv6::header_size) {
    const wire::Ipv6View view(ip);
    if (view.next_header() != IpProtocol::tcp) return false;
    into.v6 = true;
    into.transport = network_at + wire::ipv6::header_size;
    packet = view.payload_length() + wire::ipv6::header_size;
  } else {
    return false;
  }
  if (packet != frame.size() - network_at) return false;  // padded, or cut off
  const auto header = wire::TcpView::over(frame.linear_bytes().subspan(into.transport));
  if (!header) return false;
  into.network = network_at;
  into.headers = into.transport + header->header_size();
  if (into.headers > linear || into.headers >= frame.size()) return false;
  into.payload = frame.size() - into.headers;
  into.sequence = load32(frame.data() + into.transport + 4);
  const u8 flags = frame.data()[into.transport + tcp_flags_at];
  const u8 plain = (TcpFlag::ack | TcpFlag::psh).bits();
  into.pushed = (flags & wire::TcpFlags(TcpFlag::psh).bits()) != 0;
  return (flags & ~plain) == 0;
}

bool SegmentMerger::follows(const Packet& frame, const Segment& segment) const {
  const Packet& first = frames_.front();
  const u32 tcp = first_.transport;
  const bool room = segment.headers - network_at + payload_ + segment.payload <= most_packet &&
                    frames_.size() < most_frames;
  return room && segment.v6 == first_.v6 && segment.headers == first_.headers &&
         segment.payload <= first_.payload && segment.sequence == first_.sequence + payload_ &&
         equal(first, frame, 0, network_at) &&
         (first_.v6 ? same_ipv6(first, frame) : same_ipv4(first, frame, frames_.size())) &&
         equal(first, frame, tcp, tcp + 4) &&                 // ports
         equal(first, frame, tcp + 8, tcp + tcp_flags_at) &&  // acknowledgement, size
         equal(first, frame, tcp + 14, tcp + 16) &&           // window
         equal(first, frame, tcp + 18, first_.headers);       // options
}

bool SegmentMerger::take(Packet& frame) {
  Segment segment;
  if (complete_ || !parse(frame, segment)) return false;
  if (!frames_.empty() && !follows(frame, segment)) return false;
  if (frames_.empty()) first_ = segment;
  payload_ += segment.payload;
  // A push is for the reader, and a short segment ends what can be cut alike.
  complete_ = segment.pushed || segment.payload < first_.payload;
  frames_.push_back(std::move(frame));
  return true;
}

void SegmentMerger::write_headers() {
  const Packet& first = frames_.front();
  std::memcpy(headers_.data(), first.data(), first_.headers);
  u8* const ip = headers_.data() + network_at;
  const u32 segment = first_.headers - first_.transport + payload_;
  wire::InternetChecksum sum;
  if (first_.v6) {
    store16(ip + 4, static_cast<u16>(segment));
    sum = wire::Ipv6View::over({ip, wire::ipv6::header_size})
              ->pseudo_header(IpProtocol::tcp, segment);
  } else {
    store16(ip + 2, static_cast<u16>(wire::ipv4::min_header_size + segment));
    store16(ip + 10, 0);
    store16(ip + 10, wire::internet_checksum({ip, wire::ipv4::min_header_size}));
    sum = wire::Ipv4View(ip).pseudo_header(segment);
  }
  u8* const header = headers_.data() + first_.transport;
  header[tcp_flags_at] |= frames_.back().data()[first_.transport + tcp_flags_at];
  store16(header + wire::TcpHeader::checksum_offset, sum.folded());
  vnet_ = {};
  vnet_.flags = VnetHeader::needs_checksum;
  vnet_.cut = static_cast<u8>(first_.v6 ? VnetHeader::Cut::tcp6 : VnetHeader::Cut::tcp4);
  vnet_.header_size = static_cast<u16>(first_.headers);
  vnet_.segment_size = static_cast<u16>(first_.payload);
  vnet_.checksum_start = static_cast<u16>(first_.transport);
  vnet_.checksum_offset = wire::TcpHeader::checksum_offset;
}

std::vector<iovec>& SegmentMerger::gather() {
  runs_.clear();
  const auto add = [this](ByteView run) {
    runs_.push_back({const_cast<u8*>(run.data()), run.size()});
  };
  runs_.push_back({&vnet_, vnet_header_size});
  if (frames_.size() == 1) {
    vnet_ = vnet_header_of(frames_.front());
    frames_.front().for_each_run(0, add);
    return runs_;
  }
  write_headers();
  add(ByteView(headers_).first(first_.headers));
  for (const Packet& frame : frames_) frame.for_each_run(first_.headers, add);
  return runs_;
}

void SegmentMerger::clear() {
  frames_.clear();
  payload_ = 0;
  complete_ = false;
}

}  // namespace catenet::os
