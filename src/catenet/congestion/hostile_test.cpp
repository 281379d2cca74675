// Whatever a peer makes of its acknowledgements, windows and rates stay within their bounds.
#include <gtest/gtest.h>

#include "catenet/congestion/controller.hpp"

namespace catenet::congestion {
namespace {

class Hostile {
 public:
  Hostile(CongestionKind kind, u64 seed) : controller_(kind, mss, 10, 3), state_(seed) {
    if (seed % 2 == 1) controller_.validate_window();
  }

  void step() {
    now_ += Duration::nanoseconds(static_cast<i64>(extreme() % 20'000'000'000));
    switch (next() % 12) {
      case 0: return controller_.on_loss(now_, volume());
      case 1: return controller_.on_rto(now_, volume(), next() % 2);
      case 2: return controller_.on_ecn(now_, volume());
      case 3: return controller_.save();
      case 4: return controller_.restore();
      case 5: return controller_.on_recovery_end(volume());
      case 6: return controller_.on_idle(now_, Duration::milliseconds(200));
      case 7: return lose();
      case 8: sent_ = rate_.on_sent(now_, volume(), volume(), next() % 2); return;
      case 9: return rate_.on_app_limited(volume());
      default: return acknowledge();
    }
  }
  void check() const {
    ASSERT_GE(controller_.window(), mss);
    ASSERT_LE(controller_.window(), Window::max_cwnd);
    ASSERT_GE(controller_.ssthresh(), 2 * mss);
    const Duration srtt = Duration::milliseconds(10);
    ASSERT_GE(controller_.send_quantum(srtt), 2 * mss);
    ASSERT_LE(controller_.send_quantum(srtt), 65'536u);
    ASSERT_GT(controller_.pacing_rate(srtt), 0u);
  }

 private:
  static constexpr u32 mss = 1'460;

  u64 next() {
    state_ = state_ * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    return state_ >> 33;
  }
  // Small and huge alike.
  u64 extreme() { return (next() << 31 | next()) >> next() % 62; }
  u32 volume() { return static_cast<u32>(next() >> next() % 31); }

  void lose() {
    const u32 bytes = volume();
    rate_.on_lost(bytes);
    controller_.on_range_lost(now_, {sent_, extreme(), bytes}, rate_);
  }
  void acknowledge() {
    const u32 bytes = volume();
    rate_.on_delivered(next() % 4 ? sent_ : SentState{}, bytes);
    const RateSample sample = rate_.take(now_);
    controller_.on_ack({.now = now_,
                        .acked = bytes,
                        .flight_size = volume(),
                        .srtt = Duration::nanoseconds(static_cast<i64>(extreme() % (1ull << 40))),
                        .rtt = Duration::nanoseconds(static_cast<i64>(extreme() % (1ull << 40))),
                        .una = extreme(),
                        .nxt = extreme(),
                        .marked = next() % 2 ? bytes : 0,
                        .in_flight = volume(),
                        .in_recovery = next() % 4 == 0,
                        .sack = next() % 2 == 0,
                        .rate = &sample});
  }

  Controller controller_;
  DeliveryRate rate_;
  SentState sent_;
  Instant now_;
  u64 state_;
};

TEST(HostileAcks, leave_windows_and_rates_within_bounds) {
  for (const auto kind : {CongestionKind::newreno, CongestionKind::cubic, CongestionKind::dctcp,
                          CongestionKind::bbr}) {
    for (u64 seed = 0; seed < 200; ++seed) {
      SCOPED_TRACE(std::string(congestion_name(kind)) + " " + std::to_string(seed));
      Hostile hostile(kind, seed);
      for (int i = 0; i < 500; ++i) {
        hostile.step();
        hostile.check();
        if (HasFatalFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace catenet::congestion
