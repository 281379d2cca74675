// SYN cookies: an initial sequence number that remembers the SYN, so that a flood costs no memory.
// Read RFC 4987 §3.6.
//
//    0        5     8                                  32
//   +--------+-----+-----------------------------------+
//   | minute | MSS |  keyed hash of all that is known   |      the sequence number
//   +--------+-----+-----------------------------------+
//
// What else a SYN may ask for is kept in the low six bits of the timestamp it gets: four of the
// window scale, one for SACK. A peer without timestamps gets neither.
#pragma once

#include <optional>

#include "catenet/tcp/environment.hpp"

namespace catenet::tcp {

// The sequence number for the SYN,ACK that answers `syn`.
wire::Seq syn_cookie(SipKey key, const Endpoint& local, const Endpoint& remote, wire::Seq peer_iss,
                     u16 mss, Instant now);
// The MSS a cookie stands for, if it is ours and at most two minutes old.
std::optional<u16> check_syn_cookie(SipKey key, const Endpoint& local, const Endpoint& remote,
                                    wire::Seq peer_iss, wire::Seq cookie, Instant now);

// The timestamp for the SYN,ACK: at most `now`'s, with the options in its low bits.
u32 cookie_timestamp(u32 now_ts, const wire::TcpOptions& syn);
// The options a cookie's echoed timestamp stands for; their own timestamp is not among them.
wire::TcpOptions cookie_options(u32 echoed);

}  // namespace catenet::tcp
