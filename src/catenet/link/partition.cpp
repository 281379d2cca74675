#include "catenet/link/partition.hpp"

#include <algorithm>
#include <map>

namespace catenet {
namespace {

using SetOfNode = std::map<std::string_view, std::size_t>;

bool has_link(std::span<const NamedLink> links, std::string_view node) {
  return std::any_of(links.begin(), links.end(), [&](const NamedLink& link) {
    return link.a_node == node || link.b_node == node;
  });
}

}  // namespace

std::expected<std::size_t, PartitionError> partition(std::span<const NamedLink> links,
                                                     std::span<const NodeSet> sets) {
  SetOfNode set_of;
  for (std::size_t set = 0; set < sets.size(); ++set) {
    for (const std::string& node : sets[set]) {
      if (!has_link(links, node)) {
        return std::unexpected(PartitionError{
            node, "no link ends there; the name of a node that has one would be right"});
      }
      if (!set_of.emplace(node, set).second) {
        return std::unexpected(PartitionError{node, "named twice; once would be right"});
      }
    }
  }
  const auto find = [&](std::string_view node) {
    const auto at = set_of.find(node);
    return at == set_of.end() ? sets.size() : at->second;
  };
  std::size_t cut = 0;
  for (const NamedLink& named : links) {
    const bool crosses = find(named.a_node) != find(named.b_node);
    named.link->set_partitioned(crosses);
    cut += crosses ? 1 : 0;
  }
  return cut;
}

void heal(std::span<const NamedLink> links) {
  for (const NamedLink& named : links) named.link->set_partitioned(false);
}

}  // namespace catenet
