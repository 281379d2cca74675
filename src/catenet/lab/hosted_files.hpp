// HostedFiles: the files of several web sites as one tree, a folder a site: "/0/index.html" is the
// first site's "/index.html". No path of one site leads into another.
#pragma once

#include <vector>

#include "catenet/socket/system.hpp"

namespace catenet::lab {

class HostedFiles final : public Files {
 public:
  // Gives the site's folder: "/0" for the first. `site` outlives this.
  std::string add(Files& site);

  Result<Status> status(const std::string& path) override;
  Result<u32> read(const std::string& path, u64 offset, MutableBytes into) override;
  Result<void> write(const std::string&, ByteView) override { return read_only(); }
  Result<void> append(const std::string&, ByteView) override { return read_only(); }
  Result<void> remove(const std::string&) override { return read_only(); }
  Result<std::vector<std::string>> list(const std::string& path) override;

 private:
  struct Place {
    Files* site = nullptr;
    std::string path;  // within it
  };
  static Result<void> read_only() { return Unexpected(Errno::access_denied); }
  // ENOENT: in none.
  Result<Place> find(std::string_view path) const;

  std::vector<Files*> sites_;
};

}  // namespace catenet::lab
