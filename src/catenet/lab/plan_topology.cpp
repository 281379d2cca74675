// Links with their ends, and segments: what one broadcast reaches.
#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>

#include "catenet/lab/draft.hpp"
#include "catenet/lab/sets.hpp"

namespace catenet::lab {

namespace {

// What the file says of the ends of links, and their names: first those that are given, then the
// others in the order of the links. A name that is given anywhere is never handed out.
class Ends {
 public:
  explicit Ends(Draft& draft) : draft_(draft), next_(draft.plan.nodes.size()) {
    for (NodeIndex n = 0; n < draft.plan.nodes.size(); ++n) {
      for (const auto& [name, settings] : draft.settings[n].interfaces)
        listed_.emplace(key(n, name.value), &settings);
    }
  }

  void take_given(const EndpointModel& end) {
    const auto node = draft_.node_by_name.find(end.node.value);
    if (!end.interface || node == draft_.node_by_name.end()) return;
    const Located<std::string>& name = *end.interface;
    const auto [first, fresh] = given_.emplace(key(node->second, name.value), name.at);
    if (fresh) return;
    draft_.report.error(
        name.at,
        fmt::format("interface '{}:{}' is the end of two links", end.node.value, name.value),
        fmt::format("the other is on {}", draft_.report.place(first->second, name.at)),
        static_cast<u32>(name.value.size()));
  }

  std::string name(const EndpointModel& end, NodeIndex node) {
    if (end.interface) return end.interface->value;
    while (true) {
      std::string name = fmt::format("eth{}", next_[node]++);
      if (!given_.contains(key(node, name))) return name;
    }
  }

  // What the endpoint itself, then the node's `interfaces` say.
  InterfaceSettings settings(const EndpointModel& end, NodeIndex node,
                             std::string_view name) const {
    InterfaceSettings settings = end.settings;
    const auto found = listed_.find(key(node, name));
    if (found == listed_.end()) return settings;
    const InterfaceSettings& listed = *found->second;
    if (settings.addresses.empty() && !settings.no_address) {
      settings.addresses = listed.addresses;
      settings.no_address = listed.no_address;
    }
    if (!settings.mac) settings.mac = listed.mac;
    if (!settings.mtu) settings.mtu = listed.mtu;
    return settings;
  }

 private:
  static std::string key(NodeIndex node, std::string_view interface) {
    return fmt::format("{}:{}", node, interface);
  }

