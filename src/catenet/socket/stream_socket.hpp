// StreamSocket: TCP on a lab host: fresh, listening or connected, as one descriptor is.
#pragma once

#include <utility>
#include <vector>

#include "catenet/host/host.hpp"
#include "catenet/socket/error_queue.hpp"
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
  Result<u32> send_fast_open(ByteView bytes, const Endpoint& remote) override;
  Result<u32> send_out_of_band(u8 byte) override;
  Result<u32> receive(MutableBytes into, ReceiveFlags flags) override;
  std::size_t look(std::span<ByteView> pieces) override;
  void consume(u32 bytes) override;
  Result<Message> receive_message(MutableBytes into, ReceiveFlags flags) override;
  Result<void> shutdown(Shutdown how) override;
  void close() override;
  Endpoint local() const override;
  Result<Endpoint> remote() const override;
  Result<int> option(SocketOption option) const override;
  Result<void> set_option(SocketOption option, int value) override;
  Errno take_error() override;
  bool at_mark() const override { return flow_ && flow_->connection().at_mark(); }
  Readiness readiness() const override;

  Result<tcp::TcpInfo> info() const override;

 private:
  void on_tcp_events(u32 events) override;
  void on_tcp_error(const IcmpError& error) override;
  Result<Message> take_queued_error(MutableBytes into);
  Result<void> make_flow(const Endpoint& remote);
  Result<void> open_deferred();
  Result<void> bind_if_needed();
  // What a socket is told before it is connected, and few are told anything.
  struct Setup {
    PortBinding binding;
    std::unique_ptr<TcpListener> listener;
    std::vector<std::pair<SocketOption, int>> later;
    int linger_s = -1;
    int ttl = 0;
    int traffic_class = 0;
    int user_timeout_ms = 0;  // 0: the host's
    bool receive_errors = false;
    ErrorQueue errors;

    // Whether nothing is lost with it.
    bool plain() const;
  };
  Setup& setup();              // made on first need
  const Setup& setup() const;  // as it would be made
  TcpListener* listener() const { return setup_ ? setup_->listener.get() : nullptr; }
  void forget_plain_setup();
  bool bound() const { return setup_ && setup_->binding.local.port != 0; }
  bool connected() const;
  void stop_listening();
  void drop_failed_attempt();
  void apply_options();
  void set_connection_option(SocketOption option, int value);
  // What a connection has and a socket without one remembers until then.
  Result<int> connection_option(SocketOption option) const;
  void tell_listener(SocketOption option, int value);
  void keep_for_later(SocketOption option, int value);
  void pump() { host_.tcp().pump(*flow_); }

  Host& host_;
  std::unique_ptr<Setup> setup_;
  TcpFlow* flow_ = nullptr;
  Errno error_ = Errno::ok;  // an ICMP error that did not end the connection
  Family family_;
  bool closed_ : 1 = false;
  bool claimed_ : 1 = false;  // the binding is in the port space
  bool connecting_ : 1 = false;
  bool fast_connect_ : 1 = false;  // TCP_FASTOPEN_CONNECT
  bool deferred_ : 1 = false;      // connect() was called, the SYN waits for what it is to carry
  bool no_delay_ : 1;
  bool keep_alive_ : 1;
};

static_assert(sizeof(StreamSocket) <= 72);

}  // namespace catenet
