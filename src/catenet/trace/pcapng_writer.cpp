#include "catenet/trace/pcapng_writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/core.h>

#include "catenet/base/assert.hpp"
#include "catenet/base/endian.hpp"
#include "catenet/base/text.hpp"
#include "catenet/trace/offload.hpp"
#include "catenet/trace/pcapng_format.hpp"

namespace catenet {

namespace {

// The file is little-endian on every machine.
template <typename T>
T little_endian(T value) {
  return byte_swap(network_order(value));
}

constexpr std::size_t longest_option = 0xffff;

u32 epb_flags_of(const FrameMarks& marks) {
  return static_cast<u32>(marks.direction) | u32{marks.faults} << 16;
}

}  // namespace

PcapngWriter::PcapngWriter(ByteSink& sink, const CaptureSection& section)
    : sink_(sink), epoch_ns_(section.epoch.ns()) {
  block_.reserve(2048);
  begin_block(pcapng::section_header_block);
  put_u32(pcapng::byte_order_magic);
  put_u16(1);  // version 1.0
  put_u16(0);
  put_u64(~u64{0});  // section length not given: the file may be read while it grows
  put_option(pcapng::opt_comment, section.comment);
  put_option(pcapng::shb_hardware, section.hardware);
  put_option(pcapng::shb_os, section.os);
  put_option(pcapng::shb_userappl, section.application);
  end_options();
  end_block();
}

u32 PcapngWriter::add_interface(const CaptureInterface& interface) {
  begin_block(pcapng::interface_description_block);
  put_u16(static_cast<u16>(interface.link_type));
  put_u16(0);
  put_u32(interface.snap_length);
  put_option(pcapng::if_name, interface.name);
  put_option(pcapng::if_description, interface.description);
  for (const InterfacePrefix& own : interface.addresses) put_interface_address(own);
  if (interface.mac) put_option(pcapng::if_mac_addr, ByteView(interface.mac->bytes()));
  if (interface.speed_bits_per_s != 0) put_option(pcapng::if_speed, interface.speed_bits_per_s);
  const std::array<u8, 1> nanoseconds = {9};
  put_option(pcapng::if_tsresol, nanoseconds);
  end_options();
  end_block();
  snap_lengths_.push_back(interface.snap_length);
  return static_cast<u32>(snap_lengths_.size() - 1);
}

void PcapngWriter::put_interface_address(const InterfacePrefix& own) {
  std::array<u8, 17> value{};
  if (own.address.is_v4()) {
    own.address.v4().store(value.data());
    Ipv4Address::mask(own.length).store(value.data() + 4);
    put_option(pcapng::if_ipv4_addr, ByteView(value).first(8));
  } else {
    std::ranges::copy(own.address.bytes(), value.begin());
    value[16] = own.length;
    put_option(pcapng::if_ipv6_addr, value);
  }
}

void PcapngWriter::add_names(std::span<const CapturedName> names) {
  begin_block(pcapng::name_resolution_block);
  for (const CapturedName& entry : names) {
    const ByteView address = entry.address.bytes();
    const std::string_view name = std::string_view(entry.name).substr(0, 255);
    if (name.empty()) continue;
    put_u16(entry.address.is_v4() ? pcapng::nrb_record_ipv4 : pcapng::nrb_record_ipv6);
    put_u16(static_cast<u16>(address.size() + name.size() + 1));
    block_.insert(block_.end(), address.begin(), address.end());
    block_.insert(block_.end(), name.begin(), name.end());
    block_.push_back(0);
    block_.resize(pcapng::padded(block_.size()));
  }
  put_u16(pcapng::nrb_record_end);
  put_u16(0);
  end_block();
}

void PcapngWriter::add_tls_secrets(std::string_view key_log_lines) {
  begin_block(pcapng::decryption_secrets_block);
  put_u32(pcapng::tls_key_log);
  put_u32(static_cast<u32>(key_log_lines.size()));
  put_bytes_padded(as_bytes(key_log_lines));
  end_block();
}

void PcapngWriter::write_frame(u32 interface, Instant time, ByteView frame,
                               const FrameMarks& marks) {
  CATENET_ASSERT(interface < snap_lengths_.size());
  const u32 snap = snap_lengths_[interface];
  const std::size_t kept = snap == 0 ? frame.size() : std::min<std::size_t>(snap, frame.size());
  begin_block(pcapng::enhanced_packet_block);
  put_u32(interface);
  put_time(time);
  put_u32(static_cast<u32>(kept));
  put_u32(static_cast<u32>(frame.size()));
  put_bytes_padded(frame.first(kept));
  put_marks(marks);
  end_block();
  ++frames_;
}

void PcapngWriter::write_frame(u32 interface, Instant time, const Packet& frame,
                               const FrameMarks& marks) {
  const SegmentCutter cutter(frame);
  FrameMarks own = marks;
  for (u32 index = 0; index < cutter.count(); ++index) {
    const ByteView wire = cutter.wire_bytes(index, wire_);
    if (!marks.packet_id) own.packet_id = packet_id(cutter.id(index));
    write_frame(interface, time, wire, own);
  }
}

void PcapngWriter::write_statistics(u32 interface, Instant time, u64 received, u64 dropped) {
  CATENET_ASSERT(interface < snap_lengths_.size());
  begin_block(pcapng::interface_statistics_block);
  put_u32(interface);
  put_time(time);
  put_option(pcapng::isb_ifrecv, received);
  put_option(pcapng::isb_ifdrop, dropped);
  end_options();
  end_block();
}

void PcapngWriter::put_marks(const FrameMarks& marks) {
  if (marks.drop) {
    comment_.clear();
    append_format(comment_, "dropped: {} — {}", drop_name(*marks.drop), drop_text(*marks.drop));
    put_option(pcapng::opt_comment, comment_);
  }
  if (const u32 flags = epb_flags_of(marks); flags != 0) put_option(pcapng::epb_flags, flags);
  if (marks.packet_id) put_option(pcapng::epb_packetid, *marks.packet_id);
  end_options();
}

void PcapngWriter::begin_block(u32 type) {
  block_.clear();
  put_u32(type);
  put_u32(0);  // the length, known at the end
}

void PcapngWriter::end_block() {
  const u32 length = static_cast<u32>(block_.size() + 4);
  put_u32(length);
  const u32 stored = little_endian(length);
  std::memcpy(block_.data() + 4, &stored, sizeof stored);
  sink_.write(block_);
  bytes_ += length;
}

template <typename T>
void PcapngWriter::put(T value) {
  const T stored = little_endian(value);
  const std::size_t at = block_.size();
  block_.resize(at + sizeof stored);
  std::memcpy(block_.data() + at, &stored, sizeof stored);
}

void PcapngWriter::put_u16(u16 value) { put(value); }
void PcapngWriter::put_u32(u32 value) { put(value); }
void PcapngWriter::put_u64(u64 value) { put(value); }

void PcapngWriter::put_time(Instant time) {
  const u64 ticks = static_cast<u64>(std::max<i64>(0, epoch_ns_ + time.ns()));
  put_u32(static_cast<u32>(ticks >> 32));
  put_u32(static_cast<u32>(ticks));
}

void PcapngWriter::put_bytes_padded(ByteView bytes) {
  const std::size_t at = block_.size();
  block_.resize(at + pcapng::padded(bytes.size()));
  if (!bytes.empty()) std::memcpy(block_.data() + at, bytes.data(), bytes.size());
}

void PcapngWriter::put_option(u16 code, ByteView value) {
  value = value.first(std::min(value.size(), longest_option));
  put_u16(code);
  put_u16(static_cast<u16>(value.size()));
  put_bytes_padded(value);
}

void PcapngWriter::put_option(u16 code, std::string_view text) {
  if (!text.empty()) put_option(code, as_bytes(text));
}

void PcapngWriter::put_option(u16 code, u32 value) {
  put_u16(code);
  put_u16(sizeof value);
  put_u32(value);
}

void PcapngWriter::put_option(u16 code, u64 value) {
  put_u16(code);
  put_u16(sizeof value);
  put_u64(value);
}

void PcapngWriter::end_options() {
  put_u16(pcapng::opt_end);
  put_u16(0);
}

}  // namespace catenet
