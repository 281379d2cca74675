// What can be told of a command before it runs. On a lab host that is nearly all: its words are
// split as they will be, and the tool's own parser reads them. In a namespace a command is a
// shell's, and free text to us: there we warn at most.
#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <iterator>

#include "catenet/lab/draft.hpp"
#include "catenet/service/arp_options.hpp"
#include "catenet/service/fetch_options.hpp"
#include "catenet/service/http_fields.hpp"
#include "catenet/service/iperf3_options.hpp"
#include "catenet/service/ping_options.hpp"
#include "catenet/service/tool.hpp"
#include "catenet/service/trace_options.hpp"

namespace catenet::lab {

namespace {

// The hosts that a tool's command line names, and the family it asks for alone; the error is the
// tool's own.
struct Hosts {
  std::vector<std::string> names;
  std::optional<Family> family;
};
using Targets = std::expected<Hosts, std::string>;

template <typename Options>
Targets target_of(const std::expected<Options, std::string>& options) {
  if (!options) return std::unexpected(options.error());
  if (options->help) return Hosts{};
  return Hosts{{options->target}, options->family};
}

Targets arp_target(const std::vector<std::string>& words) {
  const auto options = read_arp_options(words);
  if (!options && options.error().exit == 0) return Hosts{};  // --help
  if (!options) return std::unexpected(options.error().text);
  if (options->target.empty()) return Hosts{};
  return Hosts{{options->target}, Family::ipv4};
}

Targets tool_targets(const std::vector<std::string>& words) {
  if (words[0] == "ping") return target_of(read_ping_options(words));
  if (words[0] == "traceroute") return target_of(read_trace_options(words));
  if (words[0] == "arp") return arp_target(words);
  if (words[0] == "iperf3") return target_of(read_iperf3_options(words));
  if (words[0] != "fetch") return Hosts{};
  const auto options = read_fetch_options(words);
  if (!options) return std::unexpected(options.error());
  Hosts hosts{{}, options->family};
  for (const Url& url : options->urls) hosts.names.push_back(url.host);
  return hosts;
}

// What a tool says of its command line, without the usage that may follow.
std::string first_line(std::string_view text) {
  while (text.starts_with('\n')) text.remove_prefix(1);
  return std::string(text.substr(0, text.find('\n')));
}

// A ping that goes on until somebody ends it.
bool is_endless(const std::vector<std::string>& words) {
  if (words[0] != "ping") return false;
  const auto options = read_ping_options(words);
  return options && !options->help && options->count == 0 && !options->deadline;
}

// The same of what a shell may make a ping of, whose options are the machine's: one word that we
// do not know, and nothing is said.
bool may_be_endless(std::string_view command) {
  if (command.find_first_of(";&|<>$`#()\\") != command.npos) return false;
  const auto words = split_words(command);
  return words && !words->empty() && is_endless(*words);
}

// The first word that only a shell understands; empty: there is none.
std::string_view shell_sign(const std::vector<std::string>& words) {
  static constexpr std::array<std::string_view, 8> signs{"|", "||", "&", "&&", ";", ">", ">>", "<"};
  for (const std::string& word : words) {
    for (const std::string_view sign : signs) {
      if (word == sign) return sign;
    }
  }
  return {};
}

// A shell's line, roughly.
std::vector<std::string_view> words_of(std::string_view command) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t\n'\"";
  while (true) {
    const std::size_t begin = command.find_first_not_of(blanks);
    if (begin == command.npos) return words;
    command.remove_prefix(begin);
    const std::size_t end = std::min(command.find_first_of(blanks), command.size());
    words.push_back(command.substr(0, end));
    command.remove_prefix(end);
  }
}

// The host of "scheme://user@host:port/path"; empty when the word is no URL.
std::string_view url_host(std::string_view word) {
  const std::size_t scheme = word.find("://");
  if (scheme == word.npos) return {};
  std::string_view authority = word.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const std::size_t user = authority.rfind('@'); user != authority.npos)
    authority.remove_prefix(user + 1);
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

// Programs whose arguments may be hosts.
constexpr std::array<std::string_view, 10> host_programs{
    "ping", "traceroute", "fetch", "nc", "telnet", "iperf", "iperf3", "tracepath", "mtr", "arping"};

class CommandChecker {
 public:
  CommandChecker(Draft& draft, const RunAction& run, NodeIndex node, ActionKind kind)
      : draft_(draft), run_(run), from_(node), kind_(kind) {}

  void check() {
    if (draft_.plan.nodes[from_].runs_tools())
      check_tool();
    else
      check_shell();
  }

