// PcapngWriter: captures as pcapng, one file a lab, one interface a port, nanoseconds. The same run
// gives the same bytes. Read draft-ietf-opsawg-pcapng (the format) for the block and option
// numbers.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/packet/packet.hpp"
#include "catenet/trace/byte_sink.hpp"
#include "catenet/trace/capture_types.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

// What the file says of itself; nothing that depends on the machine. Empty strings are not written.
struct CaptureSection {
  std::string hardware = "Catenet virtual network";
  std::string os = "Catenet";
  std::string application = "catenet";
  std::string comment;  // "lab first, seed 1, catenet 0.1.0"
  // What 0 s of the lab is in the file, since 1970-01-01 00:00 UTC. The default, 2000-01-01, leaves
  // room for the seconds before 0 s and shows the lab's clock as the time of day. Times before 1970
  // are written as 1970.
  Duration epoch = Duration::seconds(946'684'800);
};

// The marks of one frame.
struct FrameMarks {
  FrameDirection direction = FrameDirection::unknown;
  u16 faults = fault_none;  // LinkFault bits
  std::optional<u64> packet_id;
  std::optional<Drop> drop;  // written as a comment: "dropped: queue_full — the queue was full"
};

// Interfaces must be added before their frames; blocks come out in the order of the calls, each as
// one write to the sink.
class PcapngWriter {
 public:
  // Writes the section header at once. `sink` must outlive the writer.
  PcapngWriter(ByteSink& sink, const CaptureSection& section);

  // The interface's number in the file, from 0.
  u32 add_interface(const CaptureInterface& interface);
  // Name resolution records, so that readers show hosts by name. May come at any point and more
  // than once.
  void add_names(std::span<const CapturedName> names);
  // TLS secrets in the form of SSLKEYLOGFILE lines; must come before the frames they open.
  void add_tls_secrets(std::string_view key_log_lines);

  // One frame whose bytes are as on the wire.
  void write_frame(u32 interface, Instant time, ByteView frame, const FrameMarks& marks);
  // One frame as a stack holds it: a super-segment or a deferred checksum is written as the wire
  // frames it stands for, with ids of their own where `marks` has none. The packet stays as it is.
  void write_frame(u32 interface, Instant time, const Packet& frame, const FrameMarks& marks);
  // What the interface counted; at the end of a file.
  void write_statistics(u32 interface, Instant time, u64 received, u64 dropped);

  u64 frames_written() const { return frames_; }
  u64 bytes_written() const { return bytes_; }

 private:
  void begin_block(u32 type);
  void end_block();
  template <typename T>
  void put(T value);
  void put_u16(u16 value);
  void put_u32(u32 value);
  void put_u64(u64 value);
  void put_time(Instant time);
  void put_bytes_padded(ByteView bytes);
  void put_option(u16 code, ByteView value);
  void put_option(u16 code, std::string_view text);  // nothing when empty
  void put_option(u16 code, u32 value);
  void put_option(u16 code, u64 value);
  void put_interface_address(const InterfacePrefix& own);
  void put_marks(const FrameMarks& marks);
  void end_options();

  ByteSink& sink_;
  i64 epoch_ns_;
  std::vector<u32> snap_lengths_;  // by interface; 0: all
  std::vector<u8> block_;          // the block being built
  std::vector<u8> wire_;           // a wire frame cut from a super-segment
  std::string comment_;
  u64 frames_ = 0;
  u64 bytes_ = 0;
};

}  // namespace catenet
