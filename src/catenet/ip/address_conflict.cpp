#include "catenet/ip/address_conflict.hpp"

#include <algorithm>

#include "catenet/ip/ip_layer.hpp"

namespace catenet {
namespace {

// RFC 5227 section 1.1.
constexpr Duration probe_wait = Duration::seconds(1);
constexpr u8 probe_num = 3;
constexpr Duration probe_min = Duration::seconds(1);
constexpr Duration probe_max = Duration::seconds(2);
constexpr Duration announce_wait = Duration::seconds(2);
constexpr u8 announce_num = 2;
constexpr Duration announce_interval = Duration::seconds(2);
constexpr Duration defend_interval = Duration::seconds(10);
// RFC 4861 section 10, RFC 4862 section 5.4.2.
constexpr Duration max_rtr_solicitation_delay = Duration::seconds(1);

}  // namespace

void AddressConflict::begin(Interface& interface, const IpAddress& address, u8 probes,
                            Instant due) {
  forget(interface, address);
  const u8 announcements = address.is_v4() ? announce_num : u8{probes == 0};
  trials_.push_back({&interface, address, probes, announcements, due});
  layer_.arm(due);
}

void AddressConflict::probe(Interface& interface, const IpAddress& address) {
  const Duration longest = address.is_v4() ? probe_wait : max_rtr_solicitation_delay;
  const Instant due = layer_.now() + layer_.random().uniform(Duration::zero(), longest);
  const u8 probes = address.is_v4() ? probe_num : interface.options().duplicate_probes;
  begin(interface, address, probes, due);
}

void AddressConflict::announce(Interface& interface, const IpAddress& address) {
  begin(interface, address, 0, layer_.now());
}

void AddressConflict::forget(const Interface& interface, const IpAddress& address) {
  std::erase_if(trials_, [&](const Trial& trial) {
    return trial.interface == &interface && trial.address == address;
  });
}

void AddressConflict::forget(const Interface& interface) {
  std::erase_if(trials_, [&](const Trial& trial) { return trial.interface == &interface; });
}

void AddressConflict::on_duplicate(Interface& interface, const IpAddress& address) {
  forget(interface, address);
  layer_.note(interface, "address", address.to_string() + " is in use by another station");
  layer_.set_state(interface, address, AddressState::duplicated);
}

// RFC 5227 section 2.4 (c): the address was configured here, so it is kept; one announcement in
// DEFEND_INTERVAL tells others whose it is.
void AddressConflict::on_conflict(Interface& interface, Ipv4Address address) {
  const Instant now = layer_.now();
  const auto at = std::ranges::find_if(defences_, [&](const Defence& defence) {
    return defence.interface == &interface && defence.address == address;
  });
  const bool defended = at != defences_.end();
  if (defended && now - at->last < defend_interval) {
    if (!interface.options().defend_always) {
      layer_.note(interface, "address", address.to_string() + " given up to another station");
      layer_.set_state(interface, address, AddressState::duplicated);
    }
    return;
  }
  if (defended) {
    at->last = now;
  } else {
    defences_.push_back({&interface, address, now});
  }
  layer_.note(interface, "address", address.to_string() + " is used by another station too");
  layer_.arp().announce(interface, address);
}

Instant AddressConflict::next_deadline() const {
  Instant earliest = Instant::never();
  for (const Trial& trial : trials_) earliest = std::min(earliest, trial.due);
  return earliest;
}

void AddressConflict::on_timeout(Instant now) {
  for (std::size_t i = 0; i < trials_.size();) {
    if (trials_[i].due > now) {
      ++i;
      continue;
    }
    // A step may end the trial by the layer's state change, so it works on a copy.
    Trial trial = trials_[i];
    const bool more = step(trial, now);
    const auto at = std::ranges::find_if(trials_, [&](const Trial& other) {
      return other.interface == trial.interface && other.address == trial.address;
    });
    if (at == trials_.end()) continue;
    if (more) {
      *at = trial;
    } else {
      trials_.erase(at);
    }
  }
}

bool AddressConflict::step(Trial& trial, Instant now) {
  if (trial.probes_left > 0) {
    send_probe(trial);
    trial.due = after_probe(trial, now);
    return true;
  }
  const InterfaceAddress* own = trial.interface->find(trial.address);
  if (own && own->state == AddressState::tentative) {
    layer_.set_state(*trial.interface, trial.address, AddressState::preferred);
  }
  if (trial.announcements_left == 0) return false;
  send_announcement(trial);
  trial.due = now + announce_interval;
  return --trial.announcements_left > 0;
}

Instant AddressConflict::after_probe(const Trial& trial, Instant now) {
  if (trial.address.is_v6()) return now + trial.interface->neighbours6().retransmit();
  if (trial.probes_left == 0) return now + announce_wait;
  return now + layer_.random().uniform(probe_min, probe_max);
}

void AddressConflict::send_probe(Trial& trial) {
  --trial.probes_left;
  if (trial.address.is_v4()) {
    layer_.arp().probe(*trial.interface, trial.address.v4());
  } else {
    layer_.ndp().probe(*trial.interface, trial.address.v6());
  }
}

void AddressConflict::send_announcement(Trial& trial) {
  if (trial.address.is_v4()) {
    layer_.arp().announce(*trial.interface, trial.address.v4());
  } else {
    layer_.ndp().announce(*trial.interface, trial.address.v6());
  }
}

}  // namespace catenet
