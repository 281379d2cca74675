#include "run_folder.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "catenet/program/limits.hpp"

namespace catenet::tools {
namespace {

constexpr std::string_view part = ".part";

enum class Found : u8 { nothing, plain_file, other };

Found look(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) return Found::nothing;
  return S_ISREG(about.st_mode) ? Found::plain_file : Found::other;
}

// Pipes and links that somebody laid there on purpose stay.
Result<void> take_away(const std::string& path) {
  if (look(path) != Found::plain_file || ::unlink(path.c_str()) == 0) return {};
  return Unexpected(static_cast<Errno>(errno));
}

// `path` and the folders above it that are not there, the deepest first.
std::vector<std::string> missing_folders(std::string path) {
  std::vector<std::string> missing;
  struct stat about{};
  while (!path.empty() && ::lstat(path.c_str(), &about) != 0) {
    missing.push_back(path);
    const std::size_t slash = path.rfind('/');
    path.resize(slash == path.npos ? 0 : slash);
  }
  return missing;
}

}  // namespace

std::string cannot_write(const std::string& path, Errno error) {
  const std::string limit = program::advice_for_limit(error);
  return fmt::format("cannot write {}: {}{}", path, errno_text(error),
                     limit.empty() ? "; choose another folder with --out" : ". " + limit);
}

std::expected<RunFolder, std::string> RunFolder::open(const std::string& path) {
  std::vector<std::string> missing = missing_folders(path);
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
  RunFolder made(path, std::move(folder), std::move(missing));
  for (const std::string_view name : {capture, json, text, junit, page}) {
    const std::string file = made.file(name);
    for (const std::string& left : {file, file + std::string(part)}) {
      if (auto gone = take_away(left); !gone) {
        return std::unexpected(cannot_write(left, gone.error()));
      }
    }
  }
  return made;
}

void RunFolder::clear(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) == 0) static_cast<void>(open(path));
}

void RunFolder::take_back() {
  for (const std::string& folder : made_) {
    if (::rmdir(folder.c_str()) != 0) return;
  }
}

Result<std::unique_ptr<RunFile>> RunFile::create(const std::string& path) {
  std::string growing = look(path) == Found::other ? path : path + std::string(part);
  auto file = os::ByteFile::create(growing);
  if (!file) return Unexpected(file.error());
  return std::unique_ptr<RunFile>(new RunFile(path, std::move(growing), *std::move(file)));
}

RunFile::~RunFile() {
  if (!whole_ && growing_ != path_) ::unlink(growing_.c_str());
}

Result<void> RunFile::finish() {
  if (auto closed = file_->close(); !closed) return closed;
  if (growing_ != path_ && std::rename(growing_.c_str(), path_.c_str()) != 0) {
    return Unexpected(static_cast<Errno>(errno));
  }
  whole_ = true;
  return {};
}

}  // namespace catenet::tools
