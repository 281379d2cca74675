#include "catenet/program/private_files.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <memory>
#include <optional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program {
namespace {

// Programs write in these whatever a lab says.
constexpr std::array<const char*, 5> usual_places = {"/tmp", "/var/tmp", "/run", "/var/log",
                                                     "/dev/shm"};

// --- Folders ---

struct Folder {
  std::string path;
  struct stat about{};
};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool is_folder(const std::string& path, struct stat& about) {
  return ::lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// The folders below `path`, each before those below it. Not for ever: a machine may have any number
// of them.
void add_folders_below(const std::string& path, int depth, std::vector<Folder>& folders) {
  constexpr std::size_t most = 512;
  constexpr int deepest = 6;
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(path.c_str()));
  if (!open || depth > deepest) return;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
    Folder below{fmt::format("{}/{}", path, name)};
    if (!is_folder(below.path, below.about)) continue;
    if (folders.size() >= most) return;
    folders.push_back(below);
    add_folders_below(below.path, depth + 1, folders);
  }
}

// Makes `folder`, and gives it to its owner where that id exists here.
Result<void> make_folder(const Folder& folder) {
  if (::mkdir(folder.path.c_str(), 0755) != 0 && errno != EEXIST) return os::last_error();
  const bool given = ::chown(folder.path.c_str(), folder.about.st_uid, folder.about.st_gid) == 0;
  const mode_t mode = folder.about.st_mode & 07777;
  // An owner without a number here is root of this namespace.
  static_cast<void>(::chmod(folder.path.c_str(), given ? mode : mode | 0700));
  return {};
}

