#include "catenet/program/lab_socket.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/datagram.hpp"
#include "catenet/program/programs.hpp"

namespace catenet::program {
namespace {

constexpr std::string_view socket_end = ".sock";
constexpr std::string_view lock_end = ".lock";

// Nobody but its owner may lay anything there. It may be one that cannot be opened.
std::optional<Problem> distrust(const os::Descriptor& folder, const std::string& path) {
  struct stat about{};
  const int looked = folder ? ::fstat(folder.get(), &about) : ::lstat(path.c_str(), &about);
  if (looked != 0) return problem_of("open the folder " + path, os::last_errno());
  if (about.st_uid != ::geteuid()) {
    return Problem{fmt::format("{} is another user's (uid {})", path, about.st_uid),
                   "Labs are their user's alone; set XDG_RUNTIME_DIR to a folder of your own"};
  }
  if ((about.st_mode & 077) == 0) return std::nullopt;
  return Problem{fmt::format("{} is open to other users", path), "Close it: chmod 700 " + path};
}

std::expected<os::Descriptor, Problem> open_folder(bool make) {
  const std::string path = labs_folder();
  if (make && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(problem_of("make the folder " + path, os::last_errno(),
                                      "Set XDG_RUNTIME_DIR to a folder that is there"));
  }
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  os::Descriptor folder(::open(path.c_str(), flags));
  const Errno why = folder ? Errno::ok : os::last_errno();
  if (why == Errno::no_entry && !make) return folder;
  if (auto problem = distrust(folder, path)) return std::unexpected(*std::move(problem));
  if (!folder) return std::unexpected(problem_of("open the folder " + path, why));
  return folder;
}

// By its folder's descriptor: a socket's whole path may be longer than an address has room for.
std::optional<sockaddr_un> address_in(int folder, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}{}", folder, name, socket_end);
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

os::Descriptor new_socket(int flags) {
  return os::Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
}

Result<os::Descriptor> connect_in(int folder, const std::string& lab) {
  const auto address = address_in(folder, lab);
  if (!address) return Unexpected(Errno::no_entry);
  os::Descriptor socket = new_socket(0);
  if (!socket) return os::last_error();
  const auto* const raw = reinterpret_cast<const sockaddr*>(&*address);
  if (::connect(socket.get(), raw, sizeof *address) != 0) return os::last_error();
  return socket;
}

// Whether the process at the other end may take part: our user's own, and root's.
bool is_ours(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

// The lock is on the file that has the name now, not on one that somebody took away meanwhile.
bool is_still_there(int lock, int folder, const std::string& file) {
  struct stat held{};
  struct stat named{};
  return ::fstat(lock, &held) == 0 && ::fstatat(folder, file.c_str(), &named, 0) == 0 &&
         held.st_ino == named.st_ino;
}

int flags_of(Patience patience) { return patience == Patience::none ? MSG_DONTWAIT : 0; }

// The folder too, if it was the last.
void take_away_in(int folder, const std::string& name) {
  ::unlinkat(folder, (name + std::string(socket_end)).c_str(), 0);
  ::unlinkat(folder, (name + std::string(lock_end)).c_str(), 0);
  ::rmdir(labs_folder().c_str());
}

// The keeper's whole life. It holds the lock meanwhile, so that nobody takes the name too early.
[[noreturn]] void keep(int waits, int folder, int lock, const std::string& name) {
  ::setsid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(signal, SIG_IGN);
  ::prctl(PR_SET_NAME, "catenet-keeper");
  std::array<int, 3> open{waits, folder, lock};
  std::ranges::sort(open);
  unsigned from = 0;
  for (const int fd : open) {
    const auto number = static_cast<unsigned>(fd);
    if (number > from) ::close_range(from, number - 1, 0);
    from = number + 1;
  }
  ::close_range(from, ~0U, 0);
  char told = 0;
  ssize_t size;
  do {
    size = ::read(waits, &told, 1);
  } while (size < 0 && errno == EINTR);
  if (size == 0) take_away_in(folder, name);
  ::_exit(0);
}

}  // namespace

std::string labs_folder() {
  const char* const runtime = ::getenv("XDG_RUNTIME_DIR");
  if (runtime && runtime[0] == '/') return std::string(runtime) + "/catenet";
  return fmt::format("/tmp/catenet-{}", ::geteuid());
}

std::expected<LabSocket, Problem> LabSocket::open(const std::string& lab) {
  auto folder = open_folder(true);
  if (!folder) return std::unexpected(std::move(folder.error()));
  LabSocket made;
  made.folder_ = *std::move(folder);
  if (auto problem = made.lock(lab)) return std::unexpected(*std::move(problem));
  made.name_ = lab;
  if (auto problem = made.listen()) return std::unexpected(*std::move(problem));
  if (auto problem = made.set_keeper()) return std::unexpected(*std::move(problem));
  return made;
}

LabSocket::~LabSocket() {
  if (name_.empty()) return;
  // First the keeper: he must not take away what comes after us.
  if (keeper_) static_cast<void>(::write(keeper_.get(), "d", 1));
  take_away();
}

std::optional<Problem> LabSocket::lock(const std::string& lab) {
  const std::string file = lab + std::string(lock_end);
  constexpr int patience_ms = 2'000;  // of one that was killed, its keeper is still at work
  for (int waited = 0; waited <= patience_ms; waited += 10) {
    lock_ = os::Descriptor(
        ::openat(folder_.get(), file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock_ && errno == ENOENT) {  // another lab's end has just taken the folder away
      auto folder = open_folder(true);
      if (!folder) return std::move(folder.error());
      folder_ = *std::move(folder);
      continue;
    }
    if (!lock_) return problem_of(fmt::format("make {}/{}", labs_folder(), file), os::last_errno());
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) {
      if (is_still_there(lock_.get(), folder_.get(), file)) return std::nullopt;
      continue;
    }
    if (errno != EWOULDBLOCK) {
      return problem_of(fmt::format("lock {}/{}", labs_folder(), file), os::last_errno());
    }
    if (connect_in(folder_.get(), lab)) break;
    ::usleep(10'000);
  }
  return Problem{fmt::format("a lab {} is up already", lab),
                 fmt::format("End it: catenet down --lab {}; or give this one another name with "
                             "--lab",
                             lab)};
}

std::optional<Problem> LabSocket::listen() {
  // One that nobody holds the lock of is a dead lab's.
  ::unlinkat(folder_.get(), (name_ + std::string(socket_end)).c_str(), 0);
  const auto address = address_in(folder_.get(), name_);
  if (!address) return Problem{fmt::format("the lab's name {} is too long", name_), {}};
  listener_ = new_socket(SOCK_NONBLOCK);
  constexpr int waiting = 64;
  const auto* const raw = reinterpret_cast<const sockaddr*>(&*address);
  if (!listener_ || ::bind(listener_.get(), raw, sizeof *address) != 0 ||
      ::listen(listener_.get(), waiting) != 0) {
    return problem_of(fmt::format("listen in {}", labs_folder()), os::last_errno());
  }
  return std::nullopt;
}

std::optional<Problem> LabSocket::set_keeper() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return problem_of("make a pipe", os::last_errno());
  keeper_ = os::Descriptor(ends[1]);
  const os::Descriptor theirs(ends[0]);
  const pid_t between = ::fork();
  if (between < 0) return problem_of("make a process", os::last_errno());
  if (between == 0) {
    // Nobody's child: what the lab takes for a program left over is none of his.
    if (::fork() == 0) keep(theirs.get(), folder_.get(), lock_.get(), name_);
    ::_exit(0);
  }
  while (::waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  return std::nullopt;
}

void LabSocket::take_away() const { take_away_in(folder_.get(), name_); }

Result<os::Descriptor> LabSocket::accept() {
  os::Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return os::last_error();
  if (!is_ours(socket.get())) return Unexpected(Errno::access_denied);
  return socket;
}

std::expected<std::vector<std::string>, Problem> labs_up() {
  auto folder = open_folder(false);
  if (!folder) return std::unexpected(std::move(folder.error()));
  std::vector<std::string> names;
  if (!*folder) return names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(labs_folder(), error)) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(socket_end)) continue;
    name.resize(name.size() - socket_end.size());
    if (connect_in(folder->get(), name)) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Result<os::Descriptor> connect_to_lab(const std::string& lab) {
  const auto folder = open_folder(false);
  if (!folder) return Unexpected(Errno::access_denied);
  if (!*folder) return Unexpected(Errno::no_entry);
  auto socket = connect_in(folder->get(), lab);
  if (socket && !is_ours(socket->get())) return Unexpected(Errno::access_denied);
  return socket;
}

Result<void> send_line(int socket, std::string_view text, Patience patience,
                       std::span<const int> descriptors) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  return send_datagram(socket, {&part, 1}, descriptors, flags_of(patience));
}

Result<std::optional<LabMessage>> receive_line(int socket, Patience patience) {
  const int flags = flags_of(patience);
  const auto size = next_datagram(socket, flags);
  if (!size) return Unexpected(size.error());
  if (*size == 0) return std::nullopt;
  LabMessage received;
  received.text.resize(*size);
  iovec part{received.text.data(), received.text.size()};
  auto datagram = receive_datagram(socket, {&part, 1}, flags);
  if (!datagram) return Unexpected(datagram.error());
  received.descriptors = std::move(datagram->descriptors);
  return received;
}

}  // namespace catenet::program
