// Packet: one frame's bytes with headroom and metadata; the only thing that crosses a link.
//
//   [ headroom | linear bytes | tailroom ]  + slice 0 + slice 1
//                ^ data()       ^ data() + linear_size()
//
// Going up a layer consumes from the front, going down prepends, a forwarder edits the linear bytes
// in place. Headers are always linear. Slices hold the bulk of a TCP payload: references into a
// send buffer, never written through a packet. A clone copies the linear bytes and shares the
// slices.
#pragma once

#include <array>
#include <utility>

#include "catenet/base/assert.hpp"
#include "catenet/base/types.hpp"
#include "catenet/packet/shared_bytes.hpp"

namespace catenet {

class PacketPool;

// Names a frame across every port it passes: the origin that made it and the origin's count. Design
// rule: a flood is n transmissions of one id, a duplicate is one transmission more.
struct FrameId {
  u32 origin = 0;
  u64 counter = 0;
  bool operator==(const FrameId&) const = default;
};

// What is known of the transport checksum.
enum class ChecksumState : u8 {
  present,   // the bytes hold a checksum, not looked at
  verified,  // the bytes hold a checksum, found right
  deferred,  // the field holds the pseudo-header sum; the rest is added before anyone may look
};

struct PacketMeta {
  FrameId id;
  u16 segment_size = 0;  // payload bytes a wire segment; 0: not a super-segment
  ChecksumState checksum = ChecksumState::present;
  u16 checksum_start = 0;   // from data(), where a deferred checksum begins to sum
  u16 checksum_offset = 0;  // from checksum_start, where it is stored
  u16 network_offset = 0;   // from the start of the frame: the IP header, as the receiver noted it
  bool link_broadcast = false;  // came to a link broadcast or multicast address
  bool link_multicast = false;
  // Counts what comes and goes at the port that saw the frame last, so that whoever records knows
  // which arrival or departure a drop ends; 0: none there.
  u32 passage = 0;
  u64 delivery_order = 0;  // free for the queue that holds the packet
};

namespace detail {
struct PacketBuffer {
  PacketBuffer* next = nullptr;
  PacketPool* pool = nullptr;
  u32 capacity = 0;  // of the linear area
  u32 begin = 0;     // linear bytes are [begin, end)
  u32 end = 0;
  u32 slice_bytes = 0;
  std::array<Slice, 2> slices;
  PacketMeta meta;

