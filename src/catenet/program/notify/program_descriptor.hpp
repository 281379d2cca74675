// ProgramDescriptor: a descriptor of a program whose system calls its lab host answers. To the
// kernel it is a Unix socket, whose state mirrors what the host has behind it, so that read, write,
// poll, epoll and fork need nobody. Read unix(7).
#pragma once

#include <array>

#include "catenet/coro/wait_queue.hpp"
#include "catenet/program/notify/call.hpp"

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
  virtual void accept(const TrappedCall& call, int flags);
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
  // Every second.
  virtual void on_tick() {}
  // The program's last descriptor of it is gone.
  virtual void on_abandoned() = 0;
  // Whether the kernel itself tells when that happens.
  virtual bool sees_its_end() const = 0;

  // A thread and its descriptor of this socket, as last seen.
  struct Holder {
    pid_t thread = 0;
    int fd = -1;
  };
  void note_holder(Holder holder) { holder_ = holder; }
  Holder holder() const { return holder_; }
  // The port of the host that it is bound to; 0: none.
  virtual u16 port() const { return 0; }

  u64 inode() const { return inode_; }
  // Tells it from another that has its inode later.
  u64 serial() const { return serial_; }
  void set_serial(u64 serial) { serial_ = serial; }

 protected:
  // A duplicate of the descriptor that the program has. None: it cannot be reached, or may not.
  os::Descriptor fetch() const;
  // Writes a byte as if the program had. False: it cannot.
  bool say_as_program() const;
  // The program has another Unix socket for it now.
  void move_to(u64 inode) { inode_ = inode; }

  Switchboard& board_;

 private:
  u64 inode_;
  u64 serial_ = 0;
  Holder holder_;
};

}  // namespace catenet::program::notify
