// Nodes with what they inherit.
#include <fmt/core.h>
#include <unordered_map>

#include "catenet/lab/draft.hpp"
#include "catenet/lab/reader.hpp"
#include "catenet/service/http_fields.hpp"

namespace catenet::lab {

namespace {

// Node over group over kind over defaults.
class Inheritance {
 public:
  explicit Inheritance(Draft& draft) : draft_(draft) {
    for (const auto& [name, settings] : draft.model.kinds) kinds_.emplace(name.value, &settings);
    for (const auto& [name, settings] : draft.model.groups) groups_.emplace(name.value, &settings);
  }

  NodeSettings of(const NodeModel& node) const {
    const NodeSettings& defaults = draft_.model.defaults;
    NodeSettings settings = node.settings;
    if (!settings.group) settings.group = defaults.group;
    if (settings.group) inherit_group(settings);
    if (!settings.kind) settings.kind = defaults.kind;
    if (!settings.kind) settings.kind = Located<NodeKind>{NodeKind::host, node.name.at};
    const auto kind = kinds_.find(kind_name(settings.kind->value));
    if (kind != kinds_.end()) inherit(settings, *kind->second);
    inherit(settings, defaults);
    return settings;
  }

 private:
  void inherit_group(NodeSettings& settings) const {
    const Located<std::string>& name = *settings.group;
    const auto group = groups_.find(name.value);
    if (group != groups_.end()) return inherit(settings, *group->second);
    std::vector<std::string_view> known;
    for (const auto& [key, ignored] : draft_.model.groups) known.push_back(key.value);
    draft_.report.error(name.at, fmt::format("unknown group '{}'", name.value),
                        known.empty()
                            ? fmt::format("there is none; say groups: {{{}: {{}}}}", name.value)
                            : suggestion(name.value, known),
                        static_cast<u32>(name.value.size()));
  }

