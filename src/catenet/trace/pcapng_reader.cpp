#include "catenet/trace/pcapng_reader.hpp"

#include <algorithm>
#include <cstring>

#include "catenet/base/endian.hpp"
#include "catenet/trace/pcapng_format.hpp"

namespace catenet {

namespace {

using Kind = CaptureError::Kind;
using std::unexpected;

constexpr std::size_t block_header_size = 8;
constexpr std::size_t smallest_block = 12;

template <typename T>
T load_little(const u8* at) {
  return byte_swap(load_be<T>(at));
}

// Ticks a second of an if_tsresol value: a power of ten, or of two with the top bit; 0 where 64
// bits cannot hold it.
u64 ticks_per_second(u8 resolution) {
  const u32 exponent = resolution & 0x7f;
  if ((resolution & 0x80) != 0) return exponent < 64 ? u64{1} << exponent : 0;
  u64 ticks = 1;
  for (u32 i = 0; i < exponent; ++i) {
    if (ticks > UINT64_MAX / 10) return 0;
    ticks *= 10;
  }
  return ticks;
}

}  // namespace

bool PcapngReader::recognises(ByteView file) {
  return file.size() >= smallest_block && load32(file.data()) == pcapng::section_header_block;
}

u16 PcapngReader::u16_at(const u8* at) const {
  return swapped_ ? load16(at) : load_little<u16>(at);
}
u32 PcapngReader::u32_at(const u8* at) const {
  return swapped_ ? load32(at) : load_little<u32>(at);
}
u64 PcapngReader::u64_at(const u8* at) const {
  return swapped_ ? load64(at) : load_little<u64>(at);
}

auto PcapngReader::next() -> Result<Frame> {
  while (!error_) {
    const auto block = next_block();
    if (!block) {
      error_ = block.error();
    } else if (!*block) {
      return Frame{};
    } else {
      auto frame = read_block(**block);
      if (frame && *frame) return frame;
      if (!frame) error_ = frame.error();
    }
  }
  return unexpected(*error_);
}

// A section header says in its body which byte order its lengths are in, so that is looked at
// first.
auto PcapngReader::next_block() -> Result<std::optional<Block>> {
  const u64 offset = position_;
  const ByteView rest = file_.subspan(offset);
  if (rest.empty() && offset > 0) return std::nullopt;
  if (offset == 0 && !recognises(file_)) return unexpected(CaptureError{Kind::not_a_capture, 0});
  if (rest.size() < smallest_block) return unexpected(CaptureError{Kind::truncated, offset});
  const bool section = load32(rest.data()) == pcapng::section_header_block;
  if (section) {
    const u32 magic = load32(rest.data() + block_header_size);
    swapped_ = magic == pcapng::byte_order_magic;
    if (!swapped_ && byte_swap(magic) != pcapng::byte_order_magic) {
      return unexpected(CaptureError{Kind::bad_section, offset + block_header_size});
    }
  }
  const u32 length = u32_at(rest.data() + 4);
  if (length < smallest_block || length % 4 != 0) {
    return unexpected(CaptureError{Kind::bad_block_length, offset + 4});
  }
  if (length > rest.size()) return unexpected(CaptureError{Kind::truncated, offset});
  if (u32_at(rest.data() + length - 4) != length) {
    return unexpected(CaptureError{Kind::bad_block_length, offset + length - 4});
  }
  position_ += length;
  const ByteView body = rest.subspan(block_header_size, length - smallest_block);
  return Block{section ? pcapng::section_header_block : u32_at(rest.data()), offset, body};
}

auto PcapngReader::read_block(const Block& block) -> Result<Frame> {
  const auto no_frame = [](const Result<void>& done) -> Result<Frame> {
    if (!done) return unexpected(done.error());
    return Frame{};
  };
  switch (block.type) {
    case pcapng::section_header_block: return no_frame(read_section(block));
    case pcapng::interface_description_block: return no_frame(read_interface(block));
    case pcapng::name_resolution_block: return no_frame(read_names(block));
    case pcapng::interface_statistics_block: return no_frame(read_statistics(block));
    case pcapng::enhanced_packet_block: return read_enhanced_packet(block);
    case pcapng::simple_packet_block: return read_simple_packet(block);
    default: return Frame{};
  }
}

template <typename Visit>
auto PcapngReader::each_option(const Block& block, std::size_t at, Visit&& visit) const
    -> Result<void> {
  const ByteView body = block.body;
  while (at < body.size()) {
    const u64 offset = block.offset + block_header_size + at;
    if (body.size() - at < 4) return unexpected(CaptureError{Kind::bad_option, offset});
    const u16 code = u16_at(body.data() + at);
    const u16 length = u16_at(body.data() + at + 2);
    if (code == pcapng::opt_end) return {};
    at += 4;
    if (pcapng::padded(length) > body.size() - at || !visit(code, body.subspan(at, length))) {
      return unexpected(CaptureError{Kind::bad_option, offset});
    }
    at += pcapng::padded(length);
  }
  return {};
}

auto PcapngReader::read_section(const Block& block) -> Result<void> {
  constexpr std::size_t fixed = 16;
  if (block.body.size() < fixed) return unexpected(CaptureError{Kind::truncated, block.offset});
  const u16 major = u16_at(block.body.data() + 4);
  if (major != 1) return unexpected(CaptureError{Kind::bad_section, block.offset + 12});
  first_interface_ = static_cast<u32>(interfaces_.size());
  section_ = {};
  return each_option(block, fixed, [this](u16 code, ByteView value) {
    const std::string_view text = as_text(value);
    switch (code) {
      case pcapng::opt_comment: section_.comment = text; break;
      case pcapng::shb_hardware: section_.hardware = text; break;
      case pcapng::shb_os: section_.os = text; break;
      case pcapng::shb_userappl: section_.application = text; break;
      default: break;
    }
    return true;
  });
}

auto PcapngReader::read_interface(const Block& block) -> Result<void> {
  constexpr std::size_t fixed = 8;
  if (block.body.size() < fixed) return unexpected(CaptureError{Kind::truncated, block.offset});
  CaptureInterface interface;
  interface.link_type = static_cast<LinkType>(u16_at(block.body.data()));
  interface.snap_length = u32_at(block.body.data() + 4);
  Clock clock;
  const auto options = each_option(block, fixed, [&](u16 code, ByteView value) {
    return read_interface_option(code, value, interface, clock);
  });
  if (!options) return options;
  if (clock.ticks_per_second == 0) {
    return unexpected(CaptureError{Kind::bad_timestamp, block.offset});
  }
  interfaces_.push_back(std::move(interface));
  clocks_.push_back(clock);
  return {};
}

bool PcapngReader::read_interface_option(u16 code, ByteView value, CaptureInterface& interface,
                                         Clock& clock) const {
  const auto has = [&](std::size_t size) { return value.size() == size; };
  switch (code) {
    case pcapng::if_name: interface.name = as_text(value); return true;
    case pcapng::if_description: interface.description = as_text(value); return true;
    case pcapng::if_mac_addr:
      if (has(6)) interface.mac = MacAddress::load(value.data());
      return has(6);
    case pcapng::if_ipv4_addr: {
      if (!has(8)) return false;
      const auto mask = Ipv4Address::load(value.data() + 4).mask_length();
      interface.addresses.push_back(
          {Ipv4Address::load(value.data()), static_cast<u8>(mask.value_or(32))});
      return true;
    }
    case pcapng::if_ipv6_addr:
      if (!has(17) || value[16] > 128) return false;
      interface.addresses.push_back({Ipv6Address::load(value.data()), value[16]});
      return true;
    case pcapng::if_speed:
      if (has(8)) interface.speed_bits_per_s = u64_at(value.data());
      return has(8);
    case pcapng::if_tsresol:
      if (has(1)) clock.ticks_per_second = ticks_per_second(value[0]);
      return has(1);
    case pcapng::if_tsoffset:
      if (has(8)) clock.offset_s = static_cast<i64>(u64_at(value.data()));
      return has(8);
    default: return true;
  }
}

auto PcapngReader::read_names(const Block& block) -> Result<void> {
  const ByteView body = block.body;
  std::size_t at = 0;
  while (body.size() - at >= 4) {
    const u16 type = u16_at(body.data() + at);
    const u16 length = u16_at(body.data() + at + 2);
    if (type == pcapng::nrb_record_end) return {};
    at += 4;
    const u64 offset = block.offset + block_header_size + at;
    if (pcapng::padded(length) > body.size() - at) {
      return unexpected(CaptureError{Kind::bad_option, offset});
    }
    const ByteView value = body.subspan(at, length);
    const std::size_t address_size = type == pcapng::nrb_record_ipv4 ? 4 : 16;
    if (type == pcapng::nrb_record_ipv4 || type == pcapng::nrb_record_ipv6) {
      if (length < address_size) return unexpected(CaptureError{Kind::bad_option, offset});
      const IpAddress address = address_size == 4 ? IpAddress(Ipv4Address::load(value.data()))
                                                  : IpAddress(Ipv6Address::load(value.data()));
      add_names(address, as_text(value.subspan(address_size)));
    }
    at += pcapng::padded(length);
  }
  return {};
}

// A record may hold several names, each ended by a zero byte.
void PcapngReader::add_names(const IpAddress& address, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    if (end > 0) names_.push_back({address, std::string(text.substr(0, end))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

auto PcapngReader::time_of(u32 interface, u64 ticks, u64 offset) const -> Result<i64> {
  const Clock& clock = clocks_[interface];
  const u64 seconds = ticks / clock.ticks_per_second;
  const u64 rest = ticks % clock.ticks_per_second;
  // Exact: the fraction is below 1, so its nanoseconds fit 30 bits and the product 94.
  __extension__ using u128 = unsigned __int128;
  const auto ns = static_cast<i64>(u128{rest} * u128{ns_per_s} / clock.ticks_per_second);
  i64 total = 0;
  if (seconds > u64{INT64_MAX} ||
      __builtin_add_overflow(static_cast<i64>(seconds), clock.offset_s, &total) ||
      __builtin_mul_overflow(total, ns_per_s, &total) ||
      __builtin_add_overflow(total, ns, &total)) {
    return unexpected(CaptureError{Kind::bad_timestamp, offset});
  }
  return total;
}

auto PcapngReader::read_statistics(const Block& block) -> Result<void> {
  constexpr std::size_t fixed = 12;
  if (block.body.size() < fixed) return unexpected(CaptureError{Kind::truncated, block.offset});
  const u8* body = block.body.data();
  const auto interface = interface_at(body, block.offset);
  if (!interface) return unexpected(interface.error());
  const u64 ticks = u64{u32_at(body + 4)} << 32 | u32_at(body + 8);
  const auto time = time_of(*interface, ticks, block.offset);
  if (!time) return unexpected(time.error());
  CapturedStatistics counts{*interface, *time, {}, {}};
  const auto options = each_option(block, fixed, [&](u16 code, ByteView value) {
    if (code != pcapng::isb_ifrecv && code != pcapng::isb_ifdrop) return true;
    if (value.size() != 8) return false;
    (code == pcapng::isb_ifrecv ? counts.received : counts.dropped) = u64_at(value.data());
    return true;
  });
  if (options) statistics_.push_back(counts);
  return options;
}

auto PcapngReader::interface_at(const u8* at, u64 offset) const -> Result<u32> {
  const u32 number = u32_at(at);
  if (number >= interfaces_.size() - first_interface_) {
    return unexpected(CaptureError{Kind::unknown_interface, offset});
  }
  return first_interface_ + number;
}

auto PcapngReader::read_enhanced_packet(const Block& block) -> Result<Frame> {
  constexpr std::size_t fixed = 20;
  if (block.body.size() < fixed) return unexpected(CaptureError{Kind::truncated, block.offset});
  const u8* body = block.body.data();
  const auto interface = interface_at(body, block.offset);
  if (!interface) return unexpected(interface.error());
  const u64 ticks = u64{u32_at(body + 4)} << 32 | u32_at(body + 8);
  const auto time = time_of(*interface, ticks, block.offset);
  if (!time) return unexpected(time.error());
  const u32 size = u32_at(body + 12);
  if (size > longest_captured_frame)
    return unexpected(CaptureError{Kind::frame_too_long, block.offset});
  if (pcapng::padded(size) > block.body.size() - fixed) {
    return unexpected(CaptureError{Kind::bad_block_length, block.offset});
  }
  CapturedFrame frame;
  frame.interface = *interface;
  frame.time_ns = *time;
  frame.bytes = block.body.subspan(fixed, size);
  frame.original_size = u32_at(body + 16);
  frame.offset = block.offset;
  const std::size_t options_at = fixed + pcapng::padded(size);
  const auto options = each_option(block, options_at, [&](u16 code, ByteView value) {
    return read_frame_option(code, value, frame);
  });
  if (!options) return unexpected(options.error());
  return frame;
}

bool PcapngReader::read_frame_option(u16 code, ByteView value, CapturedFrame& frame) const {
  switch (code) {
    case pcapng::opt_comment:
      if (frame.comment.empty()) frame.comment = as_text(value);
      return true;
    case pcapng::epb_flags: {
      if (value.size() != 4) return false;
      const u32 flags = u32_at(value.data());
      frame.direction = static_cast<FrameDirection>((flags & 3) == 3 ? 0 : flags & 3);
      frame.faults = static_cast<u16>(flags >> 16);
      return true;
    }
    case pcapng::epb_packetid:
      if (value.size() != 8) return false;
      frame.packet_id = u64_at(value.data());
      return true;
    default: return true;
  }
}

// Has neither time nor interface: it is the section's first interface's, and as long as that one's
// snap length allows.
auto PcapngReader::read_simple_packet(const Block& block) -> Result<Frame> {
  constexpr std::size_t fixed = 4;
  if (block.body.size() < fixed) return unexpected(CaptureError{Kind::truncated, block.offset});
  if (first_interface_ >= interfaces_.size()) {
    return unexpected(CaptureError{Kind::unknown_interface, block.offset});
  }
  CapturedFrame frame;
  frame.interface = first_interface_;
  frame.original_size = u32_at(block.body.data());
  const u32 snap = interfaces_[first_interface_].snap_length;
  const u32 size = snap == 0 ? frame.original_size : std::min(snap, frame.original_size);
  if (size > longest_captured_frame)
    return unexpected(CaptureError{Kind::frame_too_long, block.offset});
  if (pcapng::padded(size) > block.body.size() - fixed) {
    return unexpected(CaptureError{Kind::bad_block_length, block.offset});
  }
  frame.bytes = block.body.subspan(fixed, size);
  frame.offset = block.offset;
  return frame;
}

}  // namespace catenet
