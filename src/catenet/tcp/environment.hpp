// Environment: what all TCP of one host shares, and what a Connection needs of the world: one
// pointer.
#pragma once

#include <string_view>

#include "catenet/base/hash.hpp"
#include "catenet/packet/packet.hpp"
#include "catenet/tcp/chunk_pool.hpp"
#include "catenet/tcp/fast_open.hpp"
#include "catenet/tcp/options.hpp"
#include "catenet/tcp/state.hpp"
#include "catenet/trace/drop.hpp"
#include "catenet/wire/address.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::tcp {

class Connection;
class TimeWait;

// Told of every transition; changes nothing.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_state(Instant now, const Connection& connection, State from, State to,
                        std::string_view reason) = 0;
};

// Secrets, drawn once per host and run.
struct Secrets {
  SipKey isn;          // RFC 6528's F, and the offset of timestamps
  SipKey cookie;       // SYN cookies
  SipKey fast_open{};  // RFC 7413's
};

// Counted for the host, under the MIB's names (RFC 4022) where it has one.
struct Counters {
  u64 active_opens = 0;
  u64 passive_opens = 0;
  u64 attempt_fails = 0;
  u64 estab_resets = 0;
  u64 curr_estab = 0;
  u64 in_segs = 0;
  u64 out_segs = 0;
  u64 retrans_segs = 0;
  u64 out_rsts = 0;
  u64 challenge_acks = 0;
  u64 syn_cookies_sent = 0;
  u64 syn_cookies_received = 0;
  u64 syn_cookies_failed = 0;
  u64 listen_overflows = 0;
  u64 timeouts = 0;
  u64 fast_retransmits = 0;
  u64 loss_probes = 0;  // tail loss probes, RFC 8985 §7
  u64 ecn_reductions = 0;
  u64 undone = 0;  // reactions to losses that were none
  u64 keep_alive_probes = 0;
  u64 zero_window_probes = 0;
  u64 fast_open_active = 0;            // SYNs sent with the option
  u64 fast_open_active_fail = 0;       // with text that was not taken
  u64 fast_open_passive = 0;           // SYNs whose text was taken
  u64 fast_open_passive_fail = 0;      // whose cookie was wrong
  u64 fast_open_cookie_requests = 0;   // heard
  u64 fast_open_listen_overflows = 0;  // no place was left
};

struct Environment {
  Environment(PacketPool& packets, const Secrets& keys, const Options& wanted = {},
              Observer* watcher = nullptr)
      : pool(packets), options(wanted), secrets(keys), observer(watcher) {}

  PacketPool& pool;
  Options options;
  Secrets secrets;
  Observer* observer;
  Counters counters;
  ChunkPool chunks;
  FastOpenCache fast_open;
};

// What IP knows of a segment, as a Listener needs it.
struct Arrival {
  Endpoint local;   // the segment's destination
  Endpoint remote;  // its source
  u32 mtu = 1500;   // of the interface towards the peer: what the MSS option is made from
  // The TIME-WAIT that gives way to this SYN, so that the new connection's numbers begin above its
  // own (RFC 6191).
  const TimeWait* predecessor = nullptr;
};

}  // namespace catenet::tcp
