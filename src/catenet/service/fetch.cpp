// fetch: what wget and curl are used for. Read the exit codes in wget(1).
#include <algorithm>
#include <fmt/core.h>

#include "catenet/service/fetch_options.hpp"
#include "catenet/service/sha256.hpp"
#include "catenet/service/time_text.hpp"
#include "catenet/service/tools.hpp"

namespace catenet {
namespace {

enum Exit : int {
  good = 0,
  generic = 1,
  usage_mistake = 2,
  file_error = 3,
  network_failure = 4,
  protocol_error = 7,
  server_error = 8
};

// One URL on its way: what the tries and redirections share.
struct Transfer {
  Invocation& invocation;
  const FetchOptions& options;
  HttpClient& client;
  Url url;
  Instant started;
  u64 received = 0;         // body bytes kept, over all tries
  std::string etag;         // of what was received; empty: the bytes cannot be gone on with
  http::ResponseHead head;  // of the last answer
  Sha256 hash;

  FramePool& frame_pool() { return invocation.frame_pool(); }
};

void complain(Transfer& t, std::string_view what) {
  t.invocation.error.write(fmt::format("fetch: {}: {}\n", t.url.to_string(), what));
}

int exit_of(const HttpClientError& error) {
  return error.kind == HttpClientError::Kind::protocol ? protocol_error : network_failure;
}

// False: the file cannot be written.
bool keep(Transfer& t, std::string_view bytes) {
  if (t.options.digest) t.hash.add(as_bytes(bytes));
  t.received += bytes.size();
  if (!t.options.keep_body) return true;
  if (t.options.output == "-") {
    t.invocation.out.write(bytes);
    return true;
  }
  return t.invocation.system.files().append(t.options.output, as_bytes(bytes)).has_value();
}

http::RequestHead make_request(const Transfer& t) {
  http::RequestHead request;
  request.method = t.options.head_only ? "HEAD" : "GET";
  request.fields.add("User-Agent", "catenet");
  request.fields.add("Accept", "*/*");
  if (t.received > 0 && t.options.range.empty() && !t.etag.empty()) {
    // The rest of what a try before began (RFC 9110 section 13.1.5).
    request.fields.add("Range", fmt::format("bytes={}-", t.received));
    request.fields.add("If-Range", t.etag);
  } else if (!t.options.range.empty()) {
    request.fields.add("Range", "bytes=" + t.options.range);
  }
  for (const http::Field& field : t.options.fields.all()) {
    if (http::equal_without_case(field.name, "User-Agent")) {
      request.fields.set(field.name, field.value);
    } else {
      request.fields.add(field.name, field.value);
    }
  }
  return request;
}

void show_head(Transfer& t) {
  if (!t.options.show_head) return;
  std::string text =
      fmt::format("  HTTP/1.{} {} {}\n", t.head.minor_version, t.head.status, t.head.reason);
  for (const http::Field& field : t.head.fields.all()) {
    text += fmt::format("  {}: {}\n", field.name, field.value);
  }
  t.invocation.error.write(text);
}

// Takes the body in. `again`: what is missing may be had by another try.
Task<int> receive_body(Transfer& t, bool& again) {
  // Bytes that an earlier try already gave, when the server would not begin behind them.
  u64 skip = t.head.status == 206 && t.options.range.empty() ? 0 : t.received;
  for (;;) {
    auto data = co_await t.client.body();
    if (!data) {
      complain(t, data.error().what);
      again = exit_of(data.error()) == network_failure && data.error().error != Errno::canceled;
      co_return exit_of(data.error());
    }
    if (data->empty()) co_return good;
    const u64 known = std::min<u64>(skip, data->size());
    skip -= known;
    if (keep(t, data->substr(known))) continue;
    complain(t, fmt::format("{}: cannot be written", t.options.output));
    co_return file_error;
  }
}

// What is known of the answer before its body. False: the bytes before do not fit this answer.
bool note_answer(Transfer& t) {
  const std::string* etag = t.head.fields.find("ETag");
  const std::string now = etag && etag->starts_with('"') ? *etag : "";
  if (t.received > 0 && (t.etag.empty() || now != t.etag)) return false;
  t.etag = now;
  return true;
}

// Whether a partial answer begins where the bytes end that are here (RFC 9110 section 15.3.7).
bool goes_on(const Transfer& t) {
  if (t.head.status != 206 || !t.options.range.empty()) return true;
  const std::string* range = t.head.fields.find("Content-Range");
  return range && http::lower_case(*range).starts_with(fmt::format("bytes {}-", t.received));
}

void report(Transfer& t) {
  if (t.options.digest) {
    t.invocation.out.write(
        fmt::format("{}  {} {}\n", t.hash.finish_hex(), t.received, t.url.to_string()));
  }
  if (t.options.quiet) return;
  const Duration time = t.invocation.system.now() - t.started;
  t.invocation.error.write(fmt::format("{}: {} {}, {} bytes in {} ms\n", t.url.to_string(),
                                       t.head.status, t.head.reason, t.received,
                                       milliseconds_3(time)));
}

bool is_redirect(u16 status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Goes where Location says. False: it cannot.
bool follow(Transfer& t, i64& redirects) {
  const std::string* location = t.head.fields.find("Location");
  const auto next = location ? resolve_url(t.url, *location) : std::nullopt;
  if (!next || next->scheme != "http") {
    complain(t, location ? "a redirection to what is no http URL: " + *location
                         : "a redirection that does not say where to");
    return false;
  }
  if (++redirects > t.options.max_redirects) {
    complain(t, fmt::format("{} redirections exceeded", t.options.max_redirects));
    return false;
  }
  t.url = *next;
  return true;
}

// One try, redirections and all.
Task<int> try_once(Transfer& t, bool& again) {
  i64 redirects = 0;
  for (;;) {
    http::RequestHead request = make_request(t);
    auto head = co_await t.client.request(t.url, std::move(request));
    if (!head) {
      complain(t, head.error().what);
      again = head.error().kind == HttpClientError::Kind::network ||
              head.error().error == Errno::timed_out;
      co_return exit_of(head.error());
    }
    t.head = *std::move(head);
    show_head(t);
    if (is_redirect(t.head.status)) {
      if (!follow(t, redirects)) co_return server_error;
      continue;
    }
    if (t.head.status >= 400) {
      complain(t, fmt::format("{} {}", t.head.status, t.head.reason));
      co_return server_error;
    }
    if (!note_answer(t)) {
      complain(t, "the file has changed since the last try");
      co_return network_failure;
    }
    if (!goes_on(t)) {
      complain(t, "the answer is not the part that was asked for");
      co_return protocol_error;
    }
    co_return co_await receive_body(t, again);
  }
}

Task<int> fetch_url(Invocation& invocation, const FetchOptions& options, HttpClient& client,
                    const Url& url) {
  Transfer t{invocation, options, client, url, invocation.system.now(), 0, {}, {}, {}};
  int exit = generic;
  for (i64 attempt = 1; attempt <= options.tries; ++attempt) {
    bool again = false;
    exit = co_await try_once(t, again);
    if (!again || attempt == options.tries) break;
    const auto slept = co_await invocation.system.scheduler().sleep_for(Duration::seconds(attempt));
    if (!slept) break;
  }
  if (exit == good) report(t);
  co_return exit;
}

}  // namespace

Task<int> fetch(Invocation& invocation) {
  const auto options = read_fetch_options(invocation.arguments);
  if (!options) {
    invocation.error.write(options.error());
    co_return usage_mistake;
  }
  if (options->help) {
    invocation.out.write(fetch_usage());
    co_return good;
  }
  if (options->keep_body && options->output != "-") {
    if (!invocation.system.files().write(options->output, {})) {
      invocation.error.write(fmt::format("fetch: {}: cannot be written\n", options->output));
      co_return file_error;
    }
  }
  HttpClient client(invocation.system, {options->family, options->timeout, {}, options->fast_open});
  int exit = good;
  for (const Url& url : options->urls) {
    const int one = co_await fetch_url(invocation, *options, client, url);
    // As wget: the lower code tells, but any tells more than 0 and 1.
    if (exit <= generic) {
      exit = std::max(exit, one);
    } else if (one > generic) {
      exit = std::min(exit, one);
    }
  }
  co_return exit;
}

}  // namespace catenet
