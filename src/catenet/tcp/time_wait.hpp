// TimeWait: what is left of a connection for 2 MSL. Read RFC 9293 §3.6.1 and §3.10.7.4, RFC 6191
// and RFC 1337.
#pragma once

#include "catenet/tcp/environment.hpp"

namespace catenet::tcp {

class TimeWait {
 public:
  // Of a connection in TIME-WAIT.
  explicit TimeWait(const Connection& connection);

  enum class Verdict : u8 {
    refused,  // nothing to do (RFC 1337: a reset too)
    reply,    // send `reply`
    reuse,    // a new connection may begin: hand the segment to the listener, then destroy this
  };
  Verdict on_segment(Instant now, const wire::TcpHeader& seg, u32 payload_bytes, Packet& reply);

  const Endpoint& local() const { return local_; }
  const Endpoint& remote() const { return remote_; }
  // When to destroy this; a repeated FIN moves it.
  Instant next_deadline() const { return expiry_; }
  wire::Seq snd_nxt() const { return snd_nxt_; }
  // Whether an active open may reuse the pair at `now` (RFC 6191: timestamps tell old segments from
  // new ones).
  bool reusable(Instant now) const;

 private:
  Packet acknowledge(Instant now) const;
  Environment* env_;
  Endpoint local_;
  Endpoint remote_;
  Instant expiry_;
  Instant last_ack_at_ = Instant::at(Duration::seconds(-1));
  wire::Seq snd_nxt_;
  wire::Seq rcv_nxt_;
  u32 ts_recent_ = 0;
  u32 ts_offset_ = 0;
  u16 window_ = 0;  // as it stands in the header
  bool timestamps_ = false;
};

static_assert(sizeof(TimeWait) <= 96);

}  // namespace catenet::tcp
