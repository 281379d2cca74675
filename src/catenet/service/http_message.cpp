#include "catenet/service/http_message.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "catenet/base/text.hpp"

namespace catenet::http {
namespace {

// The next line without its end; `rest` goes behind it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// "HTTP/1.x": 505 for another major version.
Parsed<u8> parse_version(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' ||
      !is_digit(text[7])) {
    return refuse(400, "no HTTP version");
  }
  if (text[5] != '1') return refuse(505, "a version other than HTTP/1");
  return static_cast<u8>(text[7] - '0');
}

Parsed<Field> parse_field(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t')) return refuse(400, "a folded field line");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "a field line without a colon");
  const std::string_view name = line.substr(0, colon);
  // Also white space before the colon (RFC 9112 section 5.1).
  if (!is_token(name)) return refuse(400, "a field name that is no token");
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return refuse(400, "a control character in a field");
  return Field{std::string(name), std::string(value)};
}

Parsed<Fields> parse_fields(std::string_view rest, const Limits& limits) {
  Fields fields;
  for (std::size_t n = 0;; ++n) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    if (n == limits.fields) return refuse(431, "too many fields");
    auto field = parse_field(line);
    if (!field) return std::unexpected(field.error());
    fields.add(std::move(field->name), std::move(field->value));
  }
  return fields;
}

// The one Content-Length; nothing: there is none.
Parsed<std::optional<u64>> content_length(const Fields& fields) {
  const std::string* text = fields.find("Content-Length");
  if (!text) return std::nullopt;
  if (fields.count("Content-Length") > 1) return refuse(400, "several Content-Lengths");
  const auto length = decimal(*text);
  if (!length && text->find_first_not_of("0123456789") == std::string::npos && !text->empty()) {
    return refuse(413, "a Content-Length beyond 64 bits");
  }
  if (!length) return refuse(400, "a Content-Length that is no number");
  return *length;
}

// RFC 9112 section 6.3, of a message that has Transfer-Encoding.
Parsed<BodyFraming> transfer_coding(const Fields& fields, u8 minor_version) {
  // Two ways to see where it ends is how requests are smuggled (RFC 9112 section 11.2).
  if (fields.count("Content-Length") > 0) {
    return refuse(400, "Content-Length beside Transfer-Encoding");
  }
  if (minor_version == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  const std::string list = *fields.joined("Transfer-Encoding");
  const auto codings = list_members(list);
  const auto is_chunked = [](std::string_view c) { return equal_without_case(c, "chunked"); };
  const auto n = std::count_if(codings.begin(), codings.end(), is_chunked);
  if (n != 1 || !is_chunked(codings.back())) return refuse(400, "chunked is not the last coding");
  if (codings.size() > 1) return refuse(501, "a transfer coding other than chunked");
  return BodyFraming{BodyFraming::Kind::chunked, 0};
}

void emit_fields(std::string& out, const Fields& fields) {
  for (const Field& field : fields.all()) {
    append_format(out, "{}: {}\r\n", field.name, field.value);
  }
  out += "\r\n";
}

}  // namespace

std::optional<std::size_t> head_length(std::string_view buffered) {
  for (std::size_t at = buffered.find('\n'); at != std::string_view::npos;
       at = buffered.find('\n', at + 1)) {
    const std::string_view behind = buffered.substr(at + 1);
    if (behind.starts_with("\n")) return at + 2;
    if (behind.starts_with("\r\n")) return at + 3;
  }
  return std::nullopt;
}

std::size_t leading_empty_lines(std::string_view buffered) {
  std::size_t at = 0;
  for (;;) {
    if (buffered.substr(at).starts_with("\r\n")) {
      at += 2;
    } else if (buffered.substr(at).starts_with("\n")) {
      at += 1;
    } else {
      return at;
    }
  }
}

Parsed<RequestHead> parse_request_head(std::string_view head, const Limits& limits) {
  if (head.size() > limits.head) return refuse(431, "the head is too long");
  const std::string_view line = take_line(head);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "no request line");
  RequestHead request;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  if (!is_token(request.method)) return refuse(400, "a method that is no token");
  const auto version = parse_version(line.substr(last + 1));
  if (!version) return std::unexpected(version.error());
  request.minor_version = *version;
  if (request.target.size() > limits.target) return refuse(414, "the target is too long");
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (request.target.empty() ||
      !std::all_of(request.target.begin(), request.target.end(), is_visible)) {
    return refuse(400, "a target with blanks or control characters");
  }
  auto fields = parse_fields(head, limits);
  if (!fields) return std::unexpected(fields.error());
  request.fields = *std::move(fields);
  return request;
}

Parsed<ResponseHead> parse_response_head(std::string_view head, const Limits& limits) {
  if (head.size() > limits.head) return refuse(502, "the head is too long");
  const std::string_view line = take_line(head);
  const auto version = parse_version(line.substr(0, 8));
  if (!version) return std::unexpected(version.error());
  // The phrase may be missing with the blank before it, as many servers send it.
  const std::string_view code = line.substr(std::min<std::size_t>(8, line.size()));
  const auto status =
      code.size() >= 4 && code[0] == ' ' ? decimal(code.substr(1, 3)) : std::nullopt;
  if (!status || *status < 100 || *status > 599 || (code.size() > 4 && code[4] != ' ')) {
    return refuse(502, "no status");
  }
  ResponseHead response;
  response.minor_version = *version;
  response.status = static_cast<u16>(*status);
  response.reason = code.substr(std::min<std::size_t>(5, code.size()));
  if (!is_field_value(response.reason)) return refuse(502, "a control character in the phrase");
  auto fields = parse_fields(head, limits);
  if (!fields) return std::unexpected(fields.error());
  response.fields = *std::move(fields);
  return response;
}

std::string emit(const RequestHead& head) {
  std::string out =
      fmt::format("{} {} HTTP/1.{}\r\n", head.method, head.target, head.minor_version);
  emit_fields(out, head.fields);
  return out;
}

std::string emit(const ResponseHead& head) {
  const std::string_view reason = head.reason.empty() ? reason_phrase(head.status) : head.reason;
  std::string out = fmt::format("HTTP/1.{} {} {}\r\n", head.minor_version, head.status, reason);
  emit_fields(out, head.fields);
  return out;
}

std::string_view reason_phrase(u16 status) {
  struct Phrase {
    u16 status;
    std::string_view text;
  };
  static constexpr Phrase phrases[] = {
      {100, "Continue"},
      {200, "OK"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
  };
  for (const Phrase& phrase : phrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "";
}

Parsed<BodyFraming> request_framing(const RequestHead& head) {
  if (head.fields.count("Transfer-Encoding") > 0) {
    return transfer_coding(head.fields, head.minor_version);
  }
  const auto length = content_length(head.fields);
  if (!length) return std::unexpected(length.error());
  return BodyFraming{BodyFraming::Kind::length, length->value_or(0)};
}

Parsed<BodyFraming> response_framing(const ResponseHead& head, std::string_view method) {
  const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304;
  if (bodiless || method == "HEAD") return BodyFraming{};
  if (head.fields.count("Transfer-Encoding") > 0) {
    return transfer_coding(head.fields, head.minor_version);
  }
  const auto length = content_length(head.fields);
  if (!length) return std::unexpected(length.error());
  if (*length) return BodyFraming{BodyFraming::Kind::length, **length};
  return BodyFraming{BodyFraming::Kind::until_close, 0};
}

bool keeps_alive(u8 minor_version, const Fields& fields) {
  if (fields.has_token("Connection", "close")) return false;
  return minor_version >= 1 || fields.has_token("Connection", "keep-alive");
}

}  // namespace catenet::http
