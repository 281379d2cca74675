#include "catenet/os/file_status.hpp"

#include <algorithm>
#include <dirent.h>
#include <memory>

#include "catenet/os/last_error.hpp"

namespace catenet::os {

Result<Files::Status> file_status(const struct stat& about) {
  if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode)) return Unexpected(Errno::access_denied);
  Files::Status status;
  status.kind = S_ISDIR(about.st_mode) ? Files::Kind::directory : Files::Kind::file;
  status.size = static_cast<u64>(about.st_size);
  status.modified_s = about.st_mtim.tv_sec;
  return status;
}

Result<std::vector<std::string>> names_in(Descriptor folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(folder.get()), &::closedir);
  if (!entries) return last_error();
  folder.release();
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace catenet::os
