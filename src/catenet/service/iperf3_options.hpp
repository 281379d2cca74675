// The command line of iperf3, as its client has it.
#pragma once

#include "catenet/service/iperf3_wire.hpp"

namespace catenet {

struct Iperf3ClientOptions {
  std::string target;
  u16 port = iperf3::default_port;
  std::optional<Family> family;
  iperf3::Parameters parameters;
  Duration interval = Duration::seconds(1);  // between reports; 0: none
  bool json = false;
  bool help = false;  // nothing else was looked at
};

// What --help prints.
std::string_view iperf3_usage();

// The error ends in a newline and is what goes to standard error. A length of 0 is one that the
// path decides on.
std::expected<Iperf3ClientOptions, std::string> read_iperf3_options(
    const std::vector<std::string>& words);

}  // namespace catenet
