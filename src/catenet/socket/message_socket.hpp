// What a lab host's datagram and raw sockets share: options, the receive queue, pending errors.
#pragma once

#include "catenet/host/host.hpp"
#include "catenet/socket/error_queue.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet {

class MessageSocket : public Socket {
 public:
  MessageSocket(Host& host, Family family, u8 protocol);

  Result<void> listen(u32) override { return Unexpected(Errno::operation_not_supported); }
  Result<std::unique_ptr<Socket>> accept() override {
    return Unexpected(Errno::operation_not_supported);
  }
  Result<u32> send(ByteView bytes) override;
  Result<u32> send_to(ByteView bytes, const Endpoint& remote) final {
    return send_message(bytes, remote, {});
  }
  Result<u32> send_out_of_band(u8) override { return Unexpected(Errno::operation_not_supported); }
  Result<u32> receive(MutableBytes into, ReceiveFlags flags) override;
  Result<Message> receive_message(MutableBytes into, ReceiveFlags flags) override;
  Result<void> shutdown(Shutdown how) override;
  Result<Endpoint> remote() const override;
  Result<int> option(SocketOption option) const override;
  Result<void> set_option(SocketOption option, int value) override;
  Errno take_error() override { return std::exchange(error_, Errno::ok); }
  Readiness readiness() const override;

 protected:
  // Queues `datagram`; false when there is no room for it.
  bool queue(Datagram& datagram);
  // Remembers an ICMP error about something sent to `remote`, of which it quotes `sent`.
  void note_error(const IcmpError& error, const Endpoint& remote, ByteView sent);
  // Not to everybody unless SO_BROADCAST says so.
  bool may_send_to(const IpAddress& destination) const;
  // How a datagram to `destination` is sent, by this socket's options. EACCES for a broadcast that
  // was not allowed, ENETUNREACH from an address of the other family, EINVAL and ENODEV of
  // `control`.
  Result<IpSend> send_options(const IpAddress& destination, const SendControl& control = {}) const;
  // Whether this host has `address` and a socket of this family may bind it.
  Result<void> check_bindable(const IpAddress& address) const;
  // `remote` as this socket's family sees it: an IPv4-mapped address as the IPv4 address it is.
  // EAFNOSUPPORT.
  Result<Endpoint> unmap(const Endpoint& remote) const;
  void mark_closed();

  Host& host_;
  Family family_;
  u8 protocol_;
  bool closed_ = false;
  bool v6_only_ = false;
  PortBinding binding_;
  std::optional<Endpoint> remote_;

 private:
  Result<void> apply(const SendControl& control, IpSend& send) const;
  Result<Message> take_queued_error(MutableBytes into);
  int* flag_of(SocketOption option);
  Result<int> path_mtu() const;

  DatagramQueue queue_;
  ErrorQueue errors_;
  Errno error_ = Errno::ok;
  bool read_shut_ = false;
  bool write_shut_ = false;
  int broadcast_ = 0;
  int reuse_address_ = 0;
  int reuse_port_ = 0;
  int receive_errors_ = 0;
  int dont_fragment_ = 0;
  int record_route_ = 0;
  int ttl_ = 0;
  int traffic_class_ = 0;
};

}  // namespace catenet
