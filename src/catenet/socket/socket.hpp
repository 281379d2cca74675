// Socket: the BSD face of a host. Every call returns at once, as on a non-blocking descriptor, with
// POSIX meanings and errno values; socket/async.hpp waits. A lab host's sockets and the machine's
// own are the two implementations, so that a service is written once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "catenet/base/errno.hpp"
#include "catenet/base/types.hpp"
#include "catenet/coro/wait_queue.hpp"
#include "catenet/tcp/state.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

enum class SocketType : u8 { stream, datagram, raw };

// poll(2)'s bits.
struct Readiness {
  bool readable = false;     // POLLIN: recv or accept would not return EAGAIN
  bool writable = false;     // POLLOUT
  bool priority = false;     // POLLPRI: urgent data
  bool error = false;        // POLLERR: SO_ERROR is set, or the error queue holds something
  bool hang_up = false;      // POLLHUP: both directions are shut
  bool peer_closed = false;  // POLLRDHUP: the peer sends no more
};

// How recv is to behave; MSG_ flags.
struct ReceiveFlags {
  bool peek = false;         // MSG_PEEK
  bool out_of_band = false;  // MSG_OOB
  bool error_queue = false;  // MSG_ERRQUEUE: the ICMP error that came back, see Message::error
};

// An ICMP error as IP_RECVERR reports it.
struct SocketError {
  Errno error = Errno::ok;
  u8 type = 0;
  u8 code = 0;
  u32 mtu = 0;         // of a "packet too big" or "fragmentation needed"
  IpAddress offender;  // who sent it
};

// What sendmsg's control data asks for one message alone: IP_PKTINFO, IP_TTL, IP_TOS and their kin
// of IPv6 (ip(7), ipv6(7)). What is not set is as the socket has it.
struct SendControl {
  IpAddress source{};  // one of the host's; unspecified: not set
  u32 interface = 0;   // index
  u8 ttl = 0;
  std::optional<u8> traffic_class;
};

// What recvmsg tells beside the bytes.
struct Message {
  u32 size = 0;           // bytes of the message, which may be more than fitted
  Endpoint source;        // port 0 for raw sockets
  IpAddress destination;  // IP_PKTINFO
  u8 ttl = 0;             // IP_RECVTTL
  u8 traffic_class = 0;   // IP_RECVTOS
  u32 interface = 0;      // IP_PKTINFO: index of the one it came by; 0: not told
  Instant arrival;        // SO_TIMESTAMP
  std::optional<SocketError>
      // set when read with error_queue: `source` is then where the datagram or segment had gone,
      // and the bytes are what the error quotes of it, a segment's from its TCP header on
      error;
};

enum class Shutdown : u8 { read, write, both };

// What getsockopt and setsockopt know; the value is an integer as there, booleans 0 or 1. Unknown
// combinations give ENOPROTOOPT.
enum class SocketOption : u8 {
  reuse_address,
  reuse_port,
  keep_alive,
  broadcast,
  send_buffer,
  receive_buffer,
  v6_only,
  linger,          // seconds; -1: off
  bind_to_device,  // interface index; 0: none
  out_of_band_inline,
  no_delay,
  cork,
  max_segment,
  keep_idle,
  keep_interval,
  keep_count,
  user_timeout_ms,    // TCP level
  fast_open,          // TCP_FASTOPEN, of a listener: SYNs with text that may be pending; 0: none
  fast_open_connect,  // TCP_FASTOPEN_CONNECT: connect() waits for the first send() where it can
  ttl,
  traffic_class,
  dont_fragment,
  receive_errors,     // IP_RECVERR: of a stream, soft errors while the connection stands
  no_check,           // UDP: no checksum on what is sent over IPv4 (SO_NO_CHECK)
  no_check6_send,     // nor over IPv6 (UDP_NO_CHECK6_TX)
  no_check6_receive,  // takes IPv6 datagrams that have none (UDP_NO_CHECK6_RX); RFC 6936 says when
  header_included,
  record_route,  // IP level
  path_mtu,      // IP_MTU, bytes: read alone, of a connected datagram socket
};

