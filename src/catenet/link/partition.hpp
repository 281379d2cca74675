// Partition: cuts a network into sets of nodes that cannot reach each other, by marking the links
// between the sets.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "catenet/link/link.hpp"

namespace catenet {

// A link and the names of the nodes at its ends.
struct NamedLink {
  Link* link = nullptr;
  std::string_view a_node;
  std::string_view b_node;
};

using NodeSet = std::vector<std::string>;

struct PartitionError {
  std::string node;     // who
  std::string message;  // what is wrong and what would be right
};

// Marks as partitioned every link whose ends lie in different sets, and heals all others, so that
// exactly this partition is in force. The nodes that no set names are one more set together.
// Returns how many links are cut; an error (a node named twice, a node without a link) changes
// nothing.
std::expected<std::size_t, PartitionError> partition(std::span<const NamedLink> links,
                                                     std::span<const NodeSet> sets);

// Heals every link.
void heal(std::span<const NamedLink> links);

}  // namespace catenet
