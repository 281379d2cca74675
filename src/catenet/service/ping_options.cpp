#include "catenet/service/ping_options.hpp"

#include <array>
#include <fmt/core.h>

#include "catenet/service/arguments.hpp"

namespace catenet {
namespace {

constexpr std::string_view ping_usage_text =
    "\nUsage\n  ping [options] <destination>\n\nOptions:\n"
    "  <destination>      DNS name or IP address\n"
    "  -4, -6             use IPv4 or IPv6\n"
    "  -b                 allow pinging broadcast\n"
    "  -c <count>         stop after <count> replies; without it, never\n"
    "  -f                 flood ping: an answer calls for the next, every 10 ms at the least\n"
    "  -h, --help         print this\n"
    "  -I <interface>     send from this address, or by the interface of this name\n"
    "  -i <interval>      seconds between sending each packet, from 0.001 (1)\n"
    "  -M <pmtud opt>     do: never fragment; want, dont: the network may (want)\n"
    "  -n                 no reverse DNS name resolution\n"
    "  -O                 report outstanding replies\n"
    "  -Q <tclass>        use quality of service <tclass> bits\n"
    "  -q                 quiet output\n"
    "  -R                 record route (IPv4)\n"
    "  -s <size>          use <size> as number of data bytes to be sent (56)\n"
    "  -t <ttl>           define time to live (the host's)\n"
    "  -W <timeout>       seconds to wait for the last response; 0: no limit (10)\n"
    "  -w <deadline>      end after <deadline> seconds, however many were sent; 0: never\n"
    "  --address          ask for the address mask (IPv4)\n"
    "  --timestamp        ask for the time (IPv4)\n"
    "  --type <type>      send echo, timestamp or address requests (echo)\n";

enum PingKey : int { address_mask = 256, timestamp, query_type };

constexpr std::array<OptionSpec, 21> ping_option_specs = {{
    {'4', "", false},
    {'6', "", false},
    {'b', "", false},
    {'c', "", true},
    {'f', "", false},
    {'h', "help", false},
    {'I', "", true},
    {'i', "", true},
    {'M', "", true},
    {'n', "", false},
    {'O', "", false},
    {'Q', "", true},
    {'q', "", false},
    {'R', "", false},
    {'s', "", true},
    {'t', "", true},
    {'W', "", true},
    {'w', "", true},
    {address_mask, "address", false},
    {timestamp, "timestamp", false},
    {query_type, "type", true},
}};

constexpr i64 max_size = 65'507;
constexpr Duration flood_interval = Duration::milliseconds(10);
constexpr Duration least_interval = Duration::milliseconds(1);

// Reads values into options; remembers what was wrong.
class PingReader {
 public:
  bool apply(const GivenOption& given) {
    value_ = given.value;
    name_ = given.name;
    switch (given.key) {
      case '4': options.family = Family::ipv4; return true;
      case '6': options.family = Family::ipv6; return true;
      case 'b': return options.broadcast = true;
      case 'f': return options.flood = true;
      case 'n': return options.numeric = true;
      case 'O': return options.outstanding = true;
      case 'q': return options.quiet = true;
      case 'R': return options.record_route = true;
      case address_mask: return query(IcmpQuery::address_mask);
      case timestamp: return query(IcmpQuery::timestamp);
      default: return apply_value(given.key);
    }
  }

  PingOptions options;
  std::string problem;

