// TcpTrace: one TCP connection as it was seen from outside, in bounded memory: what a time-sequence
// graph is drawn from, and its numbers. Read RFC 9293 3.4 and 3.8, RFC 2018 (SACK), RFC 6298 3
// (Karn's algorithm).
#pragma once

#include <optional>
#include <vector>

#include "catenet/time/time.hpp"
#include "catenet/trace/recorder.hpp"
#include "catenet/wire/address.hpp"
#include "catenet/wire/seq.hpp"

namespace catenet {

// What happened from `first` to `last` and took the sequence numbers [low, high), counted from the
// SYN, which is 0.
struct TraceSpan {
  Instant first;
  Instant last;
  i64 low = 0;
  i64 high = 0;
  u64 count = 0;  // happenings that became one span
};

// Spans in the order of time. Every happening is a span of its own until there are too many; then
// those that are close in time become one, so that the whole keeps its shape.
class TraceSeries {
 public:
  static constexpr std::size_t most = 512;

  void add(Instant at, i64 low, i64 high);
  const std::vector<TraceSpan>& spans() const { return spans_; }

 private:
  i64 cell_of(Instant at) const { return (at - spans_.front().first).ns() / cell_ns_; }
  void thin();

  std::vector<TraceSpan> spans_;
  i64 cell_ns_ = 0;  // spans that begin in one cell of time are one; 0: none are
};

enum class TcpMarkKind : u8 { syn, fin, rst, zero_window };
std::string_view tcp_mark_name(TcpMarkKind kind);

struct TcpMark {
  Instant at;
  i64 seq = 0;
  TcpMarkKind kind = TcpMarkKind::syn;
};

// What one end sent, seen at its own port; what the other end said of it, seen as it arrived there.
struct TcpWay {
  static constexpr PortId not_seen = ~PortId{0};
  static constexpr std::size_t most_marks = 64;
  static constexpr std::size_t most_timed = 64;

  PortId port = not_seen;  // where its first segment left
  u64 segments = 0;        // wire segments
  u64 bytes = 0;           // of payload, repeated ones counted each time
  u64 retransmitted = 0;   // wire segments that held nothing new
  u64 lost = 0;            // wire segments that ended on the way, wherever
  std::optional<Instant> first_data;
  std::optional<Instant> last_ack;  // that told of something new
  u64 rtt_samples = 0;
  Duration rtt_min;
  Duration rtt_sum;
  bool fin_seen = false;

  std::optional<wire::Seq> iss;
  std::optional<u8> window_shift;  // that its SYN offered
  i64 highest = 0;                 // sequence numbers sent, in all
  i64 acked = 0;

  TraceSeries data;            // sent for the first time
  TraceSeries again;           // sent once more
  TraceSeries drops;           // lost on the way
  TraceSeries acks;            // low and high: the lowest and highest acknowledgement
  TraceSeries window;          // the same of the window's right edge
  TraceSeries sacks;           // what the other end holds beyond the acknowledgement
  std::vector<TcpMark> marks;  // the first of them

  // Payload bytes that the other end acknowledged.
  i64 acked_bytes() const;
  // Of acknowledged payload bytes, from the first sent to the last acknowledged; 0 without a time.
  u64 goodput_bps() const;
  Duration rtt_average() const {
    return rtt_samples == 0 ? Duration() : rtt_sum / static_cast<i64>(rtt_samples);
  }

  // Where `seq` lies, near the highest that was sent.
  i64 offset_of(wire::Seq seq) const {
    return highest + (seq - (*iss + static_cast<u32>(highest)));
  }
  void mark(Instant at, i64 seq, TcpMarkKind kind);

  // Segments that wait for their acknowledgement to be timed (end, when sent).
  struct Timed {
    i64 end = 0;
    Instant sent;
  };
  std::vector<Timed> timed;
};

struct TcpTrace {
  Endpoint a;  // who sent the first SYN
  Endpoint b;
  Instant first;
  Instant last;
  bool reset = false;
  TcpWay a_to_b;
  TcpWay b_to_a;

  u64 bytes() const { return a_to_b.bytes + b_to_a.bytes; }
  bool ended() const { return reset || (a_to_b.fin_seen && b_to_a.fin_seen); }
};

}  // namespace catenet
