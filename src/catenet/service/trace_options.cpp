#include "catenet/service/trace_options.hpp"

#include <array>
#include <fmt/core.h>

#include "catenet/service/arguments.hpp"

namespace catenet {
namespace {

constexpr std::string_view trace_usage_text =
    "Usage:\n  traceroute [ -46FITUn ] [ -f first_ttl ] [ -m max_ttl ] [ -N squeries ] [ -p port "
    "]\n"
    "             [ -q nqueries ] [ -s src_addr ] [ -w waittime ] [ --mtu ] host [ packetlen ]\n"
    "Options:\n"
    "  -4, -6        use IPv4 or IPv6\n"
    "  -F, --dont-fragment\n"
    "                do not fragment packets\n"
    "  -f, --first first_ttl\n"
    "                start from the first_ttl hop (instead from 1)\n"
    "  -h, --help    print this\n"
    "  -I, --icmp    use ICMP ECHO for tracerouting\n"
    "  -T, --tcp     use TCP SYN for tracerouting (default port is 80)\n"
    "  -U, --udp     use UDP to particular ports, counted up from 33434 (default)\n"
    "  -m, --max-hops max_ttl\n"
    "                set the max number of hops (default is 30)\n"
    "  -N, --sim-queries squeries\n"
    "                set the number of probes to be tried simultaneously (default is 16)\n"
    "  -n            do not resolve IP addresses to their domain names\n"
    "  -p, --port port\n"
    "                set the destination port to use\n"
    "  -q, --queries nqueries\n"
    "                set the number of probes per each hop (default is 3)\n"
    "  -s, --source src_addr\n"
    "                use source src_addr for outgoing packets\n"
    "  -w, --wait waittime\n"
    "                wait no more than waittime seconds for a probe (default is 5)\n"
    "      --mtu     discover MTU along the path being traced; implies -F -N 1\n";

enum TraceKey : int { mtu = 256 };

constexpr std::array<OptionSpec, 16> trace_option_specs = {{
    {'4', "", false},
    {'6', "", false},
    {'F', "dont-fragment", false},
    {'f', "first", true},
    {'h', "help", false},
    {'I', "icmp", false},
    {'T', "tcp", false},
    {'U', "udp", false},
    {'m', "max-hops", true},
    {'N', "sim-queries", true},
    {'n', "", false},
    {'p', "port", true},
    {'q', "queries", true},
    {'s', "source", true},
    {'w', "wait", true},
    {mtu, "mtu", false},
}};

constexpr i64 max_packet = 65'000;

template <typename T>
bool read_into(T& target, std::string_view value, i64 least, i64 most) {
  const auto number = read_number(value, least, most);
  if (number) target = static_cast<u16>(*number);
  return number.has_value();
}

// Why the value is refused; empty: it was taken.
std::string_view apply_value(TraceOptions& options, int key, const std::string& value) {
  switch (key) {
    case 'f':
      return read_into(options.first_hop, value, 1, 255) ? "" : "the first hop is from 1 to 255";
    case 'm': return read_into(options.max_hops, value, 1, 255) ? "" : "max hops are from 1 to 255";
    case 'q':
      return read_into(options.queries, value, 1, 10) ? "" : "probes per hop are from 1 to 10";
    case 'N':
      return read_into(options.simultaneous, value, 1, 64) ? "" : "probes at once are from 1 to 64";
    case 'p': return read_into(options.port, value, 1, 65'535) ? "" : "a port is from 1 to 65535";
    case 's':
      options.source = IpAddress::parse(value);
      return options.source ? "" : "a source is an address such as 10.0.1.10";
    case 'w': {
      const auto time = read_seconds(value);
      options.wait = time.value_or(options.wait);
      return time && *time > Duration::zero() ? "" : "a wait is of seconds, above 0";
    }
    default: return "bad option";
  }
}

bool apply_flag(TraceOptions& options, int key) {
  switch (key) {
    case '4': options.family = Family::ipv4; return true;
    case '6': options.family = Family::ipv6; return true;
    case 'F': return options.dont_fragment = true;
    case 'n': return options.numeric = true;
    case 'I': options.kind = ProbeKind::icmp; return true;
    case 'T': options.kind = ProbeKind::tcp; return true;
    case 'U': options.kind = ProbeKind::udp; return true;
    case mtu: return options.find_mtu = true;
    default: return false;
  }
}

}  // namespace

std::string_view trace_usage() { return trace_usage_text; }

std::expected<TraceOptions, std::string> read_trace_options(const std::vector<std::string>& words) {
  const auto arguments = read_arguments(words, trace_option_specs);
  if (!arguments) return std::unexpected(arguments.error() + "\n" + std::string(trace_usage_text));
  TraceOptions options;
  const auto refuse = [](std::string_view why) {
    return std::unexpected(fmt::format("traceroute: {}\n", why));
  };
  for (const GivenOption& given : arguments->options) {
    if (given.key == 'h') {
      options.help = true;
      return options;
    }
    if (apply_flag(options, given.key)) continue;
    if (const auto why = apply_value(options, given.key, given.value); !why.empty())
      return refuse(fmt::format("invalid {} argument: '{}'; {}", given.name, given.value, why));
  }
  const auto& operands = arguments->operands;
  if (operands.empty()) return refuse("Specify \"host\" missing argument.");
  if (operands.size() > 2) {
    return std::unexpected(
        fmt::format("traceroute: extra operand '{}'\n{}", operands[2], trace_usage_text));
  }
  options.target = operands[0];
  if (operands.size() == 2) {
    u32 size = 0;
    if (!read_into(size, operands[1], 0, max_packet))
      return refuse(fmt::format("bad packet length: '{}'; at most {}", operands[1], max_packet));
    options.packet_size = size;
  }
  if (options.first_hop > options.max_hops) {
    return refuse(fmt::format("the first hop, {}, is behind the last, {}", options.first_hop,
                              options.max_hops));
  }
  if (options.find_mtu && options.kind != ProbeKind::udp)
    return refuse("--mtu goes with UDP alone");
  if (options.find_mtu) {
    options.dont_fragment = true;
    options.simultaneous = 1;
    if (!options.packet_size) options.packet_size = max_packet;
  }
  return options;
}

}  // namespace catenet
