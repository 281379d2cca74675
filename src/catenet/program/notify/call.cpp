#include "catenet/program/notify/call.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/core.h>
#include <fstream>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"

namespace catenet::program::notify {
namespace {

bool respond(int listener, seccomp_notif_resp response) {
  return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

// "4711 (name) S …", as proc_pid_stat(5) has it; '?': the thread is gone.
char state_of(pid_t thread) {
  std::array<char, 32> path{};
  fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/stat", thread);
  const os::Descriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text;
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : 0;
  const std::string_view line(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const std::size_t name_end = line.rfind(')');  // a name may have others
  return name_end != line.npos && name_end + 2 < line.size() ? line[name_end + 2] : '?';
}

void* address(u64 at) { return std::bit_cast<void*>(at); }

}  // namespace

bool TrappedCall::waits() const {
  return ::ioctl(listener_, SECCOMP_IOCTL_NOTIF_ID_VALID, &id_) == 0;
}

bool TrappedCall::give(i64 value) const {
  return respond(listener_, {.id = id_, .val = value, .error = 0, .flags = 0});
}

bool TrappedCall::give(Errno error) const {
  return respond(listener_, {.id = id_, .val = 0, .error = -static_cast<i32>(error), .flags = 0});
}

// It waits for us interruptibly until the first signal, and then for us alone.
bool TrappedCall::is_interrupted() const {
  constexpr char uninterruptible = 'D';
  return state_of(thread_) == uninterruptible && waits();
}

bool TrappedCall::restart() const {
  constexpr i32 restart_system_call = 512;  // ERESTARTSYS, which no program sees
  return respond(listener_, {.id = id_, .val = 0, .error = -restart_system_call, .flags = 0});
}

bool TrappedCall::let_run() const {
  return respond(listener_,
                 {.id = id_, .val = 0, .error = 0, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE});
}

Result<int> TrappedCall::give_descriptor(int fd, bool close_on_exec) const {
  seccomp_notif_addfd added{};
  added.id = id_;
  added.flags = SECCOMP_ADDFD_FLAG_SEND;
  added.srcfd = static_cast<u32>(fd);
  added.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  const int number = ::ioctl(listener_, SECCOMP_IOCTL_NOTIF_ADDFD, &added);
  if (number < 0) return os::last_error();
  return number;
}

Result<int> TrappedCall::descriptor_flags(int number) const {
  std::ifstream about(fmt::format("/proc/{}/fdinfo/{}", thread_, number));
  std::string word;
  int flags = 0;
  while (about >> word) {
    if (word == "flags:" && about >> std::oct >> flags) return flags;
  }
  return Unexpected(Errno::no_entry);
}

Result<void> TrappedCall::replace_descriptor(int number, int fd) const {
  seccomp_notif_addfd added{};
  added.id = id_;
  added.flags = SECCOMP_ADDFD_FLAG_SETFD;
  added.srcfd = static_cast<u32>(fd);
  added.newfd = static_cast<u32>(number);
  added.newfd_flags = static_cast<u32>(descriptor_flags(number).value_or(0) & O_CLOEXEC);
  if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_ADDFD, &added) < 0) return os::last_error();
  return {};
}

Result<void> TrappedCall::read(u64 at, MutableBytes into) const {
  if (into.empty()) return {};
  const iovec here{into.data(), into.size()};
  const iovec there{address(at), into.size()};
  const ssize_t size = ::process_vm_readv(thread_, &here, 1, &there, 1, 0);
  if (size != static_cast<ssize_t>(into.size())) return Unexpected(Errno::bad_address);
  return {};
}

Result<void> TrappedCall::write(u64 at, ByteView bytes) const {
  if (bytes.empty()) return {};
  const iovec here{const_cast<u8*>(bytes.data()), bytes.size()};
  const iovec there{address(at), bytes.size()};
  const ssize_t size = ::process_vm_writev(thread_, &here, 1, &there, 1, 0);
  if (size != static_cast<ssize_t>(bytes.size())) return Unexpected(Errno::bad_address);
  return {};
}

Result<void> TrappedCall::write(const Piece& first, const Piece& second) const {
  std::array<iovec, 2> here{};
  std::array<iovec, 2> there{};
  std::size_t whole = 0;
  unsigned long count = 0;
  for (const Piece* const piece : {&first, &second}) {
    if (piece->bytes.empty()) continue;
    here[count] = {const_cast<u8*>(piece->bytes.data()), piece->bytes.size()};
    there[count++] = {address(piece->at), piece->bytes.size()};
    whole += piece->bytes.size();
  }
  const ssize_t size = ::process_vm_writev(thread_, here.data(), count, there.data(), count, 0);
  if (size != static_cast<ssize_t>(whole)) return Unexpected(Errno::bad_address);
  return {};
}

Result<std::string> TrappedCall::read_text(u64 at, std::size_t most) const {
  std::string text;
  constexpr u64 page = 4'096;  // what lies behind its end may not be there
  while (text.size() < most) {
    const std::size_t room = static_cast<std::size_t>(page - (at + text.size()) % page);
    std::string part(std::min(room, most - text.size()), '\0');
    const MutableBytes into(reinterpret_cast<u8*>(part.data()), part.size());
    if (const auto done = read(at + text.size(), into); !done) return Unexpected(done.error());
    const std::size_t end = part.find('\0');
    text += part.substr(0, end);
    if (end != part.npos) return text;
  }
  return Unexpected(Errno::name_too_long);
}

pid_t process_of(pid_t thread) {
  std::ifstream status(fmt::format("/proc/{}/status", thread));
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("Tgid:")) return static_cast<pid_t>(std::atoi(line.c_str() + 5));
  }
  return thread;
}

u64 inode_of(int fd) {
  struct stat about{};
  return ::fstat(fd, &about) == 0 ? about.st_ino : 0;
}

}  // namespace catenet::program::notify
