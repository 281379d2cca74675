// Nodes with what they inherit, links with their ends, and segments: what one broadcast reaches.
#include <algorithm>
#include <fmt/core.h>
#include <numeric>

#include "catenet/lab/draft.hpp"
#include "catenet/lab/reader.hpp"

namespace catenet::lab {

namespace {

const NodeSettings* find_settings(const Named<NodeSettings>& named, std::string_view name) {
  for (const auto& [key, settings] : named) {
    if (key.value == name) return &settings;
  }
  return nullptr;
}

std::string_view kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::host: return "host";
    case NodeKind::router: return "router";
    case NodeKind::switch_: return "switch";
    case NodeKind::namespace_: return "namespace";
  }
  return "";
}

// Node over group over kind over defaults.
NodeSettings inherited(Draft& draft, const NodeModel& node) {
  const Model& model = draft.model;
  NodeSettings settings = node.settings;
  if (!settings.group) settings.group = model.defaults.group;
  if (settings.group) {
    if (const NodeSettings* group = find_settings(model.groups, settings.group->value)) {
      inherit(settings, *group);
    } else {
      std::vector<std::string_view> known;
      for (const auto& [key, ignored] : model.groups) known.push_back(key.value);
      draft.report.error(settings.group->at,
                         fmt::format("unknown group '{}'", settings.group->value),
                         suggestion(settings.group->value, known));
    }
  }
  if (!settings.kind) settings.kind = model.defaults.kind;
  if (!settings.kind) settings.kind = Located<NodeKind>{NodeKind::host, node.name.at};
  if (const NodeSettings* kind = find_settings(model.kinds, kind_name(settings.kind->value))) {
    inherit(settings, *kind);
  }
  inherit(settings, model.defaults);
  return settings;
}

// A switch and a namespace do not have everything that a node may say.
void check_kind(Draft& draft, const NodeModel& node, NodeKind kind) {
  const NodeSettings& said = node.settings;
  const auto refuse = [&](bool given, std::string_view key) {
    if (!given) return;
    draft.report.error(
        node.name.at,
        fmt::format("'{}' is a {} and has no '{}'", node.name.value, kind_name(kind), key),
        "leave it out, or make it another kind", static_cast<u32>(node.name.value.size()));
  };
  if (kind == NodeKind::switch_) {
    refuse(!said.addresses.empty(), "addresses");
    refuse(!said.routes.empty(), "routes");
    refuse(!said.gateways.empty(), "gateway");
    refuse(said.forwarding.has_value(), "forwarding");
    refuse(said.cold_boot.has_value(), "boot");
    refuse(said.slaac.has_value(), "slaac");
    refuse(said.advertise.has_value(), "advertise");
    refuse(!said.hosts.empty(), "hosts");
  }
  if (kind == NodeKind::switch_ || kind == NodeKind::namespace_) {
    refuse(!said.services.empty(), "services");
    refuse(!said.files.empty(), "files");
  }
  // The kernel's own stack is in charge there.
  if (kind == NodeKind::namespace_) {
    refuse(said.advertise.has_value(), "advertise");
    refuse(said.cold_boot.has_value(), "boot");
    refuse(said.slaac.has_value(), "slaac");
  }
}

void check_forwarding(Draft& draft, const PlanNode& node) {
  if (node.slaac && node.forwarding) {
    draft.report.error(node.at, fmt::format("'{}' forwards and has slaac", node.name),
                       "routers do not form addresses from advertisements (RFC 4862, 5)");
  }
  if (node.advertise && node.advertise->lifetime.value_or(Duration::zero()) > Duration::zero() &&
      *node.advertise->lifetime < node.advertise->interval.value_or(Duration::seconds(600))) {
    draft.report.error(node.at, fmt::format("'{}' advertises less often than it lives", node.name),
                       "make lifetime 0 s, or at least interval (RFC 4861, 6.2.1)");
  }
  if (node.advertise && !node.forwarding) {
    draft.report.error(node.at,
                       fmt::format("'{}' advertises itself but does not forward", node.name),
                       "say kind: router");
  }
}

