#include "catenet/service/url.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "catenet/base/text.hpp"
#include "catenet/service/http_fields.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {
namespace {

using http::lower_case;

constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_url_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^' &&
           c != '`' && c != '{' && c != '|' && c != '}';
  });
}

bool is_reg_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_unreserved(c) || c == '!' || c == '$' || c == '&' || c == '\'' || c == '*' ||
           c == '+';
  });
}

struct Authority {
  std::string host;
  std::optional<u16> port;
};

std::optional<Authority> parse_authority(std::string_view text) {
  Authority authority;
  std::string_view behind;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view literal = text.substr(1, end - 1);
    if (!Ipv6Address::parse(literal)) return std::nullopt;
    authority.host = lower_case(literal);
    behind = text.substr(end + 1);
    if (!behind.empty() && behind[0] != ':') return std::nullopt;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    if (!is_reg_name(text.substr(0, colon))) return std::nullopt;
    authority.host = lower_case(text.substr(0, colon));
    behind = text.substr(colon);
  }
  if (behind.size() <= 1) return authority;  // no port, or ":" alone
  const auto port = http::decimal(behind.substr(1));
  if (!port || *port == 0 || *port > 65'535) return std::nullopt;
  authority.port = static_cast<u16>(*port);
  return authority;
}

// The scheme that `text` begins with, when it has one; "name:80/x" has none.
std::string_view scheme_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text[0])) return {};
  const std::string_view scheme = text.substr(0, colon);
  const bool fine = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return fine && text.substr(colon).starts_with("://") ? scheme : std::string_view{};
}

// Path, query and fragment of what follows the authority.
void split_path(std::string_view text, Url& url) {
  const std::size_t hash = std::min(text.find('#'), text.size());
  url.fragment = hash < text.size() ? text.substr(hash + 1) : "";
  text = text.substr(0, hash);
  const std::size_t question = std::min(text.find('?'), text.size());
  url.query = text.substr(question);
  url.path = text.substr(0, question);
  if (url.path.empty()) url.path = "/";
}

// RFC 3986 section 5.2.4.
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool last = path.empty();
    if (segment == "/.") {
      if (last) out += '/';
    } else if (segment == "/..") {
      out.erase(std::min(out.rfind('/'), out.size()));
      if (last) out += '/';
    } else {
      out += segment;
    }
  }
  return out.empty() ? "/" : out;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) {
      return std::nullopt;
    }
    const int byte = hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]);
    if (byte == 0) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::string percent_encode_path(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (is_unreserved(c) || c == '/') {
      out += c;
    } else {
      append_format(out, "%{:02X}", static_cast<u8>(c));
    }
  }
  return out;
}

std::string Url::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string text = is_v6 ? "[" + host + "]" : host;
  if (port && *port != (scheme == "https" ? 443 : 80)) text += fmt::format(":{}", *port);
  return text;
}

std::string Url::to_string() const { return scheme + "://" + authority() + target(); }

std::optional<Url> parse_url(std::string_view text) {
  if (!is_url_text(text)) return std::nullopt;
  Url url;
  const std::string_view scheme = scheme_of(text);
  url.scheme = scheme.empty() ? "http" : lower_case(scheme);
  if (!scheme.empty()) text.remove_prefix(scheme.size() + 3);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  auto parsed = parse_authority(authority);
  if (!parsed) return std::nullopt;
  url.host = std::move(parsed->host);
  url.port = parsed->port;
  split_path(text.substr(end), url);
  return url;
}

std::optional<Url> resolve_url(const Url& base, std::string_view reference) {
  if (!is_url_text(reference)) return std::nullopt;
  if (!scheme_of(reference).empty()) return parse_url(reference);
  if (reference.starts_with("//")) return parse_url(base.scheme + ":" + std::string(reference));
  Url url = base;
  if (reference.empty() || reference[0] == '#') return url;
  if (reference[0] == '?') {
    split_path(base.path + std::string(reference), url);
    return url;
  }
  const std::string folder = base.path.substr(0, base.path.rfind('/') + 1);
  split_path(reference[0] == '/' ? std::string(reference) : folder + std::string(reference), url);
  url.path = remove_dot_segments(url.path);
  return url;
}

std::optional<std::string> host_of_authority(std::string_view authority) {
  auto parsed = parse_authority(authority);
  if (!parsed) return std::nullopt;
  return std::move(parsed->host);
}

}  // namespace catenet