  u8* storage() { return reinterpret_cast<u8*>(this + 1); }
};
}  // namespace detail

// A move-only handle; empty after a move. What takes over each packet takes it as Packet&&, so that
// on its way through the layers nothing but a reference is handed on.
class Packet {
 public:
  Packet() = default;
  Packet(Packet&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  Packet& operator=(Packet&& other) noexcept {
    const Packet before(std::exchange(buffer_, std::exchange(other.buffer_, nullptr)));
    return *this;
  }
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;
  ~Packet() {
    if (buffer_) free();
  }

  explicit operator bool() const { return buffer_ != nullptr; }
  PacketMeta& meta() { return buffer_->meta; }
  const PacketMeta& meta() const { return buffer_->meta; }

  // Bytes in all, and in the linear part alone.
  u32 size() const { return linear_size() + buffer_->slice_bytes; }
  u32 linear_size() const { return buffer_->end - buffer_->begin; }
  u32 headroom() const { return buffer_->begin; }
  u32 tailroom() const { return buffer_->capacity - buffer_->end; }
  bool linear() const { return buffer_->slice_bytes == 0; }
  // What the packet counts for in memory limits: its bytes and a fixed sum for all else, the same
  // however they lie in memory, because windows and drops come of it.
  u32 footprint() const { return size() + overhead; }
  static constexpr u32 overhead = 512;

  u8* data() { return buffer_->storage() + buffer_->begin; }
  const u8* data() const { return buffer_->storage() + buffer_->begin; }
  MutableBytes linear_bytes() { return {data(), linear_size()}; }
  ByteView linear_bytes() const { return {data(), linear_size()}; }
  const std::array<Slice, 2>& slices() const { return buffer_->slices; }

  // Makes room for `n` bytes in front and returns where they begin. The headroom must suffice.
  u8* prepend(u32 n) {
    CATENET_ASSERT(n <= buffer_->begin);
    buffer_->begin -= n;
    return data();
  }
  // Takes `n` linear bytes off the front.
  void consume(u32 n) {
    CATENET_ASSERT(n <= linear_size());
    buffer_->begin += n;
  }
  // Makes room for `n` linear bytes at the back; only while there are no slices. The tailroom must
  // suffice.
  u8* append(u32 n) {
    CATENET_ASSERT(n <= tailroom() && linear());
    u8* at = buffer_->storage() + buffer_->end;
    buffer_->end += n;
    return at;
  }
  // Adds shared bytes behind all others; at most two slices a packet.
  void append_slice(Slice slice);
  // Drops bytes off the back until `size` are left. Does nothing when there are not more.
  void truncate(u32 size);
  // Drops `n` bytes off the front of the whole, slices included.
  void trim_front(u32 n);

  // Copies [offset, offset + out.size()) of the whole; the range must lie inside.
  void copy_out(u32 offset, MutableBytes out) const;
  // Calls visit(ByteView) for each run of bytes from `offset` to the end.
  template <typename Visit>
  void for_each_run(u32 offset, Visit&& visit) const {
    if (offset < linear_size()) visit(linear_bytes().subspan(offset));
    offset = offset > linear_size() ? offset - linear_size() : 0;
    for (const Slice& slice : buffer_->slices) {
      if (offset < slice.length) visit(slice.view().subspan(offset));
      offset = offset > slice.length ? offset - slice.length : 0;
    }
  }

  // The same frame once more: linear bytes copied, slices shared, metadata and id kept.
  Packet clone() const;
  // The same bytes, all linear, from `pool` (for another shard, or to be written to).
  Packet copy(PacketPool& pool) const;
  PacketPool& pool() const { return *buffer_->pool; }

 private:
  friend class PacketPool;
  friend class PacketQueue;
  explicit Packet(detail::PacketBuffer* buffer) : buffer_(buffer) {}
  [[gnu::noinline]] void free();
  detail::PacketBuffer* buffer_ = nullptr;
};

// A first-in first-out chain of packets, without allocation.
class PacketQueue {
 public:
  PacketQueue() = default;
  PacketQueue(PacketQueue&& other) noexcept { swap(other); }
  PacketQueue& operator=(PacketQueue&& other) noexcept {
    PacketQueue taken(std::move(other));
    swap(taken);
    return *this;
  }
  PacketQueue(const PacketQueue&) = delete;
  PacketQueue& operator=(const PacketQueue&) = delete;
  ~PacketQueue() { clear(); }

  bool empty() const { return head_ == nullptr; }
  u32 size() const { return count_; }
  u64 bytes() const { return bytes_; }
  void push_back(Packet packet);
  // An empty packet when the queue is empty.
  Packet pop_front();
  // Moves all of `other` behind what is here.
  void append(PacketQueue&& other);
  void clear();
  // Each packet from the first on, still queued, while visit(const Packet&) says so.
  template <typename Visit>
  void walk(Visit&& visit) const {
    bool more = true;
    for (detail::PacketBuffer* buffer = head_; buffer && more; buffer = buffer->next) {
      Packet packet(buffer);
      more = visit(std::as_const(packet));
      packet.buffer_ = nullptr;
    }
  }
  // The first packet, still queued, borrowed for the length of the call: visit(Packet&). It must
  // keep its size.
  template <typename Visit>
  void with_front(Visit&& visit) {
    Packet packet(head_);
    visit(packet);
    packet.buffer_ = nullptr;
  }

 private:
  void swap(PacketQueue& other) noexcept {
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
    std::swap(count_, other.count_);
    std::swap(bytes_, other.bytes_);
  }
  detail::PacketBuffer* head_ = nullptr;
  detail::PacketBuffer* tail_ = nullptr;
  u32 count_ = 0;
  u64 bytes_ = 0;
};

// Where packets come from: free lists by size, so that the steady state allocates nothing. One a
// shard; it must outlive its packets.
class PacketPool {
 public:
  static constexpr u32 default_headroom = 128;

  PacketPool() = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;
  ~PacketPool();

  // An empty packet that can take `room` linear bytes behind `headroom`.
  Packet allocate(u32 room, u32 headroom = default_headroom);
  // A packet that holds a copy of `bytes`.
  Packet copy_of(ByteView bytes, u32 headroom = default_headroom);

  // Packets alive now, and buffers ever taken from the machine.
  u64 live() const { return live_; }
  u64 allocated() const { return allocated_; }

 private:
  friend class Packet;
  static constexpr std::array<u32, 4> classes = {320, 2'176, 9'472, 66'560};
  void release(detail::PacketBuffer* buffer);
  std::array<detail::PacketBuffer*, classes.size()> free_{};
  u64 live_ = 0;
  u64 allocated_ = 0;
};

}  // namespace catenet
