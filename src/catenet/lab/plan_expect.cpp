// Expectations of the whole run, and what is captured.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/counters.hpp"
#include "catenet/lab/draft.hpp"
#include "catenet/lab/filter_names.hpp"
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
  draft.report.error(name.at, fmt::format("'{}' has no interface '{}'", node->first, port),
                     suggestion(port, draft.interface_names(node->second)),
                     static_cast<u32>(name.value.size()));
}

// The filter as libpcap can compile it; reports what is wrong with it.
std::string plan_filter(Draft& draft, const Located<std::string>& filter) {
  std::string made = with_addresses(filter.value, draft.plan.hosts);
  if (made.empty() || !draft.options.check_filter) return made;
  if (const std::optional<std::string> wrong = draft.options.check_filter(made)) {
    const bool nothing_fits = wrong->find("rejects all packets") != std::string::npos;
    draft.report.error(filter.at, fmt::format("filter: {}", *wrong),
                       nothing_fits ? "no frame can be so; a node's name stands for the addresses "
                                      "that are known before the run, not for what it forms (slaac)"
                                    : "the syntax is that of pcap-filter(7)",
                       static_cast<u32>(filter.value.size()));
  }
  return made;
}

// "dropped.queue_fool": the reasons are known.
void check_drop(Draft& draft, const Located<std::string>& counter, std::string_view reason) {
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

// Of `owner`, the target as the file writes it.
void check_counter(Draft& draft, const Located<std::string>& counter, const PlanTarget& target,
                   std::string_view owner) {
  const std::string_view name = std::string_view(counter.value).substr(owner.size() + 1);
  constexpr std::string_view drops = "dropped.";
  if (name.starts_with(drops)) return check_drop(draft, counter, name.substr(drops.size()));
  std::vector<std::string_view> known = counter_names(draft.plan, target);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  std::string hint = suggestion(name, known);
  if (hint.empty()) {
    // Too many to tell: those of the same protocol, else of the ports.
    const std::size_t dot = name.find('.');
    const std::string_view group = dot == name.npos ? "" : name.substr(0, dot + 1);
    std::erase_if(known, [&](std::string_view other) {
      return group.empty() ? other.find('.') != other.npos : !other.starts_with(group);
    });
    hint = suggestion(name, known);
  }
  draft.report.error(counter.at, fmt::format("'{}' has no counter '{}'", owner, name),
                     std::move(hint), static_cast<u32>(counter.value.size()));
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
    check_counter(draft, said.counter, made.target, std::string_view(text).substr(0, dot));
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
    made.filter = plan_filter(draft, packets.filter);
    if (const std::optional<PlanTarget> target = find_target(draft, packets.where.value))
      made.target = *target;
    else
      report_target(draft, packets.where);
    made.name = fmt::format("frames{}{} at {}: {}", made.filter.empty() ? "" : " of ",
                            packets.filter.value, packets.where.value, made.bounds.to_string());
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
  capture.snap_length = said.snap_length;
  capture.promiscuous = said.promiscuous;
  capture.filter = plan_filter(draft, said.filter);
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

}  // namespace catenet::lab
