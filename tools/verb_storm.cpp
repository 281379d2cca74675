// `catenet storm`: random labs from seeds, held against oracles.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fmt/core.h>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/base/hash.hpp"
#include "catenet/lab/storm.hpp"
#include "catenet/lab/storm_lab.hpp"

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
  fmt::print("seed {} FAILED\n", result.seed);
  for (const std::string& fault : result.faults) fmt::print("  {}\n", fault);
  fmt::print(
      "  again:    catenet storm --seeds 1 --from {0}\n"
      "  the lab:  catenet storm --show --from {0}\n",
      result.seed);
}

// Runs this program again with the C library's fast variants switched off; its hash of hashes must
// be ours.
bool same_with_plain_library(const StormVerb& verb, u64 hash) {
  const std::string from = std::to_string(verb.from);
  const std::string seeds = std::to_string(verb.seeds);
  int ends[2];
  if (pipe(ends) != 0) return false;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    setenv("GLIBC_TUNABLES", plain_library, 1);
    execl("/proc/self/exe", "catenet", "storm", "--hash", "--from", from.c_str(), "--seeds",
          seeds.c_str(), nullptr);
    _exit(internal_error);
  }
  close(ends[1]);
  std::string printed;
  char buffer[256];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    printed.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return false;
  return printed == fmt::format("{:016x}\n", hash);
}

int storm(const StormVerb& verb) {
  if (verb.show) {
    fmt::print("{}", lab::storm_lab(verb.from));
    return all_held;
  }
  u64 failed = 0;
  u64 frames = 0;
  RunningHash all;
  for (u64 seed = verb.from; seed < verb.from + verb.seeds; ++seed) {
    const lab::StormResult result =
        verb.hash_only ? lab::run_storm_once(seed) : lab::run_storm(seed);
    all.add(result.hash);
    frames += result.frames;
    if (result.passed() || verb.hash_only) continue;
    ++failed;
    report_failure(result);
  }
  if (verb.hash_only) {
    fmt::print("{:016x}\n", all.value());
    return all_held;
  }
  if (!verb.no_tunables && !same_with_plain_library(verb, all.value())) {
    fmt::print("with the C library's fast variants switched off another hash comes out\n");
    ++failed;
  }
  fmt::print("{} seeds from {}: {} failed; {} frames; hash {:016x}\n", verb.seeds, verb.from,
             failed, frames, all.value());
  return failed == 0 ? all_held : one_did_not_hold;
}

}  // namespace

void add_storm(CLI::App& app, Action& action) {
  CLI::App* sub =
      app.add_subcommand("storm", "Random networks, traffic and faults, held against oracles");
  auto verb = std::make_shared<StormVerb>();
  sub->add_option("--seeds", verb->seeds, "How many seeds")->capture_default_str();
  sub->add_option("--from", verb->from, "The first seed")->capture_default_str();
  sub->add_flag("--show", verb->show, "Print the lab of the first seed instead");
  sub->add_flag("--hash", verb->hash_only, "Run each seed once and print the hash of all hashes");
  sub->add_flag("--no-tunables", verb->no_tunables,
                "Leave out the run with the C library's fast variants switched off");
  sub->callback([&action, verb] { action = [verb] { return storm(*verb); }; });
}

}  // namespace catenet::tools
