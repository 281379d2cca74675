#include "catenet/os/vnet_header.hpp"

#include "catenet/base/endian.hpp"
#include "catenet/wire/ethernet.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::os {
namespace {

// The type behind the tags, and where the packet begins.
struct Network {
  wire::EtherType type{};
  u32 at = 0;
};
Network network_of(const Packet& frame) {
  using wire::EtherType;
  u32 type_at = 12;
  for (;;) {
    if (type_at + 2 > frame.linear_size()) return {};
    const auto type = static_cast<EtherType>(load16(frame.data() + type_at));
    if (type != EtherType::vlan && type != EtherType::provider_vlan) return {type, type_at + 2};
    type_at += wire::ethernet::vlan_tag_size;
  }
}

// From the start of the frame to the end of its TCP header, as a hint.
u16 header_size(const Packet& frame) {
  const u32 tcp = frame.meta().checksum_start;
  constexpr u32 data_offset_at = 12;
  if (tcp + data_offset_at >= frame.linear_size()) return 0;
  return static_cast<u16>(tcp + (frame.data()[tcp + data_offset_at] >> 4) * 4u);
}

}  // namespace

bool kernel_can_cut(const Packet& frame) {
  const PacketMeta& meta = frame.meta();
  const auto type = network_of(frame).type;
  return meta.checksum == ChecksumState::deferred &&
         meta.checksum_offset == wire::TcpHeader::checksum_offset &&
         (type == wire::EtherType::ipv4 || type == wire::EtherType::ipv6);
}

VnetHeader vnet_header_of(const Packet& frame) {
  const PacketMeta& meta = frame.meta();
  VnetHeader header;
  if (meta.checksum == ChecksumState::deferred) {
    header.flags = VnetHeader::needs_checksum;
    header.checksum_start = meta.checksum_start;
    header.checksum_offset = meta.checksum_offset;
  } else if (meta.checksum == ChecksumState::verified) {
    header.flags = VnetHeader::checksum_was_right;
  }
  if (meta.segment_size == 0) return header;
  const bool v4 = network_of(frame).type == wire::EtherType::ipv4;
  header.cut = static_cast<u8>(v4 ? VnetHeader::Cut::tcp4 : VnetHeader::Cut::tcp6);
  header.segment_size = meta.segment_size;
  header.header_size = header_size(frame);
  constexpr u32 flags_at = 13;
  const auto flags = wire::TcpFlags::from_bits(frame.data()[meta.checksum_start + flags_at]);
  if (flags.cwr()) header.cut |= VnetHeader::ecn;
  return header;
}

bool apply_vnet_header(const VnetHeader& header, Packet& frame) {
  PacketMeta& meta = frame.meta();
  if ((header.flags & VnetHeader::needs_checksum) != 0) {
    if (u32{header.checksum_start} + header.checksum_offset + 2 > frame.linear_size()) return false;
    meta.checksum = ChecksumState::deferred;
    meta.checksum_start = header.checksum_start;
    meta.checksum_offset = header.checksum_offset;
  } else if ((header.flags & VnetHeader::checksum_was_right) != 0) {
    meta.checksum = ChecksumState::verified;
  }
  using Cut = VnetHeader::Cut;
  const auto cut = static_cast<Cut>(header.cut & ~VnetHeader::ecn);
  if (cut == Cut::no) return true;
  if (cut != Cut::tcp4 && cut != Cut::tcp6) return false;
  if (header.segment_size == 0 || meta.checksum != ChecksumState::deferred) return false;
  meta.segment_size = header.segment_size;
  return true;
}

}  // namespace catenet::os
