#include "catenet/program/notify/household.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <poll.h>
#include <set>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/first_process.hpp"
#include "catenet/program/notify/enter.hpp"
#include "catenet/program/notify/guard.hpp"
#include "catenet/program/survey.hpp"

namespace catenet::program::notify {

// A signal may be late by so much where few wait.
constexpr Duration often_enough = 10_ms;

// One command and all that came of it: first the socket over which its listener comes, then that.
class Household::Tree final : public os::FdHandler {
 public:
  explicit Tree(Household& owner) : owner_(owner) {}
  ~Tree() {
    if (handover_) owner_.poller().forget(handover_.get());
  }

  // The result is the end for the process.
  Result<os::Descriptor> open() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      return os::last_error();
    }
    handover_ = os::Descriptor(ends[0]);
    os::Descriptor theirs(ends[1]);
    const auto watched = owner_.poller().watch(handover_.get(), os::Interest::readable, *this);
    if (!watched) return Unexpected(watched.error());
    return theirs;
  }

  void on_ready(bool, bool) override {
    auto fd = receive_listener(handover_.get());
    if (!fd && fd.error() == Errno::again) return;
    owner_.poller().forget(handover_.get());
    handover_.reset();
    if (!fd) return owner_.forget(*this);  // it was not started, which the guard tells
    listener_.emplace(
        owner_.poller(), *std::move(fd),
        [this](const TrappedCall& call) { owner_.board_->on_call(call); },
        [this] {
          owner_.board_->on_tree_gone();
          owner_.forget(*this);
        });
    if (listener_->begin()) return;
    listener_.reset();  // then trapped calls say ENOSYS
    owner_.forget(*this);
  }

 private:
  Household& owner_;
  os::Descriptor handover_;
  std::optional<Listener> listener_;
};

Household::Household(os::Poller& poller)
    : Programs(poller, "household"),
      seconds_(poller, [this] { on_seconds(); }),
      looks_(poller, [this] { look_for_signals(); }) {}

Household::~Household() {
  // The guard ends by itself what is left, once it hears nothing of us.
  if (control_) poller().forget(control_.get());
  control_.reset();
  await_guard();
  clear_away();
}

void Household::clear_away() {
  trees_.clear();
  ended_.clear();
  std::error_code ignored;
  if (!home_.empty()) std::filesystem::remove_all(home_, ignored);
  home_.clear();
}

void Household::await_guard() {
  const os::Descriptor guard(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  constexpr int patience_ms = 5'000;
  pollfd ended{.fd = guard.get(), .events = POLLIN, .revents = 0};
  if (guard) ::poll(&ended, 1, patience_ms);
}

// What the guard leaves comes to us, who asked for orphans. Other first processes see to theirs.
void Household::on_lost() {
  await_guard();
  end_orphans();
  clear_away();
}

void Household::end_orphans() {
  constexpr int most_rounds = 100;
  for (int round = 0; round < most_rounds; ++round) {
    std::set<pid_t> looked_after;
    std::vector<pid_t> left;
    for (const LivingProcess& process : descendants_of(::getpid())) {
      const bool first =
          process.parent == ::getpid() && process.name.starts_with(first_process_name);
      if (first || looked_after.contains(process.parent)) {
        looked_after.insert(process.pid);
      } else {
        left.push_back(process.pid);
      }
    }
    if (left.empty()) return;
    for (const pid_t pid : left) ::kill(pid, SIGKILL);
    for (const pid_t pid : left) {
      pollfd none{.fd = -1, .events = 0, .revents = 0};
      for (int tries = 0; tries < 20 && ::waitpid(pid, nullptr, WNOHANG) == 0; ++tries) {
        ::poll(&none, 1, 1);
      }
    }
  }
}

std::expected<std::unique_ptr<Household>, Problem> Household::create(const std::string& host_name,
                                                                     os::Poller& poller) {
  std::unique_ptr<Household> made(new Household(poller));
  if (auto failed = made->launch(host_name)) return std::unexpected(*std::move(failed));
  if (auto failed = made->begin()) return std::unexpected(*std::move(failed));
  if (const auto begun = made->seconds_.every(1_s); !begun) {
    return std::unexpected(problem_of("make a timer", begun.error()));
  }
  return made;
}

std::optional<Problem> Household::launch(const std::string& host_name) {
  if (const auto able = try_to_trap_calls(); !able) {
    return problem_of("answer the system calls of programs", able.error(),
                      able.error() == Errno::busy
                          ? "Another supervisor listens already: run outside that"
                          : "Needs Linux 5.14 with CONFIG_SECCOMP_FILTER, and a container that "
                            "lets seccomp(2) through");
  }
  std::error_code none;
  const auto temporary = std::filesystem::temp_directory_path(none);
  std::string home = fmt::format("{}/catenet-{}-{}", none ? "/tmp" : temporary.string(), host_name,
                                 std::string(6, 'X'));
  if (!::mkdtemp(home.data())) {
    return problem_of(fmt::format("make the folder {}", home), os::last_errno(),
                      "Set TMPDIR to a folder that this user may write to");
  }
  home_ = std::move(home);
  lift_descriptor_limit();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return problem_of("make a socket pair", os::last_errno());
  }
  control_ = os::Descriptor(ends[0]);
  const os::Descriptor theirs(ends[1]);
  // What the guard leaves when somebody kills it is ours.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_ = ::fork();
  if (pid_ == 0) run_guard(theirs.get(), home_);
  if (pid_ < 0) return problem_of("make a process", os::last_errno());
  return std::nullopt;
}

void Household::move_to(System& system, Surroundings surroundings) {
  const auto family = [this] {
    std::vector<pid_t> pids;
    for (const LivingProcess& process : descendants_of(pid_)) pids.push_back(process.pid);
    return pids;
  };
  board_ = std::make_unique<Switchboard>(poller(), system, std::move(surroundings), family);
  board_->begin();
  board_->on_wait([this] { static_cast<void>(looks_.once(often_enough)); });
}

Result<u32> Household::start(const ProcessSpec& spec, ProcessDone done) {
  ended_.clear();
  auto tree = std::make_unique<Tree>(*this);
  const auto theirs = tree->open();
  if (!theirs) return Unexpected(theirs.error());
  const auto started = start_with(spec, std::move(done), theirs->get());
  if (started) trees_.push_back(std::move(tree));
  return started;
}

// From within the tree itself: it goes later.
void Household::forget(Tree& tree) {
  const auto found = std::ranges::find_if(
      trees_, [&](const std::unique_ptr<Tree>& each) { return each.get() == &tree; });
  if (found == trees_.end()) return;
  ended_.push_back(std::move(*found));
  trees_.erase(found);
}

// By the machine's clock: a lab that ends has programs that end, and its own clock stands.
void Household::look_for_signals() {
  constexpr int share = 25;  // of the time that looking may take
  const i64 began_ns = monotonic_ns();
  if (!board_->heed_signals()) return;
  const Duration took = Duration::nanoseconds(monotonic_ns() - began_ns);
  static_cast<void>(looks_.once(std::max(often_enough, took * share)));
}

void Household::on_seconds() {
  ended_.clear();
  if (board_) board_->on_tick();
}

}  // namespace catenet::program::notify
