// FolderFiles: a folder of the machine as a System's files. Nothing outside it can be reached: ".."
// stops at its top and links are followed as if it were the root (openat2 with RESOLVE_IN_ROOT).
#pragma once

#include <functional>

#include "catenet/os/descriptor.hpp"
#include "catenet/socket/system.hpp"

namespace catenet::os {

class FolderFiles final : public Files {
 public:
  // A folder that cannot be opened has no files: every call gives ENOENT, or why it cannot.
  // Read-only: writing gives EACCES.
  // `on_shortage` is told whenever the machine lacks descriptors or memory for it, which says
  // nothing of the files.
  explicit FolderFiles(const std::string& folder, std::function<void(Errno)> on_shortage = {});

  Result<Status> status(const std::string& path) override;
  Result<u32> read(const std::string& path, u64 offset, MutableBytes into) override;
  Result<void> write(const std::string&, ByteView) override { return read_only(); }
  Result<void> append(const std::string&, ByteView) override { return read_only(); }
  Result<void> remove(const std::string&) override { return read_only(); }
  Result<std::vector<std::string>> list(const std::string& path) override;

 private:
  static Result<void> read_only() { return Unexpected(Errno::access_denied); }
  Result<Descriptor> open(const std::string& path, int flags) const;
  Unexpected fail() const;

  std::function<void(Errno)> on_shortage_;
  Descriptor folder_;
  Errno missing_ = Errno::no_entry;  // why there is none
  // The file that was read last stays open: a server reads it piece by piece.
  std::string last_path_;
  Descriptor last_;
};

}  // namespace catenet::os
