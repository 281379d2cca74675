// Standstill: notices a run that will not come to its end: frames that circle for ever in a loop of
// switches, or events without end at one instant. Looks now and then, and costs nothing between.
#pragma once

#include <string>
#include <vector>

#include "catenet/lab/network.hpp"

namespace catenet::lab {

struct StandstillLimits {
  u64 portion = 250'000;  // events between two looks
  // At one instant, more than any work that ends: ten thousand hosts asking ten thousand by ARP at
  // once are 100 million.
  u64 events = 200'000'000;
};

class Standstill {
 public:
  // The network's engines stop after every portion, so that its driver can ask check(). `network`
  // outlives this.
  Standstill(Network& network, const StandstillLimits& limits);

  // Between events: why the run is to be broken off; empty: it gets on.
  std::string check();

 private:
  void arm();
  bool loop_is_up() const;
  u64 in_flight() const;
  void note_offered();
  std::string say(std::string_view what, const std::vector<LinkIndex>& links,
                  std::string_view advice) const;

  Network& network_;
  StandstillLimits limits_;
  std::vector<LinkIndex> trunks_;  // between switches
  u64 next_look_ = 0;              // in events run
  Instant looked_at_ = Instant::long_ago();
  u64 events_before_ = 0;     // run when the clock came to stand where it was looked at last
  std::vector<u64> offered_;  // at that time: two for each link, a to b first
};

}  // namespace catenet::lab
