// ProgramSocket: a socket that a program of a lab host has. The program's descriptor is a Unix
// socket of the kernel's, whose state mirrors that of the host's socket behind it, so that read,
// write, poll, epoll and fork need nobody. Read unix(7).
#pragma once

#include <map>
#include <memory>
#include <netinet/in.h>

#include "catenet/os/descriptor.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/program/notify/call.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet::program::notify {

class Switchboard;

class ProgramSocket {
 public:
  ProgramSocket(Switchboard& board, std::unique_ptr<Socket> socket, Family family, SocketType type,
                u64 inode)
      : board_(board), socket_(std::move(socket)), family_(family), type_(type), inode_(inode) {}
  ProgramSocket(const ProgramSocket&) = delete;
  ProgramSocket& operator=(const ProgramSocket&) = delete;
  virtual ~ProgramSocket() = default;

  // Each answers its call, now or later.
  void bind(const TrappedCall& call);
  virtual void connect(const TrappedCall& call) = 0;
  virtual void listen(const TrappedCall& call);
  virtual void accept(const TrappedCall& call, int flags);
  virtual void shut(const TrappedCall& call);
  void get_name(const TrappedCall& call) const;
  virtual void get_peer(const TrappedCall& call) const;
  void get_option(const TrappedCall& call);
  void set_option(const TrappedCall& call);
  // sendto, sendmsg, sendmmsg, recvfrom, recvmsg, recvmmsg.
  virtual void transfer(const TrappedCall& call) = 0;
  virtual void control(const TrappedCall& call);

  // Something has happened to the host's socket.
  virtual void on_socket() = 0;
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

  Socket& socket() { return *socket_; }
  const Socket& socket() const { return *socket_; }
  u64 inode() const { return inode_; }
  // Tells it from another that has its inode later.
  u64 serial() const { return serial_; }
  void set_serial(u64 serial) { serial_ = serial; }
  Family family() const { return family_; }

 protected:
  // A duplicate of the descriptor that the program has. None: it cannot be reached, or may not.
  os::Descriptor fetch() const;
  // Writes a byte as if the program had. False: it cannot.
  bool say_as_program() const;
  virtual bool listens() const { return false; }
  // An option that the host's socket does not know and this one keeps.
  virtual std::optional<int> remembered(int, int) const { return std::nullopt; }
  virtual bool remember(int, int, int) { return false; }
  virtual int protocol() const { return IPPROTO_TCP; }
  // The program's error that SO_ERROR tells and clears.
  virtual Errno take_error() { return socket_->take_error(); }

  // The program has another Unix socket for it now.
  void move_to(u64 inode) { inode_ = inode; }

  Switchboard& board_;
  std::unique_ptr<Socket> socket_;
  Family family_;
  SocketType type_;

 private:
  bool answer_general_option(const TrappedCall& call, int level, int name);
  bool has_level(int level) const;
  std::optional<int> hint_value(int level, int name) const;
  u64 inode_;
  u64 serial_ = 0;
  Holder holder_;
  std::map<std::pair<int, int>, int> hints_;  // options that are kept and mean nothing
};

// The address that a call gives in the arguments `at` (where it lies) and `at + 1` (its length).
// EINVAL, EAFNOSUPPORT, EFAULT.
Result<Endpoint> read_endpoint(const TrappedCall& call, std::size_t at, Family family);
// The same of an address of `size` bytes at `at`.
Result<Endpoint> decode_endpoint(const TrappedCall& call, u64 at, u32 size, Family family);
// Writes `endpoint` where argument `at` says, if anywhere, as long as the int that argument
// `at + 1` points to allows, and its true size there.
Result<void> write_endpoint(const TrappedCall& call, std::size_t at, const Endpoint& endpoint,
                            Family family);

}  // namespace catenet::program::notify
