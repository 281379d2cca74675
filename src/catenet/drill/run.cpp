#include "catenet/drill/run.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/drill/compare.hpp"
#include "catenet/drill/print.hpp"
#include "catenet/drill/symbols.hpp"
#include "catenet/drill/tcp_info_names.hpp"

namespace catenet::drill {
namespace {

// What a host may do in one script: more is one that never comes to rest.
constexpr u64 most_steps = 5'000'000;

// The longest that a script waits for what may come at any time.
constexpr Duration any_time = Duration::seconds(100'000);

std::string seconds(Instant when) { return time_text(when) + " s"; }

std::string outcome_text(const Outcome& outcome) {
  if (outcome.value != -1 || outcome.error == Errno::ok) return fmt::format("{}", outcome.value);
  return fmt::format("-1 {} ({})", errno_name(outcome.error), errno_text(outcome.error));
}

// As the script calls it: without ports where the script gives none.
PacketEvent as_wanted(PacketEvent came, const PacketEvent* wanted) {
  if (!wanted || wanted->source_port == 0) came.source_port = came.destination_port = 0;
  const IpWanted ip = came.ip;
  came.ip = {};
  if (wanted && wanted->ip.ecn != EcnWanted::any) came.ip.ecn = ip.ecn;
  if (wanted && wanted->ip.tos) came.ip.tos = ip.tos;
  if (wanted && wanted->ip.ttl) came.ip.ttl = ip.ttl;
  return came;
}

void take_push_from(const PacketEvent& wanted, PacketEvent& came) {
  const auto* as = std::get_if<Segment>(&wanted.body);
  auto* segment = std::get_if<Segment>(&came.body);
  if (!as || !segment) return;
  segment->flags = segment->flags.without(wire::TcpFlag::psh);
  if (as->flags.psh()) segment->flags |= wire::TcpFlag::psh;
}

}  // namespace

Run::Run(std::string_view file, const Script& script, const Scene& setup,
         const DrillOptions& options)
    : file_(file),
      script_(script),
      setup_(setup),
      options_(options),
      stage_(setup_),
      conversation_(setup_),
      calls_(stage_, setup_, conversation_),
      tasks_(stage_.system().scheduler()),
      last_(stage_.now()) {}

void Run::run(DrillReport& report) {
  report_ = &report;
  bool held = true;
  for (const Event& event : script_.events) {
    held = happen(event);
    if (held && exhausted()) held = fail(event, "the host does too much for a script", {});
    if (!held) break;
    ++report.events;
  }
  if (held) held = finish_pending() && check_rest();
  report.verdict = held ? Verdict::passed : Verdict::failed;
  report.lasted = stage_.now().since_start();
}

// --- Time ---

Instant Run::time_of(const Event& event, Instant& until) const {
  const bool relative =
      event.when.kind == TimeKind::relative || event.when.kind == TimeKind::relative_range;
  const Instant base = relative ? last_ : Instant();
  until = base + event.when.until;
  return base + event.when.at;
}

void Run::wait_until(Instant when) {
  when = std::max(when, stage_.now());
  while (step(when)) continue;
  if (!exhausted()) stage_.run_until(when);
}

bool Run::exhausted() const { return steps_ >= most_steps; }

bool Run::step(Instant deadline) {
  if (exhausted() || stage_.engine().next_time() > deadline) return false;
  ++steps_;
  return stage_.engine().run_next();
}

bool Run::happen(const Event& event) {
  Instant until;
  const Instant when = time_of(event, until);
  const auto* packet = std::get_if<PacketEvent>(&event.action);
  if (packet && !packet->inbound) return expect_packet(event, *packet);
  wait_until(when);
  if (!check_pending()) return false;
  last_ = when;
  if (packet) return send_packet(event, *packet);
  if (const auto* each = std::get_if<CallEvent>(&event.action)) return call(event, *each);
  if (const auto* each = std::get_if<CodeEvent>(&event.action)) return code(event, *each);
  return command(event, std::get<CommandEvent>(event.action));
}

// --- Packets ---

bool Run::send_packet(const Event& event, const PacketEvent& packet) {
  Problem problem;
  problem.place = event.place;
  const auto bytes = conversation_.build(packet, problem);
  if (!bytes) return fail(event, problem.message, problem.hint);
  ++report_->packets;
  tell(stage_.now(), to_text(packet));
  stage_.inject(*bytes);
  return check_pending();
}

std::optional<Sent> Run::next_sent(Instant deadline) {
  while (stage_.sent().empty() && step(deadline)) continue;
  if (stage_.sent().empty()) {
    if (deadline - stage_.now() < any_time) wait_until(deadline);
    return std::nullopt;
  }
  Sent sent = std::move(stage_.sent().front());
  stage_.sent().pop_front();
  return sent;
}

bool Run::expect_packet(const Event& event, const PacketEvent& packet) {
  Instant until;
  Instant from = time_of(event, until);
  const bool any = event.when.kind == TimeKind::any;
  if (!event.when.is_range()) until = from;
  if (any) {
    from = Instant();
    until = stage_.now() + any_time;
  }
  const auto sent = next_sent(std::max(until + setup_.tolerance, stage_.now()));
  if (!check_pending()) return false;
  if (!sent) {
    const std::string when = any ? "ever" : "by " + seconds(until + setup_.tolerance);
    return fail(event, "nothing was sent " + when, beside(event.source, "nothing"));
  }
  ++report_->packets;
  if (!check_packet(event, packet, *sent, from - setup_.tolerance, until + setup_.tolerance)) {
    return false;
  }
  last_ = any || event.when.is_range() ? sent->at : from;
  return true;
}

// Segments that follow each other at one instant are one where the script expects a longer one: so
// a sender that leaves the cutting to its interface looks.
void Run::join_segments(const PacketEvent& wanted, Instant at, PacketEvent& came) {
  const auto* whole = std::get_if<Segment>(&wanted.body);
  auto* first = std::get_if<Segment>(&came.body);
  std::deque<Sent>& sent = stage_.sent();
  while (whole && first && first->length < whole->length && !sent.empty() &&
         sent.front().at == at) {
    const PacketEvent next = conversation_.translate(sent.front().packet, &wanted);
    const auto* second = std::get_if<Segment>(&next.body);
    const bool follows = second && next.source_port == came.source_port &&
                         second->seq == first->seq + first->length && second->length > 0 &&
                         second->ack == first->ack && second->options == first->options;
    if (!follows || first->length + second->length > whole->length) return;
    if (!first->wrong_byte && second->wrong_byte) {
      first->wrong_byte = first->length + *second->wrong_byte;
    }
    first->length += second->length;
    first->flags |= second->flags;
    sent.pop_front();
    ++report_->packets;
  }
}

bool Run::check_packet(const Event& event, const PacketEvent& wanted, const Sent& sent,
                       Instant from, Instant until) {
  PacketEvent came = conversation_.translate(sent.packet, &wanted);
  join_segments(wanted, sent.at, came);
  if (!setup_.push_counts) take_push_from(wanted, came);
  const std::string text = to_text(as_wanted(came, &wanted));
  std::vector<std::string> found = differences(wanted, came);
  const bool in_time = sent.at >= from && sent.at <= until;
  if (found.empty() && in_time) {
    tell(sent.at, text);
    return true;
  }
  const std::string what = found.empty() ? "a packet at another time" : "another packet";
  if (!in_time) {
    const Instant middle = from + (until - from) / 2;
    const std::string wanted_time =
        event.when.is_range() ? fmt::format("{} to {}", time_text(from + setup_.tolerance),
                                            seconds(until - setup_.tolerance))
                              : seconds(middle);
    found.push_back(fmt::format("time: {} was expected, {} came (tolerance {})", wanted_time,
                                seconds(sent.at), to_string(setup_.tolerance)));
  }
  const Instant due = event.when.kind == TimeKind::any ? sent.at : from + setup_.tolerance;
  std::string details =
      beside(time_text(due) + " " + to_text(wanted), time_text(sent.at) + " " + text);
  for (const std::string& line : found) details += "    " + line + "\n";
  return fail(event, what, details);
}

bool Run::check_rest() {
  if (stage_.sent().empty()) return true;
  std::string lines;
  for (const Sent& sent : stage_.sent()) {
    const PacketEvent came = conversation_.translate(sent.packet, nullptr);
    append_format(lines, "    {} {}\n", time_text(sent.at), to_text(as_wanted(came, nullptr)));
  }
  if (!options_.strict) {
    if (options_.tell) options_.tell("sent besides, and not looked at:\n" + lines);
    return true;
  }
  return fail(script_.events.back(),
              "the script ends, and packets were sent that it does not expect", lines);
}

// --- Calls ---

bool Run::call(const Event& event, const CallEvent& call) {
  if (!finish_pending()) return false;
  auto prepared = calls_.prepare(call);
  if (!prepared) return fail(event, prepared.error().message, prepared.error().hint);
  const std::optional<Outcome> outcome = prepared->attempt();
  wait_until(stage_.now());
  const Instant end = call.end ? last_ - event.when.at + *call.end : Instant();
  if (outcome) {
    if (call.end && end > stage_.now() + setup_.tolerance) {
      return fail(event, "the call does not block",
                  fmt::format("    it was expected to until {}\n", seconds(end)));
    }
    return check_outcome(event, *outcome);
  }
  if (!call.end) {
    return fail(
        event, "the call blocks",
        "    a call that is to wait has two times, its begin and its end: +0...0.1 read(…)\n");
  }
  tell(stage_.now(), event.deed + "  (blocks)");
  pending_.emplace(&event, std::move(*prepared), end);
  if (pending_->prepared.socket) tasks_.spawn(wait(stage_.system().scheduler(), *pending_));
  wait_until(stage_.now());
  return check_pending();
}

Task<void> Run::wait(Scheduler& scheduler, Pending& pending) {
  const Prepared& prepared = pending.prepared;
  const bool patient = prepared.patience == Duration::infinite();
  const Instant deadline = patient ? Instant::never() : scheduler.now() + prepared.patience;
  // When it happens is when it is over, not when this task goes on.
  const auto attempt = [&prepared, &pending, &scheduler]() -> std::optional<Result<Outcome>> {
    auto outcome = prepared.attempt();
    if (!outcome) return std::nullopt;
    pending.finished = scheduler.now();
    return Result<Outcome>(std::move(*outcome));
  };
  auto result = co_await prepared.socket->waiters().until(attempt, deadline);
  if (result) {
    pending.outcome = std::move(*result);
  } else if (result.error() == Errno::timed_out) {
    pending.finished = scheduler.now();
    pending.outcome = Outcome{prepared.value_then, Errno::ok, {}};
  }
}

bool Run::finish_pending() {
  if (!pending_) return true;
  const Instant latest = std::max(pending_->expected + setup_.tolerance, stage_.now());
  while (!pending_->outcome && step(latest)) continue;
  if (pending_->outcome) return check_pending();
  wait_until(latest);
  return fail(*pending_->event, "the call still blocks",
              fmt::format("    its end was expected at {}\n", seconds(pending_->expected)));
}

bool Run::check_pending() {
  if (!pending_ || !pending_->outcome) return true;
  const Pending ended = std::move(*pending_);
  pending_.reset();
  const Duration off = ended.finished - ended.expected;
  if (off > setup_.tolerance || -off > setup_.tolerance) {
    return fail(
        *ended.event, "the call ends at another time",
        fmt::format("    {} was expected, {} came (tolerance {})\n", seconds(ended.expected),
                    seconds(ended.finished), to_string(setup_.tolerance)));
  }
  return check_outcome(*ended.event, *ended.outcome);
}

bool Run::check_outcome(const Event& event, const Outcome& outcome) {
  const auto& call = std::get<CallEvent>(event.action);
  const bool open = call.result.kind == Expression::Kind::ellipsis;
  const auto wanted = open ? std::expected<i64, Problem>(outcome.value) : evaluate(call.result);
  if (!wanted) return fail(event, wanted.error().message, wanted.error().hint);
  const auto error = call.error.empty() ? std::optional<Errno>() : errno_by_name(call.error);
  const bool same = *wanted == outcome.value && (!error || *error == outcome.error);
  if (same && outcome.wrong.empty()) {
    tell(stage_.now(), event.deed);
    return true;
  }
  const std::string expected = error ? fmt::format("-1 {} ({})", call.error, errno_text(*error))
                                     : fmt::format("{}", *wanted);
  std::string details = same ? std::string() : beside(expected, outcome_text(outcome));
  for (const std::string& line : outcome.wrong) details += "    " + line + "\n";
  return fail(event,
              same ? call.name + " stored something else" : call.name + " gave another result",
              details);
}

// --- Code and commands ---

bool Run::code(const Event& event, const CodeEvent& code) {
  const Socket* socket = calls_.under_test();
  const auto info = socket ? socket->info() : Result<tcp::TcpInfo>(tcp::TcpInfo());
  const FormulaResult result =
      formula_.run(code.text, [&](std::string_view name) -> std::optional<Value> {
        if (const auto constant = tcp_constant(name)) return *constant;
        const auto value = tcp_info_value(name, info ? *info : tcp::TcpInfo(), stage_.now());
        return value ? std::optional<Value>(*value) : std::nullopt;
      });
  if (!result.printed.empty() && options_.tell) options_.tell(result.printed);
  if (result.kind == FormulaResult::Kind::held) {
    tell(stage_.now(), event.deed);
    return true;
  }
  if (result.kind == FormulaResult::Kind::unsupported) {
    const Place place = place_in(code, result.at);
    return fail(event, "the code cannot be run",
                fmt::format("    {}:{}: {}\n", place.line, place.column, result.message));
  }
  return fail(event, "the code says otherwise", "    " + result.message + "\n");
}

bool Run::command(const Event& event, const CommandEvent& command) {
  Problems told_before;
  apply_command(setup_, {command.text, command.place}, told_before);
  stage_.apply(setup_);
  tell(stage_.now(), event.deed);
  return true;
}

// --- Telling ---

void Run::tell(Instant at, std::string_view line) {
  const std::string whole = fmt::format("{} {}\n", time_text(at), line);
  story_ += "    " + whole;
  if (options_.tell) options_.tell(whole);
}

std::string Run::beside(std::string_view expected, std::string_view actual) const {
  return fmt::format("    expected: {}\n    actual:   {}\n", expected, actual);
}

bool Run::fail(const Event& event, const std::string& what, std::string_view details) {
  report_->line = event.place.line;
  report_->failure = fmt::format("{}:{}: {}\n", file_, event.place.line, what);
  append_format(report_->failure, "    {}\n", event.source);
  report_->failure += details;
  if (!details.empty() && details.back() != '\n') report_->failure += '\n';
  if (!story_.empty()) report_->failure += "  the conversation so far:\n" + story_;
  return false;
}

}  // namespace catenet::drill
