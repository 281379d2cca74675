// DatagramSocket: UDP on a lab host.
#pragma once

#include "catenet/socket/message_socket.hpp"

namespace catenet {

class DatagramSocket final : public MessageSocket, private DatagramUser {
 public:
  DatagramSocket(Host& host, Family family);
  ~DatagramSocket() override { close(); }

  Result<void> bind(const Endpoint& local) override;
  Result<void> connect(const Endpoint& remote) override;
  Result<u32> send_to(ByteView bytes, const Endpoint& remote) override;
  void close() override;
  Endpoint local() const override { return binding_.local; }

 private:
  bool on_datagram(Datagram& datagram) override { return queue(datagram); }
  void on_error(const IcmpError& error, const Endpoint& remote) override {
    note_error(error, remote);
  }
  Result<void> bind_if_needed();
  bool bound() const { return binding_.local.port != 0; }
  // The wildcard again, where connect() and not bind() gave the local address.
  void forget_chosen_address();

  bool address_chosen_ = false;
};

}  // namespace catenet
