// HostFiles: the files of a lab host that programs find in the place of the machine's, and its
// name.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "catenet/program/notify/call.hpp"
#include "catenet/socket/system.hpp"

namespace catenet::program::notify {

// What a program finds of its host.
struct Surroundings {
  std::string host_name;
  std::map<std::string, std::string> files;  // by path, read-only, in the place of the machine's
};

class HostFiles {
 public:
  // `configuration`, which outlives it, is what files of /proc/net tell.
  HostFiles(Surroundings surroundings, Configuration& configuration)
      : surroundings_(std::move(surroundings)), configuration_(configuration) {}

  // open, openat, openat2, uname.
  void answer(const TrappedCall& call) const;

 private:
  // Nothing: it is the machine's.
  std::optional<Result<std::string>> file_text(const std::string& path) const;
  // Its path is argument `path`.
  void open_file(const TrappedCall& call, std::size_t path, int flags) const;
  void give_file(const TrappedCall& call, const std::string& name, const std::string& text,
                 bool close_on_exec) const;
  void tell_names(const TrappedCall& call) const;

  Surroundings surroundings_;
  Configuration& configuration_;
};

}  // namespace catenet::program::notify
