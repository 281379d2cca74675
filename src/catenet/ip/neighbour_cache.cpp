#include "catenet/ip/neighbour_cache.hpp"

#include <algorithm>
#include <bit>

namespace catenet {
namespace {

// ReachableTime is drawn anew after this (RFC 4861 6.3.4: at least every few hours).
constexpr Duration reachable_draw_lifetime = Duration::seconds(2 * 3600);

u64 footprint(const PacketQueue& queue) {
  return queue.bytes() + u64{queue.size()} * Packet::overhead;
}

}  // namespace

const NeighbourLimits NeighbourCache::default_limits{};

std::string_view neighbour_state_name(NeighbourState state) {
  switch (state) {
    case NeighbourState::incomplete: return "INCOMPLETE";
    case NeighbourState::reachable: return "REACHABLE";
    case NeighbourState::stale: return "STALE";
    case NeighbourState::delay: return "DELAY";
    case NeighbourState::probe: return "PROBE";
    case NeighbourState::failed: return "FAILED";
    case NeighbourState::permanent: return "PERMANENT";
  }
  return "NONE";
}

NeighbourCache::NeighbourCache(RandomStream& random, NeighbourMemory& memory, const Limits& limits)
    : random_(random), memory_(memory), limits_(limits), key_(random.next()) {}

// The one door between states; each but incomplete, delay and probe waits for nothing.
void NeighbourCache::set_state(Neighbour& neighbour, NeighbourState next, Instant now) {
  neighbour.state_ = next;
  neighbour.updated_ = now;
  neighbour.probes_ = 0;
  neighbour.deadline_ = Instant::never();
}

void NeighbourCache::set_deadline(Neighbour& neighbour, Instant at) {
  neighbour.deadline_ = at;
  next_deadline_ = std::min(next_deadline_, at);
}

NeighbourAction& NeighbourCache::act(NeighbourAction::Kind kind, const Neighbour& neighbour) {
  if (!actions_) actions_ = std::make_unique<Ring<NeighbourAction>>();
  actions_->push_back({.kind = kind,
                       .target = neighbour.address_,
                       .mac = neighbour.mac_,
                       .source = neighbour.asked_for_,
                       .was_router = neighbour.router_,
                       .packets = {}});
  return actions_->back();
}

std::optional<NeighbourAction> NeighbourCache::poll_action() {
  if (!actions_ || actions_->empty()) return std::nullopt;
  return actions_->pop_front();
}

Neighbour* NeighbourCache::resolve(const IpAddress& address, Instant now, const IpAddress& source) {
  Neighbour* neighbour = find(address);
  if (!neighbour) {
    neighbour = make(address, now);
    if (!neighbour) return nullptr;
    set_state(*neighbour, NeighbourState::failed, now);
  }
  touch(*neighbour, now, source);
  return neighbour;
}

void NeighbourCache::touch(Neighbour& neighbour, Instant now, const IpAddress& source) {
  neighbour.used_ = now;
  neighbour.wanted_ = true;
  switch (neighbour.state(now)) {
    case NeighbourState::failed:
      neighbour.asked_for_ = source;
      set_state(neighbour, NeighbourState::incomplete, now);
      return solicit(neighbour, now);
    case NeighbourState::stale:
      neighbour.asked_for_ = source;
      set_state(neighbour, NeighbourState::delay, now);
      return set_deadline(neighbour, now + limits_.delay_first_probe);
    case NeighbourState::incomplete:
    case NeighbourState::reachable:
    case NeighbourState::delay:
    case NeighbourState::probe:
    case NeighbourState::permanent: return;
  }
}

PacketQueue NeighbourCache::queue(Neighbour& neighbour, Packet packet) {
  CATENET_ASSERT(neighbour.state_ == NeighbourState::incomplete);
  PacketQueue& waiting = neighbour.queue_;
  memory_.used += packet.footprint();
  waiting.push_back(std::move(packet));
  PacketQueue displaced;
  // RFC 1122 2.3.2.2 and RFC 4861 7.2.2: the newest is kept.
  while (waiting.size() > 1 && !within_bounds(waiting)) {
    Packet oldest = waiting.pop_front();
    memory_.used -= oldest.footprint();
    displaced.push_back(std::move(oldest));
  }
  return displaced;
}

bool NeighbourCache::within_bounds(const PacketQueue& queue) const {
  return queue.size() <= limits_.queue_packets && footprint(queue) <= limits_.queue_bytes &&
         memory_.used <= memory_.limit;
}

PacketQueue NeighbourCache::take_queue(Neighbour& neighbour) {
  memory_.used -= footprint(neighbour.queue_);
  return std::move(neighbour.queue_);
}

void NeighbourCache::solicit(Neighbour& neighbour, Instant now) {
  ++neighbour.probes_;
  act(neighbour.state_ == NeighbourState::incomplete ? NeighbourAction::Kind::solicit_multicast
                                                     : NeighbourAction::Kind::solicit_unicast,
      neighbour);
  set_deadline(neighbour, now + retransmit_);
}

void NeighbourCache::on_deadline(Neighbour& neighbour, Instant now) {
  switch (neighbour.state_) {
    case NeighbourState::incomplete:
      if (neighbour.probes_ >= limits_.multicast_probes) return fail(neighbour, now);
      return solicit(neighbour, now);
    case NeighbourState::delay:
      set_state(neighbour, NeighbourState::probe, now);
      return solicit(neighbour, now);
    case NeighbourState::probe:
      if (neighbour.probes_ >= limits_.unicast_probes) return fail(neighbour, now);
      return solicit(neighbour, now);
    case NeighbourState::reachable:
    case NeighbourState::stale:
    case NeighbourState::failed:
    case NeighbourState::permanent: CATENET_ASSERT(false);
  }
}

void NeighbourCache::on_timeout(Instant now) {
  if (now < next_deadline_) return;
  next_deadline_ = Instant::never();
  for (const auto& neighbour : entries_) {
    if (neighbour->deadline_ <= now) {
      on_deadline(*neighbour, now);
    } else {
      next_deadline_ = std::min(next_deadline_, neighbour->deadline_);
    }
  }
}

void NeighbourCache::reach(Neighbour& neighbour, Instant now) {
  if (now >= reachable_drawn_until_) {
    reachable_ = random_.uniform(base_reachable_ / 2, base_reachable_ * 3 / 2);
    reachable_drawn_until_ = now + reachable_draw_lifetime;
  }
  if (neighbour.state_ != NeighbourState::reachable) {
    set_state(neighbour, NeighbourState::reachable, now);
  }
  neighbour.confirmed_ = now;
  neighbour.reachable_until_ = now + reachable_;
}

void NeighbourCache::flush(Neighbour& neighbour) {
  if (neighbour.queue_.empty()) return;
  act(NeighbourAction::Kind::resolved, neighbour).packets = take_queue(neighbour);
}

void NeighbourCache::fail(Neighbour& neighbour, Instant now) {
  act(NeighbourAction::Kind::failed, neighbour).packets = take_queue(neighbour);
  set_state(neighbour, NeighbourState::failed, now);
  neighbour.router_ = false;
  ++generation_;
}

NeighbourChange NeighbourCache::on_advertisement(const NeighbourAdvertisement& advertisement,
                                                 Instant now) {
  Neighbour* neighbour = find(advertisement.target);
  if (!neighbour) return {};
  Change change{neighbour};
  if (neighbour->state_ == NeighbourState::permanent) return change;
  const auto& mac = advertisement.mac;
  const bool unknown = !neighbour->usable();
  if (unknown && !mac) return {};
  const bool other_mac = mac && (unknown || *mac != neighbour->mac_);
  // RFC 4861 7.2.5, I: another address without the right to override makes us doubt, no more.
  if (other_mac && !unknown && !advertisement.override) {
    doubt(*neighbour, now);
    return change;
  }
  change.mac_changed = other_mac && !unknown;
  change.left_routers = neighbour->router_ && !advertisement.router;
  neighbour->router_ = advertisement.router;
  if (other_mac) neighbour->mac_ = *mac;
  if (advertisement.solicited) {
    reach(*neighbour, now);
  } else if (other_mac) {
    set_state(*neighbour, NeighbourState::stale, now);
  }
  flush(*neighbour);
  return change;
}

NeighbourChange NeighbourCache::on_solicitation(const IpAddress& source, MacAddress mac,
                                                Instant now, bool create,
                                                std::optional<bool> is_router) {
  Neighbour* neighbour = find(source);
  if (!neighbour && create) {
    neighbour = make(source, now);
    if (neighbour) set_state(*neighbour, NeighbourState::failed, now);
  }
  if (!neighbour) return {};
  Change change{neighbour};
  if (neighbour->state_ == NeighbourState::permanent) return change;
  if (is_router) {
    change.left_routers = neighbour->router_ && !*is_router;
    neighbour->router_ = *is_router;
  }
  const bool known = neighbour->usable();
  if (known && neighbour->mac_ == mac) return change;
  change.mac_changed = known;
  neighbour->mac_ = mac;
  set_state(*neighbour, NeighbourState::stale, now);
  flush(*neighbour);
  return change;
}

void NeighbourCache::confirm(const IpAddress& address, Instant now) {
  if (Neighbour* neighbour = find(address)) confirm(*neighbour, now);
}

void NeighbourCache::confirm(Neighbour& neighbour, Instant now) {
  if (neighbour.usable() && neighbour.state_ != NeighbourState::permanent) reach(neighbour, now);
}

void NeighbourCache::doubt(Neighbour& neighbour, Instant now) {
  if (neighbour.state(now) == NeighbourState::reachable) {
    set_state(neighbour, NeighbourState::stale, now);
  }
}

Result<void> NeighbourCache::add_permanent(const IpAddress& address, MacAddress mac, Instant now) {
  return enter(address, mac, NeighbourState::permanent, now);
}

Result<void> NeighbourCache::add_learned(const IpAddress& address, MacAddress mac, Instant now) {
  return enter(address, mac, NeighbourState::stale, now);
}

Result<void> NeighbourCache::enter(const IpAddress& address, MacAddress mac, NeighbourState state,
                                   Instant now) {
  Neighbour* neighbour = find(address);
  if (!neighbour) neighbour = make(address, now);
  if (!neighbour) return Unexpected(Errno::no_buffer_space);
  neighbour->mac_ = mac;
  set_state(*neighbour, state, now);
  flush(*neighbour);
  return {};
}

void NeighbourCache::set_timers(Duration base_reachable, Duration retransmit) {
  if (base_reachable != base_reachable_) reachable_drawn_until_ = Instant::long_ago();
  base_reachable_ = base_reachable;
  retransmit_ = retransmit;
}

}  // namespace catenet
