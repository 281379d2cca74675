// StreamSocket: TCP on a lab host: fresh, listening or connected, as one descriptor is.
#pragma once

#include <utility>
#include <vector>

#include "catenet/host/host.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet {

class StreamSocket final : public Socket, private TcpUser {
 public:
  StreamSocket(Host& host, Family family);
  ~StreamSocket() override { close(); }

  Result<void> bind(const Endpoint& local) override;
  Result<void> listen(u32 backlog) override;
  Result<std::unique_ptr<Socket>> accept() override;
  Result<void> connect(const Endpoint& remote) override;
  Result<u32> send(ByteView bytes) override;
  Result<u32> send_to(ByteView bytes, const Endpoint& remote) override;
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

  Result<tcp::TcpInfo> info() const override;

 private:
  void on_tcp_events(u32 events) override;
  Result<void> bind_if_needed();
  bool bound() const { return binding_.local.port != 0; }
  bool connected() const;
  void stop_listening();
  void drop_failed_attempt();
  void apply_options();
  void set_connection_option(SocketOption option, int value);
  // What a connection has and a socket without one remembers until then.
  Result<int> connection_option(SocketOption option) const;
  void keep_for_later(SocketOption option, int value);
  void pump() { host_.tcp().pump(*flow_); }

  Host& host_;
  Family family_;
  bool closed_ = false;
  bool claimed_ = false;  // binding_ is in the port space
  PortBinding binding_;
  std::unique_ptr<TcpListener> listener_;
  TcpFlow* flow_ = nullptr;
  Errno error_ = Errno::ok;
  bool connecting_ = false;
  bool no_delay_;
  bool keep_alive_;
  int linger_s_ = -1;
  int ttl_ = 0;
  int traffic_class_ = 0;
  int user_timeout_ms_ = 0;  // 0: the host's
  std::vector<std::pair<SocketOption, int>> later_;
};

}  // namespace catenet
