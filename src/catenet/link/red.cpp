#include "catenet/link/red.hpp"

#include <algorithm>

#include "catenet/wire/ethernet.hpp"

namespace catenet {
namespace {

__extension__ using u128 = unsigned __int128;

constexpr u64 one = u64{1} << 32;  // a chance or weight of 1

u64 times(u64 a, u64 b_in_one) { return static_cast<u64>(u128{a} * b_in_one >> 32); }

// `base` to the power of `exponent`, both sides in 2^-32 and at most 1.
u64 power(u64 base, u64 exponent) {
  u64 result = one;
  for (; exponent != 0 && result != 0; exponent >>= 1) {
    if (exponent & 1) result = times(result, base);
    base = times(base, base);
  }
  return result;
}

}  // namespace

void Red::set(const RedSettings& settings, u64 rate_bps) {
  if (settings.in_bytes != settings_.in_bytes) clear();
  settings_ = settings;
  rate_bps_ = rate_bps;
  weight_ = static_cast<u64>(u128{settings.weight_per_1e15} * one / 1'000'000'000'000'000);
  probability_ = static_cast<u64>(u128{settings.probability_ppb} * one / 1'000'000'000);
}

void Red::clear() {
  average_ = 0;
  count_ = none;
}

std::optional<Drop> Red::on_arrival(Instant, const Backlog& backlog, u32 bytes) {
  const u64 draw = random_.next() >> 32;  // always, so that settings move nobody's luck
  update_average(backlog);
  if (average_ < fixed(settings_.min)) {
    count_ = none;
    return std::nullopt;
  }
  if (average_ >= fixed(settings_.gentle ? u64{settings_.max} * 2 : settings_.max)) {
    count_ = 0;
    return Drop::red_forced;
  }
  ++count_;
  if (!hits(draw, base_chance(bytes))) return std::nullopt;
  count_ = 0;
  return Drop::red_early;
}

void Red::update_average(const Backlog& backlog) {
  if (backlog.wait == Duration::zero()) {
    average_ = decay(backlog.idle);
    return;
  }
  const u64 queue = fixed(settings_.in_bytes ? backlog.bytes : backlog.frames);
  if (queue > average_) {
    average_ += times(queue - average_, weight_);
  } else {
    average_ -= times(average_ - queue, weight_);
  }
}

// As if so many average frames had found the queue empty while nothing was sent.
u64 Red::decay(Duration idle) const {
  if (rate_bps_ == 0) return 0;
  const u64 frame_bits = wire::ethernet::wire_bytes(settings_.avpkt) * 8;
  const u128 missed = u128(static_cast<u64>(idle.ns())) * rate_bps_ / frame_bits / 1'000'000'000;
  const u64 frames = static_cast<u64>(std::min<u128>(missed, UINT64_MAX));
  return times(average_, power(one - weight_, frames));
}

// p_b of the paper.
u64 Red::base_chance(u32 bytes) const {
  const u64 min = fixed(settings_.min);
  const u64 max = fixed(settings_.max);
  u128 chance = average_ < max ? u128{probability_} * (average_ - min) / (max - min)
                               : probability_ + u128{one - probability_} * (average_ - max) / max;
  if (settings_.in_bytes) chance = chance * bytes / settings_.avpkt;
  return static_cast<u64>(std::min<u128>(chance, one));
}

// With the chance p_a = p_b / (1 - count · p_b), which spreads drops evenly.
bool Red::hits(u64 draw, u64 chance) const {
  const u128 spent = u128{static_cast<u64>(count_)} * chance;
  if (spent >= one) return true;
  return u128{draw} * (one - static_cast<u64>(spent)) < u128{chance} << 32;
}

}  // namespace catenet
