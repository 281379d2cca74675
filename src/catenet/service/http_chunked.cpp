#include "catenet/service/http_chunked.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace catenet::http {
namespace {

std::unexpected<Fault> refuse_chunk(std::string_view what) {
  return std::unexpected(Fault{400, what});
}

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Parsed<ChunkedDecoder::Step> ChunkedDecoder::next(std::string_view input) {
  Step step;
  while (step.used < input.size() && state_ != State::done) {
    if (state_ == State::data) {
      const std::size_t n = std::min<u64>(left_, input.size() - step.used);
      step.data = input.substr(step.used, n);
      step.used += n;
      left_ -= n;
      if (left_ == 0) state_ = State::data_end;
      return step;
    }
    if (auto taken = take(input[step.used]); !taken) return std::unexpected(taken.error());
    ++step.used;
  }
  return step;
}

Parsed<void> ChunkedDecoder::take(char c) {
  if (state_ == State::trailers && ++trailer_bytes_ > max_trailers) {
    return std::unexpected(Fault{431, "too many trailers"});
  }
  // Here a line ends in CRLF and nothing else: what ends a chunk must not be a matter of taste.
  const bool after_cr = line_.ends_with('\r');
  if (c == '\n') {
    if (!after_cr) return refuse_chunk("a line of the chunked coding ends without CR");
    line_.pop_back();
    return end_line();
  }
  if (after_cr) return refuse_chunk("a CR inside a line of the chunked coding");
  if (line_.size() >= (state_ == State::trailers ? max_trailers : max_line)) {
    return refuse_chunk("a line of the chunked coding is too long");
  }
  line_ += c;
  return {};
}

Parsed<void> ChunkedDecoder::end_line() {
  const std::string line = std::exchange(line_, {});
  switch (state_) {
    case State::size_line: return begin_chunk(line);
    case State::data_end:
      if (!line.empty()) return refuse_chunk("a chunk is longer than its size");
      state_ = State::size_line;
      return {};
    case State::trailers:
      if (line.empty()) {
        state_ = State::done;
      } else if (!is_token(line.substr(0, line.find(':'))) || !is_field_value(line) ||
                 line.find(':') == std::string::npos) {
        return refuse_chunk("a trailer that is no field line");
      }
      return {};
    default: return {};
  }
}

Parsed<void> ChunkedDecoder::begin_chunk(std::string_view line) {
  u64 size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
    if (size >> 60 != 0) return std::unexpected(Fault{413, "a chunk beyond 64 bits"});
    size = size << 4 | static_cast<u64>(hex_digit(line[digits]));
  }
  if (digits == 0) return refuse_chunk("a chunk without a size");
  const std::string_view extension = trim(line.substr(digits));
  if (!extension.empty() && !extension.starts_with(';'))
    return refuse_chunk("a bad chunk extension");
  if (!is_field_value(extension)) return refuse_chunk("a control character in a chunk extension");
  left_ = size;
  state_ = size == 0 ? State::trailers : State::data;
  return {};
}

std::string chunk_head(u64 size) { return fmt::format("{:x}\r\n", size); }

}  // namespace catenet::http
