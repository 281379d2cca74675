#include "supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fmt/core.h>
#include <fstream>
#include <linux/seccomp.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

namespace spike {
namespace {

i64 machine_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return i64{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// So long have both been at it: what others do on the same core does not count.
i64 cpu_ns(pid_t program) {
  timespec own{}, other{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  clockid_t clock;
  if (::clock_getcpuclockid(program, &clock) == 0) ::clock_gettime(clock, &other);
  return (own.tv_sec + other.tv_sec) * 1'000'000'000 + own.tv_nsec + other.tv_nsec;
}

int inner_id_of(pid_t tid) {
  std::ifstream status(fmt::format("/proc/{}/status", tid));
  std::string line;
  while (std::getline(status, line)) {
    if (!line.starts_with("NSpid:")) continue;
    return std::atoi(line.c_str() + line.find_last_of('\t'));
  }
  return tid;
}

std::unique_ptr<os::Poller> make_poller() { return *os::Poller::create(); }

}  // namespace

Supervisor::Supervisor(lab::Runner& runner, lab::NodeIndex node,
                       program::notify::Surroundings surroundings, Settings settings,
                       std::FILE* record)
    : runner_(runner),
      shards_(runner.network().shards()),
      engine_(shards_.engine(0)),
      settings_(settings),
      random_(settings.seed),
      record_(record),
      poller_(make_poller()),
      board_(*poller_, *runner.network().system(node), std::move(surroundings),
             [this] {
               std::vector<pid_t> all;
               for (const auto& [pid, fd] : processes_) all.push_back(pid);
               return all;
             }),
      leash_(settings.held, {.born = [this](pid_t parent, pid_t child,
                                            bool waits) { on_born(parent, child, waits); },
                             .exec = [this](pid_t tid) { free_parent(tid); },
                             .standing = [this](pid_t tid) { on_standing(tid); },
                             .gone = [this](pid_t tid, int status) { on_gone(tid, status); },
                             .signalled = [this](pid_t tid) { on_signalled(tid); },
                             .time_stamp = [this] { return static_cast<u64>(now().ns()) * 3; },
                             .random =
                                 [this](MutableBytes into) {
                                   for (u8& byte : into) byte = static_cast<u8>(random_.next());
                                 }}) {
  board_.begin();
  ::signal(SIGPIPE, SIG_IGN);  // of what is written for a program
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  signals_ = os::Descriptor(::signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC));
}

Supervisor::~Supervisor() = default;

int Supervisor::run(const std::vector<std::string>& arguments, const std::string& output) {
  shards_.run_until(Instant());
  auto made = launch({.arguments = arguments,
                      .output = output,
                      .policy = policy_of(settings_),
                      .held = settings_.held,
                      .core = settings_.program_core});
  if (!made.listener) return -1;
  listener_ = std::move(made.listener);
  constexpr unsigned long wake_synchronously = 1;
  ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, wake_synchronously);
  main_ = made.pid;
  if (!leash_.seize(main_)) trouble_ = "it could not be seized";
  Thread& first = thread(main_);
  first.state = State::running;
  running_ = 1;
  while (!threads_.empty() && trouble_.empty()) {
    if (!step()) break;
  }
  if (!trouble_.empty()) fmt::print("{}\n", trouble_);
  if (!trouble_.empty()) ::kill(main_, SIGKILL);
  settle();
  board_.on_tree_gone();
  const Instant end = now() + Duration::seconds(10);  // for the last segments
  while (now() < end) {
    shards_.run_until(std::min(end, engine_.next_time()));
    settle();
  }
  if (made.init > 0) {
    ::kill(made.init, SIGKILL);
    while (::waitpid(-1, nullptr, __WALL) > 0) {  // it is gone when all that it held are reaped
    }
  }
  return trouble_.empty() ? status_ : -1;
}

// --- what happens ---

void Supervisor::await_event() {
  // For measuring alone: what ptrace tells would not be heard.
  const bool blind = settings_.blind && calls_ > 500 && calls_ < 2'000;
  if (blind) return receive_call();
  pollfd states[2] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                      {.fd = signals_.get(), .events = POLLIN, .revents = 0}};
  const int patience_ms = settings_.preempt_ms > 0 ? settings_.preempt_ms : 5'000;
  if (::poll(states, 2, patience_ms) == 0) return settings_.preempt_ms > 0 ? preempt() : stuck();
  if ((states[1].revents & POLLIN) != 0) {
    signalfd_siginfo ignored[8];
    while (::read(signals_.get(), ignored, sizeof ignored) > 0) {
    }
    leash_.look();
  }
  if ((states[0].revents & POLLIN) != 0) receive_call();
}

void Supervisor::receive_call() {
  seccomp_notif told{};
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &told) != 0) return;
  std::array<u64, 6> arguments;
  std::ranges::copy(told.data.args, arguments.begin());
  on_call(
      TrappedCall(listener_.get(), told.id, static_cast<pid_t>(told.pid), told.data.nr, arguments));
}

