#include "catenet/lab/live_step.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "catenet/lab/draft.hpp"
#include "catenet/lab/reader.hpp"
#include "catenet/lab/shape.hpp"
#include "catenet/lab/yaml_reader.hpp"

namespace catenet::lab {
namespace {

// A step names no file.
class NoFiles final : public FileSource {
 public:
  std::expected<std::string, Errno> read(const std::string&) override {
    return std::unexpected(Errno::no_entry);
  }
  FileKind kind(const std::string&) override { return FileKind::none; }
  std::string identity(const std::string& path) override { return path; }
};

// A finished plan as the draft that names are looked up in.
class Lookup {
 public:
  explicit Lookup(const Plan& plan)
      : draft_{model_, report_, options_, plan, {}, {}, {}, {}, {}, {}, {}, {}} {
    for (NodeIndex index = 0; index < plan.nodes.size(); ++index) {
      draft_.node_by_name.emplace(plan.nodes[index].name, index);
    }
    for (LinkIndex index = 0; index < plan.links.size(); ++index) {
      const PlanLink& link = plan.links[index];
      draft_.link_by_name.emplace(link.name, index);
      draft_.links_by_nodes[Draft::node_pair(link.a.node, link.b.node)].push_back(index);
      LinkModel& model = model_.links.emplace_back();
      const std::string made =
          fmt::format("{}--{}", plan.nodes[link.a.node].name, plan.nodes[link.b.node].name);
      const bool given = link.name != made && link.name.find(':') == link.name.npos;
      if (given) model.name = Located<std::string>{link.name, {}};
    }
    draft_.index_ports();
  }

  Draft& draft() { return draft_; }
  Report& report() { return report_; }

 private:
  Model model_;
  Report report_;
  ReadOptions options_;
  Draft draft_;
};

// The first that was wrong, without the place: the user has said it in a line of his own.
LiveError first_of(Report& report) {
  const Diagnostics found = report.take();
  for (const Diagnostic& each : found) {
    if (each.severity != Severity::error) continue;
    return {each.hint.empty() ? each.message : fmt::format("{}; {}", each.message, each.hint), 2};
  }
  return {"it cannot be read", 2};
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_key_letter(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

std::string_view stripped(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// What somebody may have meant by "delay=3ms": "delay: 3 ms".
std::string with_colon(std::string_view setting) {
  const auto end = std::ranges::find_if_not(setting, is_key_letter);
  const auto size = static_cast<std::size_t>(end - setting.begin());
  const std::string_view key = setting.substr(0, size);
  const std::string_view value =
      stripped(setting.substr(std::min(setting.size(), setting.find_first_not_of("= ", size))));
  if (key.empty() || value.empty()) return "key: value, as in delay: 20 ms";
  const std::size_t number = std::min(value.size(), value.find_first_not_of("0123456789."));
  const std::string_view unit = stripped(value.substr(number));
  const bool apart = number > 0 && !unit.empty() && unit.front() != 'e';  // as in 1e-9
  return fmt::format("{}: {}{}{}", key, value.substr(0, number), apart ? " " : "", unit);
}

// Of settings that are no YAML mapping, what is no setting, told better than YAML could.
std::optional<LiveError> lack_of_colon(std::string_view settings) {
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= settings.size(); ++i) {
    const char c = i < settings.size() ? settings[i] : ',';
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (c != ',' || depth != 0) continue;
    const std::string_view setting = stripped(settings.substr(begin, i - begin));
    begin = i + 1;
    if (setting.empty() || setting.find(':') != setting.npos) continue;
    return LiveError{
        fmt::format("'{}' is no setting of a link; say {}", setting, with_colon(setting)), 2};
  }
  return std::nullopt;
}

// A mapping in braces, or a word for all of it.
bool is_whole(std::string_view impair) { return impair == "none" || impair.starts_with('{'); }

// As the script would have it.
std::string step_text(const LiveRequest& request) {
  if (request.verb == LiveVerb::set) {
    constexpr std::string_view keys[] = {"impair", "impair_forward", "impair_back"};
    const bool whole = is_whole(request.impair);
    return fmt::format("at: 0 s\nlink: {}\n{}: {}{}{}\n", quoted(request.link),
                       keys[static_cast<u8>(request.way)], whole ? "" : "{", request.impair,
                       whole ? "" : "}");
  }
  std::string targets;
  for (const std::string& target : request.targets) {
    targets += (targets.empty() ? "" : ", ") + quoted(target);
  }
  return fmt::format("at: 0 s\n{}: [{}]\n", request.verb == LiveVerb::cut ? "cut" : "heal",
                     targets);
}

}  // namespace

std::expected<PlanStep, LiveError> plan_live_step(const Plan& plan, const LiveRequest& request) {
  if (request.verb == LiveVerb::set && !is_whole(request.impair)) {
    if (auto lack = lack_of_colon(request.impair)) return std::unexpected(*std::move(lack));
  }
  Lookup lookup(plan);
  Report& report = lookup.report();
  const u32 file = report.add_file("the request", step_text(request));
  const std::optional<Tree> tree = read_yaml(file, report);
  if (!tree || report.failed()) return std::unexpected(first_of(report));
  check_shape(*tree, *script_shape.item, "the request", report);
  if (report.failed()) return std::unexpected(first_of(report));
  NoFiles files;
  ReadContext context{report, files, {}};
  const StepModel said = read_step(*tree, context);
  if (report.failed()) return std::unexpected(first_of(report));
  PlanStep step = plan_step(lookup.draft(), said);
  if (report.failed()) return std::unexpected(first_of(report));
  return step;
}

std::expected<std::vector<PlanEnd>, LiveError> find_live_ports(const Plan& plan,
                                                               const std::string& target) {
  Lookup lookup(plan);
  const Draft& draft = lookup.draft();
  const auto node = draft.node_by_name.find(target);
  std::vector<PlanEnd> ports;
  if (node != draft.node_by_name.end()) {
    for (u32 i = 0; i < plan.nodes[node->second].interfaces.size(); ++i) {
      ports.push_back({node->second, i});
    }
    return ports;
  }
  if (const auto port = draft.find_port(target)) return std::vector{*port};
  const Located<std::string> name{target, {}};
  if (draft.matching_links(target).empty()) {
    draft.unknown_target(name, "link or node");
  } else if (const auto link = draft.find_link(name)) {
    return std::vector{plan.links[link->link].a, plan.links[link->link].b};
  }
  return std::unexpected(first_of(lookup.report()));
}

std::expected<NodeIndex, LiveError> find_live_host(const Plan& plan, const std::string& name) {
  std::vector<std::string_view> known;
  for (NodeIndex index = 0; index < plan.nodes.size(); ++index) {
    const PlanNode& node = plan.nodes[index];
    if (node.name == name && node.has_stack()) return index;
    if (node.name == name) {
      return std::unexpected(
          LiveError{fmt::format("'{}' is {}: nothing runs there", name, kind_text(node.kind)), 2});
    }
    if (node.has_stack()) known.push_back(node.name);
  }
  const std::string meant = suggestion(name, known);
  return std::unexpected(
      LiveError{fmt::format("unknown host '{}'{}{}", name, meant.empty() ? "" : "; ", meant), 2});
}

}  // namespace catenet::lab
