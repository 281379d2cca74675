// `catenet storm`: random labs from seeds, held against oracles.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <fcntl.h>
#include <fmt/core.h>
#include <limits>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/base/errno.hpp"
#include "catenet/base/hash.hpp"
#include "catenet/lab/storm.hpp"
#include "catenet/lab/storm_lab.hpp"
#include "catenet/os/descriptor.hpp"

#include "options.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace catenet::tools {
namespace {

struct StormVerb {
  u64 from = 1;
  u64 seeds = 100;
  bool show = false;
  bool hash_only = false;
  bool no_tunables = false;
};

// What the C library chooses by the processor: switched off, nothing may come out otherwise.
constexpr const char* plain_library =
    "glibc.cpu.hwcaps=-AVX512F,-AVX2_Usable,-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FMA,-FMA_Usable,"
    "-SSE4_2,-SSSE3,-Fast_Unaligned_Copy:glibc.cpu.x86_non_temporal_threshold=0x4040";

void report_failure(const lab::StormResult& result) {
  print_out(fmt::format("seed {} FAILED\n", result.seed));
  for (const std::string& fault : result.faults) print_out("  " + fault + "\n");
  print_out(
      fmt::format("  again:    catenet storm --seeds 1 --from {0}\n"
                  "  the lab:  catenet storm --show --from {0}\n",
                  result.seed));
}

std::unexpected<std::string> cannot(std::string_view what) {
  return std::unexpected(fmt::format("{}: {}; --no-tunables leaves that run out", what,
                                     errno_text(static_cast<Errno>(errno))));
}

constexpr int not_started = 127;

[[noreturn]] void become_plain_library(const StormVerb& verb, int output) {
  const std::string from = std::to_string(verb.from);
  const std::string seeds = std::to_string(verb.seeds);
  ::dup2(output, STDOUT_FILENO);
  ::setenv("GLIBC_TUNABLES", plain_library, 1);
  ::execl("/proc/self/exe", "catenet", "storm", "--hash", "--from", from.c_str(), "--seeds",
          seeds.c_str(), nullptr);
  ::_exit(not_started);
}

std::string read_all(int descriptor) {
  std::string text;
  char buffer[256];
  for (ssize_t n; (n = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return text;
}

// Runs this program again with the C library's fast variants switched off; what it printed, or why
// it could not be run.
std::expected<std::string, std::string> run_with_plain_library(const StormVerb& verb) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return cannot("no pipe to run this program again");
  os::Descriptor reading(ends[0]);
  os::Descriptor writing(ends[1]);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return cannot("this program cannot be run again");
  if (child == 0) become_plain_library(verb, writing.get());
  writing.reset();
  std::string printed = read_all(reading.get());
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return cannot("this program, run again, is lost");
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_started) {
    errno = ENOENT;
    return cannot("this program cannot be run again through /proc/self/exe");
  }
  if (status != 0) printed += "; it did not end well";
  return printed;
}

struct Tally {
  u64 failed = 0;
  u64 frames = 0;
  RunningHash all;
};

Tally run_seeds(const StormVerb& verb) {
  Tally tally;
  for (u64 i = 0; i < verb.seeds; ++i) {
    const u64 seed = verb.from + i;
    const lab::StormResult result =
        verb.hash_only ? lab::run_storm_once(seed) : lab::run_storm(seed);
    tally.all.add(result.hash);
    tally.frames += result.frames;
    if (result.passed() || verb.hash_only) continue;
    ++tally.failed;
    report_failure(result);
  }
  return tally;
}

int storm(const StormVerb& verb) {
  if (verb.show) {
    print_out(lab::storm_lab(verb.from));
    return all_held;
  }
  if (verb.seeds - 1 > std::numeric_limits<u64>::max() - verb.from) {
    return complain_of(bad_input,
                       fmt::format("there are no {} seeds from {} on; the last is {}", verb.seeds,
                                   verb.from, std::numeric_limits<u64>::max()));
  }
  Tally tally = run_seeds(verb);
  const std::string hash = fmt::format("{:016x}", tally.all.value());
  if (verb.hash_only) {
    print_out(hash + "\n");
    return all_held;
  }
  int code = all_held;
  if (!verb.no_tunables) {
    const auto plain = run_with_plain_library(verb);
    if (!plain) {
      code = complain_of(machine_cannot, plain.error());
    } else if (*plain != hash + "\n") {
      print_out("with the C library's fast variants switched off another hash comes out\n");
      ++tally.failed;
    }
  }
  print_out(fmt::format("{} seeds from {}: {} failed; {} frames; hash {}\n", verb.seeds, verb.from,
                        tally.failed, tally.frames, hash));
  return std::max<int>(code, tally.failed == 0 ? all_held : one_did_not_hold);
}

}  // namespace

void add_storm(CLI::App& app, Action& action) {
  CLI::App* sub =
      app.add_subcommand("storm", "Random networks, traffic and faults, held against oracles");
  auto verb = std::make_shared<StormVerb>();
  add_number(
      *sub, "--seeds", [verb](u64 seeds) { verb->seeds = seeds; }, "How many seeds", 1)
      ->default_str(std::to_string(verb->seeds));
  add_number(
      *sub, "--from", [verb](u64 from) { verb->from = from; }, "The first seed")
      ->default_str(std::to_string(verb->from));
  sub->add_flag("--show", verb->show, "Print the lab of the first seed instead");
  sub->add_flag("--hash", verb->hash_only, "Run each seed once and print the hash of all hashes");
  sub->add_flag("--no-tunables", verb->no_tunables,
                "Leave out the run with the C library's fast variants switched off");
  sub->callback([&action, verb] { action = [verb] { return storm(*verb); }; });
}

}  // namespace catenet::tools
