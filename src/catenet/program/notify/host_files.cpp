#include "catenet/program/notify/host_files.hpp"

#include <climits>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "catenet/os/last_error.hpp"
#include "catenet/program/notify/network_files.hpp"

namespace catenet::program::notify {
namespace {

// Of openat2(2), where it asks for what openat could; those of a writer otherwise, to whom the
// kernel says what is wrong.
int plain_flags(const TrappedCall& call) {
  constexpr u64 no_matter = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  const auto how = call.read_object<open_how>(call.argument(2));
  const bool plain = how && call.argument(3) == sizeof(open_how) && how->mode == 0 &&
                     how->flags <= INT_MAX && (how->resolve & ~no_matter) == 0;
  return plain ? static_cast<int>(how->flags) : O_RDWR;
}

}  // namespace

void HostFiles::answer(const TrappedCall& call) const {
  switch (call.number()) {
    case SYS_open: return open_file(call, 0, call.int_argument(1));
    case SYS_openat: return open_file(call, 1, call.int_argument(2));
    case SYS_openat2: return open_file(call, 1, plain_flags(call));
    default: return tell_names(call);
  }
}

std::optional<Result<std::string>> HostFiles::file_text(const std::string& path) const {
  const auto found = surroundings_.files.find(path);
  if (found != surroundings_.files.end()) return found->second;
  if (!is_network_file(path)) return std::nullopt;
  return network_file(path, configuration_);
}

void HostFiles::open_file(const TrappedCall& call, std::size_t path, int flags) const {
  const auto name = call.read_text(call.argument(path), 4'096);
  const bool reads = (flags & (O_ACCMODE | O_DIRECTORY | O_PATH)) == O_RDONLY;
  if (!name || !reads) {
    call.let_run();
    return;
  }
  const auto text = file_text(*name);
  if (!text) {
    call.let_run();
    return;
  }
  if (!*text) {
    call.give(text->error());
    return;
  }
  give_file(call, *name, **text, (flags & O_CLOEXEC) != 0);
}

void HostFiles::give_file(const TrappedCall& call, const std::string& name, const std::string& text,
                          bool close_on_exec) const {
  const os::Descriptor file(::memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!file ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    call.give(os::last_errno());
    return;
  }
  const auto given = call.give_descriptor(file.get(), close_on_exec);
  if (!given) call.give(given.error());
}

void HostFiles::tell_names(const TrappedCall& call) const {
  utsname names{};
  ::uname(&names);
  std::memset(names.nodename, 0, sizeof names.nodename);
  surroundings_.host_name.copy(names.nodename, sizeof names.nodename - 1);
  call.give(call.write_object(call.argument(0), names));
}

}  // namespace catenet::program::notify
