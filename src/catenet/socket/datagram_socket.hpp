// DatagramSocket: UDP on a lab host.
#pragma once

#include <algorithm>

#include "catenet/socket/message_socket.hpp"
#include "catenet/wire/udp.hpp"

namespace catenet {

class DatagramSocket final : public MessageSocket, private DatagramUser {
 public:
  DatagramSocket(Host& host, Family family);
  ~DatagramSocket() override { close(); }

  Result<void> bind(const Endpoint& local) override;
  Result<void> connect(const Endpoint& remote) override;
  Result<u32> send_message(ByteView bytes, const Endpoint& remote,
                           const SendControl& control) override;
  Result<int> option(SocketOption option) const override;
  Result<void> set_option(SocketOption option, int value) override;
  void close() override;
  Endpoint local() const override { return binding_.local; }

 private:
  bool on_datagram(Datagram& datagram) override { return queue(datagram); }
  void on_error(const IcmpError& error, const Endpoint& remote) override {
    // MSG_ERRQUEUE gives back what was sent, as far as it was quoted, without its header.
    const std::size_t header = std::min<std::size_t>(wire::UdpHeader::size, error.transport.size());
    note_error(error, remote, error.transport.subspan(header));
  }
  bool takes_unchecked6() const override { return no_check6_receive_; }
  // Of those about checksums; nullptr: it is another, or of the other family.
  bool* checksum_flag(SocketOption option);
  Result<void> bind_if_needed();
  bool bound() const { return binding_.local.port != 0; }
  // The wildcard again, where connect() and not bind() gave the local address.
  void forget_chosen_address();

  bool address_chosen_ = false;
  bool no_check_ = false;
  bool no_check6_send_ = false;
  bool no_check6_receive_ = false;
};

}  // namespace catenet