 private:
  bool apply_value(int key) {
    switch (key) {
      case 'c': return number(1, 1'000'000'000'000, options.count);
      case 's': return number(0, max_size, options.size);
      case 't': return number(1, 255, options.ttl);
      case 'Q': return number(0, 255, options.traffic_class);
      case 'i':
        if (!seconds("bad timing interval", "seconds, 0.001 or more", options.interval))
          return false;
        return options.interval >= least_interval ||
               fail("bad timing interval: {}; -i takes 0.001 or more, and -f sends without one",
                    value_);
      case 'W': return limit("bad linger time", options.linger);
      case 'w': return limit("bad wait time", options.deadline);
      case 'M':
        options.dont_fragment = value_ == "do";
        return value_ == "do" || value_ == "want" || value_ == "dont" ||
               fail("invalid -M argument: {}; it is do, want or dont", value_);
      case 'I':
        options.source = IpAddress::parse(value_);
        options.device = options.source ? "" : value_;
        return options.source || is_interface_name(value_) || fail("unknown iface: {}", value_);
      case query_type:
        if (value_ == "echo") return query(IcmpQuery::echo);
        if (value_ == "timestamp") return query(IcmpQuery::timestamp);
        if (value_ == "address" || value_ == "mask") return query(IcmpQuery::address_mask);
        return fail("invalid --type argument: {}; it is echo, timestamp or address", value_);
      default: return false;
    }
  }
  bool query(IcmpQuery kind) {
    options.query = kind;
    return true;
  }
  // As the kernel takes them (IFNAMSIZ).
  static bool is_interface_name(std::string_view name) {
    constexpr std::size_t longest = 15;
    return !name.empty() && name.size() <= longest && name.find_first_of("/: ") == name.npos;
  }
  template <typename... T>
  bool fail(fmt::format_string<T...> format, T&&... arguments) {
    problem = "ping: " + fmt::format(format, std::forward<T>(arguments)...) + "\n";
    return false;
  }
  template <typename T>
  bool number(i64 least, i64 most, T& target) {
    const auto any = read_number(value_, INT64_MIN, INT64_MAX);
    if (!any) {
      return fail("invalid {} argument: '{}': a whole number is right, {} <= value <= {}", name_,
                  value_, least, most);
    }
    if (*any < least || *any > most) {
      return fail("invalid {} argument: '{}': out of range: {} <= value <= {}", name_, value_,
                  least, most);
    }
    if constexpr (std::is_integral_v<T>) target = static_cast<T>(*any);
    if constexpr (!std::is_integral_v<T>) target = static_cast<int>(*any);
    return true;
  }
  template <typename T>
  bool seconds(std::string_view what, std::string_view wanted, T& target) {
    const auto time = read_seconds(value_);
    if (time) target = *time;
    return time || fail("{}: {}; {} takes {}", what, value_, name_, wanted);
  }
  // 0 means that there is none.
  bool limit(std::string_view what, std::optional<Duration>& target) {
    if (!seconds(what, "seconds, such as 2.5; 0: no limit", target)) return false;
    if (*target == Duration::zero()) target.reset();
    return true;
  }

  std::string value_;
  std::string name_;  // of the option
};

}  // namespace

std::string_view ping_usage() { return ping_usage_text; }

std::expected<PingOptions, std::string> read_ping_options(const std::vector<std::string>& words) {
  const auto arguments = read_arguments(words, ping_option_specs);
  if (!arguments) return std::unexpected(arguments.error() + "\n" + std::string(ping_usage_text));
  PingReader reader;
  bool interval_given = false;
  for (const GivenOption& given : arguments->options) {
    if (given.key == 'h') {
      reader.options.help = true;
      return reader.options;
    }
    interval_given |= given.key == 'i';
    if (!reader.apply(given)) return std::unexpected(reader.problem);
  }
  PingOptions& options = reader.options;
  if (arguments->operands.empty()) {
    return std::unexpected("ping: usage error: Destination address required\n");
  }
  if (arguments->operands.size() > 1) {
    return std::unexpected(
        fmt::format("ping: extra operand '{}'\n{}", arguments->operands[1], ping_usage_text));
  }
  options.target = arguments->operands.front();
  // Nothing is sent faster than this unless an answer came before.
  if (options.flood && !interval_given) options.interval = flood_interval;
  if (options.record_route && options.family == Family::ipv6) {
    return std::unexpected("ping: -R is for IPv4\n");
  }
  const bool asks_v4 = options.query != IcmpQuery::echo;
  if (asks_v4 && options.family == Family::ipv6) {
    return std::unexpected("ping: ICMPv6 has neither timestamp nor address mask requests\n");
  }
  if (options.record_route || asks_v4) options.family = Family::ipv4;
  return options;
}

}  // namespace catenet
