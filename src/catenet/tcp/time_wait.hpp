// TimeWait: what is left of a connection for 2 MSL. Read RFC 9293 §3.6.1 and §3.10.7.4, RFC 6191
// and RFC 1337.
#pragma once

#include "catenet/tcp/environment.hpp"

namespace catenet::tcp {

class TimeWait {
 public:
  // What must be kept of one beside its endpoints: a host may have a million.
  struct Kept {
    wire::Seq snd_nxt;
    wire::Seq rcv_nxt;
    u32 ts_recent = 0;
    u32 expiry_ms = 0;
    u16 window = 0;            // as it stands in the header
    u16 answered_at : 14 = 0;  // in units of 8 ms, modulo 131 s
    bool timestamps : 1 = false;
    bool answered : 1 = false;
  };
  // Of a connection in TIME-WAIT.
  explicit TimeWait(const Connection& connection);
  // As it was when kept() was called, less than 2^32 ms ago.
  TimeWait(Environment& env, const Endpoint& local, const Endpoint& remote, Instant now,
           const Kept& kept);
  Kept kept() const;

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
  wire::Seq snd_nxt() const { return kept_.snd_nxt; }
  // Whether an active open may reuse the pair at `now` (RFC 6191: timestamps tell old segments from
  // new ones).
  bool reusable(Instant now) const;

 private:
  Packet acknowledge(Instant now) const;
  Environment* env_;
  Endpoint local_;
  Endpoint remote_;
  Instant expiry_;  // whole milliseconds
  Kept kept_;       // its expiry_ms is not used
};

static_assert(sizeof(TimeWait::Kept) <= 20);

}  // namespace catenet::tcp