void Supervisor::on_call(const TrappedCall& call) {
  Thread& from = thread(call.thread());
  if (from.state != State::running) on_signalled(call.thread());  // it came back by itself
  --running_;
  from.call = call;
  from.deadline.reset();
  from.written = 0;
  from.state = State::pending;
  CallFigures& figures = figures_[call.number()];
  const i64 time = machine_ns();
  if (figures.count++ == 0) figures.first_ns = time;
  figures.last_ns = time;
  if (figures.count == CallFigures::from) figures.cpu_ns[0] = cpu_ns(main_);
  if (figures.count == CallFigures::to) figures.cpu_ns[1] = cpu_ns(main_);
  ++calls_;
  note(from, "call");
  const bool goes_on = &from == current_ && call.number() != SYS_sched_yield;
  if (goes_on) {
    ready_.push_front(&from);
  } else {
    ready_.push_back(&from);
  }
}

Supervisor::Thread& Supervisor::thread(pid_t tid) {
  auto& place = threads_[tid];
  if (!place) {
    place = std::make_unique<Thread>();
    place->tid = tid;
    place->process = program::notify::process_of(tid);
    place->inner = inner_id_of(tid);
    place->ordinal = next_ordinal_++;
    auto& process = processes_[place->process];
    if (!process) {
      process = os::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, place->process, 0)));
    }
  }
  return *place;
}

// Of birth and stop, either may be told first.
void Supervisor::on_born(pid_t parent, pid_t child, bool parent_waits) {
  const bool known = threads_.contains(child);
  Thread& born = thread(child);
  if (known && born.state != State::unborn) return;
  born.parent = thread(parent).process;
  note(born, "born");
  if (parent_waits) {
    Thread& spawner = thread(parent);
    spawner.state = State::unborn;
    spawner.stands = true;
    --running_;
    spawners_[child] = parent;
  }
  if (settings_.strict) {
    ready_.push_back(&born);
  } else {
    resumed(born);
    if (born.stands) leash_.let_go(child);
  }
}

// Who spawned it goes on when it has become another program, or is gone.
void Supervisor::free_parent(pid_t child) {
  const auto found = spawners_.find(child);
  if (found == spawners_.end()) return;
  ready_.push_back(&thread(found->second));
  spawners_.erase(found);
}

// The kernel tells its parent by SIGCHLD, now that it has been reaped here.
void Supervisor::on_process_gone(pid_t parent) {
  ++to_reap_[parent];
  const auto found = threads_.find(parent);
  if (found != threads_.end()) {
    Thread& told = *found->second;
    const bool parked = told.state != State::running && told.state != State::unborn;
    if (parked && !blocks_signal(parent, SIGCHLD)) on_signalled(parent);
  }
  for (const auto& [tid, each] : threads_) {
    const long call = each->call.number();
    const bool waits = call == SYS_wait4 || call == SYS_waitid || call == SYS_rt_sigsuspend;
    if (each->process != parent || each->state != State::waiting || !waits) continue;
    std::erase(waiting_, each.get());
    each->state = State::pending;
    ready_.push_back(each.get());
  }
}

void Supervisor::on_standing(pid_t tid) {
  Thread& stands = thread(tid);
  const bool preempted = interrupted_ == tid;
  if (preempted) interrupted_ = 0;
  if (stands.state == State::running && !preempted) return leash_.let_go(tid);
  if (stands.state == State::running) {
    note(stands, "preempted");
    stands.state = State::unborn;
    --running_;
    shards_.run_until(now() + Duration::milliseconds(settings_.preempt_ms));
    settle();
    look_at_waiting();
    ready_.push_back(&stands);
  } else if (stands.state != State::unborn) {
    return leash_.let_go(tid);
  }
  stands.stands = true;
}

void Supervisor::on_gone(pid_t tid, int status) {
  const auto found = threads_.find(tid);
  if (found == threads_.end()) return;
  Thread* const gone = found->second.get();
  // In which order the kernel reaps those that exit_group ends is its affair.
  if (!gone->ending) note(*gone, "gone");
  if (gone->state == State::running) --running_;
  if (current_ == gone) current_ = nullptr;
  std::erase(ready_, gone);
  std::erase(waiting_, gone);
  const pid_t process = gone->process;
  const pid_t parent = gone->parent;
  free_parent(tid);
  if (tid == main_) status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  threads_.erase(found);
  if (process == tid) {
    processes_.erase(process);
    if (tid != main_) on_process_gone(parent);
    board_.on_tree_gone();
  }
  recheck_futexes(process);
}

// Its call is over for it, and it will come again.
void Supervisor::on_signalled(pid_t tid) {
  Thread& hit = thread(tid);
  if (hit.state == State::running || hit.state == State::unborn) return;
  if (!hit.ending) note(hit, "signalled");
  std::erase(ready_, &hit);
  std::erase(waiting_, &hit);
  drop_watched(hit);
  hit.futex = 0;
  hit.state = State::running;
  ++running_;
}

