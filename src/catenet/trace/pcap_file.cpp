#include "catenet/trace/pcap_file.hpp"

#include <algorithm>
#include <cstring>

#include "catenet/base/endian.hpp"
#include "catenet/trace/pcapng_reader.hpp"

namespace catenet {

namespace {

using Kind = CaptureError::Kind;
using std::unexpected;

constexpr u32 magic_microseconds = 0xa1b2c3d4;
constexpr u32 magic_nanoseconds = 0xa1b23c4d;
constexpr u64 file_header_size = 24;
constexpr u64 record_header_size = 16;

bool is_magic(u32 word) { return word == magic_microseconds || word == magic_nanoseconds; }

void store_little(u8* at, u32 value) { store32(at, byte_swap(value)); }

}  // namespace

bool PcapReader::recognises(ByteView file) {
  if (file.size() < 4) return false;
  const u32 magic = load32(file.data());
  return is_magic(magic) || is_magic(byte_swap(magic));
}

std::expected<PcapReader, CaptureError> PcapReader::open(ByteView file) {
  if (!recognises(file)) return unexpected(CaptureError{Kind::not_a_capture, 0});
  if (file.size() < file_header_size) return unexpected(CaptureError{Kind::truncated, 0});
  PcapReader reader(file);
  const u32 magic = load32(file.data());
  reader.big_endian_ = is_magic(magic);
  reader.nanoseconds_ = reader.u32_at(0) == magic_nanoseconds;
  const u32 version = reader.u32_at(4);  // major and minor, one half each
  const u32 major = reader.big_endian_ ? version >> 16 : version & 0xffff;
  if (major != 2) return unexpected(CaptureError{Kind::bad_section, 4});
  reader.snap_length_ = reader.u32_at(16);
  // The upper bits say how long an FCS is; the lower 16 are the link type.
  reader.link_type_ = static_cast<LinkType>(reader.u32_at(20) & 0xffff);
  reader.position_ = file_header_size;
  return reader;
}

u32 PcapReader::u32_at(u64 offset) const {
  const u32 value = load32(file_.data() + offset);
  return big_endian_ ? value : byte_swap(value);
}

std::expected<std::optional<CapturedFrame>, CaptureError> PcapReader::next() {
  const u64 left = file_.size() - position_;
  if (left == 0) return std::nullopt;
  if (left < record_header_size) return unexpected(CaptureError{Kind::truncated, position_});
  const u32 fraction = u32_at(position_ + 4);
  const u32 size = u32_at(position_ + 8);
  if (size > longest_captured_frame) {
    return unexpected(CaptureError{Kind::frame_too_long, position_ + 8});
  }
  if (size > left - record_header_size) return unexpected(CaptureError{Kind::truncated, position_});
  CapturedFrame frame;
  frame.time_ns =
      u32_at(position_) * ns_per_s + (nanoseconds_ ? i64{fraction} : i64{fraction} * 1000);
  frame.bytes = file_.subspan(position_ + record_header_size, size);
  frame.original_size = u32_at(position_ + 12);
  frame.offset = position_;
  position_ += record_header_size + size;
  return frame;
}

PcapWriter::PcapWriter(ByteSink& sink, LinkType link_type, u32 snap_length)
    : sink_(sink), snap_length_(snap_length) {
  u8 header[file_header_size] = {};
  store_little(header, magic_nanoseconds);
  header[4] = 2;  // version 2.4
  header[6] = 4;
  store_little(header + 16, snap_length == 0 ? longest_captured_frame : snap_length);
  store_little(header + 20, static_cast<u32>(link_type));
  sink_.write(header);
}

void PcapWriter::write_frame(i64 time_ns, ByteView frame) {
  constexpr i64 last = i64{UINT32_MAX} * ns_per_s + ns_per_s - 1;
  const i64 time = std::clamp<i64>(time_ns, 0, last);
  const std::size_t kept = std::min<std::size_t>(
      frame.size(), snap_length_ == 0 ? longest_captured_frame : snap_length_);
  record_.resize(record_header_size + kept);
  store_little(record_.data(), static_cast<u32>(time / ns_per_s));
  store_little(record_.data() + 4, static_cast<u32>(time % ns_per_s));
  store_little(record_.data() + 8, static_cast<u32>(kept));
  store_little(record_.data() + 12, static_cast<u32>(frame.size()));
  if (kept > 0) std::memcpy(record_.data() + record_header_size, frame.data(), kept);
  sink_.write(record_);
}

namespace {

std::expected<Capture, CaptureError> read_pcap(ByteView file) {
  auto reader = PcapReader::open(file);
  if (!reader) return unexpected(reader.error());
  Capture capture;
  CaptureInterface interface;
  interface.link_type = reader->link_type();
  interface.snap_length = reader->snap_length();
  capture.interfaces.push_back(std::move(interface));
  for (;;) {
    auto frame = reader->next();
    if (!frame) return unexpected(frame.error());
    if (!*frame) return capture;
    capture.frames.push_back(**frame);
  }
}

std::expected<Capture, CaptureError> read_pcapng(ByteView file) {
  PcapngReader reader(file);
  Capture capture;
  for (;;) {
    auto frame = reader.next();
    if (!frame) return unexpected(frame.error());
    if (!*frame) break;
    capture.frames.push_back(**frame);
  }
  capture.interfaces = reader.interfaces();
  capture.names = reader.names();
  capture.statistics = reader.statistics();
  return capture;
}

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::not_a_capture: return "neither pcapng nor pcap";
    case Kind::truncated: return "the file ends in the middle of a block or record";
    case Kind::bad_block_length: return "a block's length makes no sense";
    case Kind::bad_option: return "an option is malformed";
    case Kind::bad_section: return "unknown byte order or version";
    case Kind::unknown_interface: return "a frame of an interface that was not described";
    case Kind::frame_too_long: return "a frame longer than any link carries";
    case Kind::bad_timestamp: return "a time or time resolution that 64 bits cannot hold";
  }
  return "unknown error";
}

}  // namespace

std::expected<Capture, CaptureError> read_capture(ByteView file) {
  return PcapngReader::recognises(file) ? read_pcapng(file) : read_pcap(file);
}

std::string to_string(const CaptureError& error) {
  return std::string(kind_text(error.kind)) + " (at byte " + std::to_string(error.offset) + ")";
}

}  // namespace catenet
