// What ping counts and prints at its end.
#pragma once

#include <string>
#include <vector>

#include "catenet/time/time.hpp"

namespace catenet {

class PingStatistics {
 public:
  u64 sent() const { return sent_; }
  u64 received() const { return received_; }
  u64 errors() const { return errors_; }
  Duration longest() const { return longest_; }
  // Whether the request sent last has been answered.
  bool last_answered() const { return sent_ == 0 || acked_ == static_cast<u16>(sent_); }

  void on_sent();
  void on_error(u16 sequence);
  void on_local_error() { ++errors_; }
  void on_damaged(u16 sequence);
  // True: a reply to this request came before. `timed`: the round trip is known.
  bool on_reply(u16 sequence, Duration round_trip, bool timed);

  // Three lines as iputils prints them, from the empty one on. `target` as it was asked for; `ran`:
  // from the first request to the last.
  std::string summary(std::string_view target, Duration ran) const;

 private:
  void acknowledge(u16 sequence);
  Duration mean_deviation() const;

  u64 sent_ = 0;
  u64 received_ = 0;
  u64 repeated_ = 0;
  u64 damaged_ = 0;
  u64 errors_ = 0;
  u16 acked_ = 0;
  u32 pipe_ = 0;  // most requests that were on their way at one time
  std::vector<bool> answered_ = std::vector<bool>(65'536);
  // Round trips. Sums are of differences to the first, so that the squares stay small and exact.
  u64 timed_ = 0;
  Duration first_;
  Duration shortest_ = Duration::infinite();
  Duration longest_;
  i64 sum_us_ = 0;
  i64 sum_squares_ = 0;
};

}  // namespace catenet
