#include "catenet/service/http_client.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace catenet {
namespace {

using Kind = HttpClientError::Kind;

// What one address of several is given to answer in, before the next is tried.
constexpr Duration attempt_time = Duration::seconds(3);
// 1xx answers before the final one.
constexpr u32 max_interim = 16;

std::unexpected<HttpClientError> fail(Kind kind, Errno error, std::string what) {
  return std::unexpected(HttpClientError{kind, error, std::move(what)});
}
std::unexpected<HttpClientError> fail(const http::Fault& fault) {
  return fail(Kind::protocol, Errno::ok, std::string(fault.what));
}

}  // namespace

Task<HttpResult<void>> HttpClient::connect(const Url& url) {
  socket_.reset();
  peer_.reset();
  const auto addresses = co_await system_.resolve(url.host, options_.family);
  if (!addresses) co_return fail(Kind::resolve, addresses.error(), "unable to resolve " + url.host);
  const Instant end = deadline();
  Errno last = Errno::host_unreachable;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const Endpoint remote{(*addresses)[i], url.port_or_default()};
    const bool more = i + 1 < addresses->size();
    const Instant until = more ? std::min(end, system_.now() + attempt_time) : end;
    auto socket = co_await connect_stream(system_, remote, until, options_.fast_open);
    if (socket) {
      socket_ = *std::move(socket);
      peer_ = remote;
      authority_ = url.authority();
      input_.consume(input_.size());
      co_return HttpResult<void>();
    }
    last = socket.error();
    if (last == Errno::canceled) break;
  }
  co_return fail(
      Kind::connect, last,
      fmt::format("connect to {} port {}: {}", url.host, url.port_or_default(), errno_text(last)));
}

Task<HttpResult<http::ResponseHead>> HttpClient::request(Url url, http::RequestHead head) {
  head.target = url.target();
  http::Fields fields;
  fields.add("Host", url.authority());
  for (const http::Field& field : head.fields.all()) {
    if (http::equal_without_case(field.name, "Host")) {
      fields.set("Host", field.value);
    } else {
      fields.add(field.name, field.value);
    }
  }
  head.fields = std::move(fields);
  const std::string text = http::emit(head);
  const bool again = socket_ && reusable_ && body_done_ && authority_ == url.authority();
  input_.consume(std::exchange(given_, 0));
  if (again && input_.empty()) {
    auto answer = co_await exchange(text, head.method);
    // The server may have closed an idle connection just then (RFC 9112 section 9.3.1).
    if (answer || answer.error().error == Errno::canceled) co_return answer;
  }
  auto connected = co_await connect(url);
  if (!connected) co_return std::unexpected(connected.error());
  co_return co_await exchange(text, head.method);
}

Task<HttpResult<http::ResponseHead>> HttpClient::exchange(const std::string& request,
                                                          std::string method) {
  reusable_ = false;
  body_done_ = true;
  const auto sent = co_await send_all(system_, *socket_, as_bytes(request), deadline());
  if (!sent) {
    co_return fail(Kind::network, sent.error(), fmt::format("write: {}", errno_text(sent.error())));
  }
  for (u32 interim = 0; interim <= max_interim; ++interim) {
    auto head = co_await read_head();
    if (!head) co_return head;
    if (head->status < 200 && head->status != 101) continue;
    if (!begin_body(*head, method)) {
      co_return fail(Kind::protocol, Errno::ok, "the answer's length is not clear");
    }
    co_return head;
  }
  co_return fail(Kind::protocol, Errno::ok, "no final answer");
}

Task<HttpResult<void>> HttpClient::read_more() {
  const Result<u32> n = co_await fill(system_, *socket_, input_, deadline());
  if (!n) co_return fail(Kind::network, n.error(), fmt::format("read: {}", errno_text(n.error())));
  if (*n == 0) co_return fail(Kind::network, Errno::ok, "the connection was closed");
  co_return HttpResult<void>();
}

Task<HttpResult<http::ResponseHead>> HttpClient::read_head() {
  for (;;) {
    if (const auto length = http::head_length(input_.text())) {
      auto head = http::parse_response_head(input_.text().substr(0, *length), options_.limits);
      input_.consume(*length);
      if (!head) co_return fail(head.error());
      co_return *std::move(head);
    }
    if (input_.size() > options_.limits.head) {
      co_return fail(Kind::protocol, Errno::ok, "the answer's head is too long");
    }
    auto more = co_await read_more();
    if (!more) co_return std::unexpected(more.error());
  }
}

bool HttpClient::begin_body(const http::ResponseHead& head, std::string_view method) {
  const auto framing = http::response_framing(head, method);
  if (!framing) return false;
  framing_ = *framing;
  chunks_ = {};
  left_ = framing_.length;
  given_ = 0;
  reusable_ = http::keeps_alive(head.minor_version, head.fields) &&
              framing_.kind != http::BodyFraming::Kind::until_close;
  body_done_ = framing_.kind == http::BodyFraming::Kind::length && left_ == 0;
  if (body_done_) end_body();
  return true;
}

void HttpClient::end_body() {
  body_done_ = true;
  if (!reusable_) socket_->close();
}

std::optional<u64> HttpClient::announced_size() const {
  if (framing_.kind != http::BodyFraming::Kind::length) return std::nullopt;
  return framing_.length;
}

// Body bytes among those that were read; empty: more must be read, or the body has ended.
HttpResult<std::string_view> HttpClient::take_buffered() {
  input_.consume(std::exchange(given_, 0));
  if (framing_.kind == http::BodyFraming::Kind::chunked) {
    const auto step = chunks_.next(input_.text());
    if (!step) return fail(step.error());
    given_ = step->used;
    if (chunks_.done()) end_body();
    return step->data;
  }
  std::string_view data = input_.text();
  if (framing_.kind == http::BodyFraming::Kind::length) {
    data = data.substr(0, left_);
    left_ -= data.size();
    if (left_ == 0) end_body();
  }
  given_ = data.size();
  return data;
}

Task<HttpResult<std::string_view>> HttpClient::body() {
  while (!body_done_) {
    auto data = take_buffered();
    if (!data || !data->empty()) co_return data;
    if (body_done_) break;
    input_.consume(std::exchange(given_, 0));
    auto more = co_await read_more();
    if (more) continue;
    const bool closed = more.error().error == Errno::ok;
    if (closed && framing_.kind == http::BodyFraming::Kind::until_close) {
      end_body();
      break;
    }
    if (closed) more.error().what = "the connection was closed before the body's end";
    co_return std::unexpected(more.error());
  }
  co_return std::string_view();
}

}  // namespace catenet
