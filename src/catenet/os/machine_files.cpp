#include "catenet/os/machine_files.hpp"

#include <fcntl.h>

#include "catenet/os/file_status.hpp"
#include "catenet/os/last_error.hpp"

namespace catenet::os {

Result<Files::Status> MachineFiles::status(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return last_error();
  return file_status(about);
}

Result<u32> MachineFiles::read(const std::string& path, u64 offset, MutableBytes into) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat about{};
  if (!file || ::fstat(file.get(), &about) != 0) return last_error();
  const auto status = file_status(about);
  if (!status) return Unexpected(status.error());
  if (status->kind == Kind::directory) return Unexpected(Errno::is_directory);
  const ssize_t n = ::pread(file.get(), into.data(), into.size(), static_cast<off_t>(offset));
  if (n < 0) return last_error();
  return static_cast<u32>(n);
}

Result<void> MachineFiles::open_to_write(const std::string& path, int flags) {
  written_.reset();
  // Not waiting for a pipe's reader, but for room in it: a short write would lose what is left.
  Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags, 0666));
  if (!file) return last_error();
  const int set = ::fcntl(file.get(), F_GETFL);
  if (set < 0 || ::fcntl(file.get(), F_SETFL, set & ~O_NONBLOCK) != 0) return last_error();
  written_ = std::move(file);
  written_path_ = path;
  return {};
}

Result<void> MachineFiles::write_all(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(written_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return last_error();
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> MachineFiles::write(const std::string& path, ByteView bytes) {
  if (auto opened = open_to_write(path, O_TRUNC); !opened) return opened;
  return write_all(bytes);
}

Result<void> MachineFiles::append(const std::string& path, ByteView bytes) {
  if (!written_ || path != written_path_) {
    if (auto opened = open_to_write(path, O_APPEND); !opened) return opened;
  }
  return write_all(bytes);
}

Result<void> MachineFiles::remove(const std::string& path) {
  if (path == written_path_) written_.reset();
  if (::unlink(path.c_str()) != 0) return last_error();
  return {};
}

Result<std::vector<std::string>> MachineFiles::list(const std::string& path) {
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return last_error();
  return names_in(std::move(folder));
}

}  // namespace catenet::os
