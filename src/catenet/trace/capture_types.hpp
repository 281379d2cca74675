// What capture files hold, whichever format they are in: interfaces, frames with their marks,
// names, counts; and the error that says where a file stops making sense.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/base/types.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// The numbers of the tcpdump project's link-type registry.
enum class LinkType : u16 { null = 0, ethernet = 1, token_ring = 6, raw_ip = 101, linux_sll = 113 };

// Bytes that libpcap takes of one frame, from any link type we know.
inline constexpr u32 longest_captured_frame = 256 * 1024;
inline constexpr i64 ns_per_s = 1'000'000'000;

// A port, as a capture describes it.
struct CaptureInterface {
  std::string name;         // "alice:eth0"
  std::string description;  // for people; may be empty
  std::optional<MacAddress> mac;
  std::vector<InterfacePrefix> addresses;
  u64 speed_bits_per_s = 0;  // 0: not limited, not written
  LinkType link_type = LinkType::ethernet;
  u32 snap_length = 0;  // bytes kept of a frame; 0: all
  bool operator==(const CaptureInterface&) const = default;
};

// Which way a frame went, as epb_flags tells it.
enum class FrameDirection : u8 { unknown = 0, inbound = 1, outbound = 2 };

// Link-layer faults, the bits of epb_flags from bit 16 on.
enum LinkFault : u16 {
  fault_none = 0,
  fault_crc = 1u << 8,               // bit 24 of epb_flags
  fault_too_long = 1u << 9,          // bit 25
  fault_too_short = 1u << 10,        // bit 26
  fault_wrong_gap = 1u << 11,        // bit 27
  fault_unaligned = 1u << 12,        // bit 28
  fault_start_delimiter = 1u << 13,  // bit 29
  fault_preamble = 1u << 14,         // bit 30
  fault_symbol = 1u << 15,           // bit 31
};

// One frame of a file. Views last as long as the file's bytes.
struct CapturedFrame {
  u32 interface = 0;
  i64 time_ns = 0;  // since 1970-01-01 00:00 UTC
  ByteView bytes;
  u32 original_size = 0;  // before cutting to the snap length
  FrameDirection direction = FrameDirection::unknown;
  u16 faults = fault_none;
  std::optional<u64> packet_id;
  std::string_view comment;  // empty: none
  u64 offset = 0;            // of its block in the file
};

struct CapturedName {
  IpAddress address;
  std::string name;
  bool operator==(const CapturedName&) const = default;
};

struct CapturedStatistics {
  u32 interface = 0;
  i64 time_ns = 0;
  std::optional<u64> received;
  std::optional<u64> dropped;
};

// The 64 bits that name a frame in a file: the same at every port the frame passes.
constexpr u64 packet_id(FrameId id) {
  return mix64(mix64(u64{id.origin} + 0x9e3779b97f4a7c15ull) + id.counter);
}

struct CaptureError {
  enum class Kind : u8 {
    not_a_capture,      // the magic number is no format we know
    truncated,          // the file ends inside a header or block
    bad_block_length,   // a block's two lengths differ, or cannot be
    bad_option,         // an option runs over its block
    bad_section,        // byte order or version unknown
    unknown_interface,  // a frame names an interface that was not described
    frame_too_long,     // more bytes than any frame has
    bad_timestamp,      // a resolution or time that does not fit 64 bits of nanoseconds
  };
  Kind kind;
  u64 offset;  // bytes from the start of the file
};
// "an option is malformed (at byte 32)".
std::string to_string(const CaptureError& error);

}  // namespace catenet
