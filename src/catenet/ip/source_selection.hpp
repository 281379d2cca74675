// Which source address for a destination, and which destination first: read RFC 6724. Pure
// functions over lists of candidates; whoever calls knows interfaces and routes.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

// A row of the policy table (RFC 6724 section 2.1).
struct AddressPolicy {
  u8 precedence = 0;  // higher: a better destination
  u8 label = 0;       // equal labels go together
};
// The row for `address` in the default table; IPv4 as ::ffff:0:0/96.
AddressPolicy address_policy(const IpAddress& address);

// RFC 6724 section 3.1: of either family; multicast by its scop field, IPv4 by section 3.2.
Ipv6Scope address_scope(const IpAddress& address);

// Leading bits that `source` and `destination` share, at most `prefix_length` (RFC 6724
// section 2.2).
u32 common_prefix_length(const IpAddress& source, const IpAddress& destination, u32 prefix_length);

// An address of ours.
struct SourceCandidate {
  IpAddress address;
  u8 prefix_length = 64;
  bool deprecated = false;
  bool temporary = false;  // RFC 8981
  bool home = false;       // RFC 6275
  bool care_of = false;
  u32 interface = 0;  // index
  bool advertised_by_next_hop =
      false;  // its prefix came from the router that the packet goes to (rule 5.5)
};

// Where the packet goes.
struct SourceQuery {
  IpAddress destination;
  u32 interface = 0;             // it leaves by; 0: any
  bool prefer_temporary = true;  // rule 7; RFC 6724 prefers them
};

// The index of the best candidate of the destination's family (RFC 6724 section 5, rules 1 to 8; of
// equals the first). -1: there is none.
int select_source(std::span<const SourceCandidate> candidates, const SourceQuery& query);

// A destination to be ordered, with the source that would be used for it.
struct DestinationCandidate {
  IpAddress destination;
  bool reachable = true;                    // there is a route, and `source` is one
  const SourceCandidate* source = nullptr;  // what select_source chose; nullptr: unusable
  bool encapsulated = false;                // sent through a tunnel (rule 7)
};

// Orders `candidates`, best first, stable (RFC 6724 section 6, rules 1 to 10).
void order_destinations(std::vector<DestinationCandidate>& candidates);

}  // namespace catenet
