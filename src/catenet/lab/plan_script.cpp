// The script: steps with what they name looked up, repeats written out, in the order of time.
#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/draft.hpp"

namespace catenet::lab {

namespace {

std::string_view change_word(LinkChange change) {
  switch (change) {
    case LinkChange::down: return "down";
    case LinkChange::up: return "up";
    case LinkChange::cut: return "cut";
    case LinkChange::heal: return "heal";
  }
  return "";
}

std::string join(const std::vector<Located<std::string>>& names) {
  std::string text;
  for (const Located<std::string>& name : names) text += (text.empty() ? "" : ", ") + name.value;
  return text;
}

class StepPlanner {
 public:
  explicit StepPlanner(Draft& draft) : draft_(draft) {}

  PlanStep plan(const StepModel& said) {
    PlanStep step;
    step.mark = said.at;
    step.at = said.at_time ? said.at_time->value : Duration::zero();
    step.delay = said.delay.value_or(Duration::zero());
    step.kind = said.kind;
    switch (said.kind) {
      case ActionKind::run: plan_run(said.run, step, ""); break;
      case ActionKind::start: plan_run(said.run, step, "start "); break;
      case ActionKind::stop: plan_stop(said.stop, step); break;
      case ActionKind::wait: plan_wait(said.wait, step); break;
      case ActionKind::impair: plan_impair(said.impair, step); break;
      case ActionKind::change: plan_change(said.change, step); break;
      case ActionKind::partition: plan_partition(said.partition, step); break;
    }
    return step;
  }

 private:
  // A node on which things run.
  std::optional<NodeIndex> find_host(const Located<std::string>& name) {
    const std::optional<NodeIndex> node = draft_.find_node(name);
    if (!node) return std::nullopt;
    const PlanNode& where = draft_.plan.nodes[*node];
    if (where.has_stack()) return node;
    draft_.report.error(
        name.at, fmt::format("'{}' is {}: nothing runs there", where.name, kind_text(where.kind)),
        "run it on a host");
    return std::nullopt;
  }

  void plan_stop(const StopAction& said, PlanStep& step) {
    step.text = fmt::format("stop {}", said.step.value);
    step.stop.signal = said.signal;
    step.stop.grace = said.grace.value_or(Duration::seconds(2));
    step.stop.expect = said.expect;
  }

  void plan_wait(const WaitAction& said, PlanStep& step) {
    step.wait.timeout = said.timeout.value_or(Duration::seconds(30));
    if (said.step) {
      step.text = fmt::format("wait for {}", said.step->value);
      return;
    }
    step.text = fmt::format("{}: wait for port {}", said.node.value, said.port);
    if (const auto node = find_host(said.node)) step.wait.node = *node;
    step.wait.port = said.port;
  }

  void plan_run(const RunAction& said, PlanStep& step, std::string_view verb) {
    step.text = fmt::format("{}: {}{}", said.node.value, verb, said.command.value);
    const std::optional<NodeIndex> node = find_host(said.node);
    if (!node) return;
    const PlanNode& where = draft_.plan.nodes[*node];
    if (where.interfaces.empty() && draft_.plan.nodes.size() > 1) {
      draft_.report.error(said.node.at,
                          fmt::format("no link ends at '{}', where this step runs", where.name),
                          "join it to the others in links");
      return;
    }
    step.run = {*node, said.command.value, said.expect, said.timeout};
    check_command(draft_, said, *node, step.kind);
  }

  void plan_impair(const ImpairAction& said, PlanStep& step) {
    step.text = fmt::format("{}: impair", said.link.value);
    const std::optional<Draft::LinkRef> link = draft_.find_link(said.link);
    if (!link) return;
    // Forward is the direction in which the step writes the link.
    step.impair = {link->link, said.impair};
    if (link->reversed) std::swap(step.impair.impair.forward, step.impair.impair.back);
  }

  void plan_change(const ChangeAction& said, PlanStep& step) {
    step.text =
        fmt::format("{}: {}", change_word(said.change), said.all ? "all" : join(said.targets));
    step.change.change = said.change;
    std::vector<LinkIndex>& links = step.change.links;
    if (said.all) {
      for (LinkIndex l = 0; l < draft_.plan.links.size(); ++l) links.push_back(l);
    }
    for (const Located<std::string>& target : said.targets) add_target(target, links);
    std::sort(links.begin(), links.end());
    links.erase(std::unique(links.begin(), links.end()), links.end());
  }

