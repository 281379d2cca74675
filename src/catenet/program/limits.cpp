#include "catenet/program/limits.hpp"

#include <cerrno>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <fstream>
#include <sched.h>
#include <vector>

namespace catenet::program {

const std::array<NamespaceKind, 6> namespace_kinds{{{"user", CLONE_NEWUSER, "max_user_namespaces"},
                                                    {"network", CLONE_NEWNET, "max_net_namespaces"},
                                                    {"mount", CLONE_NEWNS, "max_mnt_namespaces"},
                                                    {"pid", CLONE_NEWPID, "max_pid_namespaces"},
                                                    {"uts", CLONE_NEWUTS, "max_uts_namespaces"},
                                                    {"ipc", CLONE_NEWIPC, "max_ipc_namespaces"}}};

std::string first_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string advice_for_namespace_limits() {
  std::vector<std::string> all;
  std::vector<std::string> zero;
  for (const NamespaceKind& kind : namespace_kinds) {
    std::string setting = fmt::format("user.{}=10000", kind.limit);
    if (first_line_of(fmt::format("/proc/sys/user/{}", kind.limit)) == "0") zero.push_back(setting);
    all.push_back(std::move(setting));
  }
  return fmt::format("Raise how many there may be: sysctl {}",
                     fmt::join(zero.empty() ? all : zero, " "));
}

std::string advice_for_limit(Errno error) {
  if (error == Errno::again) {
    return "Too many processes: raise the user's limit (ulimit -u), kernel.pid_max, or a "
           "container's (pids.max)";
  }
  if (error == Errno::too_many_files) return "Raise the limit of open files: ulimit -n 1024";
  if (error == Errno::file_too_large) return "Raise the limit of file sizes: ulimit -f unlimited";
  if (error == Errno::too_many_files_in_system) return "Raise it: sysctl fs.file-max=1000000";
  return {};
}

std::string advice_for_tun(Errno error) {
  switch (static_cast<int>(error)) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return "The machine has no /dev/net/tun: load the driver (modprobe tun); a container needs "
             "--device /dev/net/tun";
    case EACCES:
      return "/dev/net/tun is not for this user: run as root, or chmod 0666 /dev/net/tun";
    default: return {};
  }
}

}  // namespace catenet::program
