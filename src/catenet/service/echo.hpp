// The echo service: read RFC 862. TCP: what comes goes back, until the peer closes. UDP: each
// datagram goes back.
#pragma once

#include "catenet/socket/system.hpp"

namespace catenet {

struct EchoOptions {
  u16 port = 7;
};

// Serve until they are cancelled. The result says why they could not begin.
Task<Result<void>> serve_echo_stream(System& system, EchoOptions options);
Task<Result<void>> serve_echo_datagrams(System& system, EchoOptions options);
// The same on a listener or socket that is there.
Task<Result<void>> serve_echo_stream_on(System& system, std::unique_ptr<Socket> listener);
Task<Result<void>> serve_echo_datagrams_on(System& system, std::unique_ptr<Socket> socket);

// A datagram socket on `port` of every address, both families where the host has IPv6.
Result<std::unique_ptr<Socket>> bind_datagrams(System& system, u16 port);
Result<std::unique_ptr<Socket>> bind_datagrams(System& system, const Endpoint& local);

}  // namespace catenet
