// StreamBuffer: bytes that were read from a stream and are not used yet.
#pragma once

#include <vector>

#include "catenet/socket/async.hpp"

namespace catenet {

class StreamBuffer {
 public:
  std::string_view text() const { return as_text(ByteView(bytes_).subspan(begin_, end_ - begin_)); }
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  void consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  // Room for bytes behind those that are here; filled() says how many came.
  MutableBytes room() {
    if (bytes_.size() - end_ < step) make_room();
    return MutableBytes(bytes_).subspan(end_);
  }
  void filled(std::size_t n) { end_ += n; }

 private:
  static constexpr std::size_t step = 16'384;
  void make_room() {
    std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
              bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
    end_ -= begin_;
    begin_ = 0;
    if (bytes_.size() - end_ < step) bytes_.resize(end_ + step);
  }

  std::vector<u8> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// Reads what has come, once; 0 at the end of the stream.
inline Task<Result<u32>> fill(System& system, Socket& socket, StreamBuffer& buffer,
                              Instant deadline) {
  static_cast<void>(system);
  const Result<u32> n = co_await receive(socket, buffer.room(), deadline);
  if (n) buffer.filled(*n);
  co_return n;
}

}  // namespace catenet
