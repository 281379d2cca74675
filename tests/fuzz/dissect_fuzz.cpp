// Frames as text: no bytes may crash a printer, make it print other than text, or make it print
// without bound; a frame cut short prints too. Cut as a super-segment, its wire frames are whole.
#include <cstdlib>

#include "catenet/trace/dissect.hpp"
#include "catenet/trace/offload.hpp"

#include "fuzz.hpp"

namespace catenet::dissect_fuzz {
namespace {

using fuzz::check;

void check_text(const std::string& text, std::size_t frame_size, bool newlines) {
  check(text.size() <= 2'000 + 8 * frame_size);
  for (const char c : text) check((c >= ' ' && c < 0x7f) || (newlines && c == '\n'));
}

void check_cut(ByteView frame, u16 segment_size) {
  PacketPool pool;
  Packet packet = pool.copy_of(frame);
  packet.meta().segment_size = segment_size;
  const SegmentCutter cutter(packet);
  std::vector<u8> scratch;
  for (u32 index = 0; index < cutter.count(); ++index) {
    const ByteView wire = cutter.wire_bytes(index, scratch);
    check(wire.size() == cutter.frame_size(index));
    const Packet cut = cutter.cut(index, pool);
    check(cut.size() == wire.size());
    std::vector<u8> bytes(cut.size());
    cut.copy_out(0, bytes);
    check(std::equal(bytes.begin(), bytes.end(), wire.begin()));
  }
}

}  // namespace

int run(const u8* data, std::size_t size) {
  if (size > 70'000) return 0;
  const ByteView frame(data, size);
  DissectOptions options;
  check_text(dissect_line(frame, options), size, false);
  options.link_header = true;
  options.original_size = static_cast<u32>(size) + 1000;
  check_text(dissect_line(frame, options), size, false);
  check_text(dissect_verbose(frame), size, true);
  check(hex_dump(frame).size() <= 80 * (size / 16 + 1));
  if (size > 0) check_cut(frame, static_cast<u16>(1 + data[size - 1]));
  return 0;
}

}  // namespace catenet::dissect_fuzz

FUZZ_TARGET(dissect_fuzz)
