// EchoSocket: ICMP echo requests out, replies and errors in, of either family, over a raw socket
// or, where that is not allowed, a datagram socket for echoes alone: read RFC 792 and RFC 4443
// section 4. Timestamp and address mask requests (RFC 950) go the same way, over a raw IPv4 socket.
// ping and traceroute -I stand on it.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "catenet/socket/async.hpp"

namespace catenet {

enum class IcmpQuery : u8 { echo, timestamp, address_mask };

struct EchoEvent {
  enum class Kind : u8 { reply, error };
  Kind kind = Kind::reply;
  u16 sequence = 0;
  IpAddress from;  // who replied, or who sent the error
  Instant arrival;
  // Of a reply.
  u32 size = 0;  // bytes of the ICMP message
  u8 ttl = 0;
  bool damaged = false;            // its checksum is wrong
  std::vector<u8> data;            // behind the ICMP header
  std::vector<Ipv4Address> route;  // of its record route option
  // Of an error, as ICMP or ICMPv6 has them.
  u8 type = 0;
  u8 code = 0;
  u32 mtu = 0;
};

class EchoSocket {
 public:
  // `identifier` tells this socket's echoes from others'. EPERM where a right is missing for
  // both kinds.
  static Result<EchoSocket> open(System& system, Family family, u16 identifier,
                                 IcmpQuery query = IcmpQuery::echo);

  // EPERM for record_route without a raw socket, which alone shows what was recorded.
  Result<void> set_option(SocketOption option, int value);
  Result<void> bind(const IpAddress& local) { return socket_->bind({local, 0}); }
  // EMSGSIZE, ENETUNREACH…
  Result<void> send(const IpAddress& remote, u16 sequence, ByteView data);
  // The next reply to, or error about, something sent here. Errors: canceled; timed_out at
  // `deadline`.
  Task<Result<EchoEvent>> next(System& system, Instant deadline);

 private:
  EchoSocket(std::unique_ptr<Socket> socket, Family family, IcmpQuery query, u16 identifier,
             bool raw)
      : socket_(std::move(socket)),
        family_(family),
        query_(query),
        identifier_(identifier),
        raw_(raw) {}
  std::optional<EchoEvent> read_reply(const Message& message) const;
  std::optional<EchoEvent> read_echo(ByteView icmp, EchoEvent event) const;
  // Moves what the socket's error queue holds to errors_.
  void take_errors(Instant now);

  std::unique_ptr<Socket> socket_;
  Family family_;
  IcmpQuery query_;
  u16 identifier_;
  bool raw_;  // else the identifier is the system's, and only its echoes come
  // For the longest answer, and untouched: of thousands at a time each keeps what its answers fill.
  using Buffer = std::array<u8, 65'536>;
  std::unique_ptr<Buffer> buffer_ = std::make_unique_for_overwrite<Buffer>();
  std::deque<EchoEvent> errors_;
};

// The addresses that a record route option among IPv4 `options` holds.
std::vector<Ipv4Address> recorded_route(ByteView options);

}  // namespace catenet
