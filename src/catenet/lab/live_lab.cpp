#include "catenet/lab/live_lab.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/lab/filter_names.hpp"
#include "catenet/lab/live_step.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::lab {

// Where others come in.
class LiveLab::Door final : public os::FdHandler {
 public:
  Door(LiveLab& lab, os::Poller& poller) : lab_(lab), poller_(poller) {}
  ~Door() { poller_.forget(lab_.socket_->listener()); }

  Result<void> begin() {
    return poller_.watch(lab_.socket_->listener(), os::Interest::readable, *this);
  }
  void on_ready(bool, bool) override {
    auto socket = lab_.socket_->accept();
    if (socket) return lab_.open(*std::move(socket));
    const bool full = socket.error() != Errno::again && socket.error() != Errno::access_denied;
    if (full) poller_.change(lab_.socket_->listener(), os::Interest::nothing);
  }
  // Who had to wait, because this process had all its descriptors, is asked in again.
  void try_again() { poller_.change(lab_.socket_->listener(), os::Interest::readable); }

 private:
  LiveLab& lab_;
  os::Poller& poller_;
};

// One connection, which is one request.
class LiveLab::Session final : private LiveLine::Listener {
 public:
  Session(LiveLab& lab, os::Descriptor socket)
      : lab_(lab), line_(lab.up_->nodes.poller(), std::move(socket), *this) {}

  Result<void> begin() { return line_.begin(); }
  void settle(Instant now) {
    if (work_) work_->settle(now);
  }
  bool is_over() const { return !line_.is_open() && (!work_ || work_->is_over()); }
  std::optional<LiveRow> row() const { return work_ ? work_->row() : std::nullopt; }
  // The lab is: a program has told its exit already.
  void end() {
    if (work_) work_->on_word({.end = true});  // a capture tells its last
    work_.reset();
    if (waits_for_end_ && line_.is_open()) return lab_.wait_for_end_.push_back(line_.release());
    if (asked_) line_.send_last({.done = true, .error = LiveError{"the lab has ended", 3}});
    line_.close();
  }

 private:
  void on_message(program::LabMessage message) override {
    if (!std::exchange(asked_, true)) return ask(message);
    if (const auto word = parse_word(message.text); word && work_) work_->on_word(*word);
  }
  // It may be the work itself that has come upon it: settle() lets go of that.
  void on_gone() override {
    if (work_) work_->on_gone();
  }

  void ask(const program::LabMessage& message) {
    const auto request = parse_request(message.text);
    if (!request) return refuse(request.error());
    switch (request->verb) {
      case LiveVerb::exec: return exec(*request, message.descriptors);
      case LiveVerb::ps: return line_.send_last({.done = true, .rows = lab_.rows()});
      case LiveVerb::capture: return capture(*request);
      case LiveVerb::set:
      case LiveVerb::cut:
      case LiveVerb::heal: return change(*request);
      case LiveVerb::down: waits_for_end_ = lab_.over_ = true; return;
    }
  }
  void refuse(const LiveError& error) { line_.send_last({.done = true, .error = error}); }
  void take(std::expected<std::unique_ptr<LiveWork>, LiveError> work) {
    if (!work) return refuse(work.error());
    work_ = *std::move(work);
  }

  void exec(const LiveRequest& request, std::span<const os::Descriptor> descriptors) {
    const auto host = find_live_host(lab_.up_->plan, request.host);
    if (!host) return refuse(host.error());
    if (program::Programs* const where = lab_.up_->nodes.programs_of(*host)) {
      take(start_live_program(*where, line_, request, descriptors));
    } else {
      // A tool prints here, and reads nothing.
      if (request.terminal) line_.send({.no_terminal = true});
      take(start_live_tool(*lab_.up_->network.system(*host), line_, request));
    }
    if (work_) lab_.note(request);
  }
  void capture(const LiveRequest& request) {
    const auto ports = find_live_ports(lab_.up_->plan, request.targets.front());
    if (!ports) return refuse(ports.error());
    CaptureRecorder::Filter filter;
    if (!request.filter.empty()) {
      const std::string expression = with_addresses(request.filter, lab_.up_->plan.hosts);
      const auto wrong = lab_.options_.check_filter(expression);
      if (wrong) return refuse({fmt::format("the filter is wrong: {}", *wrong), 2});
      filter = lab_.options_.compile_filter(expression);
    }
    take(start_live_capture(lab_.up_->plan, lab_.up_->network, lab_.recorders_, line_, *ports,
                            std::move(filter), lab_.options_.section));
  }
  void change(const LiveRequest& request) {
    const auto step = plan_live_step(lab_.up_->plan, request);
    if (!step) return refuse(step.error());
    if (const auto applied = apply_to_links(lab_.up_->network, *step); !applied) {
      return refuse({fmt::format("{}: {}", applied.error().field, applied.error().message), 2});
    }
    lab_.note(request);
    line_.send_last({.done = true});
  }

