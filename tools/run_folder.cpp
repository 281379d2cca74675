#include "run_folder.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catenet/os/byte_file.hpp"

namespace catenet::tools {
namespace {

// Pipes and links that somebody laid there on purpose stay.
bool is_plain_file(const std::string& path) {
  struct stat about{};
  return ::lstat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

}  // namespace

std::string cannot_write(const std::string& path, Errno error) {
  return fmt::format("cannot write {}: {}; choose another folder with --out", path,
                     errno_text(error));
}

std::expected<RunFolder, std::string> RunFolder::open(const std::string& path) {
  if (auto made = os::make_folders(path); !made) {
    return std::unexpected(cannot_write(path, made.error()));
  }
  os::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return std::unexpected(cannot_write(path, static_cast<Errno>(errno)));
  // A file system that knows no locks is no reason not to run.
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return std::unexpected(fmt::format(
        "{} is in use by another catenet; wait for its end, or choose another folder with --out",
        path));
  }
  RunFolder made(path, std::move(folder));
  for (const std::string_view name : {capture, json, text}) {
    const std::string file = made.file(name);
    if (is_plain_file(file) && ::unlink(file.c_str()) != 0) {
      return std::unexpected(cannot_write(file, static_cast<Errno>(errno)));
    }
  }
  return made;
}

}  // namespace catenet::tools
