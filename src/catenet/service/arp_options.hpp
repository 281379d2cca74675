// The command line of arp, as net-tools has it.
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace catenet {

struct ArpOptions {
  enum class Action { show, set, remove };
  Action action = Action::show;
  std::string target;       // -s and -d: the host; else empty shows all
  std::string hardware;     // -s: its MAC, or with use_device an interface
  std::string device;       // -i, or "dev" behind a host; empty: any
  bool bsd = false;         // -a
  bool numeric = false;     // -n
  bool verbose = false;     // -v
  bool use_device = false;  // -D
  bool permanent = true;    // -s without "temp"
  bool publish = false;     // "pub"
  bool privately = false;   // -d with "priv" or "dontpub"
};

// What is said of a command line that cannot be, and the exit code it ends with.
struct ArpMistake {
  std::string text;
  int exit = 3;
};

std::expected<ArpOptions, ArpMistake> read_arp_options(const std::vector<std::string>& words);

}  // namespace catenet