  void add_target(const Located<std::string>& target, std::vector<LinkIndex>& links) {
    const auto node = draft_.node_by_name.find(target.value);
    if (node != draft_.node_by_name.end()) {
      for (const PlanInterface& interface : draft_.plan.nodes[node->second].interfaces)
        links.push_back(interface.link);
      return;
    }
    if (const std::optional<PlanEnd> port = draft_.find_port(target.value)) {
      links.push_back(draft_.interface(*port).link);
      return;
    }
    if (draft_.matching_links(target.value).empty()) {
      draft_.unknown_target(target, "link or node");
    } else if (const std::optional<Draft::LinkRef> link = draft_.find_link(target)) {
      links.push_back(link->link);
    }
  }

  void plan_partition(const PartitionAction& said, PlanStep& step) {
    std::unordered_map<NodeIndex, Mark> seen;
    for (const auto& set : said.sets) {
      std::vector<NodeIndex>& members = step.partition.sets.emplace_back();
      for (const Located<std::string>& name : set) {
        const std::optional<NodeIndex> node = draft_.find_node(name);
        if (!node) continue;
        if (!seen.emplace(*node, name.at).second) {
          draft_.report.error(name.at, fmt::format("'{}' is in the partition twice", name.value),
                              "name a node once", static_cast<u32>(name.value.size()));
        }
        members.push_back(*node);
      }
      step.text += (step.text.empty() ? "partition: " : " | ") + join(set);
    }
  }

  Draft& draft_;
};

// Steps as they come from the file, repeats written out.
struct Unsorted {
  PlanStep step;
  const StepModel* said;
  Duration earliest;
};

constexpr Duration longest_time = Duration::seconds(36'525ll * 86'400);  // as of every duration

class ScriptPlanner {
 public:
  explicit ScriptPlanner(Draft& draft) : draft_(draft) {}

  void run() {
    StepPlanner planner(draft_);
    for (std::size_t i = 0; i < draft_.model.script.size(); ++i) {
      const StepModel& said = draft_.model.script[i];
      PlanStep step = planner.plan(said);
      step.name = said.name ? said.name->value : fmt::format("step {}", i + 1);
      repeat(said, step, check_time(said, step) ? said.times : 1);
    }
    link_up();
    order();
  }

 private:
  // False: its repeats cannot be written out.
  bool check_time(const StepModel& said, const PlanStep& step) {
    if (!said.at_time) return true;
    const Duration every = said.every.value_or(Duration::zero());
    const i64 further = said.times - 1;
    if (further != 0 && every > (longest_time - step.at) / further) {
      draft_.report.error(
          said.at_time->at,
          fmt::format("the last of {} times is more than 100 years away", said.times),
          "make 'every' or 'times' less");
      return false;
    }
    const Duration last = step.at + every * further;
    if (last < draft_.plan.stop_time) return true;
    draft_.report.error(said.at_time->at, fmt::format("at {} the lab has stopped", to_string(last)),
                        fmt::format("stop_time is {}", to_string(draft_.plan.stop_time)));
    return true;
  }

  void repeat(const StepModel& said, const PlanStep& step, u32 times) {
    constexpr std::size_t most_steps = 200'000;
    if (steps_.size() + times > most_steps) {
      draft_.report.error(said.at, fmt::format("more than {} steps", most_steps));
      return;
    }
    for (u32 i = 0; i < times; ++i) {
      PlanStep one = step;
      if (i != 0) {
        one.name += fmt::format(" #{}", i + 1);
        one.at += *said.every * i;
      }
      const Duration one_at = one.at;
      steps_.push_back({std::move(one), &said, one_at});
    }
    if (!said.name) return;
    const u32 last = static_cast<u32>(steps_.size() - 1);
    const auto [first, fresh] = by_name_.emplace(said.name->value, last);
    if (fresh) return;
    draft_.report.error(
        said.name->at, fmt::format("two steps have the name '{}'", said.name->value),
        fmt::format("the other is on {}",
                    draft_.report.place(steps_[first->second].said->at, said.name->at)));
  }