// It computes, or waits for what is not told: the others have their turn. How far it has come is
// not repeatable.
void Supervisor::preempt() {
  if (interrupted_ != 0) return stuck();
  for (const auto& [tid, each] : threads_) {
    if (each->state != State::running) continue;
    interrupted_ = tid;
    leash_.interrupt(tid);
    return;
  }
}

void Supervisor::stuck() {
  trouble_ = "stands still:";
  for (const auto& [tid, each] : threads_) {
    std::ifstream file(fmt::format("/proc/{}/syscall", tid));
    std::stringstream text;
    text << file.rdbuf();
    trouble_ +=
        fmt::format(" [thread {} state {} call {} kernel {}]", each->ordinal,
                    static_cast<int>(each->state), each->call.number(), text.str().substr(0, 40));
  }
}

void Supervisor::note(const Thread& thread, const char* what) {
  if (!record_) return;
  const TrappedCall& call = thread.call;
  if (std::string_view(what) == "call") {
    fmt::print(record_, "{} {} {} {:x} {:x} {:x} {:x}\n", now().ns(), thread.ordinal, call.number(),
               call.argument(0), call.argument(1), call.argument(2), call.argument(3));
  } else {
    fmt::print(record_, "{} {} {}\n", now().ns(), thread.ordinal, what);
  }
}

// --- who runs ---

bool Supervisor::step() {
  if (running_ > 0 && (settings_.strict || ready_.empty())) {
    await_event();
    return true;
  }
  return go_on();
}

bool Supervisor::go_on() {
  if (ready_.empty()) {
    settle();
    look_at_waiting();
  }
  if (ready_.empty()) return running_ > 0 || pass_time();
  Thread& next = *ready_.front();
  if (next.state == State::unborn && !next.stands) {  // its stop has not been told yet
    await_event();
    return true;
  }
  ready_.pop_front();
  run(next);
  return true;
}

void Supervisor::run(Thread& next) {
  switch (next.state) {
    case State::unborn:
      resumed(next);
      leash_.let_go(next.tid);
      return;
    case State::answered: return answer(next, next.result);
    case State::pending: return attempt(next);
    default: return;
  }
}

// A program that asks again and again would have time stand still.
void Supervisor::attempt(Thread& next) {
  constexpr u64 patience = 10'000;
  Duration cost = settings_.latency;
  if (++without_time_ > patience) {
    cost = std::max(cost, Duration::microseconds(1));
    look_at_waiting();
  }
  if (cost > Duration::zero()) shards_.run_until(now() + cost);
  do_call(next);
}

void Supervisor::resumed(Thread& thread) {
  thread.state = State::running;
  ++running_;
  current_ = &thread;
}

void Supervisor::answer(Thread& thread, i64 result) {
  drop_watched(thread);
  resumed(thread);
  if (result < 0) {
    thread.call.give(static_cast<Errno>(-result));
  } else {
    thread.call.give(result);
  }
}

void Supervisor::let_run(Thread& thread) {
  drop_watched(thread);
  resumed(thread);
  thread.call.let_run();
}

void Supervisor::wait(Thread& thread, std::optional<Instant> deadline) {
  thread.state = State::waiting;
  if (!thread.deadline) thread.deadline = deadline;  // else it has waited before, in vain
  waiting_.push_back(&thread);
}

// --- time ---

// Everything that is due now in the lab, and between it and the program's sockets.
void Supervisor::settle() {
  for (;;) {
    const bool any = poller_->wait(Duration::zero());
    if (any) poller_->dispatch();
    shards_.run_until(now());
    if (!any && engine_.next_time() > now()) return;
  }
}

void Supervisor::look_at_waiting() {
  for (std::size_t i = 0; i < waiting_.size();) {
    Thread& each = *waiting_[i];
    const bool told = each.state == State::at_board && !each.call.waits();
    const bool due = each.deadline && *each.deadline <= now();
    const bool ready = !each.watched.empty() &&
                       ::poll(each.watched.data(), static_cast<nfds_t>(each.watched.size()), 0) > 0;
    if (!told && !due && !ready) {
      ++i;
      continue;
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    if (told) {
      resumed(each);
    } else if (ready) {
      each.state = State::pending;
      ready_.push_back(&each);
    } else {
      finish_late(each);
      each.state = State::answered;
      ready_.push_back(&each);
    }
    if (settings_.strict && told) return;
  }
}

bool Supervisor::pass_time() {
  Instant next = engine_.next_time();
  for (const Thread* each : waiting_) {
    if (each->deadline) next = std::min(next, *each->deadline);
  }
  constexpr Instant latest = Instant::at(Duration::seconds(600));
  if (next > latest) {
    trouble_ = "all wait, and nothing will ever happen:";
    stuck();
    return false;
  }
  shards_.run_until(std::max(next, now()));
  without_time_ = 0;
  return true;
}

}  // namespace spike
