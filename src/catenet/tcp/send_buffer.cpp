#include "catenet/tcp/send_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace catenet::tcp {

void SendBuffer::write(ByteView bytes) {
  while (!bytes.empty()) {
    if (chunks_.empty() || chunks_.back().used == chunks_.back().bytes.capacity()) {
      // A writer of small pieces gets small blocks, so that ten thousand quiet connections stay
      // small.
      const bool large = bytes.size() + size() > ChunkPool::small_bytes;
      chunks_.push_back({pool_.take(large), last_, 0});
    }
    Chunk& tail = chunks_.back();
    const u32 n =
        static_cast<u32>(std::min<std::size_t>(bytes.size(), tail.bytes.capacity() - tail.used));
    std::memcpy(tail.bytes.data() + tail.used, bytes.data(), n);
    tail.used += n;
    last_ += n;
    bytes = bytes.subspan(n);
  }
}

void SendBuffer::release(Position position) {
  CATENET_ASSERT(position <= last_);
  first_ = std::max(first_, position);
  while (!chunks_.empty() && chunks_.front().first + chunks_.front().used <= first_) {
    // The block that is still being filled stays while bytes may yet go behind those in use.
    pool_.retire(chunks_.pop_front().bytes);
  }
}

const SendBuffer::Chunk& SendBuffer::chunk_at(Position position, std::size_t& index) const {
  // Blocks are few and mostly full, so the guess from the end or the front is right or close.
  std::size_t low = 0;
  std::size_t high = chunks_.size() - 1;
  if (position >= chunks_[high].first) low = high;
  while (low < high) {
    const std::size_t middle = (low + high + 1) / 2;
    if (chunks_[middle].first <= position) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  index = low;
  return chunks_[low];
}

u32 SendBuffer::fit(Position from, u32 length) const {
  CATENET_ASSERT(from >= first_ && from + length <= last_);
  std::size_t index;
  const Chunk& chunk = chunk_at(from, index);
  Position end = chunk.first + chunk.used;
  if (index + 1 < chunks_.size()) end += chunks_[index + 1].used;
  return static_cast<u32>(std::min<Position>(length, end - from));
}

void SendBuffer::attach(Packet& packet, Position from, u32 length, bool copied) const {
  while (length > 0) {
    std::size_t index;
    const Chunk& chunk = chunk_at(from, index);
    const u32 offset = static_cast<u32>(from - chunk.first);
    const u32 n = std::min(length, chunk.used - offset);
    const u8* data = chunk.bytes.data() + offset;
    if (copied) {
      std::memcpy(packet.append(n), data, n);
    } else {
      packet.append_slice({chunk.bytes, data, n});
    }
    from += n;
    length -= n;
  }
}

}  // namespace catenet::tcp
