// What a user of a Connection sees of it: its state, its events, its figures. Read RFC 9293 §3.3.2.
#pragma once

#include <string_view>

#include "catenet/base/errno.hpp"
#include "catenet/congestion/controller.hpp"
#include "catenet/time/time.hpp"

namespace catenet::tcp {

// LISTEN is the Listener's.
enum class State : u8 {
  closed,
  listen,
  syn_sent,
  syn_received,
  established,
  fin_wait_1,
  fin_wait_2,
  close_wait,
  closing,
  last_ack,
  time_wait,
};

// As RFC 9293 prints it: "FIN-WAIT-1".
std::string_view state_name(State state);

// From ESTABLISHED on: both initial sequence numbers are known and acknowledged.
constexpr bool synchronised(State state) { return state >= State::established; }

// Edges, as bits of what take_events() returns.
struct Event {
  static constexpr u32 connected = 1;  // the handshake is complete
  static constexpr u32 readable = 2;   // bytes arrived
  static constexpr u32 writable = 4;   // the send buffer has room again after `again`
  // the peer's FIN is in order: end of stream after what is queued
  static constexpr u32 peer_closed = 8;
  static constexpr u32 reset = 16;  // the peer reset the connection
  // state is CLOSED and nothing will be sent any more; may be destroyed
  static constexpr u32 closed = 32;
  static constexpr u32 error = 64;    // take_error() has something
  static constexpr u32 urgent = 128;  // an urgent pointer arrived (SIGURG)
  // state is TIME-WAIT: may be replaced by a TimeWait once its user is gone
  static constexpr u32 time_wait = 256;
  // R1 reached: ask for another route or next hop (RFC 9293 §3.8.3)
  static constexpr u32 path_suspect = 512;
};

// A snapshot for tools, in the manner of TCP_INFO. Bytes unless named otherwise.
struct TcpInfo {
  State state = State::closed;
  CongestionKind congestion = CongestionKind::cubic;
  bool timestamps = false;
  bool sack = false;
  bool window_scaling = false;
  bool ecn = false;
  bool syn_text = false;  // text of the SYN was taken (RFC 7413)
  u8 send_scale = 0;
  u8 receive_scale = 0;
  bool in_recovery = false;  // after losses were found, or a time-out
  bool in_timeout = false;   // after a time-out that was not found needless
  Duration rtt;              // smoothed
  Duration rttvar;
  Duration rto;
  u32 backoff = 0;      // doublings in a row, until a round trip is measured
  u32 timeouts = 0;     // in a row, of what is in flight
  u32 send_mss = 0;     // payload bytes a segment
  u32 receive_mss = 0;  // the largest segment seen
  u32 pmtu = 0;
  u32 cwnd = 0;
  u32 ssthresh = 0;
  u32 send_window = 0;     // the peer's
  u32 receive_window = 0;  // ours, as last offered
  u32 unacked = 0;         // sent and not cumulatively acknowledged
  u32 sacked = 0;
  u32 lost = 0;           // taken to be lost and not sent again yet
  u32 send_queue = 0;     // written and not acknowledged: ss's Send-Q
  u32 receive_queue = 0;  // arrived and not read: Recv-Q
  u64 bytes_acked = 0;
  u64 bytes_received = 0;
  u64 bytes_sent = 0;  // retransmissions too
  u64 bytes_retransmitted = 0;
  u32 segments_out = 0;
  u32 segments_in = 0;
  u32 data_segments_in = 0;  // with text, whatever became of it
  u32 retransmissions = 0;   // segments
  u32 duplicate_sacks = 0;   // D-SACKs heard: needless retransmissions
  u32 out_of_order = 0;      // segments that arrived ahead of a gap
  u32 send_space = 0;        // what may be written and not acknowledged
  u32 not_sent = 0;          // written and not sent yet
  u32 data_segments_out = 0;
  bool reordering_seen = false;
  bool paced = false;
  bool app_limited = false;  // the last delivery rate: the user sent less than the path takes
  u64 pacing_rate = 0;       // bytes per second; 0: none is known yet
  u64 delivery_rate = 0;     // bytes per second, as last measured
  u64 delivered = 0;         // acknowledged or selectively so
  u64 delivered_marked = 0;  // by acknowledgements with ECE
  u64 receive_space = 0;     // bytes read in a round trip
  Duration receive_rtt;      // as the receiver measures it; zero: not yet
  Duration min_rtt;          // zero: not yet
  // How long there was something to send; of that, how long the peer's window or the send buffer
  // was what limited.
  Duration busy;
  Duration window_limited;
  Duration buffer_limited;
  // When text or FIN went out last. Never: not since the sender came to rest, as it does after
  // seconds without anything to send.
  Instant last_sent = Instant::never();
  Instant last_text_heard = Instant::never();  // to the millisecond
  Instant last_heard = Instant::never();       // any segment that was acceptable, an ACK above all
};

}  // namespace catenet::tcp
