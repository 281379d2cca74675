// ProgramSocket: a socket that a program of a lab host has, in the place of one of the host's.
#pragma once

#include <map>
#include <memory>
#include <netinet/in.h>

#include "catenet/os/descriptor.hpp"
#include "catenet/os/poller.hpp"
#include "catenet/program/notify/program_descriptor.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet::program::notify {

class ProgramSocket : public ProgramDescriptor {
 public:
  ProgramSocket(Switchboard& board, std::unique_ptr<Socket> socket, Family family, SocketType type,
                u64 inode)
      : ProgramDescriptor(board, inode), socket_(std::move(socket)), family_(family), type_(type) {}

  void bind(const TrappedCall& call) override;
  void get_name(const TrappedCall& call) const override;
  u16 port() const override { return socket_->local().port; }
  void get_peer(const TrappedCall& call) const override;
  void get_option(const TrappedCall& call) override;
  void set_option(const TrappedCall& call) override;
  void shut(const TrappedCall& call) override;

  WaitQueue* waiters() override { return &socket_->waiters(); }

 protected:
  virtual bool listens() const { return false; }
  // An option that the host's socket does not know and this one keeps.
  virtual std::optional<int> remembered(int, int) const { return std::nullopt; }
  virtual bool remember(int, int, int) { return false; }
  virtual int protocol() const { return IPPROTO_TCP; }
  // The program's error that SO_ERROR tells and clears.
  virtual Errno take_error() { return socket_->take_error(); }
  // Keeps the socket to the interface that an address names, if it does. ENODEV, EINVAL (it is kept
  // to another).
  Result<void> keep_to(u32 interface);
  // The index of the interface that it is kept to, or 0.
  u32 interface() const;

  std::unique_ptr<Socket> socket_;
  Family family_;
  SocketType type_;

 private:
  bool answer_general_option(const TrappedCall& call, int level, int name);
  void get_device(const TrappedCall& call) const;
  void set_device(const TrappedCall& call);
  Result<void> set_linger(const TrappedCall& call);
  bool has_level(int level) const;
  std::optional<int> hint_value(int level, int name) const;

  std::map<std::pair<int, int>, int> hints_;  // options that are kept and mean nothing
};

// Where a link-local address of IPv6 is meant: at an interface.
struct ScopedEndpoint : Endpoint {
  u32 interface = 0;  // its index; 0: not said
};

// The address that a call gives in the arguments `at` (where it lies) and `at + 1` (its length).
// EINVAL, EAFNOSUPPORT, EFAULT.
Result<ScopedEndpoint> read_endpoint(const TrappedCall& call, std::size_t at, Family family);
// The same of an address of `size` bytes at `at`.
Result<ScopedEndpoint> decode_endpoint(const TrappedCall& call, u64 at, u32 size, Family family);
// Writes `endpoint` where argument `at` says, as long as the int that argument
// `at + 1` points to allows, and its true size there.
Result<void> write_endpoint(const TrappedCall& call, std::size_t at, const Endpoint& endpoint,
                            Family family, u32 interface = 0);

}  // namespace catenet::program::notify
