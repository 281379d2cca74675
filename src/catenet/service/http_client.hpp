// HttpClient: one client's side of HTTP/1.1, a request at a time: read RFC 9110 and RFC 9112.
#pragma once

#include "catenet/service/http_chunked.hpp"
#include "catenet/service/stream_buffer.hpp"
#include "catenet/service/url.hpp"

namespace catenet {

struct HttpClientError {
  enum class Kind : u8 { resolve, connect, network, protocol };
  Kind kind = Kind::network;
  Errno error = Errno::ok;  // of all but protocol
  std::string what;         // for people
};
template <typename T>
using HttpResult = std::expected<T, HttpClientError>;

struct HttpClientOptions {
  std::optional<Family> family{};
  // For connecting, and for each wait for bytes to go or come.
  Duration timeout = Duration::seconds(60);
  http::Limits limits{};
  bool fast_open = false;  // the request goes with the SYN where it can
};

class HttpClient {
 public:
  HttpClient(System& system, HttpClientOptions options) : system_(system), options_(options) {}
  FramePool& frame_pool() { return system_.frame_pool(); }

  // Asks `url`'s server and gives the head of its final answer. Host is added where `head` has
  // none, its target comes from `url`. The connection before is used again where both sides allow
  // and its answer was read to the end.
  Task<HttpResult<http::ResponseHead>> request(Url url, http::RequestHead head);
  // The next bytes of that answer's body; empty at its end. Good until the next call.
  Task<HttpResult<std::string_view>> body();
  // Body bytes the answer's head announced; nothing: it did not.
  std::optional<u64> announced_size() const;
  // Whom it is connected with.
  const std::optional<Endpoint>& peer() const { return peer_; }

 private:
  Task<HttpResult<void>> connect(const Url& url);
  Task<HttpResult<http::ResponseHead>> exchange(const std::string& request, std::string method);
  Task<HttpResult<http::ResponseHead>> read_head();
  Task<HttpResult<void>> read_more();
  bool begin_body(const http::ResponseHead& head, std::string_view method);
  HttpResult<std::string_view> take_buffered();
  void end_body();
  Instant deadline() const { return system_.now() + options_.timeout; }

  System& system_;
  HttpClientOptions options_;
  std::unique_ptr<Socket> socket_;
  std::string authority_;  // socket_ leads to it
  std::optional<Endpoint> peer_;
  StreamBuffer input_;
  std::size_t given_ = 0;  // bytes at input_'s front that body() has given
  http::BodyFraming framing_;
  http::ChunkedDecoder chunks_;
  u64 left_ = 0;  // of a body with a length
  bool body_done_ = true;
  bool reusable_ = false;
};

}  // namespace catenet
