#include "catenet/os/folder_files.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "catenet/os/file_status.hpp"
#include "catenet/os/last_error.hpp"
#include "catenet/socket/async.hpp"

namespace catenet::os {
namespace {

Result<Files::Status> status_of(const Descriptor& file) {
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return last_error();
  return file_status(about);
}

}  // namespace

FolderFiles::FolderFiles(const std::string& folder, std::function<void(Errno)> on_shortage)
    : on_shortage_(std::move(on_shortage)),
      folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_) return;
  const Errno error = fail().error();
  if (error == Errno::access_denied || is_shortage(error)) missing_ = error;
}

Unexpected FolderFiles::fail() const {
  const Errno error = last_errno();
  if (on_shortage_ && is_shortage(error)) on_shortage_(error);
  return Unexpected(error);
}

Result<Descriptor> FolderFiles::open(const std::string& path, int flags) const {
  if (!folder_) return Unexpected(missing_);
  open_how how{};
  how.flags = static_cast<u64>(flags) | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, folder_.get(), path.c_str(), &how, sizeof how);
  if (fd < 0 && errno == ELOOP) return Unexpected(Errno::no_entry);  // links that lead nowhere
  if (fd < 0) return fail();
  return Descriptor(static_cast<int>(fd));
}

Result<Files::Status> FolderFiles::status(const std::string& path) {
  const auto file = open(path, O_PATH);
  if (!file) return Unexpected(file.error());
  const auto status = status_of(*file);
  if (!status || status->kind == Kind::directory) return status;
  // Whoever asks wants to read it: not being allowed to must not be a surprise behind the head.
  const auto readable = open(path, O_RDONLY | O_NONBLOCK);
  return readable ? status : Unexpected(readable.error());
}

Result<u32> FolderFiles::read(const std::string& path, u64 offset, MutableBytes into) {
  // From its beginning a file is read as it is now.
  if (offset == 0 || path != last_path_ || !last_) {
    auto file = open(path, O_RDONLY | O_NONBLOCK);
    if (!file) return Unexpected(file.error());
    if (const auto kind = status_of(*file); !kind || kind->kind == Kind::directory) {
      return Unexpected(kind ? Errno::is_directory : kind.error());
    }
    last_ = *std::move(file);
    last_path_ = path;
  }
  const ssize_t n = ::pread(last_.get(), into.data(), into.size(), static_cast<off_t>(offset));
  if (n < 0) return last_error();
  return static_cast<u32>(n);
}

Result<std::vector<std::string>> FolderFiles::list(const std::string& path) {
  auto folder = open(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return Unexpected(folder.error());
  return names_in(*std::move(folder));
}

}  // namespace catenet::os
