#include "catenet/link/impairment.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/wire/ethernet.hpp"

namespace catenet {
namespace {

constexpr u64 min_rate_bps =
    100;  // together with max_queue_frames: no sum of waits overflows an Instant
constexpr u64 max_rate_bps = 10'000'000'000'000;
constexpr u64 max_bit_errors_per_1e15 = 100'000'000'000'000;
constexpr u32 max_queue_frames = 1'000'000;
constexpr Duration longest_delay = Duration::seconds(365 * 86'400);
constexpr Duration longest_jitter =
    Duration::seconds(86'400);  // a pareto tail is 1,488 times as long
constexpr Duration longest_interval = Duration::seconds(1'000);
constexpr u64 least_weight_per_1e15 = 1'000'000;
// Neither the normal nor the pareto draw reaches further below its mean than this many standard
// deviations.
constexpr i64 most_deviations = 4;

constexpr std::array<std::string_view, 4> distribution_names = {"uniform", "normal", "pareto",
                                                                "pareto_normal"};

constexpr std::array<std::string_view, 3> discipline_names = {"drop_tail", "codel", "red"};

using Found = std::optional<ImpairmentError>;

Found chance_in_range(std::string_view field, u32 ppb) {
  if (ppb <= always_ppb) return std::nullopt;
  return ImpairmentError{
      field,
      fmt::format("{} parts per billion is more than always; 0 % to 100 % would be right", ppb)};
}

Found duration_in_range(std::string_view field, Duration duration,
                        Duration longest = longest_delay) {
  if (duration >= Duration::zero() && duration <= longest) return std::nullopt;
  return ImpairmentError{field, fmt::format("{} is out of range; 0 s to {} would be right",
                                            to_string(duration), to_string(longest))};
}

Found first_of(std::initializer_list<Found> candidates) {
  for (const Found& found : candidates) {
    if (found) return found;
  }
  return std::nullopt;
}

Found check_jitter(const Jitter& jitter) {
  if (auto found = first_of({duration_in_range("jitter.amount", jitter.amount, longest_jitter),
                             chance_in_range("jitter.correlation", jitter.correlation_ppb)})) {
    return found;
  }
  if (static_cast<std::size_t>(jitter.distribution) >= distribution_names.size()) {
    return ImpairmentError{
        "jitter.distribution",
        "not a distribution; uniform, normal, pareto or pareto_normal would be right"};
  }
  if (jitter.amount == Duration::zero() && jitter.correlation_ppb != 0) {
    return ImpairmentError{"jitter.correlation", "needs a jitter.amount above 0 s"};
  }
  if (jitter.amount == Duration::zero() && jitter.keep_order) {
    return ImpairmentError{"jitter.keep_order", "needs a jitter.amount above 0 s"};
  }
  return std::nullopt;
}

Found check_loss(const Loss& loss) {
  if (auto found = first_of({chance_in_range("loss", loss.independent_ppb),
                             chance_in_range("loss.burst.p", loss.burst.to_bad_ppb),
                             chance_in_range("loss.burst.r", loss.burst.to_good_ppb),
                             chance_in_range("loss.burst.good_loss", loss.burst.good_loss_ppb),
                             chance_in_range("loss.burst.bad_loss", loss.burst.bad_loss_ppb)})) {
    return found;
  }
  if (loss.burst.to_bad_ppb == 0 && loss.burst != GilbertElliott{}) {
    return ImpairmentError{"loss.burst.p", "0 means no bursts; a chance above 0 % would be right"};
  }
  return std::nullopt;
}

Found check_reorder(const Reorder& reorder) {
  if (auto found = first_of({chance_in_range("reorder.chance", reorder.chance_ppb),
                             duration_in_range("reorder.by", reorder.by)})) {
    return found;
  }
  if (reorder.chance_ppb != 0 && reorder.by == Duration::zero()) {
    return ImpairmentError{"reorder.by",
                           "0 s lets no frame overtake; a time above 0 s would be right"};
  }
  if (reorder.chance_ppb == 0 && reorder != Reorder{}) {
    return ImpairmentError{"reorder.chance", "needs a chance above 0 %"};
  }
  return std::nullopt;
}

Found check_rate_and_sizes(const Impairment& impairment) {
  const u64 rate = impairment.rate_bps;
  if (rate != 0 && (rate < min_rate_bps || rate > max_rate_bps)) {
    return ImpairmentError{
        "rate",
        fmt::format(
            "{} bit/s is out of range; 100 bit/s to 10 Tbit/s, or 0 for no limit, would be right",
            rate)};
  }
  if (impairment.bit_errors_per_1e15 > max_bit_errors_per_1e15) {
    return ImpairmentError{
        "bit_error_rate",
        "more than one bit in ten wrong is out of range; 0 to 0.1 would be right"};
  }
  if (impairment.mtu != 0 && (impairment.mtu < 68 || impairment.mtu > 65'535)) {
    return ImpairmentError{
        "mtu", fmt::format("{} is out of range; 68 to 65535, or 0 for any, would be right",
                           impairment.mtu)};
  }
  return std::nullopt;
}

Found check_codel(const CodelSettings& codel) {
  if (auto found =
          first_of({duration_in_range("queue.target", codel.target, longest_interval),
                    duration_in_range("queue.interval", codel.interval, longest_interval)})) {
    return found;
  }
  if (codel.target > Duration::zero() && codel.target < codel.interval) return std::nullopt;
  return ImpairmentError{
      "queue.target",
      fmt::format("{} is not between 0 s and the interval of {}; a tenth or twentieth of that "
                  "would be right",
                  to_string(codel.target), to_string(codel.interval))};
}

Found check_red(const QueueSettings& queue) {
  const RedSettings& red = queue.red;
  if (red.min == 0 || red.min >= red.max) {
    return ImpairmentError{
        "queue.min", fmt::format("{0} is not between 0 and the max of {1}; {2} would be right",
                                 red.min, red.max, std::max(red.max / 3, 1u))};
  }
  const u32 limit = red.in_bytes ? queue.bytes : queue.frames;
  if (limit != 0 && red.max > limit) {
    return ImpairmentError{
        "queue.max",
        fmt::format("{} is more than may wait, {}; less would be right", red.max, limit)};
  }
  if (red.probability_ppb == 0 || red.probability_ppb > always_ppb) {
    return ImpairmentError{"queue.probability", "above 0 % and up to 100 % would be right"};
  }
  if (red.weight_per_1e15 < least_weight_per_1e15 || red.weight_per_1e15 > 1'000'000'000'000'000) {
    return ImpairmentError{"queue.weight", "from 1e-9 to 1 would be right; 2^-9 is usual"};
  }
  if (red.avpkt < 1 || red.avpkt > 65'535) {
    return ImpairmentError{"queue.avpkt", fmt::format("{} is out of range; 1 B to 65535 B would be "
                                                      "right",
                                                      red.avpkt)};
  }
  return std::nullopt;
}

Found check_queue(const QueueSettings& queue) {
  if (queue.frames > max_queue_frames) {
    return ImpairmentError{"queue.frames", fmt::format("{} is out of range; 0 to {} would be right",
                                                       queue.frames, max_queue_frames)};
  }
  switch (queue.discipline) {
    case Discipline::drop_tail: break;
    case Discipline::codel: return check_codel(queue.codel);
    case Discipline::red: return check_red(queue);
  }
  if (!queue.ecn) return std::nullopt;
  return ImpairmentError{"queue.ecn", "a drop_tail queue marks nothing; codel or red would"};
}

}  // namespace

bool Impairment::needs_luck() const {
  return jitter.amount != Duration::zero() || loss != Loss{} || reorder.chance_ppb != 0 ||
         duplicate_ppb != 0 || bit_errors_per_1e15 != 0;
}

bool Impairment::needs_wire_frames() const {
  return rate_bps != 0 || mtu != 0 || queue.discipline != Discipline::drop_tail || needs_luck();
}

Duration Impairment::least_delay() const {
  const i64 spread = jitter.distribution == Jitter::Distribution::uniform ? 1 : most_deviations;
  const Duration least = std::max(Duration::zero(), delay - jitter.amount * spread);
  if (rate_bps == 0) return least;
  const u64 smallest_ns = u64{wire::ethernet::wire_bytes(0)} * 8 * 1'000'000'000 / rate_bps;
  return least + Duration::nanoseconds(static_cast<i64>(smallest_ns));
}

std::optional<ImpairmentError> validate(const Impairment& impairment) {
  return first_of({check_rate_and_sizes(impairment), duration_in_range("delay", impairment.delay),
                   check_jitter(impairment.jitter), check_loss(impairment.loss),
                   check_reorder(impairment.reorder), check_queue(impairment.queue),
                   chance_in_range("duplicate", impairment.duplicate_ppb)});
}

std::string_view to_string(Jitter::Distribution distribution) {
  return distribution_names[static_cast<std::size_t>(distribution)];
}

std::string_view to_string(Discipline discipline) {
  return discipline_names[static_cast<std::size_t>(discipline)];
}

std::optional<Discipline> parse_discipline(std::string_view name) {
  for (std::size_t i = 0; i < discipline_names.size(); ++i) {
    if (discipline_names[i] == name) return static_cast<Discipline>(i);
  }
  return std::nullopt;
}

std::optional<Jitter::Distribution> parse_distribution(std::string_view name) {
  for (std::size_t i = 0; i < distribution_names.size(); ++i) {
    if (distribution_names[i] == name) return static_cast<Jitter::Distribution>(i);
  }
  return std::nullopt;
}

}  // namespace catenet
