// ServiceFiles: what a lab's service serves: the pages that the lab file holds itself, then those
// of a folder. Pages of seeded bytes are made as they are read, so that their size costs nothing.
#pragma once

#include <map>
#include <vector>

#include "catenet/lab/model.hpp"
#include "catenet/socket/system.hpp"

namespace catenet::lab {

class ServiceFiles final : public Files {
 public:
  // `seed` and a page's path give its seeded bytes. `folder` comes behind the pages; nullptr: there
  // is none. All files are of the time `modified_s`, those of the folder too: when they were last
  // touched on this machine is nothing that a run may depend on.
  ServiceFiles(const std::vector<InlineFile>& pages, u64 seed, i64 modified_s, Files* folder);

  Result<Status> status(const std::string& path) override;
  Result<u32> read(const std::string& path, u64 offset, MutableBytes into) override;
  Result<void> write(const std::string&, ByteView) override { return read_only(); }
  Result<void> append(const std::string&, ByteView) override { return read_only(); }
  Result<void> remove(const std::string&) override { return read_only(); }
  Result<std::vector<std::string>> list(const std::string& path) override;

 private:
  static Result<void> read_only() { return Unexpected(Errno::access_denied); }
  bool is_folder(const std::string& path) const;
  Result<Status> folder_status(const std::string& path);
  Result<u64> hash_of(const std::string& path);

  std::map<std::string, InlineFile> pages_;  // by normal path
  u64 seed_;
  i64 modified_s_;
  Files* folder_;
  // What was read for the version of a folder's file, and when that was current.
  struct Known {
    u64 size = 0;
    i64 modified_s = 0;
    u64 version = 0;
  };
  std::map<std::string, Known> known_;
};

// The whole of a file that the lab makes.
std::string text_of_file(const InlineFile& file, u64 seed);

// The bytes of the seeded file at `path` from `offset`.
void fill_with_seeded_bytes(u64 seed, std::string_view path, u64 offset, MutableBytes into);
// What its version is: hangs on what it holds alone.
u64 version_of_seeded(u64 seed, std::string_view path, u64 size);

// Byte `offset` of the seeded file at `path`: what a test compares with.
u8 seeded_byte(u64 seed, std::string_view path, u64 offset);

}  // namespace catenet::lab
