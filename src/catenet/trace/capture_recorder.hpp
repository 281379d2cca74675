// CaptureRecorder: writes the frames that pass chosen ports to a pcapng file. A frame that ends is
// marked with the reason.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "catenet/base/ring.hpp"
#include "catenet/trace/pcapng_writer.hpp"
#include "catenet/trace/recorder.hpp"

namespace catenet {

// Each wire frame a port sent or received is one record, named by its FrameId. A drop marks one
// record: that of the very arrival or departure which it ends (PacketMeta::passage), where that is
// of the same instant. Any other drop is a record of its own: a later one (a reassembly that timed
// out), or of a frame that never passed the port (one that no neighbour could be found for, a copy
// made by the link, one with a wrong FCS). Records are therefore held back until the clock moves on
// or `flush` is called.
class CaptureRecorder final : public Recorder {
 public:
  // Whether a frame is kept, by its wire bytes; an empty one keeps all.
  using Filter = std::function<bool(ByteView frame)>;

  // Writes the section header at once. `sink` must outlive the recorder.
  CaptureRecorder(ByteSink& sink, const CaptureSection& section) : writer_(sink, section) {}
  CaptureRecorder(const CaptureRecorder&) = delete;
  CaptureRecorder& operator=(const CaptureRecorder&) = delete;
  ~CaptureRecorder() override { flush(); }

  // Captures at `port`; frames of ports that were not added are left out. Unless `promiscuous`, so
  // are those that came in for stations other than the interface's MAC.
  void add_port(PortId port, const CaptureInterface& interface, bool promiscuous = true);
  void add_names(std::span<const CapturedName> names) { writer_.add_names(names); }
  void set_filter(Filter filter) { filter_ = std::move(filter); }

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override;
  // Notes are not frames; a capture leaves them out.
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  // Writes what is held back, as a live reader wants it.
  void flush();
  // Writes what is held back and each interface's counts. Once, at the end of the run.
  void finish(Instant now);

  const PcapngWriter& writer() const { return writer_; }

 private:
  struct Port {
    static constexpr u32 not_captured = ~u32{0};
    u32 interface = not_captured;
    u64 received = 0;
    u64 dropped = 0;
    std::optional<MacAddress> only_for;
    bool keeps(FrameDirection direction, const Packet& frame) const;
  };
  // Which wire frame at which port, and which of its times there.
  struct Passage {
    PortId port = 0;
    u32 number = 0;
    FrameId id;
    bool operator==(const Passage&) const = default;
  };
  // A wire frame that may yet be marked.
  struct Held {
    Passage passage;
    FrameMarks marks;
    std::vector<u8> bytes;
  };

  void hold(const Passage& passage, ByteView wire, const FrameMarks& marks);
  bool mark_held(const Passage& passage, Drop reason);
  void make_room_for(std::size_t frames);
  void write_oldest();

  PcapngWriter writer_;
  std::vector<Port> ports_;  // by PortId
  Filter filter_;
  Instant held_at_;
  Ring<Held> held_;
  std::vector<Held> spares_;  // for their memory
  std::vector<u8> scratch_;
};

}  // namespace catenet
