#include "catenet/lab/plan.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/draft.hpp"
#include "catenet/lab/shape.hpp"
#include "catenet/lab/yaml_reader.hpp"

namespace catenet::lab {

const PlanNode* Plan::find_node(std::string_view node) const {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const PlanNode& n) { return n.name == node; });
  return found == nodes.end() ? nullptr : &*found;
}

LinkIndex Plan::find_link(std::string_view link) const {
  const auto found =
      std::find_if(links.begin(), links.end(), [&](const PlanLink& l) { return l.name == link; });
  return found == links.end() ? no_index : static_cast<LinkIndex>(found - links.begin());
}

std::string_view kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::host: return "host";
    case NodeKind::router: return "router";
    case NodeKind::switch_: return "switch";
    case NodeKind::namespace_: return "namespace";
    case NodeKind::outside: return "outside";
  }
  return "";
}

std::string kind_text(NodeKind kind) {
  const std::string_view name = kind_name(kind);
  return kind == NodeKind::outside ? std::string(name) : fmt::format("a {}", name);
}

Instant Plan::starts_at() const {
  // RFC 5227 takes up to 7 s until an address may be used (§2.1.1), then announces it for 2 s; an
  // address formed from a router's answer to a solicitation is there sooner.
  constexpr Duration boot = 10_s;
  const bool cold = std::ranges::any_of(nodes, &PlanNode::cold_boot);
  return cold ? Instant() - boot : Instant();
}

std::string Plan::port_name(PlanEnd end) const {
  return fmt::format("{}:{}", nodes[end.node].name, nodes[end.node].interfaces[end.interface].name);
}

std::optional<NodeIndex> Draft::find_node(const Located<std::string>& name) const {
  const auto found = node_by_name.find(name.value);
  if (found != node_by_name.end()) return found->second;
  unknown_target(name, "node");
  return std::nullopt;
}

void Draft::unknown_target(const Located<std::string>& name, std::string_view what) const {
  std::vector<std::string_view> known;
  if (what != "link" && !report.full()) {
    for (const PlanNode& node : plan.nodes) known.push_back(node.name);
  }
  if (what != "node" && !report.full()) {
    for (const PlanLink& link : plan.links) known.push_back(link.name);
  }
  report.error(name.at, fmt::format("unknown {} '{}'", what, name.value),
               suggestion(name.value, known), static_cast<u32>(name.value.size()));
}

std::optional<PlanEnd> Draft::find_port(std::string_view text) const {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  const auto node = node_by_name.find(std::string(text.substr(0, colon)));
  if (node == node_by_name.end()) return std::nullopt;
  const std::optional<u32> port = find_interface(node->second, text.substr(colon + 1));
  if (!port) return std::nullopt;
  return PlanEnd{node->second, *port};
}

void Draft::index_ports() {
  for (NodeIndex n = 0; n < plan.nodes.size(); ++n) {
    for (u32 i = 0; i < plan.nodes[n].interfaces.size(); ++i) ports_by_name.push_back({n, i});
  }
  std::sort(ports_by_name.begin(), ports_by_name.end(), [&](PlanEnd a, PlanEnd b) {
    return a.node != b.node ? a.node < b.node : interface(a).name < interface(b).name;
  });
}

std::optional<u32> Draft::find_interface(NodeIndex node, std::string_view name) const {
  const auto found =
      std::partition_point(ports_by_name.begin(), ports_by_name.end(), [&](PlanEnd port) {
        return port.node != node ? port.node < node : interface(port).name < name;
      });
  const bool there =
      found != ports_by_name.end() && found->node == node && interface(*found).name == name;
  return there ? std::optional(found->interface) : std::nullopt;
}

std::vector<std::string_view> Draft::interface_names(NodeIndex node) const {
  std::vector<std::string_view> names;
  for (const PlanInterface& interface : plan.nodes[node].interfaces)
    names.push_back(interface.name);
  return names;
}

namespace {

// One side of "a--b": a node, or one of its ports.
struct Side {
  NodeIndex node = no_index;
  u32 interface = no_index;

  bool is(PlanEnd end) const {
    return node == end.node && (interface == no_index || interface == end.interface);
  }
};

Side side_of(const Draft& draft, std::string_view text) {
  if (const std::optional<PlanEnd> port = draft.find_port(text))
    return {port->node, port->interface};
  const auto node = draft.node_by_name.find(std::string(text));
  return node == draft.node_by_name.end() ? Side{} : Side{node->second, no_index};
}

}  // namespace

std::vector<Draft::LinkRef> Draft::matching_links(std::string_view name) const {
  std::vector<LinkRef> matches;
  const std::size_t dashes = name.find("--");
  if (dashes != name.npos) {
    const Side a = side_of(*this, name.substr(0, dashes));
    const Side b = side_of(*this, name.substr(dashes + 2));
    const auto between = links_by_nodes.find(node_pair(a.node, b.node));
    if (between != links_by_nodes.end()) {
      for (LinkIndex link : between->second) {
        const PlanLink& candidate = plan.links[link];
        if (a.is(candidate.a) && b.is(candidate.b))
          matches.push_back({link, false});
        else if (a.is(candidate.b) && b.is(candidate.a))
          matches.push_back({link, true});
      }
    }
  }
  // A link's own name comes before what it looks like, unless it was made from that and fits
  // several.
  const auto named = link_by_name.find(std::string(name));
  const bool given = named != link_by_name.end() && model.links[named->second].name.has_value();
  if (given) return {{named->second, false}};
  return matches;
}

