// The command line of traceroute, as Debian's traceroute(8) has it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

enum class ProbeKind : u8 { udp, icmp, tcp };

struct TraceOptions {
  std::string target;
  std::optional<Family> family;
  ProbeKind kind = ProbeKind::udp;
  u32 first_hop = 1;
  u32 max_hops = 30;
  u32 queries = 3;                       // probes a hop
  u32 simultaneous = 16;                 // probes on their way at one time
  Duration wait = Duration::seconds(5);  // for each answer
  std::optional<u16> port;               // UDP: the first probe's; TCP: every probe's
  std::optional<u32> packet_size;        // bytes, IP header included
  bool numeric = false;
  bool dont_fragment = false;
  bool find_mtu = false;
  std::optional<IpAddress> source;
  bool help = false;  // nothing else was looked at
};

// What --help prints.
std::string_view trace_usage();

// The error ends in a newline and is what goes to standard error.
std::expected<TraceOptions, std::string> read_trace_options(const std::vector<std::string>& words);

}  // namespace catenet