  // The earliest that a step can begin which waits for others.
  void check_delay(u32 index, Duration before) {
    Unsorted& step = steps_[index];
    if (step.step.delay <= longest_time - before) {
      step.earliest = before + step.step.delay;
      return;
    }
    step.earliest = longest_time;
    draft_.report.error(step.said->after->at, "this step is more than 100 years away",
                        "make its delay less");
  }

  // Who waits for whom; the last of a repeated step is waited for.
  void link_up() {
    followers_.resize(steps_.size());
    std::vector<std::string_view> known;
    for (const Unsorted& step : steps_) {
      if (!step.said->name) continue;
      // The repeats of a step stand together.
      if (known.empty() || known.back() != step.said->name->value)
        known.push_back(step.said->name->value);
    }
    for (u32 i = 0; i < steps_.size(); ++i) {
      const auto& after = steps_[i].said->after;
      if (!after) continue;
      if (const u32 found = find_step(*after, known); found != no_index) {
        followers_[found].push_back(i);
      }
    }
    for (u32 i = 0; i < steps_.size(); ++i) link_target(i, known);
  }

  u32 find_step(const Located<std::string>& name, const std::vector<std::string_view>& known) {
    const auto found = by_name_.find(name.value);
    if (found != by_name_.end()) return found->second;
    draft_.report.error(name.at, fmt::format("no step has the name '{}'", name.value),
                        known.empty() ? fmt::format("none has one; say name: {} in it", name.value)
                                      : suggestion(name.value, known),
                        static_cast<u32>(name.value.size()));
    return no_index;
  }

  // What step `index` stops or waits for, by its place in the file.
  void link_target(u32 index, const std::vector<std::string_view>& known) {
    const StepModel& said = *steps_[index].said;
    PlanStep& step = steps_[index].step;
    if (said.kind == ActionKind::stop) {
      step.stop.step = find_step(said.stop.step, known);
      if (step.stop.step == no_index || steps_[step.stop.step].step.kind == ActionKind::start) {
        return;
      }
      draft_.report.error(said.stop.step.at,
                          fmt::format("'{}' is no step with 'start'", said.stop.step.value),
                          "only what start began is stopped; a run may have a timeout",
                          static_cast<u32>(said.stop.step.value.size()));
    }
    if (said.kind != ActionKind::wait || !said.wait.step) return;
    step.wait.step = find_step(*said.wait.step, known);
    if (step.wait.step != index) return;
    draft_.report.error(said.wait.step->at, "this step waits for itself", "name another");
  }

  void order() {
    std::vector<u32> order;
    for (u32 i = 0; i < steps_.size(); ++i) {
      if (!steps_[i].said->after) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](u32 a, u32 b) { return steps_[a].step.at < steps_[b].step.at; });
    std::vector<StepIndex> waits_for(steps_.size(), no_index);
    for (std::size_t next = 0; next < order.size(); ++next) {
      for (u32 follower : followers_[order[next]]) {
        waits_for[follower] = static_cast<StepIndex>(next);
        check_delay(follower, steps_[order[next]].earliest);
        order.push_back(follower);
      }
    }
    std::vector<StepIndex> place(steps_.size(), no_index);
    for (std::size_t next = 0; next < order.size(); ++next) {
      place[order[next]] = static_cast<StepIndex>(next);
    }
    for (u32 index : order) {
      PlanStep& step = steps_[index].step;
      step.after = waits_for[index];
      for (StepIndex* target : {&step.stop.step, &step.wait.step}) {
        if (*target != no_index) *target = place[*target];
      }
      draft_.plan.script.push_back(std::move(step));
    }
    if (order.size() != steps_.size() && !draft_.report.failed()) report_circle(waits_for);
  }

  void report_circle(const std::vector<StepIndex>& waits_for) {
    for (u32 i = 0; i < steps_.size(); ++i) {
      const auto& after = steps_[i].said->after;
      if (!after || waits_for[i] != no_index) continue;
      draft_.report.error(after->at,
                          fmt::format("this step waits for '{}', which waits for it", after->value),
                          "one of them needs a time");
      return;
    }
  }

  Draft& draft_;
  std::vector<Unsorted> steps_;
  std::unordered_map<std::string, u32> by_name_;
  std::vector<std::vector<u32>> followers_;
};

}  // namespace

PlanStep plan_step(Draft& draft, const StepModel& said) { return StepPlanner(draft).plan(said); }

void plan_script(Draft& draft) { ScriptPlanner(draft).run(); }

}  // namespace catenet::lab
