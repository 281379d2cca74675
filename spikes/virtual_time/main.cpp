// A program in virtual time, ten times: are its output, its calls and the lab's events the same?
//   virtual_time [options] [--] PROGRAM ARGUMENT…
#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <map>
#include <sched.h>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/lab/lab_file.hpp"

#include "client.hpp"
#include "supervisor.hpp"

namespace spike {
namespace {

constexpr const char* lab_text = R"(name: virtual-time
seed: 7
nodes:
  alice:
  r1: {kind: router}
  web: {services: [{http: {files: {/hello: "Hello\n", /big: {size: 1 MB}}}}]}
links:
  - endpoints: [alice, r1]
  - endpoints: [r1, web]
    impair: {delay: 20 ms}
)";

struct Options {
  Settings settings;
  int runs = 10;
  int core = 0;
  bool figures = false;
  std::string folder = "/tmp/virtual_time";
  std::vector<std::string> program;
};

program::notify::Surroundings surroundings(const lab::Plan& plan) {
  program::notify::Surroundings made{.host_name = "alice", .files = {}};
  std::string hosts = "127.0.0.1 localhost\n";
  for (const auto& entry : plan.hosts) {
    for (const IpAddress& address : entry.addresses) {
      hosts += fmt::format("{} {}\n", address.to_string(), entry.name);
    }
  }
  made.files["/etc/hosts"] = hosts;
  made.files["/etc/resolv.conf"] = "";
  return made;
}

i64 machine_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return i64{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void pin(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

// In a process of its own, whose descriptors are the same each time.
int run_once(const Options& options, const std::string& base) {
  pin(options.core);
  lab::MemoryFileSource none;
  auto plan = lab::read_lab_text(lab_text, "virtual-time.yaml", none);
  if (!plan) {
    fmt::print("{}\n", lab::to_string(plan.error()));
    return 1;
  }
  lab::Runner runner(*plan, {});
  lab::NodeIndex alice = 0;
  while (plan->nodes[alice].name != "alice") ++alice;
  std::FILE* const record = options.figures ? nullptr : std::fopen((base + ".calls").c_str(), "w");
  Supervisor supervisor(runner, alice, surroundings(*plan), options.settings, record);
  const i64 begin = machine_ns();
  const int status = supervisor.run(options.program, base + ".out");
  const i64 took = machine_ns() - begin;
  if (record) std::fclose(record);
  std::ofstream end(base + ".end");
  end << fmt::format("exit {} event hash {:016x} {}\n", status, runner.network().event_hash(),
                     supervisor.trouble());
  end.close();
  std::ofstream about(base + ".about");
  about << fmt::format("{:.1f} ms, {} calls, {} threads, {} time stamps, {} stops",
                       static_cast<double>(took) / 1e6, supervisor.calls(),
                       supervisor.threads_born(), supervisor.leash().stamps(),
                       supervisor.leash().stops());
  if (!options.figures) return 0;
  for (const auto& [call, figures] : supervisor.figures()) {
    if (figures.count < 1'000) continue;
    fmt::print("  call {:3}: {} times, {:.2f} us each, {:.2f} us of processor\n", call,
               figures.count,
               static_cast<double>(figures.last_ns - figures.first_ns) / 1e3 /
                   static_cast<double>(figures.count - 1),
               static_cast<double>(figures.cpu_ns[1] - figures.cpu_ns[0]) / 1e3 /
                   static_cast<double>(CallFigures::to - CallFigures::from));
  }
  if (supervisor.leash().stops() > 1'000) {
    fmt::print("  {} stops by ptrace in {:.2f} ms, {:.2f} us each\n", supervisor.leash().stops(),
               static_cast<double>(took) / 1e6,
               static_cast<double>(took) / 1e3 / static_cast<double>(supervisor.leash().stops()));
  }
  return 0;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// How many are as most are.
std::string agreement(const std::vector<std::string>& all) {
  std::map<std::string, int> kinds;
  for (const std::string& each : all) ++kinds[each];
  int most = 0;
  for (const auto& [text, count] : kinds) most = std::max(most, count);
  return fmt::format("{} of {}{}", most, all.size(),
                     kinds.size() > 1 ? fmt::format(" ({} kinds)", kinds.size()) : "");
}

int run_all(const Options& options) {
  std::filesystem::remove_all(options.folder);
  std::filesystem::create_directories(options.folder);
  std::vector<std::string> outputs, calls, ends;
  for (int i = 0; i < options.runs; ++i) {
    const std::string base = fmt::format("{}/{}", options.folder, i);
    std::fflush(stdout);
    const pid_t child = options.runs > 1 ? ::fork() : 0;  // one: for a debugger
    if (child == 0) {
      const int status = run_once(options, base);
      if (options.runs == 1) fmt::print("{}; {}", content(base + ".about"), content(base + ".end"));
      std::fflush(stdout);
      ::_exit(status);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) fmt::print("the run itself ended with {:#x}\n", status);
    outputs.push_back(content(base + ".out"));
    calls.push_back(content(base + ".calls"));
    ends.push_back(content(base + ".end"));
    fmt::print("{}: {}; {}", i, content(base + ".about"), ends.back());
  }
  if (options.figures) return 0;
  fmt::print("the same: output {}, calls {}, end {}\n", agreement(outputs), agreement(calls),
             agreement(ends));
  return 0;
}

bool take(Options& options, const std::string& word, const std::string& value) {
  Settings& settings = options.settings;
  const std::map<std::string, std::function<void()>> known{
      {"--runs", [&] { options.runs = std::atoi(value.c_str()); }},
      {"--folder", [&] { options.folder = value; }},
      {"--core", [&] { options.core = std::atoi(value.c_str()); }},
      {"--program-core", [&] { settings.program_core = std::atoi(value.c_str()); }},
      {"--cores-told", [&] { settings.cores_told = std::atoi(value.c_str()); }},
      {"--preempt-ms", [&] { settings.preempt_ms = std::atoi(value.c_str()); }},
      {"--latency-ns",
       [&] { settings.latency = Duration::nanoseconds(std::atoll(value.c_str())); }},
      {"--seed", [&] { settings.seed = static_cast<u64>(std::atoll(value.c_str())); }}};
  const auto found = known.find(word);
  if (found != known.end()) found->second();
  return found != known.end();
}

bool take_flag(Options& options, const std::string& word) {
  Settings& settings = options.settings;
  const std::map<std::string, std::function<void()>> known{
      {"--figures", [&] { options.figures = true; }},
      {"--blind", [&] { settings.blind = true; }},
      {"--free", [&] { settings.strict = false; }},
      {"--trap-all", [&] { settings.trap_all = true; }},
      {"--no-gate", [&] { settings.gate = false; }},
      {"--keep-vdso", [&] { settings.held.no_vdso = false; }},
      {"--keep-tsc", [&] { settings.held.no_tsc = false; }},
      {"--keep-aslr", [&] { settings.held.no_aslr = false; }},
      {"--keep-auxv", [&] { settings.held.seeded_auxv = false; }},
      {"--keep-pids", [&] { settings.held.own_pids = false; }}};
  const auto found = known.find(word);
  if (found != known.end()) found->second();
  return found != known.end();
}

}  // namespace
}  // namespace spike

int main(int count, char** words) {
  if (count >= 4 && std::strcmp(words[1], "--client") == 0) {
    return spike::run_client(words[2], std::atol(words[3]));
  }
  spike::Options options;
  int i = 1;
  for (; i < count && words[i][0] == '-'; ++i) {
    if (std::strcmp(words[i], "--") == 0) {
      ++i;
      break;
    }
    if (spike::take_flag(options, words[i])) continue;
    if (i + 1 < count && spike::take(options, words[i], words[i + 1])) {
      ++i;
      continue;
    }
    fmt::print(stderr, "what is {}?\n", words[i]);
    return 2;
  }
  for (; i < count; ++i) options.program.emplace_back(words[i]);
  if (options.program.empty()) return 2;
  return spike::run_all(options);
}
