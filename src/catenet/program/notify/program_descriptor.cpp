#include "catenet/program/notify/program_descriptor.hpp"

#include <linux/sockios.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace catenet::program::notify {

void ProgramDescriptor::listen(const TrappedCall& call) {
  call.give(Errno::operation_not_supported);
}

void ProgramDescriptor::accept(const TrappedCall& call, int) {
  call.give(Errno::operation_not_supported);
}

// Who is to get its signals is the kernel's, which sends them.
void ProgramDescriptor::control(const TrappedCall& call) {
  switch (call.int_argument(1)) {
    case FIOSETOWN:
    case SIOCSPGRP:
    case FIOGETOWN:
    case SIOCGPGRP: call.let_run(); return;
    default: call.give(Errno::not_terminal); return;
  }
}

os::Descriptor ProgramDescriptor::fetch() const {
  const os::Descriptor process(
      static_cast<int>(::syscall(SYS_pidfd_open, process_of(holder_.thread), 0)));
  if (!process) return {};
  os::Descriptor theirs(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), holder_.fd, 0)));
  if (theirs && inode_of(theirs.get()) != inode_) theirs.reset();
  return theirs;
}

bool ProgramDescriptor::say_as_program() const {
  const os::Descriptor theirs = fetch();
  return theirs && ::send(theirs.get(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

}  // namespace catenet::program::notify
