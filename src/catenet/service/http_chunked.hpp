// The chunked transfer coding: read RFC 9112 section 7.1. Extensions and trailers are read over.
#pragma once

#include <string>

#include "catenet/service/http_message.hpp"

namespace catenet::http {

// Takes a chunked body apart as it comes, however it is cut.
class ChunkedDecoder {
 public:
  struct Step {
    std::size_t used = 0;   // bytes of the input that are done with
    std::string_view data;  // body bytes, a part of the input; may be empty
  };
  // Reads on until there are body bytes, the body has ended, or the input has.
  Parsed<Step> next(std::string_view input);
  bool done() const { return state_ == State::done; }

 private:
  // Bytes a size line with its extensions, and all trailers together, may have.
  static constexpr std::size_t max_line = 1'024;
  static constexpr std::size_t max_trailers = 8'192;
  enum class State : u8 { size_line, data, data_end, trailers, done };

  // One byte outside the data.
  Parsed<void> take(char c);
  Parsed<void> end_line();
  Parsed<void> begin_chunk(std::string_view line);

  State state_ = State::size_line;
  std::string line_;
  u64 left_ = 0;
  std::size_t trailer_bytes_ = 0;
};

// What goes before a chunk of `size` bytes; "\r\n" goes behind it.
std::string chunk_head(u64 size);
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace catenet::http
