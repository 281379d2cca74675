// What can be told of a namespace's files before there is one: what no machine has room or a name
// for, and folders that every machine has.
#include <array>
#include <fmt/core.h>
#include <map>

#include "catenet/lab/draft.hpp"
#include "catenet/program/private_files.hpp"

namespace catenet::lab {
namespace {

constexpr std::size_t longest_file_name = 255;  // NAME_MAX, of one part of a path
constexpr std::size_t longest_path = 4'095;     // PATH_MAX without its end

constexpr std::array<std::string_view, 23> folders_everywhere{
    "/bin", "/boot", "/dev",     "/dev/shm", "/etc",     "/home",    "/lib",     "/mnt",
    "/opt", "/proc", "/root",    "/run",     "/srv",     "/sbin",    "/sys",     "/tmp",
    "/usr", "/var",  "/usr/bin", "/usr/lib", "/var/log", "/var/tmp", "/tmp/home"};

// A namespace has these to itself whatever a lab says.
constexpr std::array<std::string_view, 5> own_places{"/tmp", "/var/tmp", "/run", "/var/log",
                                                     "/dev/shm"};

bool lies_in(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::size_t longest_part(std::string_view path) {
  std::size_t longest = 0;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    longest = std::max(longest, end);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return longest;
}

class KernelFiles {
 public:
  KernelFiles(Draft& draft, const PlanNode& node) : draft_(draft), node_(node) {
    for (std::string_view place : own_places) places_.emplace(place, 0);
    for (const std::string& place : node.private_places) places_.emplace(place, 0);
  }

  void check() {
    for (const InlineFile& file : node_.files) {
      check_name(file);
      check_room(file);
    }
  }

 private:
  void refuse(const InlineFile& file, std::string message, std::string hint) {
    draft_.report.error(file.at, std::move(message), std::move(hint));
  }

  void check_name(const InlineFile& file) {
    const bool is_folder =
        places_.contains(file.path) ||
        std::ranges::find(folders_everywhere, file.path) != folders_everywhere.end();
    if (is_folder) {
      refuse(file, fmt::format("files: '{}' is a folder of every machine, or private", file.path),
             fmt::format("say a file's path, such as {}/index.html", file.path));
    } else if (lies_in(file.path, "/proc") || lies_in(file.path, "/sys")) {
      refuse(file, fmt::format("files: '{}' is the kernel's", file.path),
             "no file can stand in its place; a step may write it: sysctl -w, or echo");
    } else if (longest_part(file.path) > longest_file_name) {
      refuse(file, fmt::format("files: a name of {} bytes", longest_part(file.path)),
             fmt::format("at most {} between two /", longest_file_name));
    } else if (file.path.size() > longest_path) {
      refuse(file, fmt::format("files: a path of {} bytes", file.path.size()),
             fmt::format("at most {}", longest_path));
    }
  }

  // The innermost private place has to hold it.
  void check_room(const InlineFile& file) {
    std::pair<const std::string, u64>* place = nullptr;
    for (auto& candidate : places_) {
      if (lies_in(file.path, candidate.first) &&
          (!place || candidate.first.size() > place->first.size()))
        place = &candidate;
    }
    if (!place) return;
    const bool had_room = place->second <= program::private_place_bytes;
    place->second += file.size();
    if (!had_room || place->second <= program::private_place_bytes) return;
    refuse(file, fmt::format("files: those in {} are more than it holds", place->first),
           fmt::format("a private place has {} MiB; name another in private",
                       program::private_place_bytes >> 20));
  }

  Draft& draft_;
  const PlanNode& node_;
  std::map<std::string, u64> places_;  // private, and the bytes of files in them
};

}  // namespace

void check_kernel_files(Draft& draft, const PlanNode& node) {
  if (node.kind == NodeKind::namespace_) KernelFiles(draft, node).check();
}

}  // namespace catenet::lab
