#include "catenet/program/survey.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

namespace catenet::program {
namespace {

// "7 (name, with any byte) S 1 7 …": pid, name, state, parent, process group.
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
  if (!(rest >> state >> process.parent >> process.group) || state == 'Z' || state == 'X') {
    return std::nullopt;
  }
  process.stopped = state == 'T' || state == 't';
  return process;
}

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

bool listens_on(u16 port) {
  return has_listener("/proc/net/tcp", port) || has_listener("/proc/net/tcp6", port);
}

i64 monotonic_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return i64{now.tv_sec} * 1'000 + i64{now.tv_nsec} / 1'000'000;
}

}  // namespace catenet::program
