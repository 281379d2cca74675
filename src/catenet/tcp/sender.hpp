// Sender: what a connection needs only once it sends data. Allocated by the first send().
#pragma once

#include "catenet/congestion/controller.hpp"
#include "catenet/tcp/limit_clock.hpp"
#include "catenet/tcp/loss/prr.hpp"
#include "catenet/tcp/loss/recovery.hpp"
#include "catenet/tcp/loss/undo.hpp"
#include "catenet/tcp/mtu_search.hpp"
#include "catenet/tcp/send_buffer.hpp"

namespace catenet::tcp {

struct Sender {
  Sender(ChunkPool& chunks, CongestionKind kind, u32 smss, u32 initial_segments, u32 seed,
         Position first)
      : buffer(chunks, first), congestion(kind, smss, initial_segments, seed) {}

  SendBuffer buffer;
  congestion::Controller congestion;
  congestion::DeliveryRate rate;
  congestion::Pacer pacer;
  LimitClock limited;
  MtuSearch mtu;
  LossRecovery recovery;
  Prr prr;
  Undo undo;

  // What Timer::retransmission rings for (RFC 8985 §7.2, §6.2 step 5); rto_at is when the
  // retransmission timer proper runs out.
  enum class Awaits : u8 { rto, probe, reorder } awaits = Awaits::rto;
  // RFC 5682, the SACK form: a timeout may be spurious; new data goes first, to find out.
  enum class Frto : u8 { off, armed, new_data } frto = Frto::off;
  bool probe_owed = false;  // a tail loss probe
  bool cwr_owed = false;    // RFC 3168 §6.1.2: told once, with the next new data
  Position ecn_until = 0;   // up to here the window was reduced already
  Instant rto_at = Instant::never();
  Instant last_sent = Instant::never();
  Position last_from = 0;  // where the last segment begins that was sent for the first time
  // without SACK: bytes that duplicate ACKs have counted as delivered
  i64 dup_delivered = 0;

  // The one segment being timed (Karn: never one that was sent twice): an ACK of `timed_end`
  // measures.
  Position timed_end = 0;
  Instant timed_at = Instant::never();
  // highest position sent twice: below it only timestamps can measure
  Position retransmitted_to = 0;

  u64 bytes_sent = 0;
  u64 bytes_retransmitted = 0;
  u64 retransmitted_before_recovery = 0;  // of them
  u32 retransmissions = 0;
  u32 duplicate_sacks = 0;
  u32 data_segments = 0;
  u64 delivered_marked = 0;  // bytes whose acknowledgement carried ECE
};

}  // namespace catenet::tcp
