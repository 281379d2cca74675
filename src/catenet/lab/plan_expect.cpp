// Expectations of the whole run, what is captured, and what a command's words say about whom it
// talks to.
#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/lab/draft.hpp"
#include "catenet/trace/drop.hpp"

namespace catenet::lab {

namespace {

// A node, one of its ports, or a link; nothing, silently, for anything else.
std::optional<PlanTarget> find_target(const Draft& draft, std::string_view text) {
  PlanTarget target;
  const auto node = draft.node_by_name.find(std::string(text));
  if (node != draft.node_by_name.end()) {
    target.node = node->second;
    return target;
  }
  if (const std::optional<PlanEnd> port = draft.find_port(text)) {
    target.node = port->node;
    target.interface = port->interface;
    return target;
  }
  const std::vector<Draft::LinkRef> links = draft.matching_links(text);
  if (links.size() != 1) return std::nullopt;
  target.link = links[0].link;
  return target;
}

void report_target(const Draft& draft, const Located<std::string>& name) {
  const std::size_t colon = name.value.find(':');
  const auto node = draft.node_by_name.find(name.value.substr(0, colon));
  if (draft.matching_links(name.value).size() > 1) {
    static_cast<void>(draft.find_link(name));  // says which it may be
    return;
  }
  if (colon == std::string::npos || node == draft.node_by_name.end()) {
    draft.unknown_target(name, "node, port or link");
    return;
  }
  const std::string port = name.value.substr(colon + 1);
  std::vector<std::string_view> known;
  for (const PlanInterface& interface : draft.plan.nodes[node->second].interfaces)
    known.push_back(interface.name);
  draft.report.error(name.at, fmt::format("'{}' has no interface '{}'", node->first, port),
                     suggestion(port, known), static_cast<u32>(name.value.size()));
}

void check_filter(Draft& draft, const Located<std::string>& filter) {
  if (filter.value.empty() || !draft.options.check_filter) return;
  if (const std::optional<std::string> wrong = draft.options.check_filter(filter.value)) {
    draft.report.error(filter.at, fmt::format("filter: {}", *wrong),
                       "the syntax is that of pcap-filter(7)",
                       static_cast<u32>(filter.value.size()));
  }
}

// "dropped.queue_fool": the reasons are known.
void check_drop(Draft& draft, const Located<std::string>& counter, std::string_view path) {
  constexpr std::string_view word = "dropped.";
  const std::size_t at = path.find(word);
  if (at == path.npos) return;
  const std::string_view reason = path.substr(at + word.size());
  std::vector<std::string_view> known;
  for (u32 i = 0; i < static_cast<u32>(Drop::count); ++i)
    known.push_back(drop_name(static_cast<Drop>(i)));
  if (std::find(known.begin(), known.end(), reason) != known.end()) return;
  const std::string_view near = nearest(reason, known);
  draft.report.error(counter.at, fmt::format("nothing is dropped for '{}'", reason),
                     near.empty() ? std::string("such as dropped.queue_full")
                                  : fmt::format("did you mean '{}'?", near),
                     static_cast<u32>(counter.value.size()));
}

// "r1:wan.dropped.queue_full": the target ends at the first dot that makes sense of it.
void plan_counter(Draft& draft, const CounterExpectation& said, PlanExpectation& made) {
  const std::string& text = said.counter.value;
  for (std::size_t dot = text.find('.'); dot != std::string::npos; dot = text.find('.', dot + 1)) {
    const std::optional<PlanTarget> target =
        find_target(draft, std::string_view(text).substr(0, dot));
    if (!target) continue;
    made.target = *target;
    made.counter = text.substr(dot + 1);
    check_drop(draft, said.counter, made.counter);
    return;
  }
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos || dot + 1 == text.size()) {
    draft.report.error(said.counter.at, fmt::format("counter: '{}' names no counter", text),
                       "say whose and which, such as r1:wan.dropped.queue_full");
    return;
  }
  report_target(draft, {text.substr(0, dot), said.counter.at});
}

PlanExpectation plan_expectation(Draft& draft, const ExpectationModel& said) {
  PlanExpectation made;
  made.at = said.at;
  if (said.counter) {
    made.bounds = said.counter->bounds;
    plan_counter(draft, *said.counter, made);
    made.name = fmt::format("{} is {}", said.counter->counter.value, made.bounds.to_string());
  } else if (said.packets) {
    const PacketExpectation& packets = *said.packets;
    made.kind = PlanExpectation::Kind::packets;
    made.bounds = packets.bounds;
    made.filter = packets.filter.value;
    check_filter(draft, packets.filter);
    if (const std::optional<PlanTarget> target = find_target(draft, packets.where.value))
      made.target = *target;
    else
      report_target(draft, packets.where);
    made.name = fmt::format("frames{}{} at {}: {}", made.filter.empty() ? "" : " of ", made.filter,
                            packets.where.value, made.bounds.to_string());
  }
  if (!said.name.empty()) made.name = said.name;
  return made;
}

}  // namespace

