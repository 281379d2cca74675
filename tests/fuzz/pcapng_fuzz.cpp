// Capture files of either format: no input may crash a reader or give bytes outside the file, and
// what is read and written again reads the same.
#include <cstdlib>

#include "catenet/trace/pcap_file.hpp"
#include "catenet/trace/pcapng_writer.hpp"

#include "fuzz.hpp"

namespace catenet::pcapng_fuzz {
namespace {

using fuzz::check;

void check_inside(ByteView file, ByteView part) {
  if (part.empty()) return;
  check(part.data() >= file.data() && part.data() + part.size() <= file.data() + file.size());
}

std::vector<u8> write_again(const Capture& capture, i64 first_ns) {
  MemorySink sink;
  CaptureSection section;
  section.epoch = Duration::nanoseconds(first_ns);
  PcapngWriter writer(sink, section);
  for (CaptureInterface interface : capture.interfaces) {
    interface.snap_length = 0;
    writer.add_interface(interface);
  }
  writer.add_names(capture.names);
  for (const CapturedFrame& frame : capture.frames) {
    FrameMarks marks{frame.direction, frame.faults, frame.packet_id, {}};
    const auto time = Instant::at(Duration::nanoseconds(frame.time_ns - first_ns));
    writer.write_frame(frame.interface, time, frame.bytes, marks);
  }
  return sink.bytes();
}

}  // namespace

int run(const u8* data, std::size_t size) {
  const ByteView file(data, size);
  const auto capture = read_capture(file);
  if (!capture) {
    check(capture.error().offset <= size && !to_string(capture.error()).empty());
    return 0;
  }
  for (const CapturedFrame& frame : capture->frames) {
    check(frame.interface < capture->interfaces.size());
    check_inside(file, frame.bytes);
    check_inside(file, as_bytes(frame.comment));
    if (frame.time_ns < 0) return 0;  // before 1970: the writer does not go there
  }
  const i64 first_ns = capture->frames.empty() ? 0 : capture->frames.front().time_ns;
  const auto copy = write_again(*capture, first_ns);
  const auto again = read_capture(copy);
  check(again && again->frames.size() == capture->frames.size());
  check(again->interfaces.size() == capture->interfaces.size());
  for (std::size_t i = 0; i < again->frames.size(); ++i) {
    const CapturedFrame& a = capture->frames[i];
    const CapturedFrame& b = again->frames[i];
    check(a.time_ns == b.time_ns && a.packet_id == b.packet_id && a.faults == b.faults);
    check(a.bytes.size() == b.bytes.size());
    check(std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin()));
  }
  return 0;
}

}  // namespace catenet::pcapng_fuzz

FUZZ_TARGET(pcapng_fuzz)
