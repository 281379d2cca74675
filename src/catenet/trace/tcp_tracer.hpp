// TcpTracer: follows the TCP connections of a run from their SYNs, for reports to draw. Its memory
// has a bound: where there are too many connections, those that ended with the fewest bytes make
// room.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "catenet/trace/tcp_trace.hpp"

namespace catenet {

class TcpTracer final : public Recorder {
 public:
  static constexpr std::size_t most_connections = 128;

  // Which node a port is of, by PortId; before anything runs.
  void set_nodes(std::vector<u32> nodes) { nodes_ = std::move(nodes); }

  void on_frame(Instant now, PortId port, FrameEvent event, const Packet& frame,
                std::optional<Drop> reason) override;
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  // Those that are still known: most bytes first, and of equals the one that began first.
  std::vector<const TcpTrace*> by_size() const;
  // Connections that began, the forgotten ones too.
  u64 seen() const { return seen_; }

 private:
  struct Segment;
  using Key = std::pair<Endpoint, Endpoint>;  // the lower first

  static std::optional<Segment> segment_in(const Packet& frame);
  static Key key_of(const Segment& segment);
  TcpTrace* find(const Segment& segment, FrameEvent event);
  TcpTrace* begin(const Segment& segment);
  bool make_room();
  void on_sent(Instant now, PortId port, const Segment& segment, TcpTrace& trace, TcpWay& way);
  static void on_text(Instant now, const Segment& segment, TcpWay& way);
  void on_received(Instant now, PortId port, const Segment& segment, const TcpWay& back,
                   TcpWay& way) const;
  static void on_ack(Instant now, i64 ack, TcpWay& way);

  std::vector<u32> nodes_;
  std::vector<std::unique_ptr<TcpTrace>> traces_;  // as they began
  std::map<Key, TcpTrace*> newest_;                // of each pair of endpoints
  u64 seen_ = 0;
};

}  // namespace catenet
