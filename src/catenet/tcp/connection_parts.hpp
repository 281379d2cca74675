// The parts of Connection that only its own files see.
#pragma once

#include "catenet/tcp/connection.hpp"
#include "catenet/tcp/receiver.hpp"
#include "catenet/tcp/sender.hpp"

namespace catenet::tcp {

inline constexpr Duration challenge_window = Duration::seconds(5);  // RFC 5961 §7

struct Connection::Extras {
  KeepAlive keep_alive;
  Duration user_timeout;
  u32 keep_alive_probes = 0;  // sent and not answered

  // Urgent data: positions one past the urgent byte (RFC 6093 §4).
  Position snd_up = 0;
  Position rcv_up = 0;
  enum class Oob : u8 { none, awaited, here, taken } oob = Oob::none;
  u8 oob_byte = 0;

  wire::Seq reset_seq;      // of the stray reset that is owed
  Position ack_before = 0;  // RCV.NXT before the marks changed

  // RFC 5961 §7: challenge ACKs in the window that began at challenge_from.
  Instant challenge_from;
  u32 challenges = 0;

  std::unique_ptr<FastOpening> fast_open;  // until the handshake is over
};

struct Connection::Segment {
  const wire::TcpHeader& header;
  Position seq;  // of the first byte that is left of it
  Position ack;
  u32 length;  // payload bytes left of it
  bool syn;
  bool fin;
  std::optional<Drop> partly;  // why its text was thrown away though its ACK counts
  u32 cut = 0;                 // payload bytes in front that were here before
  bool ce = false;             // marked on the way
  bool text = false;           // it came with some, whatever is left of it

  // SEG.LEN: what it takes of the sequence space.
  Position end() const { return seq + length + (syn ? 1 : 0) + (fin ? 1 : 0); }
};

struct Connection::Plan {
  Position seq = 0;
  u32 length = 0;
  bool fin = false;
  bool retransmission = false;  // out of a recovery: leaves nxt alone
  bool rescue = false;
  bool probe = false;  // a tail loss probe
  u32 mtu_probe = 0;   // size of the packet, where it is one
};

// What an acknowledgement told of what we sent.
struct Connection::Heard {
  i64 sacked = 0;  // bytes newly reported
  i64 acked = 0;   // bytes SND.UNA moved by
  Rack::Delivery delivery;
  Range dsack;         // what it said arrived twice
  i64 was_sacked = 0;  // before it
  u64 was_lost = 0;
  u32 prior_flight = 0;
  LossRecovery::Phase was_phase = LossRecovery::Phase::open;
  bool duplicate = false;  // RFC 5681 §2
};

// As how many segments of `size` bytes of text `length` go over a wire; `size` 0: as one.
inline u32 wire_segments(u32 length, u32 size) {
  return length <= size || size == 0 ? 1 : (length + size - 1) / size;
}

inline Sender& Connection::sender() {
  CATENET_ASSERT(sender_);
  return *sender_;
}

inline Flight Connection::flight() const { return {snd_.una, snd_.nxt, snd_.max, send_mss()}; }

// Without a sender all of it is acknowledged.
inline Position Connection::data_end() const {
  if (sender_) return sender_->buffer.last();
  return std::max<Position>(snd_.max - (flags_.fin_sent ? 1 : 0), 1);
}

}  // namespace catenet::tcp