class Socket {
 public:
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  // Closes.
  virtual ~Socket() = default;

  // An unspecified address is the wildcard, port 0 asks for any. EADDRINUSE, EADDRNOTAVAIL, EINVAL
  // (bound already).
  virtual Result<void> bind(const Endpoint& local) = 0;
  // EOPNOTSUPP unless a stream. `backlog` is clamped to [1, 4096].
  virtual Result<void> listen(u32 backlog) = 0;
  // EAGAIN when nobody waits; ECONNABORTED is not passed up: such a connection is skipped.
  virtual Result<std::unique_ptr<Socket>> accept() = 0;
  // EINPROGRESS for a stream: writable tells the end, take_error() the outcome. A datagram or raw
  // socket connects at once.
  virtual Result<void> connect(const Endpoint& remote) = 0;

  // Bytes taken, which may be fewer than offered on a stream. EAGAIN, EPIPE, ECONNRESET, ENOTCONN,
  // EMSGSIZE…
  virtual Result<u32> send(ByteView bytes) = 0;
  // `remote` is needed on an unconnected datagram or raw socket. A raw socket's bytes begin behind
  // the IP header, unless header_included is on.
  virtual Result<u32> send_to(ByteView bytes, const Endpoint& remote) = 0;
  // The same. EINVAL: the source is none of the host's; ENODEV: there is no such interface.
  // EOPNOTSUPP but for datagram and raw sockets of lab hosts.
  virtual Result<u32> send_message(ByteView, const Endpoint&, const SendControl&) {
    return Unexpected(Errno::operation_not_supported);
  }
  // MSG_FASTOPEN: connects, and sends `bytes` with the SYN where `remote`'s cookie is known (RFC
  // 7413): the bytes taken. EINPROGRESS where it is not: nothing was taken, and the connection is
  // being opened. EOPNOTSUPP where the host does no Fast Open, EISCONN, and connect()'s errors.
  virtual Result<u32> send_fast_open(ByteView, const Endpoint&) {
    return Unexpected(Errno::operation_not_supported);
  }
  virtual Result<u32> send_out_of_band(u8 byte) = 0;
  // Bytes stored; 0 is the end of a stream, or an empty datagram. EAGAIN, ECONNRESET, ENOTCONN…
  virtual Result<u32> receive(MutableBytes into, ReceiveFlags flags = {}) = 0;
  // For who carries a stream's bytes on: where those lie that receive() would give, as far as
  // `pieces` holds them; how many pieces. Good until anything else is called. 0: receive() tells
  // what there is, which may be bytes all the same.
  virtual std::size_t look(std::span<ByteView>) { return 0; }
  // Takes the first `bytes` of those, at least one.
  virtual void consume(u32) {}
  // A datagram with what came beside it; what does not fit is lost, as in POSIX. A raw IPv4
  // socket's bytes begin at the IP header, a raw IPv6 socket's behind it.
  virtual Result<Message> receive_message(MutableBytes into, ReceiveFlags flags = {}) = 0;

  // ENOTCONN where nothing is connected.
  virtual Result<void> shutdown(Shutdown how) = 0;
  // Orderly; idempotent. Anybody waiting is woken and gets EBADF.
  virtual void close() = 0;

  virtual Endpoint local() const = 0;
  virtual Result<Endpoint> remote() const = 0;
  virtual Result<int> option(SocketOption option) const = 0;
  virtual Result<void> set_option(SocketOption option, int value) = 0;
  // A stream's figures, as TCP_INFO gives them. ENOTCONN, EOPNOTSUPP.
  virtual Result<tcp::TcpInfo> info() const { return Unexpected(Errno::operation_not_supported); }
  // SO_ERROR: the pending error, which it clears; Errno::ok when there is none.
  virtual Errno take_error() = 0;

  // Whether the next byte read is the urgent one (sockatmark).
  virtual bool at_mark() const { return false; }
  virtual Readiness readiness() const = 0;
  // Woken whenever readiness may have risen, and on close.
  WaitQueue& waiters() { return waiters_; }

 private:
  WaitQueue waiters_;
};

}  // namespace catenet
