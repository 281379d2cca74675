#include "catenet/packet/packet.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace catenet {

using detail::PacketBuffer;

void Packet::free() {
  PacketBuffer* buffer = std::exchange(buffer_, nullptr);
  buffer->pool->release(buffer);
}

void Packet::append_slice(Slice slice) {
  if (slice.length == 0) return;
  auto& slices = buffer_->slices;
  Slice& place = slices[0].length == 0 ? slices[0] : slices[1];
  CATENET_ASSERT(place.length == 0);
  buffer_->slice_bytes += slice.length;
  place = std::move(slice);
}

void Packet::truncate(u32 size) {
  if (size >= this->size()) return;
  u32 excess = this->size() - size;
  for (auto slice = buffer_->slices.rbegin(); slice != buffer_->slices.rend(); ++slice) {
    const u32 cut = std::min(excess, slice->length);
    slice->length -= cut;
    buffer_->slice_bytes -= cut;
    excess -= cut;
    if (slice->length == 0) *slice = Slice{};
  }
  buffer_->end -= excess;
}

void Packet::trim_front(u32 n) {
  CATENET_ASSERT(n <= size());
  const u32 linear = std::min(n, linear_size());
  buffer_->begin += linear;
  n -= linear;
  for (Slice& slice : buffer_->slices) {
    const u32 cut = std::min(n, slice.length);
    slice.data += cut;
    slice.length -= cut;
    buffer_->slice_bytes -= cut;
    n -= cut;
    if (slice.length == 0) slice = Slice{};
  }
  if (buffer_->slices[0].length == 0) {
    buffer_->slices[0] = std::exchange(buffer_->slices[1], Slice{});
  }
}

void Packet::copy_out(u32 offset, MutableBytes out) const {
  CATENET_ASSERT(offset + out.size() <= size());
  u8* to = out.data();
  std::size_t left = out.size();
  for_each_run(offset, [&](ByteView run) {
    const std::size_t n = std::min(left, run.size());
    if (n > 0) std::memcpy(to, run.data(), n);
    to += n;
    left -= n;
  });
}

Packet Packet::clone() const {
  Packet twin = buffer_->pool->allocate(linear_size(), headroom());
  std::memcpy(twin.append(linear_size()), data(), linear_size());
  twin.buffer_->slices = buffer_->slices;
  twin.buffer_->slice_bytes = buffer_->slice_bytes;
  twin.buffer_->meta = buffer_->meta;
  return twin;
}

Packet Packet::copy(PacketPool& pool) const {
  Packet twin = pool.allocate(size(), headroom());
  copy_out(0, {twin.append(size()), size()});
  twin.buffer_->meta = buffer_->meta;
  return twin;
}

void PacketQueue::push_back(Packet packet) {
  PacketBuffer* buffer = std::exchange(packet.buffer_, nullptr);
  buffer->next = nullptr;
  (tail_ ? tail_->next : head_) = buffer;
  tail_ = buffer;
  ++count_;
  bytes_ += buffer->end - buffer->begin + buffer->slice_bytes;
}

Packet PacketQueue::pop_front() {
  PacketBuffer* buffer = head_;
  if (!buffer) return {};
  head_ = std::exchange(buffer->next, nullptr);
  if (!head_) tail_ = nullptr;
  --count_;
  bytes_ -= buffer->end - buffer->begin + buffer->slice_bytes;
  return Packet(buffer);
}

void PacketQueue::append(PacketQueue&& other) {
  if (!other.head_) return;
  (tail_ ? tail_->next : head_) = std::exchange(other.head_, nullptr);
  tail_ = std::exchange(other.tail_, nullptr);
  count_ += std::exchange(other.count_, 0);
  bytes_ += std::exchange(other.bytes_, 0);
}

void PacketQueue::clear() {
  while (pop_front()) {
  }
}

PacketPool::~PacketPool() {
  CATENET_ASSERT(live_ == 0);
  for (PacketBuffer* buffer : free_) {
    while (buffer) {
      PacketBuffer* next = buffer->next;
      buffer->~PacketBuffer();
      ::operator delete(buffer);
      buffer = next;
    }
  }
}

Packet PacketPool::allocate(u32 room, u32 headroom) {
  const u32 wanted = room + headroom;
  std::size_t size_class = 0;
  while (size_class < classes.size() && classes[size_class] < wanted) ++size_class;
  PacketBuffer* buffer = nullptr;
  if (size_class < classes.size() && free_[size_class]) {
    buffer = free_[size_class];
    free_[size_class] = std::exchange(buffer->next, nullptr);
  } else {
    const u32 capacity = size_class < classes.size() ? classes[size_class] : wanted;
    buffer = new (::operator new(sizeof(PacketBuffer) + capacity)) PacketBuffer;
    buffer->pool = this;
    buffer->capacity = capacity;
    ++allocated_;
  }
  ++live_;
  buffer->begin = buffer->end = headroom;
  buffer->meta = PacketMeta{};
  return Packet(buffer);
}

Packet PacketPool::copy_of(ByteView bytes, u32 headroom) {
  Packet packet = allocate(static_cast<u32>(bytes.size()), headroom);
  if (!bytes.empty())
    std::memcpy(packet.append(static_cast<u32>(bytes.size())), bytes.data(), bytes.size());
  return packet;
}

void PacketPool::release(PacketBuffer* buffer) {
  --live_;
  if (buffer->slice_bytes > 0) {
    buffer->slices = {};
    buffer->slice_bytes = 0;
  }
  const auto* at = std::find(classes.begin(), classes.end(), buffer->capacity);
  if (at == classes.end()) {
    buffer->~PacketBuffer();
    ::operator delete(buffer);
    return;
  }
  PacketBuffer*& head = free_[static_cast<std::size_t>(at - classes.begin())];
  buffer->next = head;
  head = buffer;
}

}  // namespace catenet
