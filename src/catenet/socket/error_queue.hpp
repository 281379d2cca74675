// ErrorQueue: the ICMP errors that a socket keeps for MSG_ERRQUEUE, once IP_RECVERR asked for them.
#pragma once

#include <vector>

#include "catenet/base/ring.hpp"
#include "catenet/ip/ip_types.hpp"
#include "catenet/socket/socket.hpp"

namespace catenet {

class ErrorQueue {
 public:
  // Beyond so many, errors are lost.
  static constexpr std::size_t most = 64;

  bool empty() const { return errors_.empty(); }
  // About something sent to `remote`, of which it quotes `sent`.
  void push(const IcmpError& error, const Endpoint& remote, ByteView sent);
  // The oldest; what it quotes goes into `into`. again: there is none.
  Result<Message> take(MutableBytes into);
  // Of the oldest; ok where there is none.
  Errno next() { return empty() ? Errno::ok : errors_.front().what.error; }
  void clear() { errors_ = {}; }

 private:
  struct Entry {
    SocketError what;
    Endpoint remote;
    std::vector<u8> quoted;
  };
  Ring<Entry> errors_;
};

}  // namespace catenet
