// PacketCounter: counts the wire frames that an expectation asks about.
#pragma once

#include <functional>
#include <vector>

#include "catenet/lab/network.hpp"
#include "catenet/trace/recorder.hpp"

namespace catenet::lab {

class PacketCounter final : public Recorder {
 public:
  using Filter = std::function<bool(ByteView frame)>;

  // Of a link: frames sent into it at either end. Of a node or port: frames it sent or received. An
  // empty filter takes every frame.
  PacketCounter(const Network& network, const PlanTarget& target, Filter filter);

  u64 count() const { return count_; }

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override;
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

 private:
  std::vector<bool> ports_;  // by PortId: whether it counts here
  bool received_too_;
  Filter filter_;
  std::vector<u8> scratch_;
  u64 count_ = 0;
};

}  // namespace catenet::lab
