// For tests of NeighbourCache: a cache in virtual time, and what it wants done as lines.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "catenet/ip/neighbour_cache.hpp"

namespace catenet::neighbour_test {

using namespace literals;
using State = NeighbourState;

inline const IpAddress peer = *IpAddress::parse("fe80::2");
inline const IpAddress other = *IpAddress::parse("fe80::3");
inline const IpAddress us = *IpAddress::parse("fe80::1");
inline const MacAddress mac_a = *MacAddress::parse("02:00:00:00:00:0a");
inline const MacAddress mac_b = *MacAddress::parse("02:00:00:00:00:0b");

// A solicited answer of `peer`.
inline NeighbourAdvertisement answer(MacAddress mac) {
  return {.target = peer, .mac = mac, .router = false, .solicited = true, .override = true};
}

// A cache in virtual time; what it wants done is read as lines.
class Talk {
 public:
  // Runs deadlines one by one until `time`; returns what was to be done, "when: what".
  std::string until(Duration time) {
    std::string story;
    const Instant end = Instant::at(time);
    while (cache.next_deadline() <= end) {
      now = std::max(now, cache.next_deadline());
      cache.on_timeout(now);
      const std::string done = actions();
      if (!done.empty()) story += to_string(now.since_start()) + ": " + done;
    }
    now = end;
    return story;
  }
  // What is to be done now; empty: silence.
  std::string actions() {
    static constexpr const char* names[] = {"ask all", "ask", "send", "fail"};
    std::string story;
    while (auto action = cache.poll_action()) {
      story += names[static_cast<int>(action->kind)];
      story += " " + action->target.to_string();
      if (action->kind == NeighbourAction::Kind::solicit_unicast ||
          action->kind == NeighbourAction::Kind::resolved) {
        story += " at " + action->mac.to_string();
      }
      if (action->was_router && action->kind == NeighbourAction::Kind::failed) story += " router";
      if (!action->packets.empty()) story += " [";
      while (Packet packet = action->packets.pop_front()) {
        story += std::string(as_text(packet.linear_bytes()));
        story += action->packets.empty() ? "]" : " ";
      }
      story += "\n";
    }
    return story;
  }
  Packet packet(std::string_view text) { return pool.copy_of(as_bytes(text)); }
  // Queues `text`; returns what had to make room, as words.
  std::string keep(Neighbour& neighbour, std::string_view text) {
    std::string displaced;
    PacketQueue gone = cache.queue(neighbour, packet(text));
    while (Packet one = gone.pop_front()) {
      displaced +=
          std::string(displaced.empty() ? "" : " ") + std::string(as_text(one.linear_bytes()));
    }
    return displaced;
  }
  State state(const IpAddress& address) { return cache.find(address)->state(now); }
  // `peer` resolved by a solicited answer, nothing left to do.
  Neighbour& reachable_peer() {
    Neighbour* neighbour = cache.resolve(peer, now);
    cache.on_advertisement(answer(mac_a), now);
    actions();
    return *neighbour;
  }
  // As reachable_peer, then long enough without confirmation.
  Neighbour& stale_peer() {
    Neighbour& neighbour = reachable_peer();
    until(now.since_start() + 60_s);
    return neighbour;
  }

  PacketPool pool;
  RandomStream random{7};
  NeighbourMemory memory;
  NeighbourLimits limits;
  NeighbourCache cache{random, memory, limits};
  Instant now;
};

}  // namespace catenet::neighbour_test