Result<void> make_folders(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) return os::last_error();
    if (end == path.npos) return {};
  }
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const bool script = text.starts_with("#!");
  const os::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, script ? 0755 : 0644));
  if (!file) return os::last_error();
  while (!text.empty()) {
    const ssize_t size = ::write(file.get(), text.data(), text.size());
    if (size < 0) return os::last_error();
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

// Without symbolic links, as far as the path is there.
std::string real_path(const std::string& path) {
  std::array<char, PATH_MAX> real;
  if (::realpath(path.c_str(), real.data())) return real.data();
  const std::size_t slash = path.rfind('/');
  if (slash == 0 || slash == path.npos) return path;
  return real_path(path.substr(0, slash)) + path.substr(slash);
}

// An empty tmpfs that takes only so much of the machine's memory.
Result<void> mount_limited(const std::string& path, mode_t mode) {
  const std::string options =
      fmt::format("mode={:o},size={},nr_inodes={}", mode, private_place_bytes, private_place_files);
  if (::mount("tmpfs", path.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    return os::last_error();
  }
  return {};
}

// --- The namespace's own ---

class PrivateFiles {
 public:
  explicit PrivateFiles(const NamespaceSpec& spec) : spec_(spec) {}

  SetupDone set_up() {
    if (SetupDone places = mount_places(); !places) return places;
    if (auto made = make_folders(home_folder); !made) {
      return setup_failure(SetupStep::mount, fmt::format("make {}", home_folder), made.error());
    }
    // Files that replace others lie here, held by the mounts over those alone once this is
    // detached: gone with the namespace.
    if (auto mounted = mount_limited(staging, 0755); !mounted) {
      return setup_failure(SetupStep::mount, "mount a tmpfs", mounted.error());
    }
    SetupDone placed = place_all();
    if (::umount2(staging, MNT_DETACH) != 0 && placed) {
      return setup_failure(SetupStep::mount, "detach a tmpfs", os::last_errno());
    }
    return placed;
  }

 private:
  static constexpr const char* staging = "/proc";

  SetupDone mount_places() {
    std::vector<std::string> wanted(usual_places.begin(), usual_places.end());
    wanted.insert(wanted.end(), spec_.private_places.begin(), spec_.private_places.end());
    for (std::string& path : wanted) path = real_path(path);
    // What lies in another comes behind it.
    std::ranges::sort(wanted);
    const auto twice = std::ranges::unique(wanted);
    wanted.erase(twice.begin(), twice.end());
    for (const std::string& path : wanted) {
      if (SetupDone mounted = mount_place(path); !mounted) return mounted;
    }
    return {};
  }

  SetupDone mount_place(const std::string& path) {
    Folder place{path};
    if (!is_folder(path, place.about)) {
      if (is_usual(path)) return {};  // nothing can be written there
      if (!is_private(path)) {
        const bool there = ::access(path.c_str(), F_OK) == 0;
        return setup_failure(SetupStep::file, fmt::format("make {} private", path),
                             there ? Errno::not_directory : Errno::no_entry);
      }
      if (auto made = make_folders(path); !made) {
        return setup_failure(SetupStep::file, fmt::format("make {}", path), made.error());
      }
      return {};
    }
    if (is_private(path)) return {};
    std::vector<Folder> folders;
    add_folders_below(path, 1, folders);
    if (auto mounted = mount_limited(path, place.about.st_mode & 07777); !mounted) {
      return setup_failure(SetupStep::mount, fmt::format("mount a tmpfs over {}", path),
                           mounted.error());
    }
    places_.push_back(path);
    folders.insert(folders.begin(), place);
    for (const Folder& folder : folders) {
      const auto made = make_folder(folder);
      if (made) continue;
      return setup_failure(SetupStep::mount, fmt::format("make {}", folder.path), made.error());
    }
    return {};
  }

  static bool is_usual(const std::string& path) {
    return std::ranges::find(usual_places, path) != usual_places.end();
  }

  bool is_private(const std::string& path) const {
    return std::ranges::any_of(
        places_, [&](const std::string& place) { return path.starts_with(place + "/"); });
  }

  SetupDone place_all() {
    if (SetupDone hosts = place("/etc/hosts", hosts_file()); !hosts) return hosts;
    // A machine without them can do without them: the resolver does what it does with this one.
    for (const auto& [path, text] :
         {std::pair{"/etc/resolv.conf", std::string("# This lab has no name server.\n")},
          std::pair{"/etc/hostname", spec_.host_name + "\n"}}) {
      SetupDone placed = place(path, text);
      if (!placed && placed.error().error != Errno::no_entry) return placed;
    }
    for (const PlacedFile& file : spec_.files) {
      if (SetupDone placed = place(file.path, file.text); !placed) return placed;
    }
    return {};
  }

  SetupDone place(const std::string& said, std::string_view text) {
    const std::string path = real_path(said);
    const auto fail = [&](Errno error) {
      return setup_failure(SetupStep::file, fmt::format("place the file {}", said), error);
    };
    if (is_private(path)) {
      const auto folder = make_folders(path.substr(0, path.rfind('/')));
      if (!folder) return fail(folder.error());
      const auto written = write_file(path, text);
      return written ? SetupDone() : fail(written.error());
    }
    struct stat about{};
    if (::lstat(path.c_str(), &about) != 0) return fail(os::last_errno());
    if (!S_ISREG(about.st_mode)) return fail(S_ISDIR(about.st_mode) ? Errno{EISDIR} : Errno{EPERM});
    const std::string made = fmt::format("{}/{}", staging, staged_++);
    if (auto written = write_file(made, text); !written) return fail(written.error());
    if (::mount(made.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
      return setup_failure(SetupStep::mount, fmt::format("mount over {}", path), os::last_errno());
    }
    return {};
  }

  std::string hosts_file() const {
    std::string text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
    for (const HostName& host : spec_.hosts) {
      for (const IpAddress& address : host.addresses) {
        text += fmt::format("{} {}\n", address.to_string(), host.name);
      }
    }
    return text;
  }

  const NamespaceSpec& spec_;
  std::vector<std::string> places_;
  u32 staged_ = 0;
};

}  // namespace

std::expected<void, SetupFailure> set_up_private_files(const NamespaceSpec& spec) {
  return PrivateFiles(spec).set_up();
}

}  // namespace catenet::program
