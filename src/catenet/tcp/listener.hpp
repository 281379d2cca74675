// Listener: LISTEN, the passive open. Read RFC 9293 §3.10.7.2 and RFC 4987. It makes Connections in
// SYN-RECEIVED, up to its SYN backlog; beyond that it answers with SYN cookies and keeps nothing.
//
// Called by host/ with every segment for the local endpoint that no connection and no TIME-WAIT
// claims. The host keeps the connections; the listener knows its own until they are accepted.
#pragma once

#include <memory>
#include <vector>

#include "catenet/base/intrusive_list.hpp"
#include "catenet/tcp/connection.hpp"

namespace catenet::tcp {

class Listener {
 public:
  // `backlog` as listen(2) has it: completed connections that may wait for accept; at least one
  // does.
  Listener(Environment& env, u32 backlog);
  // Connections that nobody accepted lose their listener and live on: close() first.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  struct Reaction {
    std::unique_ptr<Connection> connection;  // new: register it under (local, remote), then poll it
    Packet reply;              // or an answer from no connection, to the segment's source
    std::optional<Drop> drop;  // or why nothing came of the segment
  };
  Reaction on_segment(Instant now, const Arrival& arrival, const wire::TcpHeader& seg,
                      Packet&& payload);

  // The connection that waited longest, now its user's alone; nullptr when none waits.
  Connection* accept();
  bool acceptable() const { return waiting_ > 0; }
  u32 waiting() const { return waiting_; }
  u32 half_open() const { return half_open_; }
  u32 backlog() const { return backlog_; }
  void set_backlog(u32 backlog) { backlog_ = std::max(backlog, 1u); }
  // What its connections begin with, told by their SYN,ACK: SO_RCVBUF and TCP_MAXSEG, in bytes.
  // 0: as the host has them.
  void set_receive_buffer(u32 bytes) { receive_buffer_ = bytes; }
  void set_max_segment(u16 bytes) { max_segment_ = bytes; }
  // TCP_FASTOPEN: connections whose SYN brought text and whose handshake is not over; 0: none are
  // taken.
  void set_fast_open(u32 limit);
  u32 fast_open() const { return fast_open_ ? fast_open_->limit() : 0; }
  // For close(2): aborts every connection that is not accepted, and returns them: poll each for its
  // reset.
  std::vector<Connection*> close(Instant now);

 private:
  friend class Connection;
  bool full() const { return waiting_ >= backlog_; }
  void begin(Connection& child);     // SYN-RECEIVED
  void complete(Connection& child);  // ESTABLISHED
  void forget(Connection& child);    // gone before it was accepted

  // Its text was taken: waits for accept() at once.
  void begin_completed(Connection& child);

  void prepare(Instant now, Connection& child) const;
  Reaction on_syn(Instant now, const Arrival& arrival, const wire::TcpHeader& seg,
                  Packet&& payload);
  bool judge_fast_open(Instant now, const Arrival& arrival, const wire::TcpHeader& seg,
                       std::optional<wire::FastOpenCookie>& offer);
  Packet cookie_reply(Instant now, const Arrival& arrival, const wire::TcpHeader& seg);
  Reaction on_ack(Instant now, const Arrival& arrival, const wire::TcpHeader& seg,
                  Packet&& payload);

  Environment& env_;
  u32 backlog_;
  u32 half_open_ = 0;
  u32 waiting_ = 0;
  u32 receive_buffer_ = 0;
  u16 max_segment_ = 0;
  // when a cookie was last sent: only then may one come back
  Instant overflow_at_ = Instant::never();
  IntrusiveList<Connection::Awaited> half_open_list_;
  IntrusiveList<Connection::Awaited> waiting_list_;
  std::shared_ptr<FastOpenQueue> fast_open_;
};

}  // namespace catenet::tcp
