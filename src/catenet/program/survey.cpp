#include "catenet/program/survey.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace catenet::program {
namespace {

// "7 (name, with any byte) S 1 7 …": pid, name, state, parent, process group; when it started is
// field 22.
std::optional<LivingProcess> read_stat(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const std::size_t open = line.find('(');
  const std::size_t close = line.rfind(')');
  if (open == line.npos || close == line.npos) return std::nullopt;
  LivingProcess process;
  process.name = line.substr(open + 1, close - open - 1);
  std::istringstream rest(line.substr(close + 1));
  char state = 0;
  if (!(rest >> state >> process.parent >> process.group) || state == 'X') return std::nullopt;
  process.stopped = state == 'T' || state == 't';
  std::string skipped;
  for (int number = 6; number < 20; ++number) rest >> skipped;
  int threads = 0;
  rest >> threads >> skipped >> process.started;
  // Where the first thread has ended, others may go on.
  if (state == 'Z' && threads <= 1) return std::nullopt;
  return process;
}

i64 clock_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return i64{now.tv_sec} * 1'000'000'000 + i64{now.tv_nsec};
}

i64 clock_ms(clockid_t clock) { return clock_ns(clock) / 1'000'000; }

// "  0: 0100007F:0050 00000000:0000 0A …": local address and port, remote, state.
bool has_listener(const char* path, u16 port) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    if (!(words >> number >> local >> remote >> state) || state != "0A") continue;
    u16 found = 0;
    const char* const digits = local.data() + local.rfind(':') + 1;
    const auto [end, error] = std::from_chars(digits, local.data() + local.size(), found, 16);
    if (error == std::errc() && found == port) return true;
  }
  return false;
}

}  // namespace

std::vector<LivingProcess> living_processes() {
  std::vector<LivingProcess> processes;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc() || end != name.data() + name.size() || pid == 1) continue;
    auto process = read_stat(entry.path().string() + "/stat");
    if (!process) continue;
    process->pid = pid;
    processes.push_back(*std::move(process));
  }
  std::ranges::sort(processes, {}, &LivingProcess::pid);
  return processes;
}

std::vector<LivingProcess> descendants_of(pid_t root) {
  std::vector<LivingProcess> left = living_processes();
  std::set<pid_t> family{root};
  std::vector<LivingProcess> found;
  // A child's number may be less than its parent's, so until nobody is added.
  for (std::size_t before = family.size() + 1; before != family.size();) {
    before = family.size();
    std::erase_if(left, [&](const LivingProcess& process) {
      if (!family.contains(process.parent)) return false;
      family.insert(process.pid);
      found.push_back(process);
      return true;
    });
  }
  return found;
}

void end_children_but(std::span<const pid_t> known) {
  const pid_t self = ::getpid();
  constexpr int most_rounds = 100;  // against those that fork meanwhile
  for (int round = 0; round < most_rounds; ++round) {
    std::vector<pid_t> strays;
    for (const LivingProcess& process : living_processes()) {
      const bool ours = process.parent == self;
      if (ours && std::ranges::find(known, process.pid) == known.end()) {
        strays.push_back(process.pid);
      }
    }
    if (strays.empty()) return;
    for (const pid_t stray : strays) {
      for (const LivingProcess& below : descendants_of(stray)) ::kill(below.pid, SIGKILL);
      ::kill(stray, SIGKILL);
      ::waitpid(stray, nullptr, 0);
    }
  }
}

i64 started_ms(const LivingProcess& process) {
  return process.started * 1'000 / ::sysconf(_SC_CLK_TCK);
}

i64 since_boot_ms() { return clock_ms(CLOCK_BOOTTIME); }

std::string command_line_of(const LivingProcess& process) {
  std::ifstream file("/proc/" + std::to_string(process.pid) + "/cmdline");
  std::string line{std::istreambuf_iterator<char>(file), {}};
  while (line.ends_with('\0')) line.pop_back();
  std::ranges::replace(line, '\0', ' ');
  return line.empty() ? "[" + process.name + "]" : line;
}

bool listens_on(u16 port) {
  return has_listener("/proc/net/tcp", port) || has_listener("/proc/net/tcp6", port);
}

i64 monotonic_ms() { return clock_ms(CLOCK_MONOTONIC); }
i64 monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }

}  // namespace catenet::program
