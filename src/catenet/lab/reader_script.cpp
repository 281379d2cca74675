#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "catenet/lab/reader.hpp"

namespace catenet::lab {

namespace {

TextExpectation read_output(const Tree& tree) {
  TextExpectation output;
  const auto texts = [&](std::string_view key, std::vector<std::string>& into) {
    with(tree, key,
         [&](const Tree& t) { each(t, [&](const Tree& item) { into.push_back(item.text); }); });
  };
  texts("contains", output.contains);
  texts("not_contains", output.not_contains);
  texts("matches", output.matches);
  with(tree, "equals", [&](const Tree& t) { output.equals = t.text; });
  return output;
}

RunExpectation read_run_expectation(const Tree& tree, ReadContext& context) {
  RunExpectation expect;
  with(tree, "exit", [&](const Tree& t) { expect.exit = static_cast<int>(count_of(t)); });
  with(tree, "stdout", [&](const Tree& t) { expect.stdout_text = read_output(t); });
  with(tree, "stderr", [&](const Tree& t) { expect.stderr_text = read_output(t); });
  with(tree, "takes", [&](const Tree& t) {
    with(t, "min", [&](const Tree& d) { expect.min_time = duration_of(d); });
    with(t, "max", [&](const Tree& d) { expect.max_time = duration_of(d); });
  });
  with(tree, "within", [&](const Tree& t) {
    if (expect.max_time) {
      context.report.error(t.at, "both 'within' and 'takes: {max}' are given",
                           "they say the same; keep one");
    }
    expect.max_time = duration_of(t);
  });
  if (expect.min_time && expect.max_time && *expect.min_time > *expect.max_time) {
    const bool within = tree.find("within") != nullptr;
    context.report.error(
        tree.find("takes")->at,
        within ? "takes: min is more than 'within'" : "takes: min is more than max",
        "nothing can take that long");
  }
  return expect;
}

struct ActionKey {
  std::string_view key;
  ActionKind kind;
  LinkChange change = LinkChange::down;
};
constexpr std::array<ActionKey, 10> action_keys{{{"run", ActionKind::run},
                                                 {"start", ActionKind::start},
                                                 {"stop", ActionKind::stop},
                                                 {"wait", ActionKind::wait},
                                                 {"link", ActionKind::impair},
                                                 {"down", ActionKind::change, LinkChange::down},
                                                 {"up", ActionKind::change, LinkChange::up},
                                                 {"cut", ActionKind::change, LinkChange::cut},
                                                 {"heal", ActionKind::change, LinkChange::heal},
                                                 {"partition", ActionKind::partition}}};

// The one thing the step does; nullptr after telling that there is none, or several.
const ActionKey* find_action(const Tree& tree, ReadContext& context) {
  const ActionKey* only = nullptr;
  for (const ActionKey& action : action_keys) {
    const Tree::Key* key = tree.find_key(action.key);
    if (!key) continue;
    if (only) {
      context.report.error(
          key->at,
          fmt::format("a step does one thing; this does '{}' and '{}'", only->key, action.key),
          "make two steps of it");
      return nullptr;
    }
    only = &action;
  }
  if (!only) {
    const bool misses_link =
        tree.find("impair") || tree.find("impair_forward") || tree.find("impair_back");
    const bool misses_run = tree.find("on") || tree.find("expect");
    context.report.error(
        tree.at, "a step does nothing",
        misses_link  ? "say link: which one"
        : misses_run ? "say run: a command"
                     : "say run, start, stop, wait, link, down, up, cut, heal or partition");
  }
  return only;
}

// Keys that mean something with some actions only.
struct Company {
  std::string_view key;
  std::array<std::string_view, 3> actions;  // by their keys
};
constexpr std::array<Company, 7> company{{{"on", {"run", "start"}},
                                          {"expect", {"run", "start", "stop"}},
                                          {"timeout", {"run", "stop", "wait"}},
                                          {"signal", {"stop"}},
                                          {"impair", {"link"}},
                                          {"impair_forward", {"link"}},
                                          {"impair_back", {"link"}}}};

void check_company(const Tree& tree, std::string_view action, ReadContext& context) {
  for (const Company& known : company) {
    const Tree::Key* found = tree.find_key(known.key);
    if (!found || std::ranges::find(known.actions, action) != known.actions.end()) continue;
    std::string goes_with;
    for (const std::string_view owner : known.actions) {
      if (owner.empty()) continue;
      goes_with += fmt::format("{}'{}'", goes_with.empty() ? "" : " or ", owner);
    }
    context.report.error(found->at, fmt::format("'{}' means nothing in this step", known.key),
                         fmt::format("it goes with {}", goes_with),
                         static_cast<u32>(known.key.size()));
  }
}

void read_run(const Tree& tree, std::string_view key, RunAction& run, ReadContext& context) {
  const Tree& command = *tree.find(key);
  run.command = text_of(command);
  if (command.text.find_first_not_of(" \t\n") == std::string::npos) {
    context.report.error(command.at, fmt::format("{}: the command is empty", key));
  }
  if (command.text.find('\0') != std::string::npos) {
    context.report.error(
        command.at, fmt::format("{}: the command holds a NUL, at which a shell would end it", key),
        "say it in the command's own way, as printf '\\0' does");
  }
  if (const Tree* on = tree.find("on"))
    run.node = text_of(*on);
  else
    context.report.error(tree.at, "a step runs nowhere", "say on: the node");
  with(tree, "expect", [&](const Tree& t) { run.expect = read_run_expectation(t, context); });
  with(tree, "timeout", [&](const Tree& t) {
    run.timeout = duration_of(t);
    if (*run.timeout > Duration::zero()) return;
    context.report.error(t.at, "timeout: 0 leaves the command no time",
                         "say how long it may take, such as 10 s; without one it has no limit",
                         t.width());
  });
}

constexpr std::array<std::pair<std::string_view, int>, 7> signals{
    {{"TERM", 15}, {"INT", 2}, {"QUIT", 3}, {"HUP", 1}, {"KILL", 9}, {"USR1", 10}, {"USR2", 12}}};

void read_stop(const Tree& tree, StopAction& stop, ReadContext& context) {
  stop.step = text_of(*tree.find("stop"));
  with(tree, "signal", [&](const Tree& t) {
    for (const auto& [name, number] : signals) {
      if (name == t.text) stop.signal = number;
    }
  });
  with(tree, "timeout", [&](const Tree& t) { stop.grace = duration_of(t); });
  with(tree, "expect", [&](const Tree& t) { stop.expect = read_run_expectation(t, context); });
}

void read_wait(const Tree& tree, WaitAction& wait) {
  const Tree& what = *tree.find("wait");
  if (what.is_scalar()) {
    wait.step = text_of(what);
  } else {
    wait.node = text_of(*what.find("on"));
    wait.port = static_cast<u16>(count_of(*what.find("port")));
  }
  with(tree, "timeout", [&](const Tree& t) { wait.timeout = duration_of(t); });
}

void read_targets(const Tree& tree, ChangeAction& change, ReadContext& context) {
  each(tree, [&](const Tree& item) {
    if (item.text == "all" && change.change == LinkChange::heal)
      change.all = true;
    else
      change.targets.push_back(text_of(item));
  });
  if (change.all && !change.targets.empty()) {
    context.report.error(tree.at, "heal: 'all' and more", "'all' alone heals every link");
  }
}

void read_times(const Tree& tree, StepModel& step, ReadContext& context) {
  with(tree, "at", [&](const Tree& t) { step.at_time = {duration_of(t), t.at}; });
  with(tree, "after", [&](const Tree& t) { step.after = text_of(t); });
  with(tree, "delay", [&](const Tree& t) { step.delay = duration_of(t); });
  with(tree, "every", [&](const Tree& t) { step.every = duration_of(t); });
  with(tree, "times", [&](const Tree& t) { step.times = count32_of(t); });
  const auto wrong = [&](std::string_view key, std::string message, std::string hint) {
    const Tree::Key* at = tree.find_key(key);
    context.report.error(at ? at->at : tree.at, std::move(message), std::move(hint));
  };
  if (!step.at_time && !step.after)
    wrong("", "a step has no time", "say at: 2 s, or after: another step's name");
  if (step.at_time && step.after) wrong("after", "a step has both 'at' and 'after'", "keep one");
  if (step.delay && !step.after)
    wrong("delay", "'delay' means nothing in this step", "it goes with 'after'");
  const bool repeats = tree.find("every") || tree.find("times");
  const bool whole = tree.find("every") && tree.find("times") && step.at_time;
  if (repeats && !whole)
    wrong(step.every ? "every" : "times", "a step repeats only with 'at', 'every' and 'times'", {});
  if (step.every && *step.every == Duration::zero()) wrong("every", "every: 0 is no interval", {});
}

Bounds read_bounds(const Tree& tree, std::string_view exact, Mark at, ReadContext& context) {
  Bounds bounds;
  with(tree, exact, [&](const Tree& t) { bounds.is = count_of(t); });
  with(tree, "min", [&](const Tree& t) { bounds.min = count_of(t); });
  with(tree, "max", [&](const Tree& t) { bounds.max = count_of(t); });
  with(tree, "above", [&](const Tree& t) { bounds.above = count_of(t); });
  with(tree, "below", [&](const Tree& t) { bounds.below = count_of(t); });
  if (!bounds.is && !bounds.min && !bounds.max && !bounds.above && !bounds.below) {
    context.report.error(at, "an expectation without a number",
                         fmt::format("say {}, min, max, above or below", exact));
  } else if (!bounds.can_hold()) {
    context.report.error(at, fmt::format("no number is {}", bounds.to_string()));
  }
  return bounds;
}

}  // namespace

bool TextExpectation::empty() const {
  return contains.empty() && not_contains.empty() && !equals && matches.empty();
}

bool Bounds::holds(u64 value) const {
  return (!is || value == *is) && (!min || value >= *min) && (!max || value <= *max) &&
         (!above || value > *above) && (!below || value < *below);
}

bool Bounds::can_hold() const {
  if (below == 0u || above == ~u64{0}) return false;
  const u64 least = std::max({is.value_or(0), min.value_or(0), above ? *above + 1 : 0});
  const u64 most =
      std::min({is.value_or(~u64{0}), max.value_or(~u64{0}), below ? *below - 1 : ~u64{0}});
  return least <= most;
}

std::string Bounds::to_string() const {
  std::string text;
  const auto add = [&](const std::optional<u64>& bound, std::string_view words) {
    if (bound) text += fmt::format("{}{}{}", text.empty() ? "" : " and ", words, *bound);
  };
  add(is, "exactly ");
  add(min, "at least ");
  add(max, "at most ");
  add(above, "above ");
  add(below, "below ");
  return text;
}

StepModel read_step(const Tree& tree, ReadContext& context) {
  StepModel step;
  step.at = tree.at;
  with(tree, "name", [&](const Tree& t) { step.name = text_of(t); });
  read_times(tree, step, context);
  const ActionKey* action = find_action(tree, context);
  if (!action) return step;
  check_company(tree, action->key, context);
  step.kind = action->kind;
  const Tree& value = *tree.find(action->key);
  switch (action->kind) {
    case ActionKind::run:
    case ActionKind::start: read_run(tree, action->key, step.run, context); break;
    case ActionKind::stop: read_stop(tree, step.stop, context); break;
    case ActionKind::wait: read_wait(tree, step.wait); break;
    case ActionKind::impair:
      step.impair.link = text_of(value);
      step.impair.impair = read_link_patch(tree, context);
      if (step.impair.impair.empty()) {
        context.report.error(tree.at, "a step changes nothing of the link",
                             "say impair: {loss: 1 %}");
      }
      break;
    case ActionKind::change:
      step.change.change = action->change;
      read_targets(value, step.change, context);
      break;
    case ActionKind::partition:
      for (const Tree& set : value.items) {
        std::vector<Located<std::string>>& names = step.partition.sets.emplace_back();
        for (const Tree& name : set.items) names.push_back(text_of(name));
      }
      break;
  }
  return step;
}

ExpectationModel read_expectation(const Tree& tree, ReadContext& context) {
  ExpectationModel expectation;
  expectation.at = tree.at;
  with(tree, "name", [&](const Tree& t) { expectation.name = t.text; });
  const Tree* counter = tree.find("counter");
  const Tree* packets = tree.find("packets");
  if (!counter == !packets) {
    context.report.error(tree.at, "an expectation is of one thing", "say counter or packets");
    return expectation;
  }
  if (counter) {
    expectation.counter = {text_of(*counter), read_bounds(tree, "is", tree.at, context)};
    return expectation;
  }
  for (std::string_view key : {"is", "min", "max", "above", "below"}) {
    const Tree::Key* stray = tree.find_key(key);
    if (stray) context.report.error(stray->at, fmt::format("'{}' belongs inside 'packets'", key));
  }
  PacketExpectation seen;
  seen.where = text_of(*packets->find("where"));
  with(*packets, "filter", [&](const Tree& t) { seen.filter = text_of(t); });
  seen.bounds = read_bounds(*packets, "count", packets->at, context);
  expectation.packets = std::move(seen);
  return expectation;
}

CaptureModel read_capture(const Tree& tree) {
  CaptureModel capture;
  const Tree* ports = tree.is_map() ? tree.find("ports") : &tree;
  if (ports && ports->is_scalar()) capture.all = ports->text == "all";
  if (ports && ports->is_list()) {
    capture.all = false;
    for (const Tree& item : ports->items) capture.ports.push_back(text_of(item));
  }
  with(tree, "filter", [&](const Tree& t) { capture.filter = text_of(t); });
  with(tree, "promiscuous", [&](const Tree& t) { capture.promiscuous = boolean_of(t); });
  with(tree, "snap_length",
       [&](const Tree& t) { capture.snap_length = static_cast<u32>(size_of(t)); });
  return capture;
}

}  // namespace catenet::lab
