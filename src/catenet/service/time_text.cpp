#include "catenet/service/time_text.hpp"

#include <fmt/core.h>

namespace catenet {

std::string milliseconds_3(Duration time) {
  return fmt::format("{}.{:03}", time.us() / 1'000, time.us() % 1'000);
}

std::string milliseconds_rounded(Duration time) {
  const i64 us = time.us();
  if (us >= 100'000 - 50) return fmt::format("{}", (us + 500) / 1'000);
  if (us >= 10'000 - 5) return fmt::format("{}.{}", (us + 50) / 1'000, (us + 50) % 1'000 / 100);
  if (us >= 1'000) return fmt::format("{}.{:02}", (us + 5) / 1'000, (us + 5) % 1'000 / 10);
  return fmt::format("0.{:03}", us);
}

}  // namespace catenet
