// SendBuffer: the bytes a user wrote and the peer has not acknowledged, copied once into shared
// blocks; segments and retransmissions are slices of them.
#pragma once

#include "catenet/packet/packet.hpp"
#include "catenet/tcp/chunk_pool.hpp"
#include "catenet/tcp/position.hpp"

namespace catenet::tcp {

class SendBuffer {
 public:
  // The first byte written will have position `first`.
  explicit SendBuffer(ChunkPool& pool, Position first = 1)
      : pool_(pool), first_(first), last_(first) {}
  ~SendBuffer() { discard(); }
  SendBuffer(const SendBuffer&) = delete;
  SendBuffer& operator=(const SendBuffer&) = delete;

  Position first() const { return first_; }  // the oldest byte kept
  Position last() const { return last_; }    // one past the newest
  u32 size() const { return static_cast<u32>(last_ - first_); }

  void write(ByteView bytes);
  // Forgets everything below `position`.
  void release(Position position);
  void discard() { release(last_); }

  // The most of `length` bytes at `from` that two slices can hold.
  u32 fit(Position from, u32 length) const;
  // Whether attach() will copy these bytes: few of them, or spread over more blocks than a packet
  // has slices.
  bool copies(Position from, u32 length) const {
    return length <= copied_bytes || fit(from, length) < length;
  }
  // Adds bytes [from, from + length) to `packet` as slices, or copied behind its linear bytes,
  // which must then have the room. The range must be in the buffer.
  void attach(Packet& packet, Position from, u32 length, bool copied) const;

  // Segments up to this size are copied: cheaper than a reference, and they keep no block alive.
  static constexpr u32 copied_bytes = 128;

 private:
  struct Chunk {
    SharedBytes bytes;
    Position first = 0;  // of the byte at its start
    u32 used = 0;
  };
  const Chunk& chunk_at(Position position, std::size_t& index) const;
  ChunkPool& pool_;
  Ring<Chunk> chunks_;
  Position first_;
  Position last_;
};

}  // namespace catenet::tcp
