// Offloads, undone: completes deferred checksums and cuts super-segments into the wire frames they
// stand for. Links use it where frames must be seen one by one, captures to write what a wire would
// have carried. Read RFC 9293 section 3.1 (TCP header), RFC 1071 (checksum) and RFC 8200
// section 8.1 (pseudo-header).
#pragma once

#include <vector>

#include "catenet/packet/packet.hpp"
#include "catenet/wire/checksum.hpp"

namespace catenet {

// Finishes a deferred checksum in place, over all bytes from `checksum_start`; the state becomes
// `present`. Does nothing in any other state. A UDP checksum of zero becomes 0xffff (RFC 768).
// Super-segments are cut first.
void complete_checksum(Packet& frame);

// The wire frames that `frame` (from its Ethernet header; 802.1Q tags and IPv6 extension headers
// allowed) stands for. A frame that is no super-segment, or whose headers do not lead to TCP or
// UDP, stands for itself. The frame must outlive the cutter and keep its bytes.
class SegmentCutter {
 public:
  explicit SegmentCutter(const Packet& frame);

  // Wire frames, at least 1.
  u32 count() const { return count_; }
  // Bytes of all of them together.
  u32 total_size() const {
    return count_ == 1 ? frame_.size() : payload_total_ + count_ * header_size_;
  }
  // Bytes of wire frame `index`, from its Ethernet header, without FCS. Frame 0 is the longest.
  u32 frame_size(u32 index) const {
    return count_ == 1 ? frame_.size() : header_size_ + payload_size(index);
  }
  // Wire frame k of frame (origin, counter) is (origin, counter | k << 48): a capture, which only
  // looks, and a link, which cuts, name the same wire frame alike.
  FrameId id(u32 index) const;

  // Wire frame `index` as a packet from `pool`, of the frame's own shard: headers copied, slices
  // shared. Its checksum is deferred if and only if the super-segment's is.
  Packet cut(u32 index, PacketPool& pool) const;
  // The bytes of wire frame `index`, checksum completed: the frame's own where they are so already,
  // else a copy in `scratch`.
  ByteView wire_bytes(u32 index, std::vector<u8>& scratch) const;

 private:
  bool locate_transport();
  bool locate_after_ipv4(u32 at);
  bool locate_after_ipv6(u32 at);
  u32 payload_size(u32 index) const;
  Packet copy_headers_and_share_payload(u32 index, PacketPool& pool) const;
  // Turns a copy of the super-segment's headers into those of wire frame `index`, the transport
  // checksum left aside.
  void patch_headers(u8* headers, u32 index) const;
  void patch_tcp(u8* tcp, u32 index) const;
  wire::InternetChecksum pseudo_header(const u8* headers, u32 index) const;
  u32 checksum_at() const;
  u16 finish(const wire::InternetChecksum& sum) const;

  const Packet& frame_;
  u32 count_ = 1;
  u32 segment_size_ = 0;
  u32 payload_total_ = 0;
  u32 network_offset_ = 0;
  u32 transport_offset_ = 0;
  u32 header_size_ = 0;  // from the Ethernet header to the end of the transport header
  wire::IpProtocol protocol_{};
  bool ipv6_ = false;
};

// What a frame is on a wire: itself, or the frames that a super-segment stands for, each with its
// headers. Every counter of frames counts these, so that none depends on where segments are cut.
struct WireSize {
  u32 frames = 1;
  u32 bytes = 0;
};
WireSize wire_size_of_super_segment(const Packet& frame);
inline WireSize wire_size(const Packet& frame) {
  if (frame.meta().segment_size == 0) [[likely]]
    return {1, frame.size()};
  return wire_size_of_super_segment(frame);
}

// Calls emit(Packet) for each wire frame in order: a super-segment's segments, or a clone of any
// other frame.
template <typename Emit>
void segment_frame(const Packet& frame, PacketPool& pool, Emit&& emit) {
  const SegmentCutter cutter(frame);
  for (u32 index = 0; index < cutter.count(); ++index) emit(cutter.cut(index, pool));
}

}  // namespace catenet
