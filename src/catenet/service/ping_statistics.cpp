#include "catenet/service/ping_statistics.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/service/time_text.hpp"

namespace catenet {
namespace {

i64 integer_square_root(i64 n) {
  i64 root = 0;
  for (i64 bit = i64{1} << 31; bit > 0; bit >>= 1) {
    if ((root + bit) <= n / (root + bit)) root += bit;
  }
  return root;
}

// As printf's %g: six significant digits, no zeros at the end.
std::string percent(u64 part, u64 whole) {
  if (part == 0) return "0";
  // Six digits begin at the first that is not zero.
  u64 scale = 1;
  int decimals = 0;
  while (part * 100 * scale / whole < 100'000 && decimals < 9) {
    scale *= 10;
    ++decimals;
  }
  const u64 rounded = (part * 100 * scale + whole / 2) / whole;
  std::string text = fmt::format("{}", rounded / scale);
  if (decimals == 0) return text;
  text += fmt::format(".{:0{}}", rounded % scale, decimals);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

void PingStatistics::on_sent() {
  ++sent_;
  answered_[static_cast<u16>(sent_)] = false;
  if (static_cast<u16>(sent_ - acked_) > 0x7fff) acked_ = static_cast<u16>(sent_ + 1);
}

void PingStatistics::acknowledge(u16 sequence) {
  const u16 behind = static_cast<u16>(sent_ - sequence);
  if (behind > 0x7fff) return;
  pipe_ = std::max(pipe_, u32{behind} + 1);
  const u16 ahead = static_cast<u16>(sequence - acked_);
  if ((ahead > 0 && ahead <= 0x7fff) || static_cast<u16>(sent_ - acked_) > 0x7fff)
    acked_ = sequence;
}

void PingStatistics::on_error(u16 sequence) {
  ++errors_;
  acknowledge(sequence);
}

void PingStatistics::on_damaged(u16 sequence) {
  ++damaged_;
  acknowledge(sequence);
}

bool PingStatistics::on_reply(u16 sequence, Duration round_trip, bool timed) {
  acknowledge(sequence);
  const bool again = answered_[sequence];
  answered_[sequence] = true;
  ++(again ? repeated_ : received_);
  if (!timed) return again;
  if (timed_++ == 0) first_ = round_trip;
  const i64 difference = round_trip.us() - first_.us();
  sum_us_ += difference;
  sum_squares_ += difference * difference;
  shortest_ = std::min(shortest_, round_trip);
  longest_ = std::max(longest_, round_trip);
  return again;
}

Duration PingStatistics::mean_deviation() const {
  const i64 n = static_cast<i64>(timed_);
  // sum² / n, in two steps that stay within 64 bits.
  const i64 square = sum_us_ * (sum_us_ / n) + sum_us_ * (sum_us_ % n) / n;
  return Duration::microseconds(integer_square_root(std::max<i64>((sum_squares_ - square) / n, 0)));
}

std::string PingStatistics::summary(std::string_view target, Duration ran) const {
  std::string text =
      fmt::format("\n--- {} ping statistics ---\n{} packets transmitted, {} received", target,
                  sent_, received_);
  if (repeated_ > 0) text += fmt::format(", +{} duplicates", repeated_);
  if (damaged_ > 0) text += fmt::format(", +{} corrupted", damaged_);
  if (errors_ > 0) text += fmt::format(", +{} errors", errors_);
  if (sent_ > 0) {
    text += fmt::format(", {}% packet loss, time {}ms",
                        percent(sent_ - std::min(sent_, received_), sent_),
                        (ran.ns() + 500'000) / 1'000'000);
  }
  text += '\n';
  std::string_view comma;
  if (timed_ > 0) {
    const i64 n = static_cast<i64>(timed_);
    const Duration mean = Duration::microseconds((first_.us() * n + sum_us_) / n);
    text += fmt::format("rtt min/avg/max/mdev = {}/{}/{}/{} ms", milliseconds_3(shortest_),
                        milliseconds_3(mean), milliseconds_3(longest_),
                        milliseconds_3(mean_deviation()));
    comma = ", ";
  }
  if (pipe_ > 1) text += fmt::format("{}pipe {}", comma, pipe_);
  return text + '\n';
}

}  // namespace catenet
