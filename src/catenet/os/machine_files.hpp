// MachineFiles: the machine's files as a program finds them: relative paths begin at the working
// directory, links are followed, and what may be done is up to its permissions.
#pragma once

#include "catenet/os/descriptor.hpp"
#include "catenet/socket/system.hpp"

namespace catenet::os {

class MachineFiles final : public Files {
 public:
  Result<Status> status(const std::string& path) override;
  // EACCES for what is neither file nor folder: reading a pipe could wait for ever.
  Result<u32> read(const std::string& path, u64 offset, MutableBytes into) override;
  // Any kind that can be written, such as /dev/null; ENXIO for a pipe that nobody reads.
  Result<void> write(const std::string& path, ByteView bytes) override;
  // What was written last stays open, and goes on there even if its name has become another's.
  Result<void> append(const std::string& path, ByteView bytes) override;
  Result<void> remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;

 private:
  Result<void> open_to_write(const std::string& path, int flags);
  Result<void> write_all(ByteView bytes);

  std::string written_path_;
  Descriptor written_;
};

}  // namespace catenet::os
