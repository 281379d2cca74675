// The command line of fetch.
#pragma once

#include <expected>
#include <string_view>

#include "catenet/service/http_client.hpp"

namespace catenet {

struct FetchOptions {
  std::vector<Url> urls;
  std::string output = "-";  // "-": standard output
  bool keep_body = true;     // false: --digest alone
  bool digest = false;
  bool quiet = false;
  bool show_head = false;  // -S
  bool head_only = false;  // -I
  std::string range;       // "0-99", as behind "bytes="; empty: all
  http::Fields fields;
  std::optional<Family> family;
  Duration timeout = Duration::seconds(60);
  i64 tries = 1;
  i64 max_redirects = 20;
  bool fast_open = false;  // TCP's, RFC 7413
  bool help = false;       // nothing else was looked at
};

// What --help prints.
std::string_view fetch_usage();

// The error ends in a newline and is what goes to standard error.
std::expected<FetchOptions, std::string> read_fetch_options(const std::vector<std::string>& words);

}  // namespace catenet