 private:
  void error(std::string message, std::string hint = {}) {
    draft_.report.error(run_.command.at, std::move(message), std::move(hint), width());
  }
  void warn(std::string message, std::string hint = {}) {
    draft_.report.warn(run_.command.at, std::move(message), std::move(hint), width());
  }
  u32 width() const { return static_cast<u32>(run_.command.value.size()); }
  // "run: …", by the key that gave the command.
  std::string said(std::string_view what) const {
    return fmt::format("{}: {}", kind_ == ActionKind::start ? "start" : "run", what);
  }

  // --- On a lab host ---

  void check_tool() {
    const auto words = split_words(run_.command.value);
    if (!words) return error(said("a quote is not closed, or a backslash ends the command"));
    if (words->empty() || words->front().empty()) return error(said("the command is empty"));
    if (!find_tool(words->front())) return unknown_tool(words->front());
    if (const std::string_view sign = shell_sign(*words); !sign.empty()) {
      return error(said(fmt::format("a lab host has no shell, and '{}' means nothing there", sign)),
                   "say one step a command; pipes and the like are for nodes with programs: real");
    }
    // A step may be there to see a tool complain.
    if (run_.expect.exit.value_or(0) != 0) return;
    const Targets targets = tool_targets(*words);
    if (!targets) {
      return error(said(first_line(targets.error())),
                   "where that is meant, expect an exit that is not 0");
    }
    for (const std::string& target : targets->names) check_target(target, targets->family);
    check_device(*words);
    if (is_endless(*words)) warn_of_endless();
  }

  // The interface that a ping is to leave by.
  void check_device(const std::vector<std::string>& words) {
    if (words[0] != "ping") return;
    const auto options = read_ping_options(words);
    if (!options || options->device.empty() || options->device == "lo") return;
    if (draft_.find_interface(from_, options->device)) return;
    error(said(fmt::format("'{}' has no interface '{}'", draft_.plan.nodes[from_].name,
                           options->device)),
          suggestion(options->device, draft_.interface_names(from_)));
  }

  // Nothing ends this step, and so nothing ends the lab.
  void warn_of_endless() {
    if (run_.timeout || draft_.plan.stop_time < Duration::infinite()) return;
    const bool waited_for = kind_ == ActionKind::run;
    if (!waited_for && !begins_last()) return;
    // What a run before it takes is not known.
    warn(said(waited_for || is_alone()
                  ? "this ping never ends by itself, and so the lab never does"
                  : "this ping never ends by itself, and the lab neither, unless a step before is "
                    "still open as it begins"),
         fmt::format("give ping -c or -w, or the step a timeout{}, or the lab a stop_time",
                     waited_for && draft_.model.script.size() > 1 ? ", or say start" : ""));
  }

  // Whether no step but those with `start` is open, as far as the file tells, when this one begins.
  bool begins_last() const {
    const std::vector<StepModel>& script = draft_.model.script;
    const auto self =
        std::ranges::find_if(script, [this](const StepModel& step) { return &step.run == &run_; });
    return std::ranges::all_of(script, [&](const StepModel& other) {
      if (other.kind == ActionKind::start) return true;
      if (!self->at_time) return &other < &*self;
      return other.at_time && other.at_time->value < self->at_time->value;
    });
  }

  // Whether nothing but what is over at once may have begun before.
  bool is_alone() const {
    return std::ranges::none_of(draft_.model.script, [](const StepModel& other) {
      return other.kind == ActionKind::run || other.kind == ActionKind::stop ||
             other.kind == ActionKind::wait;
    });
  }

  void unknown_tool(std::string_view name) {
    const std::vector<std::string_view> known = tool_names();
    const std::string_view near = nearest(name, known);
    error(said(fmt::format("a lab host has no tool '{}'", name)),
          near.empty() ? fmt::format("it has {}; other programs run on a node with programs: real",
                                     list_words(known, "and"))
                       : fmt::format("did you mean '{}'?", near));
  }

  void check_target(std::string_view host, std::optional<Family> family) {
    const bool literal = IpAddress::parse(host) || parse_ipv4_shorthand(host);
    if (host == "localhost" || literal || is_own_name(host)) return;
    const std::optional<NodeIndex> node = find_host(host);
    if (!node) {
      std::vector<std::string_view> known = host_names();
      for (const HostsEntry& entry : draft_.plan.nodes[from_].hosts) known.push_back(entry.name);
      error(said(fmt::format("'{}' knows no host '{}'", draft_.plan.nodes[from_].name, host)),
            suggestion(host, known));
    } else if (const std::string why = unreachable(*node); !why.empty()) {
      error(why, "where that is meant, expect an exit that is not 0");
    } else if (family && !is_named(*node, family)) {
      error(said(fmt::format("'{}' has no {} address that its name stands for", host,
                             family_name(*family))),
            draft_.plan.nodes[*node].slaac && *family == Family::ipv6
                ? "it forms its own (slaac), of what no router in this file advertises"
                : "where that is meant, expect an exit that is not 0");
    }
  }

