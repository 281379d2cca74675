#include "catenet/service/iperf3_options.hpp"

#include <array>
#include <fmt/core.h>

#include "catenet/service/arguments.hpp"

namespace catenet {
namespace {

constexpr std::string_view iperf3_usage_text =
    "Usage: iperf3 -c HOST [OPTION]...\n"
    "  -c, --client HOST    measure with the server on HOST\n"
    "  -p, --port PORT      its port (5201)\n"
    "  -t, --time S         send for S seconds (10)\n"
    "  -n, --bytes N        send N bytes instead; K, M, G behind it count by 1024\n"
    "  -k, --blockcount N   send N blocks or datagrams instead\n"
    "  -R, --reverse        the server sends\n"
    "      --bidir          both send\n"
    "  -P, --parallel N     N streams each way (1)\n"
    "  -u, --udp            datagrams instead of TCP\n"
    "  -b, --bitrate RATE   bits a second of each stream; K, M, G count by 1000; 0: as fast as\n"
    "                       it goes (UDP 1M, TCP 0)\n"
    "  -l, --length N       bytes of a block or datagram (TCP 128K, UDP what a segment holds)\n"
    "  -i, --interval S     seconds between reports, 0 for none (1)\n"
    "  -O, --omit S         do not count the first S seconds (0)\n"
    "  -J, --json           print JSON\n"
    "  -4, --version4       use IPv4 alone\n"
    "  -6, --version6       use IPv6 alone\n"
    "  -h, --help           print this\n";

enum Iperf3Key : int { bidir = 256 };

constexpr std::array<OptionSpec, 17> iperf3_option_specs = {{
    {'c', "client", true},
    {'p', "port", true},
    {'t', "time", true},
    {'n', "bytes", true},
    {'k', "blockcount", true},
    {'R', "reverse", false},
    {bidir, "bidir", false},
    {'P', "parallel", true},
    {'u', "udp", false},
    {'b', "bitrate", true},
    {'l', "length", true},
    {'i', "interval", true},
    {'O', "omit", true},
    {'J', "json", false},
    {'4', "version4", false},
    {'6', "version6", false},
    {'h', "help", false},
}};

constexpr i64 most_count = 1'000'000'000'000'000;
constexpr u32 default_time_s = 10;
constexpr u32 default_length = 128u << 10;
constexpr u64 default_datagram_bits_per_s = 1'000'000;

// "16", "1.5M": a number with decimals and a suffix that multiplies. Nothing: it is none, or not in
// [least, most].
std::optional<u64> read_count(std::string_view text, u64 step, i64 least, i64 most) {
  u64 factor = 1;
  if (!text.empty()) {
    constexpr std::string_view suffixes = "kKmMgGtT";
    if (const std::size_t at = suffixes.find(text.back()); at != suffixes.npos) {
      for (std::size_t i = 0; i <= at / 2; ++i) factor *= step;
      text.remove_suffix(1);
    }
  }
  // Its digits before and behind the point are those of seconds.
  const auto number = read_seconds(text);
  if (!number) return std::nullopt;
  const u64 whole = static_cast<u64>(number->s());
  const u64 rest = static_cast<u64>(number->ns()) % 1'000'000'000;
  if (whole > static_cast<u64>(most) / factor) return std::nullopt;
  // Billionths of a factor of at most 2^40: what is below one is cut off, without overflow.
  const u64 value = whole * factor + rest / 1'000 * (factor / 1'000) / 1'000 +
                    rest * (factor % 1'000) / 1'000'000'000;
  if (value > static_cast<u64>(most) || value < static_cast<u64>(least)) return std::nullopt;
  return value;
}

class Iperf3Reader {
 public:
  // False: the value makes no sense, or `problem` says more.
  bool apply(const GivenOption& given) {
    iperf3::Parameters& p = options.parameters;
    switch (given.key) {
      case 'c': options.target = given.value; return !given.value.empty();
      case 'R': return p.reverse = true;
      case bidir: return p.bidirectional = true;
      case 'u': return p.udp = true;
      case 'J': return options.json = true;
      case '4': options.family = Family::ipv4; return true;
      case '6': options.family = Family::ipv6; return true;
      default: return apply_value(given.key, given.value);
    }
  }
  std::string finish();

