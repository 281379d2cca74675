// Classic pcap files: a reader for either byte order with microseconds or nanoseconds, and a writer
// (little-endian, nanoseconds). For exchange with tools that know no pcapng. Read
// draft-ietf-opsawg-pcap.
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include "catenet/trace/byte_sink.hpp"
#include "catenet/trace/capture_types.hpp"

namespace catenet {

class PcapReader {
 public:
  static bool recognises(ByteView file);
  // Reads the file header. `file` must outlive the reader and the frames it gives.
  static std::expected<PcapReader, CaptureError> open(ByteView file);

  // The next frame, nothing at the end, or what is wrong and where.
  std::expected<std::optional<CapturedFrame>, CaptureError> next();

  LinkType link_type() const { return link_type_; }
  u32 snap_length() const { return snap_length_; }

 private:
  explicit PcapReader(ByteView file) : file_(file) {}
  u32 u32_at(u64 offset) const;

  ByteView file_;
  u64 position_ = 0;
  bool big_endian_ = false;
  bool nanoseconds_ = false;
  LinkType link_type_ = LinkType::ethernet;
  u32 snap_length_ = 0;
};

class PcapWriter {
 public:
  // Writes the file header at once. `snap_length` in bytes; 0 keeps all of each frame.
  explicit PcapWriter(ByteSink& sink, LinkType link_type = LinkType::ethernet, u32 snap_length = 0);
  // `time_ns` since 1970-01-01 00:00 UTC; the format holds 0 to 2^32 - 1 seconds, times outside are
  // held to that.
  void write_frame(i64 time_ns, ByteView frame);

 private:
  ByteSink& sink_;
  u32 snap_length_;
  std::vector<u8> record_;
};

// A whole capture of either format. Views inside point into the file's bytes.
struct Capture {
  std::vector<CaptureInterface> interfaces;
  std::vector<CapturedFrame> frames;
  std::vector<CapturedName> names;
  std::vector<CapturedStatistics> statistics;
};
std::expected<Capture, CaptureError> read_capture(ByteView file);

}  // namespace catenet