  Draft& draft_;
  std::unordered_map<std::string, Mark> given_;
  std::unordered_map<std::string, const InterfaceSettings*> listed_;
  std::vector<u32> next_;  // by node: the number to try next
};

// Names that every host, or the kernel, has taken.
void check_interface_name(Draft& draft, const PlanNode& node, const Located<std::string>& name) {
  const bool loopback = node.has_stack() && name.value == "lo";
  const bool kernels =
      node.kind == NodeKind::namespace_ && (name.value == "all" || name.value == "default");
  if (!loopback && !kernels) return;
  draft.report.error(
      name.at, fmt::format("no interface of '{}' can have the name '{}'", node.name, name.value),
      loopback ? "it is the loopback interface's; say another"
               : "the kernel means all interfaces by it; say another",
      static_cast<u32>(name.value.size()));
}

std::optional<PlanEnd> plan_end(Draft& draft, Ends& ends, const EndpointModel& end,
                                LinkIndex link) {
  const std::optional<NodeIndex> node = draft.find_node(end.node);
  if (!node) return std::nullopt;
  PlanInterface made;
  made.name = ends.name(end, *node);
  made.link = link;
  InterfaceDraft beside{ends.settings(end, *node, made.name), end.node.at};
  if (beside.settings.mtu) made.mtu = beside.settings.mtu->value;
  const bool addressed = !beside.settings.addresses.empty();
  PlanNode& owner = draft.plan.nodes[*node];
  if (end.interface) check_interface_name(draft, owner, *end.interface);
  if (addressed && !owner.has_stack()) {
    draft.report.error(
        beside.settings.addresses[0].at,
        fmt::format("'{}' is {} and has no addresses", owner.name, kind_text(owner.kind)),
        owner.kind == NodeKind::outside
            ? "what the machine's end of a TAP gets stands in device: {tap, address}"
            : "it has no IP; give the address to a node that has");
  }
  if (made.mtu < 1'280 && owner.is_lab_host() && draft.model.ipv6.value_or(true) &&
      beside.settings.mtu) {
    draft.report.warn(beside.settings.mtu->at,
                      fmt::format("mtu {} is below what IPv6 needs", made.mtu),
                      "1280 bytes (RFC 8200, 5)");
  }
  if (owner.kind == NodeKind::outside && !owner.interfaces.empty()) {
    draft.report.error(end.node.at, fmt::format("a second link ends at '{}'", owner.name),
                       "what is outside has one wire; put a switch before it");
  }
  owner.interfaces.push_back(std::move(made));
  draft.interfaces[*node].push_back(std::move(beside));
  return PlanEnd{*node, static_cast<u32>(owner.interfaces.size() - 1)};
}

void name_link(Draft& draft, PlanLink& link, const LinkModel& said, LinkIndex index) {
  const std::string a = draft.plan.nodes[link.a.node].name;
  const std::string b = draft.plan.nodes[link.b.node].name;
  link.name = said.name ? said.name->value : a + "--" + b;
  if (!said.name && draft.link_by_name.contains(link.name)) {
    link.name = draft.plan.port_name(link.a) + "--" + draft.plan.port_name(link.b);
  }
  const auto [first, fresh] = draft.link_by_name.emplace(link.name, index);
  const Mark at = said.name ? said.name->at : link.at;
  if (!fresh) {
    draft.report.error(at, fmt::format("two links have the name '{}'", link.name),
                       fmt::format("the other is on {}",
                                   draft.report.place(draft.plan.links[first->second].at, at)));
  }
  if (said.name && (link.name.empty() || link.name == "all")) {
    draft.report.error(at, fmt::format("a link cannot have the name '{}'", link.name),
                       link.name.empty() ? "leave it out: a link is a--b unless named"
                                         : "heal: all means every link; give it another");
  }
  if (said.name && link.name.find(':') != std::string::npos) {
    draft.report.error(at, fmt::format("a link cannot have the name '{}'", link.name),
                       "node:interface is a port; leave the ':' out",
                       static_cast<u32>(link.name.size()));
  }
  if (draft.node_by_name.contains(link.name)) {
    draft.report.error(at, fmt::format("a link has the name of node '{}'", link.name),
                       "give it another");
  }
}

// Own interfaces that no link ends at: a name was misspelt, or the link forgotten.
void check_unlinked(Draft& draft) {
  for (NodeIndex n = 0; n < draft.plan.nodes.size(); ++n) {
    const PlanNode& node = draft.plan.nodes[n];
    for (const auto& [name, ignored] : draft.model.nodes[n].settings.interfaces) {
      if (draft.find_interface(n, name.value)) continue;
      std::string hint = suggestion(name.value, draft.interface_names(n));
      if (hint.empty())
        hint = fmt::format("say '{}:{}' in a link's endpoints", node.name, name.value);
      draft.report.error(
          name.at, fmt::format("no link ends at interface '{}' of '{}'", name.value, node.name),
          std::move(hint), static_cast<u32>(name.value.size()));
    }
    if (node.interfaces.empty() && node.kind == NodeKind::outside) {
      draft.report.error(
          node.at, fmt::format("no link ends at '{}', which is outside", node.name),
          fmt::format("join it to the lab: links: [{{endpoints: [{}, …]}}]", node.name),
          static_cast<u32>(node.name.size()));
    } else if (node.interfaces.empty() && draft.plan.nodes.size() > 1) {
      draft.report.warn(node.at, fmt::format("no link ends at '{}'", node.name), {},
                        static_cast<u32>(node.name.size()));
    }
  }
}

void plan_link(Draft& draft, Ends& ends, const LinkModel& said) {
  const LinkIndex index = static_cast<LinkIndex>(draft.plan.links.size());
  PlanLink link;
  link.at = said.at;
  link.up = said.up;
  said.impair.forward.apply_to(link.forward);
  said.impair.back.apply_to(link.back);
  if (said.a.node.value == said.b.node.value) {
    draft.report.error(said.b.node.at, fmt::format("a link from '{}' to itself", said.a.node.value),
                       "a link joins two nodes", static_cast<u32>(said.b.node.value.size()));
    return;
  }
  const std::optional<PlanEnd> a = plan_end(draft, ends, said.a, index);
  const std::optional<PlanEnd> b = plan_end(draft, ends, said.b, index);
  if (!a || !b) return;
  link.a = *a;
  link.b = *b;
  name_link(draft, link, said, index);
  draft.links_by_nodes[Draft::node_pair(a->node, b->node)].push_back(index);
  draft.plan.links.push_back(std::move(link));
}

}  // namespace

void plan_links(Draft& draft) {
  Ends ends(draft);
  for (const LinkModel& link : draft.model.links) {
    ends.take_given(link.a);
    ends.take_given(link.b);
  }
  draft.plan.links.reserve(draft.model.links.size());
  for (const LinkModel& link : draft.model.links) plan_link(draft, ends, link);
  draft.index_ports();
  // Ends of links that were refused are missing; what that looks like is no news.
  if (!draft.report.failed()) check_unlinked(draft);
}

namespace {

void check_loops(Draft& draft) {
  Sets joined(draft.plan.nodes.size());
  for (const PlanLink& link : draft.plan.links) {
    const auto is_switch = [&](PlanEnd end) {
      return draft.plan.nodes[end.node].kind == NodeKind::switch_;
    };
    const bool switches = is_switch(link.a) && is_switch(link.b);
    if (!switches || !link.up || joined.join(link.a.node, link.b.node)) continue;
    draft.report.warn(link.at, fmt::format("link {} closes a loop of switches", link.name),
                      "a broadcast circles there for ever; say up: false, or leave the link out");
  }
}

void join_islands(Draft& draft) {
  Sets joined(draft.plan.segments.size());
  for (const PlanNode& node : draft.plan.nodes) {
    if (!node.forwarding) continue;
    for (const PlanInterface& interface : node.interfaces)
      joined.join(node.interfaces[0].segment, interface.segment);
  }
  for (u32 s = 0; s < draft.plan.segments.size(); ++s) draft.island.push_back(joined.find(s));
}

}  // namespace

void plan_segments(Draft& draft) {
  Plan& plan = draft.plan;
  Sets joined(plan.links.size());
  for (const PlanNode& node : plan.nodes) {
    if (node.has_stack()) continue;
    for (const PlanInterface& port : node.interfaces)
      joined.join(node.interfaces[0].link, port.link);
  }
  // Numbered by their first link: what is added behind renumbers nothing.
  std::vector<SegmentIndex> segment_of(plan.links.size(), no_index);
  for (LinkIndex l = 0; l < plan.links.size(); ++l) {
    SegmentIndex& index = segment_of[joined.find(l)];
    if (index == no_index) {
      index = static_cast<SegmentIndex>(plan.segments.size());
      plan.segments.emplace_back().number = index + 1;
    }
    PlanLink& link = plan.links[l];
    link.segment = index;
    plan.segments[index].links.push_back(l);
    for (PlanEnd end : {link.a, link.b}) {
      draft.interface(end).segment = index;
      if (plan.nodes[end.node].has_stack()) plan.segments[index].stations.push_back(end);
    }
  }
  check_loops(draft);
  join_islands(draft);
}

}  // namespace catenet::lab
