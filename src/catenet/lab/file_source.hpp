// FileSource: where a lab file, what it includes and the folders it serves come from. The reader
// never opens a file itself, so that it runs the same on a disk, in a test and in a fuzzer.
#pragma once

#include <expected>
#include <map>
#include <string>

#include "catenet/base/errno.hpp"

namespace catenet::lab {

enum class FileKind : unsigned char {
  none,
  file,
  folder,
  other,  // a device, a pipe: reading it may never end
};

class FileSource {
 public:
  virtual ~FileSource() = default;
  // The whole file. `path` is as the lab file spells it, taken from the folder of the file that
  // names it.
  virtual std::expected<std::string, Errno> read(const std::string& path) = 0;
  virtual FileKind kind(const std::string& path) = 0;
  // Equal for paths that lead to the same file.
  virtual std::string identity(const std::string& path) { return path; }
};

// Longer files are not read.
inline constexpr std::size_t largest_file = 64u << 20;

// Files in memory, by path; a folder is whatever a path lies below.
class MemoryFileSource final : public FileSource {
 public:
  MemoryFileSource() = default;
  explicit MemoryFileSource(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  void add(std::string path, std::string text) { files_[std::move(path)] = std::move(text); }

  std::expected<std::string, Errno> read(const std::string& path) override;
  FileKind kind(const std::string& path) override;

 private:
  std::map<std::string, std::string> files_;
};

// `path` as a file in the folder of `from` names it, "." and ".." resolved where that can be done;
// absolute paths stay.
std::string path_beside(const std::string& from, const std::string& path);

}  // namespace catenet::lab
