#include "catenet/service/fetch_options.hpp"

#include <array>
#include <fmt/core.h>

#include "catenet/service/arguments.hpp"

namespace catenet {
namespace {

constexpr std::string_view fetch_usage_text =
    "Usage: fetch [OPTION]... URL...\n"
    "  -O, -o, --output-document, --output FILE\n"
    "                       write the files to FILE; - is standard output (-)\n"
    "      --digest sha256  print each file's SHA-256 and size; its bytes only with -O\n"
    "  -q, --quiet          no messages but errors\n"
    "  -S, --server-response  print the heads of the answers\n"
    "  -I, --head           ask for the head alone\n"
    "  -H, --header LINE    add \"Name: value\" to the request\n"
    "      --range A-B      ask for these bytes\n"
    "  -4, --inet4-only     use IPv4 alone\n"
    "  -6, --inet6-only     use IPv6 alone\n"
    "  -T, --timeout S      give up a wait for the network after S seconds (60)\n"
    "  -t, --tries N        try N times, waiting 1 s more before each (1)\n"
    "      --max-redirect N  follow at most N redirections (20)\n"
    "      --tcp-fastopen   let the request go with the SYN where the server's cookie is known\n"
    "  -h, --help           print this\n";

enum FetchKey : int { header = 256, range, digest, max_redirect, tcp_fastopen };

constexpr std::array<OptionSpec, 16> fetch_option_specs = {{
    {'O', "output-document", true},
    {'o', "output", true},
    {'q', "quiet", false},
    {'S', "server-response", false},
    {'I', "head", false},
    {'4', "inet4-only", false},
    {'6', "inet6-only", false},
    {'T', "timeout", true},
    {'t', "tries", true},
    {header, "header", true},
    {range, "range", true},
    {digest, "digest", true},
    {max_redirect, "max-redirect", true},
    {tcp_fastopen, "tcp-fastopen", false},
    {'h', "help", false},
    {'H', "", true},
}};

bool add_header(FetchOptions& options, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = http::trim(line.substr(colon + 1));
  if (!http::is_token(name) || !http::is_field_value(value)) return false;
  options.fields.add(std::string(name), std::string(value));
  return true;
}

// "0-99", "100-" or "-10" (RFC 9110 section 14.1.2): what ends before it begins is none.
bool is_one_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == text.npos || text.size() == 1) return false;
  const auto bound = [](std::string_view digits) { return read_number(digits, 0, INT64_MAX); };
  const auto first = bound(text.substr(0, dash));
  const auto last = bound(text.substr(dash + 1));
  const bool has_first = dash > 0, has_last = dash + 1 < text.size();
  if (has_first != first.has_value() || has_last != last.has_value()) return false;
  return !first || !last || *first <= *last;
}

bool is_range(std::string_view text) {
  while (true) {
    const std::size_t comma = text.find(',');
    if (!is_one_range(text.substr(0, comma))) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool apply_number(std::string_view text, i64 least, i64& target) {
  const auto number = read_number(text, least, 1'000'000);
  if (number) target = *number;
  return number.has_value();
}

// False: the value makes no sense.
bool apply(FetchOptions& options, const GivenOption& given) {
  switch (given.key) {
    case 'O':
    case 'o': options.output = given.value; return !given.value.empty();
    case 'q': options.quiet = true; return true;
    case 'S': options.show_head = true; return true;
    case 'I': options.head_only = options.show_head = true; return true;
    case '4': options.family = Family::ipv4; return true;
    case '6': options.family = Family::ipv6; return true;
    case tcp_fastopen: options.fast_open = true; return true;
    case 'T': {
      const auto time = read_seconds(given.value);
      options.timeout = time.value_or(options.timeout);
      return time && *time > Duration::zero();
    }
    case 't': return apply_number(given.value, 1, options.tries);
    case max_redirect: return apply_number(given.value, 0, options.max_redirects);
    case 'H':
    case header: return add_header(options, given.value);
    case range: options.range = given.value; return is_range(given.value);
    case digest: options.digest = true; return given.value == "sha256";
    default: return false;
  }
}

// What a value of this option has to be.
std::string_view fetch_value_wanted(int key) {
  switch (key) {
    case 'T': return "a number of seconds above 0";
    case 't': return "a number from 1 to 1000000";
    case max_redirect: return "a number from 0 to 1000000";
    case 'H':
    case header: return "\"Name: value\"";
    case range: return "0-99 or the like";
    case digest: return "sha256";
    default: return "the name of a file";
  }
}

bool has_user(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != url.npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#")).find('@') != url.npos;
}

}  // namespace

std::string_view fetch_usage() { return fetch_usage_text; }

std::expected<FetchOptions, std::string> read_fetch_options(const std::vector<std::string>& words) {
  const auto arguments = read_arguments(words, fetch_option_specs);
  if (!arguments) return std::unexpected(arguments.error() + "\n" + std::string(fetch_usage_text));
  FetchOptions options;
  bool output_given = false;
  for (const GivenOption& given : arguments->options) {
    if (given.key == 'h') {
      options.help = true;
      return options;
    }
    output_given |= given.key == 'O' || given.key == 'o';
    if (apply(options, given)) continue;
    return std::unexpected(fmt::format("fetch: invalid argument for {}: '{}'; {} is right\n",
                                       given.name, given.value, fetch_value_wanted(given.key)));
  }
  options.keep_body = !options.digest || output_given;
  for (const std::string& operand : arguments->operands) {
    auto url = parse_url(operand);
    if (!url && has_user(operand)) {
      return std::unexpected(fmt::format(
          "fetch: {}: no user or password may stand in a URL (RFC 9110, 4.2.4)\n", operand));
    }
    if (!url) return std::unexpected(fmt::format("fetch: {}: not a URL\n", operand));
    if (url->scheme != "http") {
      return std::unexpected(fmt::format("fetch: {}: only http is spoken here\n", operand));
    }
    options.urls.push_back(*std::move(url));
  }
  if (options.urls.empty())
    return std::unexpected("fetch: missing URL\n" + std::string(fetch_usage_text));
  return options;
}

}  // namespace catenet
