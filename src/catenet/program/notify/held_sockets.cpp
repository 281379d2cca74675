#include "catenet/program/notify/held_sockets.hpp"

#include <array>
#include <charconv>
#include <dirent.h>
#include <fmt/core.h>
#include <fstream>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "catenet/program/notify/thread_files.hpp"

namespace catenet::program::notify {
namespace {

bool share_descriptors(pid_t a, pid_t b) {
  return ::syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) == 0;
}

// A folder of /proc, which may have very many entries.
class Folder {
 public:
  explicit Folder(const std::string& path) : folder_(::opendir(path.c_str())) {
    exhausted_ = !folder_ && (errno == EMFILE || errno == ENFILE || errno == ENOMEM);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    if (folder_) ::closedir(folder_);
  }
  // Not for its own sake it could not be opened.
  bool exhausted() const { return exhausted_; }
  // nullptr: there is no more.
  const char* next() {
    const dirent* entry = folder_ ? ::readdir(folder_) : nullptr;
    while (entry && entry->d_name[0] == '.') entry = ::readdir(folder_);
    return entry ? entry->d_name : nullptr;
  }
  std::optional<u64> socket_at(const char* name) const {
    std::array<char, 64> target;
    const ssize_t size = ::readlinkat(::dirfd(folder_), name, target.data(), target.size());
    if (size <= 0) return std::nullopt;
    return socket_inode_in(target.data(), static_cast<std::size_t>(size));
  }

 private:
  DIR* folder_;
  bool exhausted_ = false;
};

int number_in(std::string_view text) {
  int number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The threads of `process` whose tables are not that of one before them.
std::vector<pid_t> tables_of(pid_t process) {
  std::vector<pid_t> tables;
  Folder threads(fmt::format("/proc/{}/task", process));
  while (const char* const name = threads.next()) {
    const pid_t thread = number_in(name);
    // One that has ended, the first perhaps, has no table and shares it with nobody.
    if (tables.empty() || !share_descriptors(tables.back(), thread)) tables.push_back(thread);
  }
  return tables;
}

// False: not all could be looked at.
template <typename Visit>
bool each_socket(const std::vector<pid_t>& processes, Visit visit) {
  for (const pid_t process : processes) {
    for (const pid_t table : tables_of(process)) {
      Folder links(fmt::format("/proc/{}/fd", table));
      if (links.exhausted()) return false;
      while (const char* const name = links.next()) {
        if (const auto inode = links.socket_at(name)) {
          visit(*inode, HeldAs{.thread = table, .fd = number_in(name)});
        }
      }
    }
  }
  return true;
}

// "scm_fds: 3", which the kernel tells of Unix sockets.
bool has_descriptors_in_it(const HeldAs& socket) {
  std::ifstream about(fmt::format("/proc/{}/fdinfo/{}", socket.thread, socket.fd));
  std::string word;
  while (about >> word) {
    if (word != "scm_fds:") continue;
    u64 count = 0;
    about >> count;
    return count > 0;
  }
  return false;
}

}  // namespace

bool is_held_as(const HeldAs& socket, u64 inode) {
  std::array<char, 64> target;
  const std::string link = fmt::format("/proc/{}/fd/{}", socket.thread, socket.fd);
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  return size > 0 && socket_inode_in(target.data(), static_cast<std::size_t>(size)) == inode;
}

std::optional<std::map<u64, HeldAs>> held_sockets(const std::vector<pid_t>& processes) {
  std::map<u64, HeldAs> held;
  const bool all =
      each_socket(processes, [&](u64 inode, const HeldAs& as) { held.emplace(inode, as); });
  if (!all) return std::nullopt;
  return held;
}

bool any_descriptor_in_flight(const std::vector<pid_t>& processes, const std::set<u64>& except) {
  bool any = false;
  const bool all = each_socket(processes, [&](u64 inode, const HeldAs& as) {
    any = any || (!except.contains(inode) && has_descriptors_in_it(as));
  });
  return any || !all;
}

}  // namespace catenet::program::notify