  Iperf3ClientOptions options;

 private:
  template <typename T>
  static bool take(std::optional<u64> value, T& target) {
    if (value) target = static_cast<T>(*value);
    return value.has_value();
  }
  bool apply_value(int key, std::string_view value) {
    iperf3::Parameters& p = options.parameters;
    const auto plain = [&](i64 least, i64 most) -> std::optional<u64> {
      const auto number = read_number(value, least, most);
      return number ? std::optional(static_cast<u64>(*number)) : std::nullopt;
    };
    switch (key) {
      case 'p': return take(plain(1, 65'535), options.port);
      case 't': ++ends_; return take(plain(1, 86'400), p.time_s);
      case 'n': ++ends_; return take(read_count(value, 1'024, 1, most_count), p.bytes);
      case 'k': ++ends_; return take(read_count(value, 1'024, 1, most_count), p.blocks);
      case 'P': return take(plain(1, iperf3::max_streams), p.streams);
      case 'b':
        rate_given_ = true;
        return take(read_count(value, 1'000, 0, most_count), p.bits_per_s);
      case 'l': return take(read_count(value, 1'024, 1, iperf3::max_length), p.length);
      case 'O': return take(plain(0, 600), p.omit_s);
      case 'i': {
        const auto time = read_seconds(value);
        if (time) options.interval = *time;
        return time && (*time == Duration::zero() || *time >= Duration::milliseconds(100));
      }
      default: return false;
    }
  }

  u32 ends_ = 0;
  bool rate_given_ = false;
};

// What is wrong with the whole; empty: nothing.
std::string Iperf3Reader::finish() {
  iperf3::Parameters& p = options.parameters;
  if (options.target.empty()) {
    return "a host to measure with (-c) is missing; a server is a service of a lab's node";
  }
  if (ends_ > 1) return "only one test end condition (-t, -n, -k) may be specified";
  if (p.reverse && p.bidirectional) return "cannot be both reverse and bidirectional";
  if (ends_ == 0) p.time_s = default_time_s;
  if (!p.udp && p.length == 0) p.length = default_length;
  if (p.udp && p.length != 0) {
    constexpr u32 least = iperf3::DatagramHeader::size(false);
    if (p.length < least || p.length > iperf3::max_datagram) {
      return fmt::format("a datagram has {} to {} bytes", least, iperf3::max_datagram);
    }
  }
  if (p.udp && !rate_given_) p.bits_per_s = default_datagram_bits_per_s;
  return {};
}

// What a value of this option has to be.
std::string_view iperf3_value_wanted(int key) {
  switch (key) {
    case 'c': return "a host";
    case 'p': return "a number from 1 to 65535";
    case 't': return "whole seconds from 1 to 86400";
    case 'P': return "a number from 1 to 128";
    case 'i': return "0, or seconds from 0.1 up";
    case 'O': return "whole seconds from 0 to 600";
    case 'l': return "a number from 1 to 1M";
    case 'b': return "bits a second, as 10M";
    default: return "a number above 0, as 10M";
  }
}

}  // namespace

std::string_view iperf3_usage() { return iperf3_usage_text; }

std::expected<Iperf3ClientOptions, std::string> read_iperf3_options(
    const std::vector<std::string>& words) {
  const auto arguments = read_arguments(words, iperf3_option_specs);
  if (!arguments) return std::unexpected(arguments.error() + "\n" + std::string(iperf3_usage_text));
  Iperf3Reader reader;
  for (const GivenOption& given : arguments->options) {
    if (given.key == 'h') {
      reader.options.help = true;
      return reader.options;
    }
    if (reader.apply(given)) continue;
    return std::unexpected(fmt::format("iperf3: parameter error - {}: '{}'; {} is right\n",
                                       given.name, given.value, iperf3_value_wanted(given.key)));
  }
  if (!arguments->operands.empty()) {
    return std::unexpected(fmt::format("iperf3: parameter error - '{}' belongs to no option\n",
                                       arguments->operands.front()));
  }
  if (const std::string problem = reader.finish(); !problem.empty()) {
    return std::unexpected(fmt::format("iperf3: parameter error - {}\n", problem));
  }
  return reader.options;
}

}  // namespace catenet