  LiveLab& lab_;
  LiveLine line_;
  std::unique_ptr<LiveWork> work_;
  bool asked_ = false;
  bool waits_for_end_ = false;
};

LiveLab::LiveLab(program::LabSocket socket, LiveOptions options)
    : options_(std::move(options)), socket_(std::move(socket)) {}

LiveLab::~LiveLab() {
  end();
  // Before those who wait are told: they may want the name again.
  socket_.reset();
}

void LiveLab::tell_verdict(int exit, const std::string& sentence) {
  LiveReply last{.done = true, .exit = exit};
  if (!sentence.empty()) last.error = LiveError{sentence, exit};
  for (const os::Descriptor& socket : wait_for_end_) {
    static_cast<void>(program::send_line(socket.get(), to_text(last), program::Patience::none));
  }
}

Result<void> LiveLab::begin(Runner& runner, RealNodes& nodes) {
  Network& network = runner.network();
  up_.emplace(Up{runner, nodes, network.plan(), network});
  door_ = std::make_unique<Door>(*this, nodes.poller());
  if (auto begun = door_->begin(); !begun) return begun;
  ticks_ = std::make_unique<program::Timer>(nodes.poller(), [this] { on_tick(); });
  if (auto begun = ticks_->every(1_s); !begun) return begun;
  network.shards().at_barrier(Instant(), [this] {
    zero_ms_ = program::since_boot_ms();
    if (options_.stands) options_.stands();
  });
  return {};
}

void LiveLab::open(os::Descriptor socket) {
  auto session = std::make_unique<Session>(*this, std::move(socket));
  if (session->begin()) sessions_.push_back(std::move(session));
}

void LiveLab::settle() {
  if (!up_) return;
  if (options_.ended && options_.ended()) over_ = true;
  const Instant now = up_->network.shards().now();
  for (const std::unique_ptr<Session>& session : sessions_) session->settle(now);
  std::erase_if(sessions_, [](const std::unique_ptr<Session>& each) { return each->is_over(); });
}

void LiveLab::on_tick() {
  up_->nodes.end_strays();
  door_->try_again();
}

void LiveLab::note(const LiveRequest& request) {
  constexpr std::size_t most = 256;
  if (notes_.size() == most) {
    ++unnoted_;
    return;
  }
  const Instant now = up_->network.shards().now();
  notes_.push_back(fmt::format("{} user: {}", to_string(now), as_typed(request)));
}

std::vector<std::string> LiveLab::take_notes() {
  if (unnoted_ > 0) notes_.push_back(fmt::format("user: {} requests more, not noted", unnoted_));
  return std::exchange(notes_, {});
}

void LiveLab::end() {
  if (!up_) return;
  for (const std::unique_ptr<Session>& session : sessions_) session->end();
  sessions_.clear();
  ticks_.reset();
  door_.reset();
  up_.reset();
}

std::vector<LiveRow> LiveLab::rows() const {
  std::vector<LiveRow> rows;
  for (StepIndex index = 0; index < up_->plan.script.size(); ++index) {
    const PlanStep& step = up_->plan.script[index];
    const StepResult& result = up_->runner.steps()[index];
    if (!step.runs() || !result.started || result.ended) continue;
    if (up_->nodes.programs_of(step.run.node)) continue;  // among the processes
    rows.push_back(
        {up_->plan.nodes[step.run.node].name, 0, to_ms(*result.started), step.run.command});
  }
  for (const std::unique_ptr<Session>& session : sessions_) {
    if (auto row = session->row()) rows.push_back(*std::move(row));
  }
  for (NodeIndex index = 0; index < up_->plan.nodes.size(); ++index) add_processes(index, rows);
  return rows;
}

void LiveLab::add_processes(NodeIndex index, std::vector<LiveRow>& rows) const {
  const program::Programs* const programs = up_->nodes.programs_of(index);
  if (!programs) return;
  for (const program::LivingProcess& process : program::descendants_of(programs->pid())) {
    // The kernel tells the last tick of its clock, which may have been before 0 s.
    const i64 since = std::max<i64>(program::started_ms(process) - zero_ms_, 0);
    rows.push_back(
        {up_->plan.nodes[index].name, process.pid, since, program::command_line_of(process)});
  }
}

}  // namespace catenet::lab
