#include "catenet/program/notify/program_descriptor.hpp"

#include <linux/sockios.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "catenet/program/notify/switchboard.hpp"

namespace catenet::program::notify {

void ProgramDescriptor::listen(const TrappedCall& call) {
  call.give(Errno::operation_not_supported);
}

void ProgramDescriptor::accept(const TrappedCall& call) {
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

namespace {

os::Descriptor duplicate_of(pid_t thread, int fd) {
  const os::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, process_of(thread), 0)));
  if (!process) return {};
  return os::Descriptor(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), fd, 0)));
}

}  // namespace

// Who called last may be gone, or have closed it, and another goes on.
os::Descriptor ProgramDescriptor::fetch() const {
  os::Descriptor theirs = duplicate_of(holder_.thread, holder_.fd);
  if (theirs && inode_of(theirs.get()) == inode_) return theirs;
  const auto other = board_.find_holder(*this);
  if (!other) return {};
  theirs = duplicate_of(other->thread, other->fd);
  if (theirs && inode_of(theirs.get()) != inode_) theirs.reset();
  return theirs;
}

void ProgramDescriptor::let_wait(const WaitingCall& call) {
  waiting_.add(call);
  board_.note_waiting(*this);
  if (call.has_limit()) come_back(call.until);
}

void ProgramDescriptor::lose_patience() {
  const Instant now = board_.system().now();
  if (waiting_.any_late(now)) {
    before_giving_up();
    waiting_.lose_patience(now);
  }
  const Instant next = waiting_.next_late();
  if (next < Instant::never()) come_back(next);
}

bool ProgramDescriptor::heed_signals(u32& looks) {
  const auto look = waiting_.look_for_signals(looks);
  if (look.any) {
    before_giving_up();
    waiting_.interrupt();
  }
  return look.complete;
}

Instant ProgramDescriptor::patience(int fd, int option) const {
  timeval limit{};
  socklen_t size = sizeof limit;
  ::getsockopt(fd, SOL_SOCKET, option, &limit, &size);
  constexpr long most_seconds = 1'000'000'000;  // more is as good as for ever
  const bool none = limit.tv_sec == 0 && limit.tv_usec == 0;
  if (none || limit.tv_sec > most_seconds) return Instant::never();
  return board_.system().now() + Duration::seconds(limit.tv_sec) +
         Duration::microseconds(limit.tv_usec);
}

void ProgramDescriptor::come_back(Instant when) { board_.come_back_at(*this, when); }

bool ProgramDescriptor::say_as_program() const {
  const os::Descriptor theirs = fetch();
  return theirs && ::send(theirs.get(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

}  // namespace catenet::program::notify