  Draft& draft_;
  std::unordered_map<std::string_view, const NodeSettings*> kinds_;
  std::unordered_map<std::string_view, const NodeSettings*> groups_;
};

// Switches, namespaces and what is outside do not have everything that a node may say.
void check_kind(Draft& draft, const NodeModel& node, NodeKind kind) {
  const NodeSettings& said = node.settings;
  const auto refuse = [&](bool given, std::string_view key) {
    if (!given) return;
    draft.report.error(
        node.name.at,
        fmt::format("'{}' is {} and has no '{}'", node.name.value, kind_text(kind), key),
        "leave it out, or make it another kind", static_cast<u32>(node.name.value.size()));
  };
  const bool bare = kind == NodeKind::switch_ || kind == NodeKind::outside;
  if (bare) {
    refuse(!said.addresses.empty(), "addresses");
    refuse(!said.routes.empty(), "routes");
    refuse(!said.gateways.empty(), "gateway");
    refuse(said.forwarding.has_value(), "forwarding");
    refuse(said.programs.has_value(), "programs");
    refuse(said.cold_boot.has_value(), "boot");
    refuse(said.slaac.has_value(), "slaac");
    refuse(said.advertise.has_value(), "advertise");
    refuse(!said.hosts.empty(), "hosts");
    refuse(!said.files.empty(), "files");
  }
  if (bare || kind == NodeKind::namespace_) {
    refuse(!said.services.empty(), "services");
    refuse(said.options.tcp != TcpSettings{}, "options: tcp");
    refuse(said.options.ip != IpSettings{}, "options: ip");
  }
  if (kind != NodeKind::namespace_) refuse(!said.private_places.empty(), "private");
  if (kind == NodeKind::namespace_) {
    refuse(said.programs && said.programs->value == ProgramsOf::catenet, "programs: own");
  }
  if (kind != NodeKind::switch_) refuse(said.ageing.has_value(), "ageing");
  if (kind != NodeKind::outside) refuse(said.device.has_value(), "device");
  // The kernel does not advertise itself; programs do (radvd).
  if (kind == NodeKind::namespace_) refuse(said.advertise.has_value(), "advertise");
}

void check_device(Draft& draft, const PlanNode& node) {
  if (node.kind != NodeKind::outside || node.device) return;
  draft.report.error(node.at, fmt::format("'{}' does not say what it stands for", node.name),
                     "say device: {tap: lab0} or device: {interface: eth1}");
}

// A wire of the machine has one end that is ours.
void check_shared_devices(Draft& draft) {
  std::unordered_map<std::string_view, const PlanNode*> first_with;
  for (const PlanNode& node : draft.plan.nodes) {
    if (!node.device || node.device->name.value.empty()) continue;
    const Located<std::string>& device = node.device->name;
    const auto [first, fresh] = first_with.emplace(device.value, &node);
    if (fresh) continue;
    const PlanNode& other = *first->second;
    draft.report.error(
        device.at,
        fmt::format("'{}' and '{}' stand for the same interface {}", other.name, node.name,
                    device.value),
        fmt::format("one node a device; join others to '{}' by a switch. The other "
                    "is on {}",
                    other.name, draft.report.place(other.device->name.at, device.at)),
        static_cast<u32>(device.value.size()));
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
    check_kind(draft, {name, settings}, node_kind(name.value));
  }
  for (const auto& [name, settings] : draft.model.groups) {
    if (settings.group)
      draft.report.error(settings.group->at, fmt::format("group '{}' has a group", name.value),
                         "groups do not nest");
    if (settings.kind) check_kind(draft, {name, settings}, settings.kind->value);
  }
}

PlanNode make_node(const NodeModel& node, const NodeSettings& settings) {
  PlanNode made;
  made.name = node.name.value;
  made.kind = settings.kind->value;
  made.at = node.name.at;
  made.device = settings.device;
  if (made.kind == NodeKind::switch_) made.ageing = settings.ageing;
  if (!made.has_stack()) return made;
  made.forwarding = settings.forwarding.value_or(made.kind == NodeKind::router);
  made.cold_boot = settings.cold_boot.value_or(false);
  made.slaac = settings.slaac.value_or(false);
  made.advertise = settings.advertise;
  for (const auto& [name, addresses] : settings.hosts)
    made.hosts.push_back({name.value, addresses});
  made.files = settings.files;
  if (made.kind == NodeKind::namespace_) {
    for (const auto& place : settings.private_places) made.private_places.push_back(place.value);
    return made;
  }
  made.real_programs = settings.programs && settings.programs->value == ProgramsOf::machine;
  made.services = settings.services;
  made.options = settings.options;
  return made;
}

// Hosts are called by their nodes' names, and there case does not matter (RFC 4343).
void index_name(Draft& draft, const Located<std::string>& name) {
  const NodeIndex index = static_cast<NodeIndex>(draft.plan.nodes.size());
  draft.node_by_name.emplace(name.value, index);
  const auto [first, fresh] =
      draft.node_by_folded_name.emplace(http::lower_case(name.value), index);
  if (first->first == "localhost") {
    draft.report.error(name.at, fmt::format("no node can have the name '{}'", name.value),
                       "every host calls itself so (RFC 6761, 6.3); say another",
                       static_cast<u32>(name.value.size()));
  }
  if (const auto address = parse_ipv4_shorthand(name.value)) {
    draft.report.error(name.at, fmt::format("no node can have the name '{}'", name.value),
                       fmt::format("tools take it for the address {}, as inet_aton(3) has it; "
                                   "begin it with a letter",
                                   address->to_string()),
                       static_cast<u32>(name.value.size()));
  }
  if (fresh) return;
  const PlanNode& other = draft.plan.nodes[first->second];
  draft.report.error(name.at,
                     fmt::format("'{}' and '{}' differ in case only", name.value, other.name),
                     fmt::format("host names are compared without it; the other is on {}",
                                 draft.report.place(other.at, name.at)),
                     static_cast<u32>(name.value.size()));
}

}  // namespace

void plan_nodes(Draft& draft) {
  if (draft.model.nodes.empty()) {
    const Mark at = draft.model.nodes_at;
    draft.report.error(at.known() ? at : Mark{0, 1, 1}, "the lab has no nodes",
                       "say nodes: {alice: {}}");
  }
  check_inheritance(draft);
  const Inheritance inheritance(draft);
  draft.settings.reserve(draft.model.nodes.size());
  draft.plan.nodes.reserve(draft.model.nodes.size());
  for (const NodeModel& node : draft.model.nodes) {
    NodeSettings settings = inheritance.of(node);
    check_kind(draft, node, settings.kind->value);
    index_name(draft, node.name);
    draft.plan.nodes.push_back(make_node(node, settings));
    check_device(draft, draft.plan.nodes.back());
    check_forwarding(draft, draft.plan.nodes.back());
    check_ports(draft, draft.plan.nodes.back());
    check_kernel_files(draft, draft.plan.nodes.back());
    draft.settings.push_back(std::move(settings));
  }
  check_shared_devices(draft);
  draft.interfaces.resize(draft.plan.nodes.size());
}

}  // namespace catenet::lab
