#include "catenet/service/arp_options.hpp"

#include <array>
#include <fmt/core.h>

#include "catenet/service/arguments.hpp"

namespace catenet {
namespace {

constexpr std::string_view arp_usage_text =
    "Usage:\n"
    "  arp [-vn] [-i <if>] [-a] [<hostname>]              show the ARP cache\n"
    "  arp [-v] [-i <if>] -d <host> [pub]                 delete an entry\n"
    "  arp [-v] [-i <if>] -s <host> <hwaddr> [temp]       add an entry\n"
    "  arp [-v] [-i <if>] -s <host> <hwaddr> pub          answer for a host\n"
    "  arp [-v] [-i <if>] -Ds <host> <if> [temp|pub]      the same with an interface's hwaddr\n"
    "\n"
    "  -a, --all         BSD style\n"
    "  -e                Linux style (default)\n"
    "  -s, --set         set an entry\n"
    "  -d, --delete      delete an entry\n"
    "  -v, --verbose     count the entries\n"
    "  -n, --numeric     don't resolve names\n"
    "  -i, --device      the interface meant\n"
    "  -D, --use-device  read <hwaddr> from an interface\n"
    "  -H, --hw-type     hardware type: ether\n"
    "  -h, --help        this\n";

constexpr std::array<OptionSpec, 10> arp_option_specs = {{
    {'a', "all", false},
    {'D', "use-device", false},
    {'d', "delete", false},
    {'e', "", false},
    {'H', "hw-type", true},
    {'h', "help", false},
    {'i', "device", true},
    {'n', "numeric", false},
    {'s', "set", false},
    {'v', "verbose", false},
}};

using Options = std::expected<ArpOptions, ArpMistake>;

std::unexpected<ArpMistake> fail(std::string_view text) {
  return std::unexpected(ArpMistake{fmt::format("arp: {}\n", text), 255});
}

std::unexpected<ArpMistake> misuse(std::string_view why) {
  return std::unexpected(ArpMistake{fmt::format("arp: {}\n{}", why, arp_usage_text), 3});
}

void apply(ArpOptions& options, const GivenOption& given) {
  switch (given.key) {
    case 'a': options.bsd = true; return;
    case 'e': options.bsd = false; return;
    case 'D': options.use_device = true; return;
    case 'd': options.action = ArpOptions::Action::remove; return;
    case 'i': options.device = given.value; return;
    case 'n': options.numeric = true; return;
    case 's': options.action = ArpOptions::Action::set; return;
    case 'v': options.verbose = true; return;
    default: return;
  }
}

// What stands behind the host and its MAC.
Options read_words(ArpOptions options, const std::vector<std::string>& words, std::size_t at) {
  while (at < words.size()) {
    const std::string& word = words[at++];
    if (word == "temp") {
      options.permanent = false;
    } else if (word == "pub") {
      options.publish = true;
    } else if (word == "priv" || word == "dontpub") {
      options.privately = true;
    } else if (word == "dev" && at < words.size()) {
      options.device = words[at++];
    } else {
      return misuse(word == "dev" ? "'dev' wants an interface behind it"
                                  : fmt::format("extra operand '{}'", word));
    }
  }
  if (options.publish && options.privately) return misuse("'pub' and 'priv' exclude each other");
  return options;
}

}  // namespace

Options read_arp_options(const std::vector<std::string>& words) {
  const auto arguments = read_arguments(words, arp_option_specs);
  if (!arguments) {
    return std::unexpected(ArpMistake{arguments.error() + "\n" + std::string(arp_usage_text), 3});
  }
  ArpOptions options;
  for (const GivenOption& given : arguments->options) {
    if (given.key == 'h') return std::unexpected(ArpMistake{std::string(arp_usage_text), 0});
    if (given.key == 'H' && given.value != "ether") {
      return fail(fmt::format("{}: unknown hardware type.", given.value));
    }
    apply(options, given);
  }
  const auto& operands = arguments->operands;
  if (options.action == ArpOptions::Action::show) {
    if (operands.size() > 1) return misuse(fmt::format("extra operand '{}'", operands[1]));
    if (!operands.empty()) options.target = operands.front();
    return options;
  }
  if (operands.empty()) return fail("need host name");
  options.target = operands[0];
  if (options.action == ArpOptions::Action::remove) return read_words(options, operands, 1);
  if (operands.size() < 2) return fail("need hardware address");
  options.hardware = operands[1];
  return read_words(options, operands, 2);
}

}  // namespace catenet
