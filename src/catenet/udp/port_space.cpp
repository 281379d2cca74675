#include "catenet/udp/port_space.hpp"

#include <algorithm>

namespace catenet {
namespace {

bool is_wildcard(const PortBinding& binding) { return binding.local.address.is_unspecified(); }

// Whether the sets of local addresses that two claims cover meet.
bool addresses_meet(const PortBinding& a, const PortBinding& b) {
  if (a.local.address.family() == b.local.address.family()) {
    return is_wildcard(a) || is_wildcard(b) || a.local.address == b.local.address;
  }
  const PortBinding& six = a.local.address.is_v6() ? a : b;
  return is_wildcard(six) && !six.v6_only;
}

bool covers(const PortBinding& binding, const IpAddress& local) {
  if (binding.local.address == local) return true;
  if (!is_wildcard(binding)) return false;
  return binding.local.address.family() == local.family() ||
         (binding.local.address.is_v6() && !binding.v6_only);
}

// How well a claim fits; 0: not at all.
int fitness(const PortBinding& binding, const Endpoint& local, const Endpoint& remote, u32 device) {
  if (!covers(binding, local.address)) return 0;
  if (binding.device != 0 && binding.device != device) return 0;
  int score = 1;
  if (binding.local.address.family() == local.address.family()) score += 1;
  if (!is_wildcard(binding)) score += 2;
  if (binding.device != 0) score += 4;
  if (binding.remote.port != 0) {
    if (binding.remote != remote) return 0;
    score += 8;
  }
  return score;
}

u64 flow_hash(SipKey secret, const Endpoint& local, const Endpoint& remote) {
  u8 bytes[40] = {};
  const auto put = [&](u8* at, const Endpoint& endpoint) {
    const ByteView address = endpoint.address.bytes();
    std::copy(address.begin(), address.end(), at);
    store16(at + 16, endpoint.port);
    at[18] = static_cast<u8>(endpoint.address.family());
  };
  put(bytes, local);
  put(bytes + 20, remote);
  return siphash(secret, bytes);
}

}  // namespace

bool PortSpace::conflicts(const PortBinding& binding) const {
  const auto found = ports_.find(binding.local.port);
  if (found == ports_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const PortBinding* other) {
    if (!addresses_meet(binding, *other)) return false;
    if (binding.device != 0 && other->device != 0 && binding.device != other->device) return false;
    if (binding.reuse_port && other->reuse_port) return false;
    const bool listener = binding.exclusive_listener || other->exclusive_listener;
    return !(binding.reuse_address && other->reuse_address && !listener);
  });
}

bool PortSpace::listener_beside(const PortBinding& binding) const {
  const auto found = ports_.find(binding.local.port);
  if (found == ports_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const PortBinding* other) {
    return other != &binding && other->exclusive_listener && addresses_meet(binding, *other) &&
           !(binding.reuse_port && other->reuse_port);
  });
}

Result<void> PortSpace::bind(PortBinding& binding, RandomStream& random) {
  if (binding.local.port != 0) {
    if (conflicts(binding)) return Unexpected(Errno::address_in_use);
    ports_[binding.local.port].push_back(&binding);
    return {};
  }
  const u32 size = range_.size();
  const u32 start = static_cast<u32>(random.below(size));
  for (u32 i = 0; i < size; ++i) {
    binding.local.port = static_cast<u16>(range_.first + (start + i) % size);
    if (!ports_.contains(binding.local.port)) {
      ports_[binding.local.port].push_back(&binding);
      return {};
    }
  }
  binding.local.port = 0;
  return Unexpected(Errno::address_in_use);
}

void PortSpace::unbind(PortBinding& binding) {
  const auto found = ports_.find(binding.local.port);
  if (found == ports_.end()) return;
  std::erase(found->second, &binding);
  if (found->second.empty()) ports_.erase(found);
}

PortBinding* PortSpace::find(const Endpoint& local, const Endpoint& remote, u32 device) const {
  return best_of(local, remote, device, false);
}

PortBinding* PortSpace::find_listener(const Endpoint& local, const Endpoint& remote,
                                      u32 device) const {
  return best_of(local, remote, device, true);
}

PortBinding* PortSpace::best_of(const Endpoint& local, const Endpoint& remote, u32 device,
                                bool listeners) const {
  const auto found = ports_.find(local.port);
  if (found == ports_.end()) return nullptr;
  PortBinding* best = nullptr;
  int best_score = 0;
  u64 equals = 0;
  u64 hash = 0;
  for (PortBinding* binding : found->second) {
    if (listeners && !binding->exclusive_listener) continue;
    const int score = fitness(*binding, local, remote, device);
    if (score > best_score) {
      best = binding;
      best_score = score;
      equals = 1;
    } else if (score > 0 && score == best_score && binding->reuse_port) {
      if (equals == 1) hash = flow_hash(secret_, local, remote);
      ++equals;
      // Reservoir choice: each of n equals is kept with the chance 1/n, the same for every packet
      // of a flow.
      if (mix64(hash + equals) % equals == 0) best = binding;
    }
  }
  return best;
}

void PortSpace::for_each(const Endpoint& local, const Endpoint& remote, u32 device,
                         const std::function<void(PortBinding&)>& visit) const {
  const auto found = ports_.find(local.port);
  if (found == ports_.end()) return;
  const std::vector<PortBinding*> claims = found->second;
  for (PortBinding* binding : claims) {
    if (fitness(*binding, local, remote, device) > 0) visit(*binding);
  }
}

Result<u16> PortSpace::ephemeral(const IpAddress& local, const Endpoint& remote,
                                 const std::function<bool(u16)>& taken) {
  constexpr std::size_t table_size = 64;
  if (counters_.empty()) counters_.resize(table_size);
  const u64 hash = flow_hash(secret_, {local, 0}, remote);
  u16& counter = counters_[(hash >> 32) % table_size];
  const u32 size = range_.size();
  for (u32 i = 0; i < size; ++i) {
    const auto port = static_cast<u16>(range_.first + (static_cast<u32>(hash) + counter++) % size);
    if (!taken(port)) return port;
  }
  return Unexpected(Errno::address_not_available);
}

std::vector<const PortBinding*> PortSpace::all() const {
  std::vector<u16> ports;
  for (const auto& [port, claims] : ports_) ports.push_back(port);
  std::sort(ports.begin(), ports.end());
  std::vector<const PortBinding*> claims;
  for (u16 port : ports) {
    const auto& at = ports_.at(port);
    claims.insert(claims.end(), at.begin(), at.end());
  }
  return claims;
}

}  // namespace catenet
