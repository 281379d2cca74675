// SegmentMerger: wire frames that follow each other in one TCP stream, held together so that the
// kernel gets them in one call, as the super-segment they might have been. What is merged is what
// the kernel's own receive offload merges, and cutting it again gives the same frames. Read the
// kernel's Documentation/networking/segmentation-offloads.rst, "Generic Receive Offload".
#pragma once

#include <array>
#include <sys/uio.h>
#include <vector>

#include "catenet/os/vnet_header.hpp"
#include "catenet/packet/packet.hpp"

namespace catenet::os {

class SegmentMerger {
 public:
  // Takes `frame` if it goes on with what is held, or if nothing is held and another may go on with
  // it. False: it is none of those, and is left as it was.
  bool take(Packet& frame);
  bool empty() const { return frames_.empty(); }
  // Nothing can follow what is held.
  bool complete() const { return complete_; }

  // What is held as one super-segment, or as the frame that it is, for writev(2): good until
  // anything else is called.
  std::vector<iovec>& gather();
  std::vector<Packet>& held() { return frames_; }
  void clear();

 private:
  // Where a frame's headers lie, and what of its TCP header tells whether another goes on with it.
  struct Segment {
    u32 network = 0;    // where the IP header begins
    u32 transport = 0;  // where the TCP header begins
    u32 headers = 0;    // bytes of all headers
    u32 payload = 0;
    u32 sequence = 0;
    bool v6 = false;
    bool pushed = false;
  };
  static bool parse(const Packet& frame, Segment& into);
  bool follows(const Packet& frame, const Segment& segment) const;
  void write_headers();

  // Headers of Ethernet, IPv6 and TCP with all its options.
  static constexpr std::size_t most_headers = 14 + 40 + 60;
  static constexpr std::size_t most_frames = 64;
  std::vector<Packet> frames_;
  Segment first_;
  u32 payload_ = 0;  // of all that is held
  bool complete_ = false;
  VnetHeader vnet_;
  std::array<u8, most_headers> headers_{};
  std::vector<iovec> runs_;
};

}  // namespace catenet::os
