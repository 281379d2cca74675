// PcapngReader: the frames, interfaces, names and counts of a pcapng file, of either byte order and
// any timestamp resolution, bounds-checked. Blocks it does not know are passed over. Read
// draft-ietf-opsawg-pcapng.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "catenet/trace/capture_types.hpp"

namespace catenet {

// Reads a file that lies in memory; `file` must outlive the reader and the frames it gives.
class PcapngReader {
 public:
  // Whether `file` begins as a pcapng file does.
  static bool recognises(ByteView file);
  explicit PcapngReader(ByteView file) : file_(file) {}

  // The next frame, nothing at the end, or what is wrong and where. After an error every call gives
  // the same error.
  std::expected<std::optional<CapturedFrame>, CaptureError> next();

  // What has been read so far; complete once next() gave nothing. Interfaces are numbered over the
  // whole file: those of a second section follow those of the first.
  const std::vector<CaptureInterface>& interfaces() const { return interfaces_; }
  const std::vector<CapturedName>& names() const { return names_; }
  const std::vector<CapturedStatistics>& statistics() const { return statistics_; }
  // The section header's comment, hardware, operating system and application; of the last section.
  struct SectionText {
    std::string comment, hardware, os, application;
  };
  const SectionText& section() const { return section_; }

 private:
  struct Block {
    u32 type;
    u64 offset;  // of the block
    ByteView body;
  };
  struct Clock {
    u64 ticks_per_second = 1'000'000;
    i64 offset_s = 0;
  };
  using Frame = std::optional<CapturedFrame>;
  template <typename T>
  using Result = std::expected<T, CaptureError>;

  Result<std::optional<Block>> next_block();
  Result<Frame> read_block(const Block& block);
  Result<void> read_section(const Block& block);
  Result<void> read_interface(const Block& block);
  Result<void> read_names(const Block& block);
  Result<void> read_statistics(const Block& block);
  Result<Frame> read_enhanced_packet(const Block& block);
  Result<Frame> read_simple_packet(const Block& block);
  bool read_interface_option(u16 code, ByteView value, CaptureInterface& interface,
                             Clock& clock) const;
  bool read_frame_option(u16 code, ByteView value, CapturedFrame& frame) const;
  void add_names(const IpAddress& address, std::string_view text);
  // The interface whose number in this section stands at `at`, numbered over the whole file.
  Result<u32> interface_at(const u8* at, u64 offset) const;
  Result<i64> time_of(u32 interface, u64 ticks, u64 offset) const;
  // Calls visit(code, value) -> bool for each option from `at`; false when one is malformed or
  // visit refuses.
  template <typename Visit>
  Result<void> each_option(const Block& block, std::size_t at, Visit&& visit) const;
  u16 u16_at(const u8* at) const;
  u32 u32_at(const u8* at) const;
  u64 u64_at(const u8* at) const;

  ByteView file_;
  u64 position_ = 0;
  bool swapped_ = false;     // the section is big-endian
  u32 first_interface_ = 0;  // of the current section
  std::optional<CaptureError> error_;
  std::vector<CaptureInterface> interfaces_;
  std::vector<Clock> clocks_;
  std::vector<CapturedName> names_;
  std::vector<CapturedStatistics> statistics_;
  SectionText section_;
};

}  // namespace catenet
