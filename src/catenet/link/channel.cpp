#include "catenet/link/channel.hpp"

#include <string>

namespace catenet {
namespace {

__extension__ using u128 = unsigned __int128;

// Mean number of right bits before a wrong one, in sixteenths: 1 / p, less half a bit because the
// draw is rounded down.
u64 mean_gap(u64 bit_errors_per_1e15) {
  if (bit_errors_per_1e15 == 0) return 0;
  return 16'000'000'000'000'000 / bit_errors_per_1e15 - 8;
}

}  // namespace

Channel::Luck::Luck(const Origin& origin, std::string_view whose)
    : loss(origin.random(std::string(whose) + "loss")),
      burst(origin.random(std::string(whose) + "burst")),
      jitter(origin.random(std::string(whose) + "jitter")),
      reorder(origin.random(std::string(whose) + "reorder")),
      bit_errors(origin.random(std::string(whose) + "bit errors")) {}

void Channel::set(const Impairment& impairment) {
  if (impairment.loss.every_nth != loss_.every_nth) frames_on_wire_ = 0;
  if (impairment.loss.burst.to_bad_ppb == 0) bad_state_ = false;
  if (streams_ && impairment.bit_errors_per_1e15 != bit_errors_per_1e15_) {
    streams_->original.bits_to_error.reset();
    streams_->copy.bits_to_error.reset();
  }
  if (impairment.reorder.gap != reorder_.gap) since_held_back_ = 0;
  duplicate_ppb_ = impairment.duplicate_ppb;
  loss_ = impairment.loss;
  jitter_ = impairment.jitter;
  reorder_ = impairment.reorder;
  bit_errors_per_1e15_ = impairment.bit_errors_per_1e15;
  bit_error_gap_ = mean_gap(bit_errors_per_1e15_);
  plain_ = !impairment.needs_luck();
  if (!plain_ && !streams_) streams_ = std::make_unique<Streams>(origin_);
}

Fate Channel::draw(bool copy) {
  Luck& luck = streams_->of(copy);
  Fate fate;
  fate.loss = draw_loss(luck, copy);
  fate.jitter = draw_jitter(luck);
  fate.held_back = draw_reorder(luck);
  return fate;
}

std::optional<Drop> Channel::draw_loss(Luck& luck, bool copy) {
  const bool independent = loss_.independent_ppb != 0 && luck.loss.chance(loss_.independent_ppb);
  const bool burst = loss_.burst.to_bad_ppb != 0 && draw_burst(luck, copy);
  const bool nth = loss_.every_nth != 0 && ++frames_on_wire_ % loss_.every_nth == 0;
  if (independent) return Drop::random_loss;
  if (burst) return Drop::burst_loss;
  if (nth) return Drop::every_nth_loss;
  return std::nullopt;
}

// The state is the channel's: only frames that would be there anyway move it.
bool Channel::draw_burst(Luck& luck, bool copy) {
  const GilbertElliott& model = loss_.burst;
  if (!copy && luck.burst.chance(bad_state_ ? model.to_good_ppb : model.to_bad_ppb)) {
    bad_state_ = !bad_state_;
  }
  return luck.burst.chance(bad_state_ ? model.bad_loss_ppb : model.good_loss_ppb);
}

Duration Channel::draw_jitter(Luck& luck) {
  if (jitter_.amount == Duration::zero()) return {};
  i64 ns = draw_jitter_ns(luck.jitter);
  if (jitter_.correlation_ppb != 0) {
    __extension__ using i128 = __int128;
    const i128 sum = i128{ns} * (always_ppb - jitter_.correlation_ppb) +
                     i128{luck.last_jitter_ns} * jitter_.correlation_ppb;
    ns = static_cast<i64>(sum / always_ppb);
  }
  luck.last_jitter_ns = ns;
  return Duration::nanoseconds(ns);
}

i64 Channel::draw_jitter_ns(RandomStream& random) const {
  const i64 amount = jitter_.amount.ns();
  switch (jitter_.distribution) {
    case Jitter::Distribution::uniform: return random.between(-amount, amount);
    case Jitter::Distribution::normal: return random.normal(amount);
    case Jitter::Distribution::pareto: return random.pareto(amount);
    case Jitter::Distribution::pareto_normal:
      return (random.pareto(amount) + 3 * random.normal(amount)) / 4;
  }
  return 0;
}

bool Channel::draw_reorder(Luck& luck) {
  if (reorder_.chance_ppb == 0) return false;
  const bool lucky = luck.reorder.chance(reorder_.chance_ppb);
  if (reorder_.gap > 1 && since_held_back_ < reorder_.gap - 1) {
    ++since_held_back_;
    return false;
  }
  if (lucky) since_held_back_ = 0;
  return lucky;
}

const std::vector<u32>& Channel::draw_bit_errors(bool copy, u32 bits) {
  std::vector<u32>& wrong_bits = streams_->wrong_bits;
  wrong_bits.clear();
  Luck& luck = streams_->of(copy);
  u64 next = luck.bits_to_error ? *luck.bits_to_error : draw_gap(luck.bit_errors);
  while (next < bits) {
    wrong_bits.push_back(static_cast<u32>(next));
    next += 1 + draw_gap(luck.bit_errors);
  }
  luck.bits_to_error = next - bits;
  return wrong_bits;
}

// How many right bits lie before the next wrong one: geometric, as an exponential rounded down.
u64 Channel::draw_gap(RandomStream& random) const {
  const u64 factor = static_cast<u64>(random.exponential(i64{1} << 30));
  return static_cast<u64>(u128{factor} * bit_error_gap_ >> 34);
}

}  // namespace catenet
