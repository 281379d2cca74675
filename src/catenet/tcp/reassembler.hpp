// Reassembler: what arrived ahead of a gap, as runs of contiguous positions; and the SACK blocks
// that tell the sender (RFC 2018 §4, RFC 2883). Runs are sorted and their number is bounded, so
// that a segment costs a binary search and a short move whatever the peer sends.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "catenet/tcp/payload_queue.hpp"
#include "catenet/tcp/position.hpp"

namespace catenet::tcp {

class Reassembler {
 public:
  // Gaps a peer may keep open; a segment that would make one more is refused and must be sent
  // again.
  static constexpr std::size_t max_runs = 256;

  bool empty() const { return runs_.empty(); }
  std::size_t runs() const { return runs_.size(); }
  u32 footprint() const { return footprint_; }
  Position highest() const { return runs_.empty() ? 0 : runs_.back().range.last; }

  // Whether a payload that begins at `first` could be kept.
  bool has_place(Position first) const;
  // Keeps `payload`, whose first byte is at `first`, all of it beyond the next expected position.
  // Bytes that are here already are dropped and noted for a D-SACK. False, and `payload` untouched,
  // where it has no place: another run would be one too many.
  bool insert(Position first, Packet&& payload);
  // Moves what is contiguous from `next` on into `queue`; returns the new next position. What is
  // kept from below `next` came twice, and is noted for a D-SACK.
  Position take(Position next, PayloadQueue& queue);
  // Gives up the highest run, to save memory; SACK allows it (RFC 2018 §8). False where none begins
  // above `position`.
  bool drop_highest(Position position);

  // The peer's FIN came ahead of a gap: it stands at `position`.
  void note_fin(Position position) { fin_ = position; }
  std::optional<Position> fin() const { return fin_; }

  // A duplicate arrived: the next acknowledgement reports the first of them, first (RFC 2883 §4).
  void note_duplicate(Range range) {
    if (duplicate_.empty()) duplicate_ = range;
  }
  // Up to `room` blocks, the most recent first; a D-SACK is reported once and its own block counts.
  struct Blocks {
    std::array<Range, 4> ranges;
    u32 count = 0;
  };
  Blocks blocks(u32 room);
  bool has_report() const { return !runs_.empty() || !duplicate_.empty(); }

 private:
  struct Run {
    Range range;
    PayloadQueue bytes;
  };
  std::size_t run_after(Position position) const;
  bool extends_run(std::size_t index, Position first) const;
  void join(std::size_t index);
  void touch(Position position);
  std::vector<Run> runs_;
  u32 footprint_ = 0;
  std::optional<Position> fin_;
  Range duplicate_;
  std::array<Position, 4> recent_{};  // a position in each run that was touched, newest first
};

}  // namespace catenet::tcp
