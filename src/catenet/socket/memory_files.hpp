// MemoryFiles: a lab host's files, in memory. The same run finds the same files with the same
// times.
#pragma once

#include <functional>
#include <map>
#include <string_view>

#include "catenet/base/hash.hpp"
#include "catenet/socket/system.hpp"

namespace catenet {

class MemoryFiles final : public Files {
 public:
  // Bytes that a lab host's files may hold together; more gives ENOSPC.
  static constexpr u64 usual_capacity = 256 << 20;

  // `modified_s` is what every file's time says: files of a lab are as old as its 0 s.
  explicit MemoryFiles(i64 modified_s, u64 capacity = usual_capacity)
      : modified_s_(modified_s), capacity_(capacity) {}

  Result<Status> status(const std::string& path) override;
  Result<u32> read(const std::string& path, u64 offset, MutableBytes into) override;
  Result<void> write(const std::string& path, ByteView bytes) override;
  Result<void> append(const std::string& path, ByteView bytes) override;
  Result<void> remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;

  // Writes `bytes` to `path`, making the folders above it; beyond the capacity too, as whoever set
  // the host up wants it.
  Result<void> put(const std::string& path, std::string_view bytes);
  // Fills its argument with the file's bytes from `offset`.
  using Maker = std::function<void(u64 offset, MutableBytes into)>;
  // The same of `size` bytes that `make` makes whenever they are read; none are kept until somebody
  // adds to them. `version` hangs on them alone.
  Result<void> put_made(const std::string& path, u64 size, u64 version, Maker make);
  Result<void> make_folder(const std::string& path);

 private:
  struct Node {
    Kind kind = Kind::file;
    std::string bytes;
    RunningHash written;  // in the pieces that made it
    Maker make;           // instead of `bytes`
    u64 made_size = 0;
    u64 made_version = 0;

    u64 size() const { return make ? made_size : bytes.size(); }
  };
  const Node* find(const std::string& path) const;
  Result<void> store(const std::string& normal, ByteView bytes);
  Result<void> place(const std::string& normal, Node made);
  static void keep_made_bytes(Node& node);

  i64 modified_s_;
  u64 capacity_;
  u64 used_ = 0;
  std::map<std::string, Node>
      nodes_;  // by normal path; the root "/" is always there and not listed
};

// "/a//b/../c/" as "/a/c": absolute, no empty, "." or ".." parts; ".." at the root stays there.
std::string normal_path(std::string_view path);

}  // namespace catenet
