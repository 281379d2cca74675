// `catenet up LAB`: a lab that stays up until its user, or a signal, wants its end.
#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/lab/live_lab.hpp"
#include "catenet/lab/shape.hpp"
#include "catenet/os/byte_file.hpp"

#include "filed_run.hpp"
#include "lab_input.hpp"
#include "lab_run.hpp"
#include "options.hpp"
#include "output.hpp"
#include "signals.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

struct UpVerb {
  std::string lab;
  std::optional<u64> seed;
  std::string name;
  bool detach = false;
  bool capture = false;
  RunWishes wishes;
};

// The process that stays behind, seen from the one that the user waits for, and the other way
// round: a byte through a pipe says that the lab stands.
class Detachment {
 public:
  // The exit code, in the process that the user waits for; nothing, in the one that stays.
  static std::optional<int> begin(Detachment& made) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return complain_of(machine_cannot, "cannot make a pipe");
    }
    os::Descriptor theirs(ends[0]);
    made.stands_ = os::Descriptor(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return complain_of(machine_cannot, "cannot make a process");
    if (pid == 0) return std::nullopt;
    made.stands_.reset();
    return await(theirs.get(), pid);
  }

  // What is printed from now on goes to `log`; empty: nowhere.
  void stay(const std::string& log) {
    if (!stands_) return;
    ::setsid();  // not before: until now an interrupt ends both
    const os::Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    const os::Descriptor file(log.empty() ? -1 : ::open(log.c_str(), flags, 0666));
    ::dup2(null.get(), 0);
    for (const int fd : {1, 2}) ::dup2(file ? file.get() : null.get(), fd);
    static_cast<void>(::write(stands_.get(), "s", 1));
    stands_.reset();
  }

 private:
  static int await(int stands, pid_t pid) {
    char said = 0;
    ssize_t size;
    do {
      size = ::read(stands, &said, 1);
    } while (size < 0 && errno == EINTR);
    if (size == 1) return all_held;
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : machine_cannot;
  }

  os::Descriptor stands_;
};

lab::LiveOptions live_options(const UpVerb& verb, const lab::Plan& plan, Detachment& detachment) {
  lab::LiveOptions options;
  const std::string folder = verb.wishes.no_files ? "" : verb.wishes.out + "/" + plan.name;
  options.stands = [&verb, &detachment, folder, name = plan.name] {
    if (!verb.detach && !verb.wishes.quiet) {
      complain_of(0, fmt::format("{} is up; Ctrl-C or `catenet down` ends it", name));
    }
    detachment.stay(folder.empty() ? folder : folder + "/up.log");
  };
  options.ended = [] { return interrupted_by() != 0; };
  options.check_filter = check_filter;
  options.compile_filter = compile_filter;
  options.section = capture_section(plan);
  return options;
}

// For whoever ends it from elsewhere.
std::string verdict(const UpVerb& verb, const lab::Plan& plan, int code) {
  if (code == all_held) return {};
  std::error_code error;
  const std::string folder =
      std::filesystem::absolute(verb.wishes.out + "/" + plan.name, error).string();
  if (code == one_did_not_hold) {
    return fmt::format("{} FAILED{}", plan.name,
                       verb.wishes.no_files ? "" : "; see " + folder + "/report.txt");
  }
  const bool logged = verb.detach && !verb.wishes.no_files;
  return fmt::format("{} ended with exit code {}{}", plan.name, code,
                     logged ? "; see " + folder + "/up.log" : "");
}

int stay_up(const UpVerb& verb, Detachment& detachment) {
  auto plan = read_plan(verb.lab, verb.seed, true);
  if (!plan) {
    const std::string& name = verb.name.empty() ? plan.error().name : verb.name;
    return end_without_run(verb.wishes, name, bad_input);
  }
  if (!verb.name.empty()) plan->name = verb.name;
  plan->time = lab::TimeMode::wall;
  auto socket = program::LabSocket::open(plan->name);
  if (!socket) {
    complain_of(machine_cannot, socket.error().text());
    return end_without_run(verb.wishes, plan->name, machine_cannot);
  }
  lab::LiveLab live(*std::move(socket), live_options(verb, *plan, detachment));
  RunWishes wishes = verb.wishes;
  wishes.no_capture = !verb.capture;
  wishes.live = &live;
  const int code = run_with_files(wishes, *plan);
  static_cast<void>(flush_out());  // up.log is whole when `down` returns; main() tells an error
  live.tell_verdict(code, verdict(verb, *plan, code));
  return code;
}

int up(const UpVerb& verb) {
  if (verb.wishes.out.empty()) {
    return complain_of(bad_input, "--out has no name; give a folder, or --no-files for none");
  }
  if (!verb.name.empty() && !lab::is_lab_name(verb.name)) {
    return complain_of(bad_input,
                       fmt::format("'{}' is no name for a lab; {}", verb.name, lab::lab_name_rule));
  }
  Detachment detachment;
  if (verb.detach) {
    if (const auto code = Detachment::begin(detachment)) return *code;
  }
  return stay_up(verb, detachment);
}

}  // namespace

void add_up(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand("up", "Keeps a lab running, for exec, sh, capture, set, …");
  auto verb = std::make_shared<UpVerb>();
  sub->add_option("LAB", verb->lab, "The lab file; - is standard input")->required();
  sub->add_flag("-d,--detach", verb->detach, "Return when it stands; it goes on by itself");
  sub->add_option("--lab", verb->name, "Another name than the file says");
  add_number(
      *sub, "--seed", [verb](u64 seed) { verb->seed = seed; },
      "Where all luck comes from, instead of the file's");
  sub->add_option("--out", verb->wishes.out, "Folder for the reports")->capture_default_str();
  sub->add_flag("--capture", verb->capture, "Write what the lab file captures, too, all the time");
  sub->add_flag("--json", verb->wishes.json, "Print the report as JSON");
  sub->add_flag("-q,--quiet", verb->wishes.quiet, "Print nothing but errors");
  sub->add_flag("--no-offload", verb->wishes.no_offload, "Wire segments and checksums everywhere");
  sub->add_flag("--no-files", verb->wishes.no_files, "Write no reports");
  sub->callback([&action, verb] { action = [verb] { return up(*verb); }; });
}

}  // namespace catenet::tools
