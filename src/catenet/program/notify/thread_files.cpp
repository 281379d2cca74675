#include "catenet/program/notify/thread_files.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <fmt/core.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program::notify {

std::optional<u64> socket_inode_in(const char* text, std::size_t size) {
  std::string_view link(text, size);
  constexpr std::string_view prefix = "socket:[";
  if (!link.starts_with(prefix)) return std::nullopt;
  link.remove_prefix(prefix.size());
  u64 inode = 0;
  if (std::from_chars(link.data(), link.data() + link.size(), inode).ec != std::errc()) {
    return std::nullopt;
  }
  return inode;
}

namespace {

Result<u64> follow_link(int folder, int fd) {
  std::array<char, 16> name{};
  *std::to_chars(name.data(), name.data() + name.size() - 1, fd).ptr = '\0';
  std::array<char, 64> target;
  const ssize_t size = ::readlinkat(folder, name.data(), target.data(), target.size());
  if (size <= 0) return Unexpected(Errno::no_entry);
  const auto inode = socket_inode_in(target.data(), static_cast<std::size_t>(size));
  if (!inode) return Unexpected(Errno::no_entry);
  return *inode;
}

// Errors: EBADF (there is no such descriptor), ESRCH (no such thread), EPERM, EMFILE, ENFILE.
Result<u64> look_at_duplicate(int thread, int fd) {
  const os::Descriptor file(static_cast<int>(::syscall(SYS_pidfd_getfd, thread, fd, 0)));
  if (!file) return os::last_error();
  struct stat about{};
  if (::fstat(file.get(), &about) != 0 || !S_ISSOCK(about.st_mode)) {
    return Unexpected(Errno::no_entry);
  }
  return about.st_ino;
}

bool is_exhaustion(Errno error) {
  return error == Errno::too_many_files || error == Errno::too_many_files_in_system;
}

}  // namespace

Result<u64> ThreadFiles::look(const Way& way, int fd) {
  return way.is_folder ? follow_link(way.fd.get(), fd) : look_at_duplicate(way.fd.get(), fd);
}

Result<ThreadFiles::Way> ThreadFiles::find_way(pid_t thread) {
  constexpr unsigned of_thread = O_EXCL;  // PIDFD_THREAD, since Linux 6.9
  if (!by_folder_) {
    os::Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, thread, of_thread)));
    if (pidfd) return Way{std::move(pidfd)};
    if (is_exhaustion(os::last_errno())) return os::last_error();
    by_folder_ = os::last_errno() != Errno::no_process;
  }
  const std::string path = fmt::format("/proc/{}/fd", thread);
  os::Descriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return os::last_error();
  return Way{std::move(folder), true};
}

Result<u64> ThreadFiles::socket_inode(pid_t thread, int fd) {
  for (int tries = 0; tries < 2; ++tries) {
    auto known = threads_.find(thread);
    if (known == threads_.end()) {
      if (threads_.size() >= most_threads) threads_.clear();
      auto way = find_way(thread);
      if (!way) return Unexpected(way.error());
      known = threads_.emplace(thread, *std::move(way)).first;
    }
    const auto inode = look(known->second, fd);
    if (inode || is_exhaustion(inode.error())) return inode;
    if (inode.error() == Errno::bad_descriptor) return Unexpected(Errno::no_entry);
    if (inode.error() == Errno::not_permitted) by_folder_ = true;
    threads_.erase(known);  // perhaps that of another thread, which had its number before
  }
  return Unexpected(Errno::no_entry);
}

}  // namespace catenet::program::notify
