#include "catenet/service/http_server.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "catenet/coro/task_group.hpp"
#include "catenet/service/http_chunked.hpp"
#include "catenet/service/http_date.hpp"
#include "catenet/service/http_site.hpp"
#include "catenet/service/stream_buffer.hpp"

namespace catenet {

using http::Answer;
using http::BodyFraming;
using http::Parsed;
using http::RequestHead;

namespace {

// Bytes that are read from a file, and sent, at a time.
constexpr std::size_t chunk_size = 65'536;
// How long, and for how many bytes, a closing connection still listens, so that no RST overtakes
// the answer (RFC 9112 section 9.6).
constexpr Duration linger_time = Duration::seconds(2);
constexpr u64 linger_bytes = 1 << 20;

// One client's connection, while its coroutines run.
struct Connection {
  System& system;
  const HttpServerOptions& options;
  const http::Site& site;
  std::unique_ptr<Socket> socket;
  StreamBuffer input;

  Connection(System& s, const HttpServerOptions& o, const http::Site& p, std::unique_ptr<Socket> c)
      : system(s), options(o), site(p), socket(std::move(c)) {}
  FramePool& frame_pool() { return system.frame_pool(); }
  Instant deadline() const { return system.now() + options.idle_timeout; }
};

// The next request. nothing: the client has gone, or has been silent too long.
Task<std::optional<Parsed<RequestHead>>> next_request(Connection& c) {
  const Instant deadline = c.deadline();
  for (;;) {
    c.input.consume(http::leading_empty_lines(c.input.text()));
    if (const auto length = http::head_length(c.input.text())) {
      auto request = http::parse_request_head(c.input.text().substr(0, *length), c.options.limits);
      c.input.consume(*length);
      co_return request;
    }
    if (c.input.size() > c.options.limits.head) {
      // The line alone may be what is too long.
      const bool line = c.input.text().find('\n') == std::string_view::npos;
      co_return std::unexpected(http::Fault{static_cast<u16>(line ? 414 : 431), "too long"});
    }
    const Result<u32> n = co_await fill(c.system, *c.socket, c.input, deadline);
    if (!n && n.error() == Errno::timed_out && !c.input.empty()) {
      co_return std::unexpected(http::Fault{408, "the request did not come in time"});
    }
    if (!n || *n == 0) co_return std::nullopt;
  }
}

// Reads over a request's body. False: it is too long, malformed, or the client has gone.
Task<Parsed<void>> skip_body(Connection& c, BodyFraming framing) {
  const Instant deadline = c.deadline();
  http::ChunkedDecoder decoder;
  u64 left = framing.length;
  u64 total = 0;
  if (left > c.options.max_body) co_return std::unexpected(http::Fault{413, ""});
  for (;;) {
    const std::string_view text = c.input.text();
    if (framing.kind == BodyFraming::Kind::chunked) {
      const auto step = decoder.next(text);
      if (!step) co_return std::unexpected(step.error());
      total += step->used;
      const bool moved = step->used > 0;
      c.input.consume(step->used);
      if (total > c.options.max_body) co_return std::unexpected(http::Fault{413, ""});
      if (decoder.done()) co_return Parsed<void>();
      if (moved && !c.input.empty()) continue;
    } else {
      const u64 n = std::min<u64>(left, text.size());
      c.input.consume(n);
      left -= n;
      if (left == 0) co_return Parsed<void>();
    }
    const Result<u32> n = co_await fill(c.system, *c.socket, c.input, deadline);
    if (!n || *n == 0) co_return std::unexpected(http::Fault{408, "the body did not come"});
  }
}

// send_all with a deadline that each byte taken puts off.
Task<bool> send_bytes(Connection& c, ByteView bytes) {
  while (!bytes.empty()) {
    const Result<u32> n = co_await send(*c.socket, bytes, c.deadline());
    if (!n) co_return false;
    bytes = bytes.subspan(*n);
  }
  co_return true;
}

// `pending` first, then the file's bytes; what is left of the last piece stays in `pending`, so
// that a small file goes out in one piece with its head.
Task<bool> send_file_part(Connection& c, std::string& pending, const std::string& file,
                          http::ByteRange range) {
  std::vector<u8> buffer;
  for (u64 at = range.first; at <= range.last;) {
    const std::size_t before = pending.size();
    const u64 n = std::min<u64>(range.last - at + 1, chunk_size);
    buffer.resize(before + n);
    std::copy(pending.begin(), pending.end(), buffer.begin());
    const auto got = c.site.files().read(file, at, MutableBytes(buffer).subspan(before));
    // A file that became shorter: the client learns it by the end of the connection.
    if (!got || *got == 0) co_return false;
    at += *got;
    buffer.resize(before + *got);
    pending.clear();
    if (at > range.last && buffer.size() < chunk_size) {
      pending.assign(as_text(buffer));
      co_return true;
    }
    const bool sent = co_await send_bytes(c, buffer);
    if (!sent) co_return false;
  }
  co_return true;
}

// False: the connection is of no more use.
Task<bool> send_answer(Connection& c, const Answer& answer, std::string_view method) {
  std::string pending = http::emit(answer.head);
  if (method != "HEAD" && answer.head.status != 304 && answer.head.status != 204) {
    for (const http::BodyPart& part : answer.parts) {
      pending += part.before;
      const bool sent = co_await send_file_part(c, pending, answer.file, part.bytes);
      if (!sent) co_return false;
    }
    std::string_view text = answer.text;
    while (answer.chunked && !text.empty()) {
      const std::string_view chunk = text.substr(0, chunk_size);
      pending.append(http::chunk_head(chunk.size())).append(chunk).append(http::chunk_end);
      text.remove_prefix(chunk.size());
    }
    pending += answer.chunked ? http::last_chunk : text;
  }
  const bool sent = co_await send_bytes(c, as_bytes(pending));
  co_return sent;
}

// The fields that every answer has.
void complete(Connection& c, Answer& answer, u8 minor_version) {
  http::Fields& fields = answer.head.fields;
  fields.add("Date", http::format_date(c.system.calendar_s()));
  fields.add("Server", "catenet");
  if (answer.close) {
    fields.add("Connection", "close");
  } else if (minor_version == 0) {
    fields.add("Connection", "keep-alive");
  }
}

// The answer to a request whose body, if any, has been read over.
Task<Answer> prepare(Connection& c, const RequestHead& request) {
  const auto framing = http::request_framing(request);
  if (!framing) co_return http::fault_answer(framing.error());
  Answer answer = c.site.answer(request, c.system.calendar_s());
  const bool has_body = framing->kind == BodyFraming::Kind::chunked || framing->length > 0;
  if (answer.close || !has_body) co_return answer;
  if (request.minor_version >= 1 && request.fields.has_token("Expect", "100-continue")) {
    answer.close = answer.head.status >= 400;  // nobody waits for the body then (RFC 9110 10.1.1)
    if (answer.close) co_return answer;
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool sent = co_await send_bytes(c, as_bytes(go_on));
    answer.close = !sent;
  }
  const Parsed<void> skipped = co_await skip_body(c, *framing);
  if (!skipped) co_return http::fault_answer(skipped.error());
  co_return answer;
}

Task<void> close_gently(Connection& c) {
  static_cast<void>(c.socket->shutdown(Shutdown::write));
  const Instant deadline = c.system.now() + linger_time;
  for (u64 read = 0; read < linger_bytes;) {
    c.input.consume(c.input.size());
    const Result<u32> n = co_await fill(c.system, *c.socket, c.input, deadline);
    if (!n || *n == 0) co_return;
    read += *n;
  }
}

Task<void> serve_connection(System& system, const HttpServerOptions& options,
                            const http::Site& site, std::unique_ptr<Socket> socket) {
  Connection c(system, options, site, std::move(socket));
  static_cast<void>(c.socket->set_option(SocketOption::no_delay, 1));
  for (;;) {
    const auto request = co_await next_request(c);
    if (!request) co_return;
    Answer answer;
    if (*request) {
      answer = co_await prepare(c, **request);
      answer.close |= !http::keeps_alive((*request)->minor_version, (*request)->fields);
    } else {
      answer = http::fault_answer(request->error());
    }
    complete(c, answer, *request ? (*request)->minor_version : 1);
    const std::string method = *request ? (*request)->method : "GET";
    const bool sent = co_await send_answer(c, answer, method);
    if (!sent) co_return;
    if (!answer.close) continue;
    co_await close_gently(c);
    co_return;
  }
}

// For whom there is no room; what does not fit his buffer is not sent.
void turn_away(Socket& socket) {
  http::Answer answer = http::plain_answer(503);
  answer.head.fields.add("Connection", "close");
  const std::string text = http::emit(answer.head) + answer.text;
  static_cast<void>(socket.send(as_bytes(text)));
}

// Requests that may have come with a SYN whose sender is not known yet.
constexpr int fast_open_requests = 64;

}  // namespace

Task<Result<void>> serve_http(System& system, HttpServerOptions options) {
  auto listener = listen_stream(system, options.port);
  if (!listener) co_return Unexpected(listener.error());
  // Requests may come with the SYN where the host takes that: one that is answered twice does no
  // harm here (RFC 7413 section 2.1).
  static_cast<void>((*listener)->set_option(SocketOption::fast_open, fast_open_requests));
  co_return co_await serve_http_on(system, *std::move(listener), std::move(options));
}

Task<Result<void>> serve_http_on(System& system, std::unique_ptr<Socket> listener,
                                 HttpServerOptions options) {
  const http::Site site(options, options.files ? *options.files : system.files());
  TaskGroup connections(system.scheduler());
  for (;;) {
    auto client = co_await accept(*listener);
    if (!client && client.error() == Errno::canceled) {
      connections.cancel();
      co_return co_await connections.join();
    }
    if (!client && is_shortage(client.error())) {
      static_cast<void>(co_await system.scheduler().sleep_for(shortage_pause));
      continue;
    }
    if (!client) co_return Unexpected(client.error());
    if (connections.size() >= options.max_connections) {
      turn_away(**client);
      continue;
    }
    connections.spawn(serve_connection(system, options, site, *std::move(client)));
  }
}

}  // namespace catenet
