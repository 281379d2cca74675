#include "catenet/trace/offload.hpp"

#include <algorithm>
#include <cstring>

#include "catenet/base/endian.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/ipv6.hpp"
#include "catenet/wire/tcp.hpp"
#include "catenet/wire/udp.hpp"

namespace catenet {

using wire::EtherType;
using wire::InternetChecksum;
using wire::IpProtocol;
using wire::TcpFlag;
using wire::TcpFlags;

namespace {

constexpr u32 tcp_flags_at = 13;
constexpr u32 tcp_urgent_at = 18;

bool is_vlan(u16 type) {
  return type == static_cast<u16>(EtherType::vlan) ||
         type == static_cast<u16>(EtherType::provider_vlan);
}

bool is_skipped_extension(u8 next) {
  const auto protocol = static_cast<IpProtocol>(next);
  return protocol == IpProtocol::hop_by_hop || protocol == IpProtocol::routing ||
         protocol == IpProtocol::destination_options;
}

// Whether the deferred checksum field that `frame` speaks of lies in its linear bytes.
bool checksum_in_reach(const Packet& frame) {
  const PacketMeta& meta = frame.meta();
  return u32{meta.checksum_start} + meta.checksum_offset + 2 <= frame.linear_size();
}

u16 finish_deferred(const InternetChecksum& sum, u32 checksum_offset) {
  return checksum_offset == wire::UdpHeader::checksum_offset ? sum.finish_udp() : sum.finish();
}

}  // namespace

void complete_checksum(Packet& frame) {
  PacketMeta& meta = frame.meta();
  if (meta.checksum != ChecksumState::deferred) return;
  CATENET_ASSERT(checksum_in_reach(frame));
  InternetChecksum sum;
  frame.for_each_run(meta.checksum_start, [&](ByteView run) { sum.add(run); });
  store16(frame.data() + meta.checksum_start + meta.checksum_offset,
          finish_deferred(sum, meta.checksum_offset));
  meta.checksum = ChecksumState::present;
}

SegmentCutter::SegmentCutter(const Packet& frame)
    : frame_(frame), segment_size_(frame.meta().segment_size) {
  if (segment_size_ == 0 || frame.size() <= segment_size_) return;
  if (!locate_transport()) return;
  payload_total_ = frame.size() - header_size_;
  if (payload_total_ > segment_size_) {
    count_ = (payload_total_ + segment_size_ - 1) / segment_size_;
  }
}

bool SegmentCutter::locate_transport() {
  const u8* data = frame_.data();
  const u32 size = frame_.linear_size();
  u32 type_at = 12;
  while (type_at + 2 <= size && is_vlan(load16(data + type_at))) {
    type_at += wire::ethernet::vlan_tag_size;
  }
  network_offset_ = type_at + 2;
  if (network_offset_ > size) return false;
  const auto type = static_cast<EtherType>(load16(data + type_at));
  const bool found = type == EtherType::ipv4   ? locate_after_ipv4(network_offset_)
                     : type == EtherType::ipv6 ? locate_after_ipv6(network_offset_)
                                               : false;
  if (!found) return false;
  if (protocol_ == IpProtocol::udp) {
    header_size_ = transport_offset_ + wire::UdpHeader::size;
  } else if (protocol_ == IpProtocol::tcp && transport_offset_ <= size) {
    const auto tcp = wire::TcpView::over(frame_.linear_bytes().subspan(transport_offset_));
    if (!tcp) return false;
    header_size_ = transport_offset_ + tcp->header_size();
  } else {
    return false;
  }
  return header_size_ <= size;
}

bool SegmentCutter::locate_after_ipv4(u32 at) {
  const auto ip = wire::Ipv4View::over(frame_.linear_bytes().subspan(at));
  if (!ip || ip->is_fragment()) return false;
  protocol_ = ip->protocol();
  transport_offset_ = at + ip->header_size();
  return true;
}

bool SegmentCutter::locate_after_ipv6(u32 at) {
  const u32 size = frame_.linear_size();
  if (at + wire::ipv6::header_size > size) return false;
  const u8* data = frame_.data();
  ipv6_ = true;
  u8 next = data[at + 6];
  at += wire::ipv6::header_size;
  while (is_skipped_extension(next)) {
    if (at + 8 > size) return false;
    next = data[at];
    at += (u32{data[at + 1]} + 1) * 8;
  }
  protocol_ = static_cast<IpProtocol>(next);
  transport_offset_ = at;
  return true;
}

WireSize wire_size_of_super_segment(const Packet& frame) {
  const SegmentCutter cutter(frame);
  return {cutter.count(), cutter.total_size()};
}

u32 SegmentCutter::payload_size(u32 index) const {
  return std::min(segment_size_, payload_total_ - index * segment_size_);
}

FrameId SegmentCutter::id(u32 index) const {
  FrameId id = frame_.meta().id;
  id.counter |= u64{index} << 48;
  return id;
}

Packet SegmentCutter::cut(u32 index, PacketPool& pool) const {
  CATENET_ASSERT(index < count_);
  if (count_ == 1) {
    Packet whole = frame_.clone();
    whole.meta().segment_size = 0;
    return whole;
  }
  Packet segment = copy_headers_and_share_payload(index, pool);
  PacketMeta& meta = segment.meta();
  meta = frame_.meta();
  meta.id = id(index);
  meta.segment_size = 0;
  u8* headers = segment.data();
  patch_headers(headers, index);
  InternetChecksum sum = pseudo_header(headers, index);
  if (meta.checksum == ChecksumState::deferred) {
    meta.checksum_start = static_cast<u16>(transport_offset_);
    meta.checksum_offset = static_cast<u16>(checksum_at() - transport_offset_);
    store16(headers + checksum_at(), sum.folded());
  } else {
    segment.for_each_run(transport_offset_, [&](ByteView run) { sum.add(run); });
    store16(headers + checksum_at(), finish(sum));
  }
  return segment;
}

Packet SegmentCutter::copy_headers_and_share_payload(u32 index, PacketPool& pool) const {
  const u32 linear_size = frame_.linear_size();
  const u32 first = header_size_ + index * segment_size_;
  const u32 last = first + payload_size(index);
  const u32 linear_payload = first < linear_size ? std::min(last, linear_size) - first : 0;
  Packet segment = pool.allocate(header_size_ + linear_payload, frame_.headroom());
  std::memcpy(segment.append(header_size_), frame_.data(), header_size_);
  if (linear_payload > 0) {
    std::memcpy(segment.append(linear_payload), frame_.data() + first, linear_payload);
  }
  u32 slice_begin = linear_size;
  for (const Slice& slice : frame_.slices()) {
    const u32 from = std::max(first, slice_begin);
    const u32 to = std::min(last, slice_begin + slice.length);
    if (from < to)
      segment.append_slice({slice.owner, slice.data + (from - slice_begin), to - from});
    slice_begin += slice.length;
  }
  return segment;
}

ByteView SegmentCutter::wire_bytes(u32 index, std::vector<u8>& scratch) const {
  CATENET_ASSERT(index < count_);
  const bool deferred = frame_.meta().checksum == ChecksumState::deferred;
  if (count_ == 1 && frame_.linear() && !deferred) return frame_.linear_bytes();
  const u32 size = frame_size(index);
  if (scratch.size() < size) scratch.resize(size);
  u8* out = scratch.data();
  if (count_ == 1) {
    frame_.copy_out(0, {out, size});
    if (deferred && checksum_in_reach(frame_)) {
      const u32 start = frame_.meta().checksum_start;
      const u32 offset = frame_.meta().checksum_offset;
      const InternetChecksum sum = InternetChecksum().add({out + start, size - start});
      store16(out + start + offset, finish_deferred(sum, offset));
    }
    return {out, size};
  }
  std::memcpy(out, frame_.data(), header_size_);
  frame_.copy_out(header_size_ + index * segment_size_, {out + header_size_, size - header_size_});
  patch_headers(out, index);
  InternetChecksum sum = pseudo_header(out, index);
  sum.add({out + transport_offset_, size - transport_offset_});
  store16(out + checksum_at(), finish(sum));
  return {out, size};
}

void SegmentCutter::patch_headers(u8* headers, u32 index) const {
  u8* ip = headers + network_offset_;
  const u32 ip_size = header_size_ - network_offset_ + payload_size(index);
  if (ipv6_) {
    store16(ip + 4, static_cast<u16>(ip_size - wire::ipv6::header_size));
  } else {
    store16(ip + 2, static_cast<u16>(ip_size));
    store16(ip + 4, static_cast<u16>(load16(ip + 4) + index));
    store16(ip + 10, 0);
    const u32 header_bytes = transport_offset_ - network_offset_;
    store16(ip + 10, wire::internet_checksum({ip, header_bytes}));
  }
  u8* transport = headers + transport_offset_;
  if (protocol_ == IpProtocol::tcp) {
    patch_tcp(transport, index);
  } else {
    store16(transport + 4, static_cast<u16>(wire::UdpHeader::size + payload_size(index)));
  }
  store16(headers + checksum_at(), 0);
}

// What must not be repeated in every segment: CWR belongs to the first (RFC 3168 section 6.1.2),
// FIN and PSH to the last, and the urgent pointer counts from each segment's own sequence number.
void SegmentCutter::patch_tcp(u8* tcp, u32 index) const {
  const u32 offset = index * segment_size_;
  store32(tcp + 4, load32(tcp + 4) + offset);
  auto flags = TcpFlags::from_bits(tcp[tcp_flags_at]);
  if (index > 0) flags = flags.without(TcpFlag::cwr);
  if (index + 1 < count_) flags = flags.without(TcpFlag::fin | TcpFlag::psh);
  if (flags.urg()) {
    const u32 urgent = load16(tcp + tcp_urgent_at);
    if (urgent <= offset && offset > 0) flags = flags.without(TcpFlag::urg);
    store16(tcp + tcp_urgent_at, static_cast<u16>(urgent > offset ? urgent - offset : 0));
  }
  tcp[tcp_flags_at] = flags.bits();
}

InternetChecksum SegmentCutter::pseudo_header(const u8* headers, u32 index) const {
  const u8* ip = headers + network_offset_;
  const u32 length = header_size_ - transport_offset_ + payload_size(index);
  if (ipv6_) {
    InternetChecksum sum;
    sum.add({ip + 8, 32}).add_u32(length).add_u32(static_cast<u8>(protocol_));
    return sum;
  }
  return wire::pseudo_header(Ipv4Address::load(ip + 12), Ipv4Address::load(ip + 16), protocol_,
                             length);
}

u32 SegmentCutter::checksum_at() const {
  const bool tcp = protocol_ == IpProtocol::tcp;
  return transport_offset_ +
         (tcp ? wire::TcpHeader::checksum_offset : wire::UdpHeader::checksum_offset);
}

u16 SegmentCutter::finish(const InternetChecksum& sum) const {
  return protocol_ == IpProtocol::udp ? sum.finish_udp() : sum.finish();
}

}  // namespace catenet
