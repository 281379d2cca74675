// URLs of http: read RFC 3986 and RFC 9110 section 4.2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catenet/base/types.hpp"

namespace catenet {

// "%41" as "A". nothing: a % without two hex digits, or a NUL.
std::optional<std::string> percent_decode(std::string_view text);
// All but unreserved characters and "/" as %XX, for a path in a link.
std::string percent_encode_path(std::string_view text);

struct Url {
  std::string scheme;  // lower case
  std::string host;    // lower case, an IPv6 literal without its brackets
  std::optional<u16> port;
  std::string path = "/";  // as written, still encoded; never empty
  std::string query;       // with its "?", or empty
  std::string fragment;    // without its "#"

  // What is asked of the server: path and query.
  std::string target() const { return path + query; }
  // Host and port as the Host field has them: brackets for IPv6, no port that is the scheme's own.
  std::string authority() const;
  u16 port_or_default() const { return port.value_or(scheme == "https" ? 443 : 80); }
  std::string to_string() const;
};

// An absolute URL; without a scheme it is http's. nothing: no host, user information (RFC 9110
// section 4.2.4), a bad port, or characters that no URL has.
std::optional<Url> parse_url(std::string_view text);
// `reference` as seen from `base` (RFC 3986 section 5.2).
std::optional<Url> resolve_url(const Url& base, std::string_view reference);

// The host of a Host field or an authority, lower case without port and brackets; nothing: it is
// malformed.
std::optional<std::string> host_of_authority(std::string_view authority);

}  // namespace catenet
