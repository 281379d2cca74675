#include "catenet/program/notify/thread_files.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <fmt/core.h>
#include <string_view>

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

std::optional<u64> ThreadFiles::look(int folder, int fd) const {
  std::array<char, 16> name{};
  *std::to_chars(name.data(), name.data() + name.size() - 1, fd).ptr = '\0';
  std::array<char, 64> target;
  const ssize_t size = ::readlinkat(folder, name.data(), target.data(), target.size());
  if (size <= 0) return std::nullopt;
  return socket_inode_in(target.data(), static_cast<std::size_t>(size));
}

Result<u64> ThreadFiles::socket_inode(pid_t thread, int fd) {
  if (const auto known = folders_.find(thread); known != folders_.end()) {
    if (const auto inode = look(known->second.get(), fd)) return *inode;
    folders_.erase(known);  // perhaps that of another thread, which had its number before
  }
  if (folders_.size() >= most_folders) folders_.clear();
  const std::string path = fmt::format("/proc/{}/fd", thread);
  os::Descriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return os::last_error();
  const auto inode = look(folder.get(), fd);
  folders_.emplace(thread, std::move(folder));
  if (!inode) return Unexpected(Errno::no_entry);
  return *inode;
}

}  // namespace catenet::program::notify