void check_ports(Draft& draft, const PlanNode& node) {
  for (std::size_t i = 0; i < node.services.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Service& service = node.services[i];
      if (service.port() != node.services[j].port()) continue;
      draft.report.error(
          service.at, fmt::format("two services of '{}' on port {}", node.name, service.port()),
          fmt::format("the other is on {}", draft.report.place(node.services[j].at, service.at)));
    }
  }
}

void check_inheritance(Draft& draft) {
  for (const auto& [name, settings] : draft.model.kinds) {
    if (settings.kind)
      draft.report.error(settings.kind->at, fmt::format("kind '{}' has a kind", name.value));
    if (settings.group)
      draft.report.error(settings.group->at, fmt::format("kind '{}' has a group", name.value));
  }
  for (const auto& [name, settings] : draft.model.groups) {
    if (settings.group)
      draft.report.error(settings.group->at, fmt::format("group '{}' has a group", name.value),
                         "groups do not nest");
  }
}

PlanNode make_node(const NodeModel& node, const NodeSettings& settings) {
  PlanNode made;
  made.name = node.name.value;
  made.kind = settings.kind->value;
  made.at = node.name.at;
  if (!made.has_stack()) return made;
  made.forwarding = settings.forwarding.value_or(made.kind == NodeKind::router);
  made.cold_boot = settings.cold_boot.value_or(false);
  made.slaac = settings.slaac.value_or(false);
  made.advertise = settings.advertise;
  for (const auto& [name, addresses] : settings.hosts)
    made.hosts.push_back({name.value, addresses});
  if (made.kind == NodeKind::namespace_) return made;
  made.services = settings.services;
  made.files = settings.files;
  made.options = settings.options;
  return made;
}

}  // namespace

void plan_nodes(Draft& draft) {
  if (draft.model.nodes.empty()) {
    draft.report.error({0, 0, 0}, "the lab has no nodes", "say nodes: {alice: {}}");
  }
  check_inheritance(draft);
  for (const NodeModel& node : draft.model.nodes) {
    NodeSettings settings = inherited(draft, node);
    check_kind(draft, node, settings.kind->value);
    draft.node_by_name.emplace(node.name.value, static_cast<NodeIndex>(draft.plan.nodes.size()));
    draft.plan.nodes.push_back(make_node(node, settings));
    check_forwarding(draft, draft.plan.nodes.back());
    check_ports(draft, draft.plan.nodes.back());
    draft.settings.push_back(std::move(settings));
  }
  draft.interfaces.resize(draft.plan.nodes.size());
}

namespace {

// Names the ends of links, first those that are given, then the others in the order of the links: a
// name that is given anywhere is never handed out.
class EndNamer {
 public:
  explicit EndNamer(Draft& draft)
      : draft_(draft), taken_(draft.plan.nodes.size()), next_(draft.plan.nodes.size()) {}

  void take_given(const EndpointModel& end) {
    const auto node = draft_.node_by_name.find(end.node.value);
    if (!end.interface || node == draft_.node_by_name.end()) return;
    const auto [first, fresh] =
        taken_[node->second].emplace(end.interface->value, end.interface->at);
    if (fresh) return;
    draft_.report.error(
        end.interface->at,
        fmt::format("interface '{}:{}' is the end of two links", end.node.value,
                    end.interface->value),
        fmt::format("the other is on {}", draft_.report.place(first->second, end.interface->at)),
        static_cast<u32>(end.interface->value.size()));
  }

  std::string name(const EndpointModel& end, NodeIndex node) {
    if (end.interface) return end.interface->value;
    while (true) {
      std::string name = fmt::format("eth{}", next_[node]++);
      if (!taken_[node].contains(name)) return name;
    }
  }

