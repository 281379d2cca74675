// ProgramDescriptor: a descriptor of a program whose system calls its lab host answers. To the
// kernel it is a Unix socket, whose state mirrors what the host has behind it, so that read, write,
// poll, epoll and fork need nobody. Read unix(7).
#pragma once

#include <array>

#include "catenet/coro/wait_queue.hpp"
#include "catenet/program/notify/call.hpp"
#include "catenet/program/notify/held_sockets.hpp"
#include "catenet/program/notify/waiting_calls.hpp"

namespace catenet::program::notify {

class Switchboard;

class ProgramDescriptor {
 public:
  ProgramDescriptor(Switchboard& board, u64 inode) : board_(board), inode_(inode) {}
  ProgramDescriptor(const ProgramDescriptor&) = delete;
  ProgramDescriptor& operator=(const ProgramDescriptor&) = delete;
  virtual ~ProgramDescriptor() = default;

  // Each answers its call, now or later.
  virtual void bind(const TrappedCall& call) = 0;
  virtual void connect(const TrappedCall& call) = 0;
  // EOPNOTSUPP.
  virtual void listen(const TrappedCall& call);
  virtual void accept(const TrappedCall& call);
  // shutdown: the kernel does it.
  virtual void shut(const TrappedCall& call) { call.let_run(); }
  virtual void get_name(const TrappedCall& call) const = 0;
  virtual void get_peer(const TrappedCall& call) const = 0;
  virtual void get_option(const TrappedCall& call) = 0;
  virtual void set_option(const TrappedCall& call) = 0;
  // sendto, sendmsg, sendmmsg, recvfrom, recvmsg, recvmmsg.
  virtual void transfer(const TrappedCall& call) = 0;
  // ioctl, but for what is asked of the host's interfaces.
  virtual void control(const TrappedCall& call);

  // Something has happened to what the host has behind it.
  virtual void on_socket() = 0;
  // Woken then; nullptr: nothing happens that the program did not ask for.
  virtual WaitQueue* waiters() { return nullptr; }
  // The program's last descriptor of it is gone.
  virtual void on_abandoned() = 0;
  // Whether the kernel itself tells when that happens.
  virtual bool sees_its_end() const = 0;

  // Who holds it, as last seen.
  void note_holder(HeldAs holder) { holder_ = holder; }
  HeldAs holder() const { return holder_; }
  // The port of the host that it is bound to; 0: none.
  virtual u16 port() const { return 0; }

  // When the switchboard comes back to it.
  Instant alarm() const { return alarm_; }
  void set_alarm(Instant when) { alarm_ = when; }

  // Looks at the calls that wait here, at most `looks` of them, each of which it takes from that,
  // and ends those that a signal has come for. False: there are others to be looked at.
  bool heed_signals(u32& looks);
  bool is_waited_at() const { return !waiting_.empty(); }

  u64 inode() const { return inode_; }
  // Tells it from another that has its inode later.
  u64 serial() const { return serial_; }
  void set_serial(u64 serial) { serial_ = serial; }

 protected:
  // A duplicate of the descriptor that the program has. None: it cannot be reached, or may not.
  os::Descriptor fetch() const;
  // Writes a byte as if the program had. False: it cannot.
  bool say_as_program() const;
  // From here on it is one of waiting_.
  void let_wait(const WaitingCall& call);
  // Tells those whose time is over.
  void lose_patience();
  // One of those that wait is about to be told that it has waited in vain.
  virtual void before_giving_up() {}
  // SO_RCVTIMEO or SO_SNDTIMEO of `fd`, which the kernel keeps: until when a call that begins now
  // waits.
  Instant patience(int fd, int option) const;
  // on_socket() is told then.
  void come_back(Instant when);
  // The program has another Unix socket for it now.
  void move_to(u64 inode) { inode_ = inode; }

  Switchboard& board_;
  WaitingCalls waiting_;

 private:
  u64 inode_;
  u64 serial_ = 0;
  HeldAs holder_;
  Instant alarm_ = Instant::never();
};

}  // namespace catenet::program::notify
