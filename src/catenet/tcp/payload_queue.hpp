// PayloadQueue: received bytes in order, as the packets that brought them. Small payloads are
// gathered into one packet, so that what the queue keeps allocated stays in proportion to its
// bytes.
#pragma once

#include <span>

#include "catenet/packet/packet.hpp"

namespace catenet::tcp {

class PayloadQueue {
 public:
  bool empty() const { return bytes_ == 0; }
  u32 bytes() const { return bytes_; }
  // What the queue counts for in memory limits, in bytes: nothing that a packet's layout changes.
  u32 footprint() const { return footprint_; }

  // `payload` holds at least one byte and nothing but payload.
  void push(Packet payload);
  // Moves bytes from the front into `out`; returns how many.
  u32 read(MutableBytes out);
  // Copies bytes from `offset` on into `out` and leaves them; returns how many. Walks the whole
  // queue.
  u32 peek(MutableBytes out, u32 offset = 0);
  // Where the first bytes lie, at most `limit` of them, as far as `pieces` holds; how many pieces.
  // Good until the queue changes.
  std::size_t look(std::span<ByteView> pieces, u32 limit);
  // Drops the first `n` bytes.
  void skip(u32 n);
  // Moves all of `other` behind what is here.
  void splice(PayloadQueue&& other);
  void clear();

 private:
  void gather(const Packet& payload);
  void append(Packet payload, u64 cost);
  // A queued packet's delivery_order holds what it counts for, and whether it was made here to hold
  // small payloads.
  static constexpr u64 gathers = u64{1} << 32;
  static u32 cost_of(const Packet& queued) {
    return static_cast<u32>(queued.meta().delivery_order);
  }
  bool next();    // makes front_ the first packet with bytes
  Packet front_;  // being read
  PacketQueue middle_;
  Packet tail_;  // the newest; small payloads are appended to it
  u32 bytes_ = 0;
  u32 footprint_ = 0;
};

}  // namespace catenet::tcp
