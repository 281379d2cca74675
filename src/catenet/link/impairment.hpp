// Impairment: what one direction of a link does to frames, as plain data: rate, delay, jitter,
// loss, reordering, duplicates, bit errors, queue, MTU. The words are those of tc-netem(8); IEEE
// 802.3 clause 3 for what a frame costs on the wire; Gilbert (1960) and Elliott (1963) for bursts
// of loss.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catenet/base/types.hpp"
#include "catenet/link/queue_settings.hpp"
#include "catenet/time/time.hpp"

namespace catenet {

// Chances are in parts per billion (ppb): 1 % is 10'000'000.
inline constexpr u32 always_ppb = 1'000'000'000;

// Adds a random amount to the delay, drawn once a frame. The sum of delay and jitter is never below
// 0.
struct Jitter {
  enum class Distribution : u8 {
    uniform,        // -amount to +amount
    normal,         // mean 0, standard deviation `amount`
    pareto,         // mean 0, standard deviation `amount`, a long tail of late frames
    pareto_normal,  // a quarter pareto, three quarters normal
  };
  Distribution distribution = Distribution::uniform;
  Duration amount{};  // zero: no jitter
  u32 correlation_ppb =
      0;  // how much of a frame's jitter is the frame's before it; narrows the spread, as in netem
  bool keep_order = false;  // a frame that would overtake another arrives right behind it

  bool operator==(const Jitter&) const = default;
};

// The Gilbert–Elliott channel: a good and a bad state, a chance of loss in each. A step is taken
// before each frame.
struct GilbertElliott {
  u32 to_bad_ppb = 0;   // p; 0: no bursts
  u32 to_good_ppb = 0;  // r
  u32 good_loss_ppb = 0;
  u32 bad_loss_ppb = always_ppb;

  bool operator==(const GilbertElliott&) const = default;
};

// Three ways to lose frames on the wire, each with its own Drop reason. Any may be combined.
struct Loss {
  u32 independent_ppb = 0;  // Drop::random_loss
  GilbertElliott burst{};   // Drop::burst_loss
  u32 every_nth = 0;        // Drop::every_nth_loss: the n-th, 2n-th, … frame on the wire; 0: none

  bool operator==(const Loss&) const = default;
};

// Holds frames back so that those sent within `by` after them overtake.
struct Reorder {
  u32 chance_ppb = 0;
  Duration by{};
  u32 gap = 0;  // at least gap - 1 frames pass untouched between two that are held back; 0 and 1:
                // no such rule

  bool operator==(const Reorder&) const = default;
};

struct Impairment {
  u64 rate_bps =
      0;  // bits a second on the wire: preamble, padding, FCS and gap cost time too; 0: no limit
  Duration delay{};  // propagation, first bit to first bit
  Jitter jitter{};
  Loss loss{};
  Reorder reorder{};
  u32 duplicate_ppb = 0;
  // Wrong bits in 10^15, independent of each other: 1'000 is a bit error rate of 1e-12. A real FCS
  // catches them.
  u64 bit_errors_per_1e15 = 0;
  QueueSettings queue{};
  u32 mtu = 0;  // payload bytes a frame may carry, its 802.1Q tag not counted; longer frames are
                // dropped; 0: any

  bool operator==(const Impairment&) const = default;

  // Whether a frame's fate depends on luck or on how many came before it.
  bool needs_luck() const;
  // Whether each wire frame has a fate of its own here, so that super-segments must be cut before.
  bool needs_wire_frames() const;
  // No frame arrives sooner than this after it was sent: what a cut between shards may rely on.
  Duration least_delay() const;
};

// What is wrong with an impairment: `field` as lab files spell it, what was found and what would be
// right.
struct ImpairmentError {
  std::string_view field;
  std::string message;
};

// nullopt when every field makes sense.
std::optional<ImpairmentError> validate(const Impairment& impairment);

// "uniform", "normal", "pareto", "pareto_normal", and back; nullopt for any other word.
std::string_view to_string(Jitter::Distribution distribution);
std::optional<Jitter::Distribution> parse_distribution(std::string_view name);

}  // namespace catenet
