// Neighbours: from a next hop to a frame, for both families: the caches' solicitations sent, their
// queues' packets transmitted or reported unreachable. Read RFC 1122 section 2.3.2 and RFC 4861
// sections 7.2 and 7.3.
#pragma once

#include "catenet/ip/interface.hpp"
#include "catenet/ip/neighbour_cache.hpp"

namespace catenet {

class Neighbours {
 public:
  // `memory_bytes`: what may wait for addresses, see NeighbourMemory.
  Neighbours(IpLayer& layer, u64 memory_bytes) : layer_(layer), memory_{.limit = memory_bytes} {}

  // Sends `packet`, which begins at its IP header, to `next_hop`; kept while that is being
  // resolved. Fills `cache`'s neighbour if given.
  void resolve(Interface& interface, const IpAddress& next_hop, Packet&& packet,
               RouteCache* way = nullptr);
  // The same by the neighbour that `way` holds.
  void resolve(Interface& interface, const RouteCache& way, Packet&& packet);
  // Does what `table` asks for; after every input to it.
  void run_actions(Interface& interface, NeighbourCache& table);
  // An entry that its host's owner makes: it stays, or ages like a learned one. Errors as
  // NeighbourCache::add_permanent.
  Result<void> set(Interface& interface, const IpAddress& address, MacAddress mac, bool permanent);
  // Forgets an entry of whatever kind. no_entry: there was none.
  Result<void> remove(Interface& interface, const IpAddress& address);
  // Forgets what was learned on an interface that went down.
  void flush(Interface& interface);

  Instant next_deadline() const;
  void on_timeout(Instant now);
  // Of all caches of this host.
  NeighbourMemory& memory() { return memory_; }

 private:
  NeighbourCache& cache(Interface& interface, const IpAddress& address) const;
  void deliver(Interface& interface, NeighbourCache& table, Neighbour& neighbour, Packet&& packet);
  void act(Interface& interface, NeighbourAction action);
  void solicit(Interface& interface, const NeighbourAction& action,
               std::optional<MacAddress> station);
  // Tells the senders of `packets` that their next hop does not answer.
  void unreachable(Interface& interface, PacketQueue packets);

  IpLayer& layer_;
  NeighbourMemory memory_;
};

}  // namespace catenet
