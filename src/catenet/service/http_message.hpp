// Heads of HTTP/1.1 messages and how their bodies end: read RFC 9112 sections 2 to 6. Parsing is
// strict where leniency lets two recipients see two different messages (sections 5.1, 5.2, 6.3
// and 11.2).
#pragma once

#include <expected>

#include "catenet/service/http_fields.hpp"

namespace catenet::http {

// Why a message was refused, and the status a server answers with.
struct Fault {
  u16 status = 400;
  std::string_view what;
};
template <typename T>
using Parsed = std::expected<T, Fault>;
inline std::unexpected<Fault> refuse(u16 status, std::string_view what) {
  return std::unexpected(Fault{status, what});
}

struct Limits {
  std::size_t head = 32'768;   // bytes, all lines: 431 beyond
  std::size_t target = 8'000;  // bytes, what RFC 9112 section 3 asks for: 414 beyond
  std::size_t fields = 128;    // lines: 431 beyond
};

struct RequestHead {
  std::string method;
  std::string target;
  u8 minor_version = 1;  // of HTTP/1
  Fields fields;
};

struct ResponseHead {
  u16 status = 200;
  std::string reason;
  u8 minor_version = 1;
  Fields fields;
};

// Bytes of `buffered` up to and with the empty line that ends a head; nothing: it is not there yet.
// A single LF is taken for a line's end (RFC 9112 section 2.2).
std::optional<std::size_t> head_length(std::string_view buffered);
// Empty lines before a request line, which are skipped.
std::size_t leading_empty_lines(std::string_view buffered);

// `head` is whole, with its empty line.
Parsed<RequestHead> parse_request_head(std::string_view head, const Limits& limits = {});
Parsed<ResponseHead> parse_response_head(std::string_view head, const Limits& limits = {});
// With the empty line.
std::string emit(const RequestHead& head);
std::string emit(const ResponseHead& head);
// RFC 9110 section 15's phrase; "" for a status it does not know.
std::string_view reason_phrase(u16 status);

// How a message's body ends (RFC 9112 section 6.3).
struct BodyFraming {
  enum class Kind : u8 { length, chunked, until_close };
  Kind kind = Kind::length;
  u64 length = 0;
};
Parsed<BodyFraming> request_framing(const RequestHead& head);
Parsed<BodyFraming> response_framing(const ResponseHead& head, std::string_view method);

// Whether the connection lasts beyond this message (RFC 9112 section 9.3).
bool keeps_alive(u8 minor_version, const Fields& fields);

}  // namespace catenet::http
