#include "catenet/time/time.hpp"

#include <fmt/core.h>

namespace catenet {

std::string to_string(Duration duration) {
  if (duration >= Duration::infinite()) return "never";
  if (duration == Duration::zero()) return "0 s";
  const std::string_view sign = duration.ns() < 0 ? "-" : "";
  const u64 n =
      duration.ns() < 0 ? 0 - static_cast<u64>(duration.ns()) : static_cast<u64>(duration.ns());
  struct Unit {
    u64 ns;
    const char* name;
  };
  static constexpr Unit units[] = {
      {1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}};
  for (const Unit& unit : units) {
    if (n < unit.ns) continue;
    if (n % unit.ns == 0) return fmt::format("{}{} {}", sign, n / unit.ns, unit.name);
    std::string fraction = fmt::format("{:09}", n % unit.ns * (1'000'000'000 / unit.ns));
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return fmt::format("{}{}.{} {}", sign, n / unit.ns, fraction, unit.name);
  }
  return "0 s";
}

std::string to_string(Instant instant) {
  if (instant == Instant::never()) return "never";
  const i64 n = instant.ns();
  const u64 magnitude = n < 0 ? 0 - static_cast<u64>(n) : static_cast<u64>(n);
  return fmt::format("{}{}.{:09}", n < 0 ? "-" : "", magnitude / 1'000'000'000,
                     magnitude % 1'000'000'000);
}

}  // namespace catenet