  bool is_own_name(std::string_view host) const {
    const std::vector<HostsEntry>& own = draft_.plan.nodes[from_].hosts;
    return std::any_of(own.begin(), own.end(), [&](const HostsEntry& entry) {
      return http::equal_without_case(entry.name, host);
    });
  }

  // --- In a namespace ---

  void check_shell() {
    const std::vector<std::string_view> words = words_of(run_.command.value);
    if (words.empty() || run_.expect.exit.value_or(0) != 0) return;
    if (may_be_endless(run_.command.value)) warn_of_endless();
    const bool takes_hosts =
        std::find(host_programs.begin(), host_programs.end(), words[0]) != host_programs.end();
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string_view host = url_host(words[i]);
      if (!host.empty())
        check_shell_host(host, true);
      else if (takes_hosts)
        check_shell_host(words[i], false);
    }
  }

  // `sure`: the word is a host's name, whatever it says.
  void check_shell_host(std::string_view host, bool sure) {
    if (const std::optional<NodeIndex> node = find_host(host)) {
      if (std::string why = unreachable(*node); !why.empty()) warn(std::move(why));
      return;
    }
    const bool known = host == "localhost" || host.find_first_of(".$`") != host.npos ||
                       IpAddress::parse(host) || is_own_name(host);
    if (sure && !known) {
      warn(fmt::format("no node has the name '{}'", host), suggestion(host, host_names()));
    }
  }

  // --- Hosts ---

  std::optional<NodeIndex> find_host(std::string_view host) const {
    const auto node = draft_.node_by_folded_name.find(http::lower_case(host));
    return node == draft_.node_by_folded_name.end() ? std::nullopt : std::optional(node->second);
  }

  std::vector<std::string_view> host_names() const {
    std::vector<std::string_view> names;
    for (const PlanNode& node : draft_.plan.nodes) {
      if (node.has_stack() || is_addressed(node)) names.push_back(node.name);
    }
    return names;
  }

  static bool is_addressed(const PlanNode& node) {
    return std::ranges::any_of(node.interfaces,
                               [](const PlanInterface& i) { return !i.addresses.empty(); });
  }

  // Whether the node's name stands for an address, of that family if one is given.
  bool is_named(NodeIndex index, std::optional<Family> family = {}) const {
    const PlanNode& node = draft_.plan.nodes[index];
    const auto fits = [&](const IpAddress& address) {
      return !family || address.family() == *family;
    };
    for (const PlanInterface& interface : node.interfaces) {
      if (std::ranges::any_of(interface.addresses, fits, &InterfacePrefix::address)) return true;
    }
    if (!node.slaac) return false;
    const std::vector<HostsEntry>& hosts = draft_.plan.hosts;
    const auto entry = std::ranges::find(hosts, node.name, &HostsEntry::name);
    return entry != hosts.end() && std::ranges::any_of(entry->addresses, fits);
  }

  // Why nothing that is sent to `to` can arrive; empty: it may.
  std::string unreachable(NodeIndex to) const {
    const PlanNode& target = draft_.plan.nodes[to];
    const bool addressed = is_named(to);
    if (!addressed && !target.has_stack()) {
      return fmt::format("'{}' is {} and has no address{}", target.name, kind_text(target.kind),
                         target.kind == NodeKind::outside ? " in this file" : "");
    }
    if (!addressed)
      return fmt::format("'{}' has no address{}", target.name,
                         target.slaac ? " in this file: it forms its own (slaac)" : "");
    if (to == from_ || joined(to)) return {};
    return fmt::format("'{}' cannot reach '{}': no links and routers join them",
                       draft_.plan.nodes[from_].name, target.name);
  }

  bool joined(NodeIndex to) const {
    const std::vector<u32> here = islands(from_);
    const std::vector<u32> there = islands(to);
    std::vector<u32> both;
    std::ranges::set_intersection(here, there, std::back_inserter(both));
    return !both.empty();
  }

  std::vector<u32> islands(NodeIndex node) const {
    std::vector<u32> islands;
    for (const PlanInterface& interface : draft_.plan.nodes[node].interfaces)
      islands.push_back(draft_.island[interface.segment]);
    std::ranges::sort(islands);
    return islands;
  }

  Draft& draft_;
  const RunAction& run_;
  NodeIndex from_;
  ActionKind kind_;
};

}  // namespace

void check_command(Draft& draft, const RunAction& run, NodeIndex node, ActionKind kind) {
  CommandChecker(draft, run, node, kind).check();
}

}  // namespace catenet::lab
