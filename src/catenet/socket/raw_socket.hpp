// RawSocket: one IP protocol as it comes, on a lab host. IPv4 bytes are read from the IP header on,
// IPv6 bytes from behind it, as raw(7) and RFC 3542 have it.
#pragma once

#include "catenet/socket/message_socket.hpp"

namespace catenet {

class RawSocket final : public MessageSocket, private RawUser {
 public:
  RawSocket(Host& host, Family family, u8 protocol);
  ~RawSocket() override { close(); }

  Result<void> bind(const Endpoint& local) override;
  Result<void> connect(const Endpoint& remote) override;
  Result<u32> send_message(ByteView bytes, const Endpoint& remote,
                           const SendControl& control) override;
  void close() override;
  Endpoint local() const override { return {binding_.local.address, 0}; }
  Result<int> option(SocketOption option) const override;
  Result<void> set_option(SocketOption option, int value) override;

 private:
  bool wants(const IpInfo& info) const override;
  bool on_datagram(Datagram& datagram) override { return queue(datagram); }
  bool concerns(const IcmpError& error) const override;
  void on_error(const IcmpError& error) override;

  bool header_included_ = false;
};

}  // namespace catenet
