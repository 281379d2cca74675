// The command line of ping, as iputils has it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/service/echo_socket.hpp"
#include "catenet/time/time.hpp"
#include "catenet/wire/address.hpp"

namespace catenet {

struct PingOptions {
  std::string target;
  std::optional<Family> family;
  u64 count = 0;  // 0: until it is stopped
  Duration interval = Duration::seconds(1);
  u32 size = 56;  // bytes of data
  // -W: how long the last answer is waited for while there was none; nothing: for ever.
  std::optional<Duration> linger = Duration::seconds(10);
  std::optional<Duration> deadline;  // -w
  std::optional<int> ttl;
  std::optional<int> traffic_class;
  bool dont_fragment = false;
  bool record_route = false;
  bool numeric = false;
  bool quiet = false;
  bool flood = false;
  bool outstanding = false;  // -O
  bool broadcast = false;
  std::optional<IpAddress> source;
  std::string device;  // -I: an interface's name instead
  IcmpQuery query = IcmpQuery::echo;
  bool help = false;  // nothing else was looked at
};

// What --help prints.
std::string_view ping_usage();

// The error ends in a newline and is what goes to standard error.
std::expected<PingOptions, std::string> read_ping_options(const std::vector<std::string>& words);

}  // namespace catenet
