// MachineSocket: a socket of the kernel. Read socket(7), tcp(7), udp(7), raw(7), ip(7), ipv6(7).
#pragma once

#include "catenet/os/machine_loop.hpp"
#include "catenet/os/socket_address.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet::os {

// Errors are the kernel's. Addresses are as a lab host's sockets tell them: an IPv6 socket speaks
// IPv4 too unless v6_only is on, and then calls its peers by their IPv4 addresses.
class MachineSocket final : public Socket, private FdHandler {
 public:
  // A non-blocking `socket`, which `loop` outlives. Errors: ENOMEM, ENOSPC.
  static Result<std::unique_ptr<MachineSocket>> adopt(MachineLoop& loop, Descriptor socket,
                                                      Family family, SocketType type);
  ~MachineSocket() override { close(); }

  Result<void> bind(const Endpoint& local) override;
  Result<void> listen(u32 backlog) override;
  Result<std::unique_ptr<Socket>> accept() override;
  Result<void> connect(const Endpoint& remote) override;
  Result<u32> send(ByteView bytes) override;
  Result<u32> send_to(ByteView bytes, const Endpoint& remote) override;
  Result<u32> send_fast_open(ByteView bytes, const Endpoint& remote) override;
  Result<u32> send_out_of_band(u8 byte) override;
  Result<u32> receive(MutableBytes into, ReceiveFlags flags) override;
  Result<Message> receive_message(MutableBytes into, ReceiveFlags flags) override;
  Result<void> shutdown(Shutdown how) override;
  void close() override;
  Endpoint local() const override;
  Result<Endpoint> remote() const override;
  Result<int> option(SocketOption option) const override;
  Result<void> set_option(SocketOption option, int value) override;
  Errno take_error() override;
  Readiness readiness() const override;

 private:
  MachineSocket(MachineLoop& loop, Descriptor socket, Family family, SocketType type)
      : loop_(loop), socket_(std::move(socket)), family_(family), type_(type) {}
  void ask_for_metadata();
  SocketAddress address_of(const Endpoint& endpoint) const;
  Result<u32> send_message(ByteView bytes, const SocketAddress& remote);
  Result<Message> read_message(MutableBytes into, int flags);
  // What a call gave, as a result; notes what was left undone.
  Result<u32> counted(ssize_t result);
  bool tired();
  void on_rested();
  void on_ready(bool readable, bool writable) override;

  MachineLoop& loop_;
  Descriptor socket_;
  Family family_;
  SocketType type_;
  // An error about something sent before, which the kernel told in place of sending.
  Errno pending_ = Errno::ok;
  bool receive_errors_ = false;
  bool record_route_ = false;
  // Calls that did something since the last EAGAIN. One socket that never waits would keep all
  // others, and every timer, waiting.
  u32 busy_ = 0;
  MemberEvent<MachineSocket, &MachineSocket::on_rested> rested_{*this};
};

}  // namespace catenet::os
