// Files of the machine: whole ones read, one written as it grows.
#pragma once

#include <cstdio>
#include <expected>
#include <memory>
#include <string>

#include "catenet/base/errno.hpp"
#include "catenet/trace/byte_sink.hpp"

namespace catenet::os {

// The whole of `path`, at most `most` bytes. Errors: ENOENT, EACCES, EISDIR, EFBIG, EINVAL (no
// regular file)…
Result<std::string> read_file(const std::string& path, u64 most = ~u64{0});
// Replaces `path` by `text`.
Result<void> write_file(const std::string& path, std::string_view text);
// Makes `path` and every folder above it that is missing.
Result<void> make_folders(const std::string& path);

// A file that a capture or log is written to. An error is kept and told by close(): a full disk
// must not end a run.
class ByteFile final : public ByteSink {
 public:
  // Creates or replaces `path`.
  static Result<std::unique_ptr<ByteFile>> create(const std::string& path);
  ~ByteFile() override { static_cast<void>(close()); }

  void write(ByteView bytes) override;
  // Everything is on its way to the disk, or why not. Once.
  Result<void> close();

 private:
  explicit ByteFile(std::FILE* file) : file_(file) {}
  std::FILE* file_;
  Errno error_ = Errno::ok;
};

}  // namespace catenet::os