std::optional<Draft::LinkRef> Draft::find_link(const Located<std::string>& name) const {
  const std::vector<LinkRef> matches = matching_links(name.value);
  if (matches.size() == 1) return matches[0];
  if (matches.empty()) {
    unknown_target(name, "link");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const LinkRef& match : matches) {
    const PlanLink& link = plan.links[match.link];
    names.push_back(model.links[match.link].name
                        ? link.name
                        : plan.port_name(link.a) + "--" + plan.port_name(link.b));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  report.error(name.at, fmt::format("'{}' fits {} links", name.value, matches.size()),
               fmt::format("say {}", list_words(views, "or")), static_cast<u32>(name.value.size()));
  return std::nullopt;
}

namespace {

// Of a lab that does not say its own.
std::string name_after(std::string_view path, const ReadOptions& options) {
  if (const std::size_t slash = path.rfind('/'); slash != path.npos) path.remove_prefix(slash + 1);
  const std::string_view name =
      options.name.empty() ? path.substr(0, path.rfind('.')) : std::string_view(options.name);
  return std::string(is_lab_name(name) ? name : "lab");  // the file's own name may be anything
}

void plan_head(Draft& draft) {
  const Model& model = draft.model;
  Plan& plan = draft.plan;
  plan.name = model.name.value;
  if (plan.name.empty()) {
    const bool file = draft.report.file_count() > 0;
    plan.name = name_after(file ? std::string_view(draft.report.path(0)) : "", draft.options);
  }
  plan.description = model.description;
  plan.seed = draft.options.seed.value_or(model.seed.value_or(1));
  plan.stop_time = model.stop_time.value_or(Duration::infinite());
  plan.time_given = model.time.has_value();
  if (model.time) plan.time = model.time->value;
  for (std::size_t i = 0; i < draft.report.file_count(); ++i) {
    plan.files.push_back(draft.report.path(static_cast<u32>(i)));
  }
}

// What is real follows the clock, and so does the lab it is in.
void plan_time(Draft& draft) {
  const auto real = [](const PlanNode& node) {
    return node.kind == NodeKind::namespace_ || node.kind == NodeKind::outside ||
           node.real_programs;
  };
  const auto first = std::find_if(draft.plan.nodes.begin(), draft.plan.nodes.end(), real);
  if (first == draft.plan.nodes.end()) return;
  if (draft.model.time && draft.model.time->value == TimeMode::virtual_) {
    draft.report.error(
        draft.model.time->at,
        fmt::format("time is virtual, but node '{}' is {}", first->name,
                    first->kind == NodeKind::outside      ? "outside"
                    : first->kind == NodeKind::namespace_ ? "a real namespace"
                                                          : "one that runs real programs"),
        "say time: wall, or make it a host whose programs are its own");
  }
  draft.plan.time = TimeMode::wall;
}

}  // namespace

std::optional<Plan> make_plan(const Model& model, Report& report, const ReadOptions& options) {
  Draft draft{model, report, options, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  plan_head(draft);
  using Step = void (*)(Draft&);
  constexpr Step steps[] = {plan_nodes,        plan_time,   plan_links,
                            plan_segments,     plan_macs,   plan_addresses,
                            plan_given_routes, plan_routes, plan_names};
  for (Step step : steps) {
    step(draft);
    if (report.failed()) return std::nullopt;
  }
  // These rely on the network alone, so that all their mistakes can be told at once.
  plan_script(draft);
  plan_expectations(draft);
  plan_capture(draft);
  if (report.failed()) return std::nullopt;
  draft.plan.warnings = report.take();
  return std::move(draft.plan);
}

std::expected<Plan, Diagnostics> read_lab_text(std::string text, const std::string& name,
                                               FileSource& files, const ReadOptions& options) {
  Report report;
  if (const std::optional<Model> model = read_model(name, std::move(text), files, report)) {
    if (std::optional<Plan> plan = make_plan(*model, report, options)) return std::move(*plan);
  }
  return std::unexpected(report.take());
}

std::optional<std::string> name_of_lab(const std::string& path, std::string text,
                                       const ReadOptions& options) {
  Report report;
  const std::optional<Tree> tree = read_yaml(report.add_file(path, std::move(text)), report);
  if (!tree || report.failed() || !tree->is_map()) return std::nullopt;
  if (const Tree* const name = tree->find("name")) {
    return is_lab_name(name->text) ? std::optional(name->text) : std::nullopt;
  }
  if (tree->find("include")) return std::nullopt;
  return name_after(path, options);
}

std::expected<std::string, Diagnostic> read_lab_file(const std::string& path, FileSource& files) {
  Diagnostic unreadable;
  unreadable.file = path;
  if (files.kind(path) == FileKind::other) {
    unreadable.message = "this is no regular file";
    unreadable.hint = "'-' reads standard input";
    return std::unexpected(unreadable);
  }
  std::expected<std::string, Errno> text = files.read(path);
  if (text) return *std::move(text);
  unreadable.message = fmt::format("cannot read this file: {}", errno_text(text.error()));
  return std::unexpected(unreadable);
}

std::expected<Plan, Diagnostics> read_lab(const std::string& path, FileSource& files,
                                          const ReadOptions& options) {
  auto text = read_lab_file(path, files);
  if (text) return read_lab_text(*std::move(text), path, files, options);
  return std::unexpected(Diagnostics{std::move(text.error())});
}

}  // namespace catenet::lab
