// HTTP as a peer may send it: whatever a parser takes must print to what parses to the same, a body
// must decode alike however it is cut, and an answer must hold together.
#include <cstdlib>

#include "catenet/service/http_chunked.hpp"
#include "catenet/service/http_date.hpp"
#include "catenet/service/http_site.hpp"
#include "catenet/service/url.hpp"
#include "catenet/socket/memory_files.hpp"

#include "fuzz.hpp"

namespace catenet::http_message_fuzz {
namespace {

using fuzz::check;

// The body, or "!" where it is refused.
std::string decode(std::string_view coded, std::size_t step) {
  http::ChunkedDecoder decoder;
  std::string body;
  while (!coded.empty() && !decoder.done()) {
    const auto result = decoder.next(coded.substr(0, step));
    if (!result) return "!";
    check(result->used > 0 && result->used <= step);
    check(result->data.size() <= result->used);
    body += result->data;
    coded.remove_prefix(result->used);
  }
  return body;
}

void check_request(std::string_view text) {
  const auto length = http::head_length(text);
  if (!length) return;
  check(*length <= text.size());
  const auto head = http::parse_request_head(text.substr(0, *length));
  if (!head) return check(head.error().status >= 400 && head.error().status < 600);
  const std::string printed = http::emit(*head);
  const auto again = http::parse_request_head(printed);
  check(again && http::emit(*again) == printed && http::head_length(printed) == printed.size());
  static_cast<void>(http::request_framing(*head));
}

void check_response(std::string_view text) {
  const auto length = http::head_length(text);
  if (!length) return;
  const auto head = http::parse_response_head(text.substr(0, *length));
  if (!head) return;
  check(head->status >= 100 && head->status < 600);
  static_cast<void>(http::response_framing(*head, "GET"));
}

// No answer names bytes that the file has not, or promises other than it gives.
void check_answer(std::string_view text) {
  const auto length = http::head_length(text);
  if (!length) return;
  const auto head = http::parse_request_head(text.substr(0, *length));
  if (!head) return;
  MemoryFiles files(0);
  check(files.put("/site/a.txt", "0123456789").has_value());
  check(files.put("/secret", "never").has_value());
  HttpServerOptions options;
  options.root = "/site";
  const http::Site site(options, files);
  const http::Answer answer = site.answer(*head, 0);
  u64 size = answer.text.size();
  for (const http::BodyPart& part : answer.parts) {
    check(answer.file == "/site/a.txt");
    check(part.bytes.first <= part.bytes.last && part.bytes.last < 10);
    size += part.before.size() + part.bytes.size();
  }
  const std::string* said = answer.head.fields.find("Content-Length");
  if (said) check(http::decimal(*said) == size);
  check(http::parse_response_head(http::emit(answer.head)).has_value());
}

}  // namespace

int run(const u8* data, std::size_t size) {
  if (size > 70'000) return 0;
  const std::string_view text = as_text(ByteView(data, size));
  check_request(text);
  check_response(text);
  check_answer(text);
  const std::string whole = decode(text, text.size() + 1);
  check(decode(text, 1) == whole && decode(text, 7) == whole);
  if (const auto date = http::parse_date(text, 0)) {
    check(http::parse_date(http::format_date(*date), 0) == *date);
  }
  if (const auto url = parse_url(text)) check(parse_url(url->to_string()).has_value());
  return 0;
}

}  // namespace catenet::http_message_fuzz

FUZZ_TARGET(http_message_fuzz)
