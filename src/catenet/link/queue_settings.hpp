// What a link's queue is told: which discipline, how much may wait, and the discipline's own
// numbers, named as tc-codel(8) and tc-red(8) name them.
#pragma once

#include <optional>
#include <string_view>

#include "catenet/base/types.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

enum class Discipline : u8 {
  drop_tail,  // takes frames until the queue is full
  codel,      // RFC 8289: drops from the head once frames have waited too long for too long
  red,        // Floyd and Jacobson (1993): drops on arrival, by chance, as the average queue grows
};

struct CodelSettings {
  Duration target = Duration::milliseconds(5);      // of waiting that is no harm
  Duration interval = Duration::milliseconds(100);  // for how long there may be more: a worst RTT

  bool operator==(const CodelSettings&) const = default;
};

struct RedSettings {
  bool in_bytes = false;  // what `min` and `max` count: bytes, and a frame's chance grows with its
                          // length; otherwise frames
  u32 min = 83;           // no drop while the average is below
  u32 max = 250;
  u32 probability_ppb = 100'000'000;  // as the average reaches `max`
  // Of the queue now in its average, in parts of 10^15: 2^-9.
  u64 weight_per_1e15 = 1'953'125'000'000;
  u32 avpkt = 1'000;   // bytes of an average frame
  bool gentle = true;  // from `max` to twice that the chance rises to 1, instead of at once

  bool operator==(const RedSettings&) const = default;
};

// The frame being sent does not count as waiting. A frame that finds the queue full is dropped,
// whatever the discipline.
struct QueueSettings {
  u32 frames = 1'000;
  u32 bytes = 0;  // of frames, without preamble, FCS and gap; 0: no limit of its own
  Discipline discipline = Discipline::drop_tail;
  bool ecn = false;  // marks what can be marked (RFC 3168) instead of dropping it
  CodelSettings codel{};
  RedSettings red{};

  bool operator==(const QueueSettings&) const = default;
};

// "drop_tail", "codel", "red", and back; nullopt for any other word.
std::string_view to_string(Discipline discipline);
std::optional<Discipline> parse_discipline(std::string_view name);

}  // namespace catenet
