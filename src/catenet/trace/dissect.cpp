#include "catenet/trace/dissect.hpp"

#include <algorithm>

#include "catenet/trace/print.hpp"

namespace catenet {

namespace {

// The most a line looks at: all headers and an error's quoted ones.
constexpr u32 line_bytes = 512;

}  // namespace

std::string dissect_line(ByteView frame, const DissectOptions& options) {
  std::string line;
  const u32 size = std::max(static_cast<u32>(frame.size()), options.original_size);
  print::ethernet(line, {frame, size}, options.link_header);
  return line;
}

std::string dissect_line(const Packet& frame, const DissectOptions& options) {
  DissectOptions whole = options;
  whole.original_size = frame.size();
  if (frame.linear()) return dissect_line(frame.linear_bytes(), whole);
  std::array<u8, line_bytes> head;
  const u32 held = std::min(line_bytes, frame.size());
  frame.copy_out(0, {head.data(), held});
  return dissect_line(ByteView(head).first(held), whole);
}

std::string hex_dump(ByteView bytes) {
  constexpr std::size_t row_size = 16;
  std::string out;
  for (std::size_t row = 0; row < bytes.size(); row += row_size) {
    const ByteView part = bytes.subspan(row, std::min(row_size, bytes.size() - row));
    std::string hex;
    std::string characters;
    for (std::size_t i = 0; i < part.size(); ++i) {
      print::put(hex, "{}{:02x}", i % 2 == 0 ? " " : "", part[i]);
      characters += part[i] > 0x20 && part[i] < 0x7f ? static_cast<char>(part[i]) : '.';
    }
    print::put(out, "0x{:04x}: {:<40}  {}\n", row, hex, characters);
  }
  return out;
}

}  // namespace catenet
