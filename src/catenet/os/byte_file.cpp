#include "catenet/os/byte_file.hpp"

#include <array>
#include <filesystem>
#include <utility>

#include "catenet/os/last_error.hpp"

namespace catenet::os {

Result<std::string> read_file(const std::string& path, u64 most) {
  std::error_code ignored;
  const auto kind = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(kind)) return Unexpected(Errno::is_directory);
  // A pipe that nobody writes to would hold us up for ever.
  if (std::filesystem::is_other(kind)) return Unexpected(Errno::invalid);
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) return last_error();
  std::string text;
  std::array<char, 65'536> buffer;
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file)) {
    text.append(buffer.data(), n);
    if (text.size() > most) break;
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Unexpected(Errno::io_error);
  if (text.size() > most) return Unexpected(Errno::file_too_large);
  return text;
}

Result<void> write_file(const std::string& path, std::string_view text) {
  auto file = ByteFile::create(path);
  if (!file) return Unexpected(file.error());
  (*file)->write(as_bytes(text));
  return (*file)->close();
}

Result<void> make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Unexpected(static_cast<Errno>(error.value()));
  return {};
}

Result<std::unique_ptr<ByteFile>> ByteFile::create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return last_error();
  return std::unique_ptr<ByteFile>(new ByteFile(file));
}

void ByteFile::write(ByteView bytes) {
  if (error_ != Errno::ok || !file_) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) error_ = last_errno();
}

Result<void> ByteFile::close() {
  if (file_) {
    if (std::fclose(std::exchange(file_, nullptr)) != 0 && error_ == Errno::ok) {
      error_ = last_errno();
    }
  }
  if (error_ != Errno::ok) return Unexpected(error_);
  return {};
}

}  // namespace catenet::os
