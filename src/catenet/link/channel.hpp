// Channel: the luck of frames on the wire. Each purpose draws from a stream of its own, and draws
// for every frame whatever becomes of it, so that turning loss on leaves every other frame's jitter
// as it was. Copies that the link itself makes have streams apart for the same reason. A link that
// never needed luck has no streams yet.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "catenet/engine/origin.hpp"
#include "catenet/link/impairment.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet {

// What becomes of one frame.
struct Fate {
  std::optional<Drop> loss;
  Duration jitter;         // to be added to the delay; may be negative
  bool held_back = false;  // arrives Reorder::by later
};

class Channel {
 public:
  // `origin` outlives the channel.
  explicit Channel(const Origin& origin) : origin_(origin) {}

  // The streams go on where they are.
  void set(const Impairment& impairment);

  // Whether anything here depends on luck or count.
  bool plain() const { return plain_; }
  bool flips_bits() const { return bit_error_gap_ != 0; }
  // Whether the frame now offered is sent twice.
  bool duplicates() { return duplicate_ppb_ != 0 && streams_->duplicate.chance(duplicate_ppb_); }
  // The next frame's fate. `copy`: the link made it.
  Fate draw(bool copy);
  // Wrong bits among the next `bits` on the wire, as offsets into them, ascending; good until the
  // next call.
  const std::vector<u32>& draw_bit_errors(bool copy, u32 bits);

 private:
  struct Luck {
    Luck(const Origin& origin, std::string_view whose);
    RandomStream loss;
    RandomStream burst;
    RandomStream jitter;
    RandomStream reorder;
    RandomStream bit_errors;
    i64 last_jitter_ns = 0;
    std::optional<u64> bits_to_error;  // right bits before the next wrong one
  };
  struct Streams {
    explicit Streams(const Origin& origin)
        : original(origin, ""), copy(origin, "copy "), duplicate(origin.random("duplicate")) {}
    Luck& of(bool is_copy) { return is_copy ? copy : original; }
    Luck original;
    Luck copy;
    RandomStream duplicate;
    std::vector<u32> wrong_bits;  // what draw_bit_errors gives out
  };

  std::optional<Drop> draw_loss(Luck& luck, bool copy);
  bool draw_burst(Luck& luck, bool copy);
  Duration draw_jitter(Luck& luck);
  i64 draw_jitter_ns(RandomStream& random) const;
  bool draw_reorder(Luck& luck);
  u64 draw_gap(RandomStream& random) const;

  const Origin& origin_;
  bool plain_ = true;
  u32 duplicate_ppb_ = 0;
  Loss loss_;
  Jitter jitter_;
  Reorder reorder_;
  u64 bit_errors_per_1e15_ = 0;
  u64 bit_error_gap_ =
      0;  // mean number of right bits between two wrong ones, in sixteenths; 0: none are wrong
  bool bad_state_ = false;  // Gilbert–Elliott
  u64 frames_on_wire_ = 0;  // since every_nth was set
  u32 since_held_back_ = 0;
  std::unique_ptr<Streams> streams_;
};

}  // namespace catenet
