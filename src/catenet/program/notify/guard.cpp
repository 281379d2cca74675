#include "catenet/program/notify/guard.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/prctl.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/first_process.hpp"
#include "catenet/program/notify/enter.hpp"

namespace catenet::program::notify {
namespace {

class Guard final : public FirstProcess {
 public:
  Guard(int control, Shell shell) : FirstProcess(control), shell_(std::move(shell)) {}

  // Nobody gets away: orphans are ours, and whoever forks meanwhile is found the next time.
  void end_all() {
    constexpr int most_rounds = 100;
    for (int round = 0; round < most_rounds; ++round) {
      signal_all(SIGKILL);
      if (reap_all(50)) return;
    }
  }

 private:
  void become(const Message& message, StartFailure& failure) override {
    const auto trap = [&]() -> const char* {
      const std::size_t place = descriptors_to_start(message);
      if (message.descriptors.size() <= place) {
        errno = EMFILE;
        return "take the descriptors of a program";
      }
      const auto done = trap_calls(compile(network_policy()), message.descriptors[place].get());
      if (done) return nullptr;
      errno = static_cast<int>(done.error());
      return "have its system calls answered";
    };
    become_shell(message, shell_, failure, trap);
  }
  std::vector<LivingProcess> others() const override { return descendants_of(::getpid()); }
  void signal_all(int signal) override {
    for (const LivingProcess& process : others()) ::kill(process.pid, signal);
  }

  Shell shell_;
};

std::string user_name() {
  const char* const name = ::getenv("USER");
  if (name) return name;
  return ::geteuid() == 0 ? "root" : "nobody";
}

}  // namespace

void run_guard(int control, const std::string& home) {
  Shell shell{.path = program_path(), .home = home, .user = user_name()};
  const std::string folder = home;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (begin_first_process(control, "catenet-guard") != Errno::ok) ::_exit(1);
  Guard guard(control, std::move(shell));
  guard.run();
  guard.end_all();
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  ::_exit(0);
}

}  // namespace catenet::program::notify