void plan_expectations(Draft& draft) {
  for (const ExpectationModel& said : draft.model.expect) {
    PlanExpectation made = plan_expectation(draft, said);
    draft.plan.expect.push_back(std::move(made));
  }
}

void plan_capture(Draft& draft) {
  if (!draft.model.capture) return;
  const CaptureModel& said = *draft.model.capture;
  PlanCapture& capture = draft.plan.capture;
  capture.all = said.all;
  capture.filter = said.filter.value;
  capture.snap_length = said.snap_length;
  check_filter(draft, said.filter);
  for (const Located<std::string>& name : said.ports) {
    const std::optional<PlanTarget> target = find_target(draft, name.value);
    if (!target) {
      report_target(draft, name);
    } else if (target->link != no_index) {
      const PlanLink& link = draft.plan.links[target->link];
      capture.ports.insert(capture.ports.end(), {link.a, link.b});
    } else if (target->interface != no_index) {
      capture.ports.push_back({target->node, target->interface});
    } else {
      const std::size_t count = draft.plan.nodes[target->node].interfaces.size();
      for (u32 i = 0; i < count; ++i) capture.ports.push_back({target->node, i});
    }
  }
}

namespace {

std::vector<std::string_view> words_of(std::string_view command) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t\n'\"";
  while (true) {
    const std::size_t begin = command.find_first_not_of(blanks);
    if (begin == command.npos) return words;
    const std::size_t end = std::min(command.find_first_of(blanks, begin), command.size());
    words.push_back(command.substr(begin, end - begin));
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

// Tools whose arguments may be hosts.
constexpr std::array<std::string_view, 9> host_tools{
    "ping", "traceroute", "fetch", "nc", "telnet", "iperf", "tracepath", "mtr", "arping"};

class CommandChecker {
 public:
  CommandChecker(Draft& draft, const RunAction& run, NodeIndex node)
      : draft_(draft), run_(run), from_(node) {}

  void check() {
    const std::vector<std::string_view> words = words_of(run_.command.value);
    const bool takes_hosts =
        std::find(host_tools.begin(), host_tools.end(), words[0]) != host_tools.end();
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string_view host = url_host(words[i]);
      if (!host.empty())
        check_host(host, true);
      else if (takes_hosts)
        check_host(words[i], false);
    }
  }

 private:
  // `sure`: the word is a host's name, whatever it says.
  void check_host(std::string_view host, bool sure) {
    const auto node = draft_.node_by_name.find(std::string(host));
    if (node != draft_.node_by_name.end()) return check_node(node->second);
    if (!sure || is_known(host)) return;
    std::vector<std::string_view> known;
    for (const PlanNode& other : draft_.plan.nodes) {
      if (other.has_stack()) known.push_back(other.name);
    }
    draft_.report.warn(run_.command.at, fmt::format("no node has the name '{}'", host),
                       suggestion(host, known), static_cast<u32>(run_.command.value.size()));
  }

  bool is_known(std::string_view host) const {
    if (host == "localhost" || host.find('.') != host.npos || IpAddress::parse(host)) return true;
    const std::vector<HostsEntry>& own = draft_.plan.nodes[from_].hosts;
    return std::any_of(own.begin(), own.end(), [&](const HostsEntry& e) { return e.name == host; });
  }

  void check_node(NodeIndex to) {
    const PlanNode& target = draft_.plan.nodes[to];
    const bool meant_to_fail = run_.expect.exit.value_or(0) != 0;
    if (meant_to_fail || to == from_) return;
    if (!target.has_stack()) {
      draft_.report.error(run_.command.at,
                          fmt::format("'{}' is a switch and has no address", target.name), {},
                          static_cast<u32>(run_.command.value.size()));
    } else if (!joined(to)) {
      draft_.report.error(
          run_.command.at,
          fmt::format("'{}' cannot reach '{}'", draft_.plan.nodes[from_].name, target.name),
          "no links and routers join them; where that is meant, expect an exit that is not 0",
          static_cast<u32>(run_.command.value.size()));
    }
  }

  bool joined(NodeIndex to) const {
    for (const PlanInterface& here : draft_.plan.nodes[from_].interfaces) {
      for (const PlanInterface& there : draft_.plan.nodes[to].interfaces) {
        if (draft_.island[here.segment] == draft_.island[there.segment]) return true;
      }
    }
    return false;
  }

  Draft& draft_;
  const RunAction& run_;
  NodeIndex from_;
};

}  // namespace

void check_command(Draft& draft, const RunAction& run, NodeIndex node) {
  CommandChecker(draft, run, node).check();
}

}  // namespace catenet::lab