 private:
  Draft& draft_;
  std::vector<std::unordered_map<std::string, Mark>> taken_;
  std::vector<u32> next_;
};

// What the endpoint itself, then the node's `interfaces` say of it.
InterfaceSettings interface_settings(const Draft& draft, const EndpointModel& end, NodeIndex node,
                                     std::string_view name) {
  InterfaceSettings settings = end.settings;
  for (const auto& [key, listed] : draft.settings[node].interfaces) {
    if (key.value != name) continue;
    if (settings.addresses.empty() && !settings.no_address) {
      settings.addresses = listed.addresses;
      settings.no_address = listed.no_address;
    }
    if (!settings.mac) settings.mac = listed.mac;
    if (!settings.mtu) settings.mtu = listed.mtu;
  }
  return settings;
}

std::optional<PlanEnd> plan_end(Draft& draft, EndNamer& namer, const EndpointModel& end,
                                LinkIndex link) {
  const std::optional<NodeIndex> node = draft.find_node(end.node);
  if (!node) return std::nullopt;
  PlanInterface made;
  made.name = namer.name(end, *node);
  made.link = link;
  InterfaceDraft beside{interface_settings(draft, end, *node, made.name), end.node.at};
  if (beside.settings.mtu) made.mtu = beside.settings.mtu->value;
  const bool addressed = !beside.settings.addresses.empty();
  PlanNode& owner = draft.plan.nodes[*node];
  if (addressed && !owner.has_stack()) {
    draft.report.error(beside.settings.addresses[0].at,
                       fmt::format("'{}' is a switch and has no addresses", owner.name));
  }
  if (made.mtu < 1'280 && owner.has_stack() && draft.model.ipv6.value_or(true) &&
      beside.settings.mtu) {
    draft.report.warn(beside.settings.mtu->at,
                      fmt::format("mtu {} is below what IPv6 needs", made.mtu),
                      "1280 bytes (RFC 8200, 5)");
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
  if (draft.node_by_name.contains(link.name)) {
    draft.report.error(at, fmt::format("a link has the name of node '{}'", link.name),
                       "give it another");
  }
}

// Own interfaces that no link ends at: a name was misspelt, or the link forgotten.
void check_unlinked(Draft& draft) {
  for (NodeIndex n = 0; n < draft.plan.nodes.size(); ++n) {
    const PlanNode& node = draft.plan.nodes[n];
    std::vector<std::string_view> known;
    for (const PlanInterface& interface : node.interfaces) known.push_back(interface.name);
    for (const auto& [name, ignored] : draft.model.nodes[n].settings.interfaces) {
      if (std::find(known.begin(), known.end(), name.value) != known.end()) continue;
      std::string hint = suggestion(name.value, known);
      if (hint.empty())
        hint = fmt::format("say '{}:{}' in a link's endpoints", node.name, name.value);
      draft.report.error(
          name.at, fmt::format("no link ends at interface '{}' of '{}'", name.value, node.name),
          std::move(hint), static_cast<u32>(name.value.size()));
    }
    if (node.interfaces.empty() && draft.plan.nodes.size() > 1) {
      draft.report.warn(node.at, fmt::format("no link ends at '{}'", node.name), {},
                        static_cast<u32>(node.name.size()));
    }
  }
}

void plan_link(Draft& draft, EndNamer& namer, const LinkModel& said) {
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
  const std::optional<PlanEnd> a = plan_end(draft, namer, said.a, index);
  const std::optional<PlanEnd> b = plan_end(draft, namer, said.b, index);
  if (!a || !b) return;
  link.a = *a;
  link.b = *b;
  name_link(draft, link, said, index);
  draft.links_by_nodes[Draft::node_pair(a->node, b->node)].push_back(index);
  draft.plan.links.push_back(std::move(link));
}

}  // namespace

void plan_links(Draft& draft) {
  EndNamer namer(draft);
  for (const LinkModel& link : draft.model.links) {
    namer.take_given(link.a);
    namer.take_given(link.b);
  }
  for (const LinkModel& link : draft.model.links) plan_link(draft, namer, link);
  // Ends of links that were refused are missing; what that looks like is no news.
  if (!draft.report.failed()) check_unlinked(draft);
}

namespace {

// The smallest member names a set.
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), 0u);
  }
  u32 find(u32 member) {
    while (parent_[member] != member) member = parent_[member] = parent_[parent_[member]];
    return member;
  }
  // False when they were one set before.
  bool join(u32 a, u32 b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    parent_[std::max(a, b)] = std::min(a, b);
    return true;
  }

 private:
  std::vector<u32> parent_;
};

void check_loops(Draft& draft) {
  Sets joined(draft.plan.nodes.size());
  for (const PlanLink& link : draft.plan.links) {
    const bool switches =
        !draft.plan.nodes[link.a.node].has_stack() && !draft.plan.nodes[link.b.node].has_stack();
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
