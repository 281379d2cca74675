// Options: everything about TCP that a host may set, with its default. One per host; sockets
// override per connection.
#pragma once

#include "catenet/congestion/controller.hpp"
#include "catenet/congestion/rtt_estimator.hpp"
#include "catenet/time/time.hpp"

namespace catenet::tcp {

// RFC 9293 §3.8.4. Off by default (MUST-25); these are the times once a socket turns it on.
struct KeepAlive {
  // since the last segment heard (MUST-28: two hours or more by default)
  Duration idle = Duration::seconds(7'200);
  Duration interval = Duration::seconds(75);  // between probes
  u32 probes = 9;                             // unanswered ones until the connection is dropped
};

// How lost segments are found where the peer sends SACK.
enum class LossDetection : u8 {
  rack,  // by time, with tail loss probes: RFC 8985
  sack,  // by counting: RFC 6675
};

// Explicit congestion notification, RFC 3168, as tcp_ecn counts it.
enum class Ecn : u8 {
  off,
  on,       // asked for and agreed to
  passive,  // agreed to where the peer asks
};

// When packets larger than those known to arrive are tried (RFC 4821), as tcp_mtu_probing counts
// it.
enum class MtuProbing : u8 {
  off,
  black_hole,  // once what is sent again and again is not answered
  on,          // from the first
};

// Text in the SYN, RFC 7413: which of the two ends a host may be, as tcp_fastopen counts it.
enum class FastOpen : u8 { off, client, server, both };

struct Options {
  // Bytes a connection may hold for sending and for reading, unless its user sets them. The send
  // buffer starts at first_send_buffer and grows to send_buffer as the congestion window does. The
  // receive buffer is the window; it starts at receive_buffer and grows to receive_buffer_most as
  // its reader keeps pace, or stays where that is no more.
  static constexpr u32 first_send_buffer = 64 * 1024;
  u32 send_buffer = 4 * 1024 * 1024;
  u32 receive_buffer = 128 * 1024;
  u32 receive_buffer_most = 6 * 1024 * 1024;
  // The most a socket may ask for.
  u32 max_buffer = 16 * 1024 * 1024;

  // Maximum segment lifetime; TIME-WAIT lasts two of them. RFC 9293 says 2 min, practice and we 30
  // s.
  Duration msl = Duration::seconds(30);
  // How long a connection its user has closed waits in FIN-WAIT-2 for the peer's FIN.
  Duration fin_wait_2 = Duration::seconds(60);

  // RFC 6298 asks for a minimum of 1 s (§2.4, SHOULD). 200 ms is what stacks of today use: clocks
  // are finer than the RFC's, and the peer's delayed ACK stays well below. Set `rto.min` to 1 s for
  // the letter.
  congestion::RtoLimits rto;
  // The longest a data ACK is held back (RFC 9293 §3.8.6.3: below 500 ms).
  Duration delayed_ack = Duration::milliseconds(40);

  // How long SYNs are repeated (R2 for SYN: at least 3 min, MUST-23).
  Duration syn_limit = Duration::seconds(180);
  // How often a SYN,ACK is repeated before the half-open connection is forgotten.
  u32 syn_ack_retries = 5;
  // R1 (at least 3, §3.8.3): retransmissions after which the path is suspected
  // (Event::path_suspect).
  u32 r1_retransmissions = 3;
  // R2 (at least 100 s): how long data may stay unacknowledged before the connection is dropped.
  Duration r2 = Duration::seconds(924);
  // A fixed limit (RFC 5482's sense) instead of R2 and keep-alive's number of probes; zero: none.
  Duration user_timeout = Duration::zero();

  // Connections a host remembers in TIME-WAIT; beyond, the one that has waited longest goes.
  u32 time_waits = 16'384;

  bool keep_alive = false;
  KeepAlive keep_alive_times;

  CongestionKind congestion = CongestionKind::cubic;
  u32 initial_window = 10;  // segments, RFC 6928
  LossDetection loss_detection = LossDetection::rack;
  bool tail_loss_probe = true;  // RFC 8985 §7, beside rack alone
  bool frto = true;             // RFC 5682, beside rack alone
  Ecn ecn = Ecn::passive;       // as Linux has it
  bool pacing = false;          // a window is spread over its round trip; BBR always paces
  // A window that is not used is kept, validated and paced (RFC 7661) instead of restarting when
  // idle (RFC 5681 §4.1). Not for BBR.
  bool window_validation = false;
  // An error that RFC 1122 §4.2.3.9 calls soft, a host or network that cannot be reached, ends an
  // active opening, as in Linux (RFC 5461 §4.1), instead of letting it time out.
  bool unreachable_ends_opening = false;

  MtuProbing mtu_probing = MtuProbing::black_hole;
  u32 base_mss = 1'024;  // what nearly every path takes (RFC 4821 §7.2)
  // Sockets must ask besides, at either end.
  FastOpen fast_open = FastOpen::client;
  bool fast_open_client() const {
    return fast_open == FastOpen::client || fast_open == FastOpen::both;
  }
  bool fast_open_server() const {
    return fast_open == FastOpen::server || fast_open == FastOpen::both;
  }

  bool timestamps = true;      // RFC 7323
  bool window_scaling = true;  // RFC 7323
  bool sack = true;            // RFC 2018
  bool nagle = true;           // off: every connection begins with no delay

  // Half-open connections a listener keeps; beyond them SYNs are answered with cookies, or dropped
  // without.
  u32 syn_backlog = 256;
  bool syn_cookies = true;

  // RFC 5961 §7: challenge ACKs a connection sends in each window of 5 s.
  u32 challenge_limit = 10;
};

}  // namespace catenet::tcp
