#include "catenet/drill/setup.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/core.h>
#include <utility>

#include "catenet/drill/setup_table.hpp"

namespace catenet::drill {
namespace {

IpAddress address(std::string_view text) { return *IpAddress::parse(text); }

std::optional<u64> natural(std::string_view text) {
  u64 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// --- Options ---

using Apply = bool (*)(Scene&, std::string_view);

bool set_version(Scene& setup, std::string_view value) {
  if (value == "ipv4") return setup.version = IpVersion::ipv4, true;
  if (value == "ipv6") return setup.version = IpVersion::ipv6, true;
  if (value == "ipv4-mapped-ipv6") return setup.version = IpVersion::ipv4_mapped_ipv6, true;
  return false;
}

// `value` in [least, most] into `into`.
template <typename T>
bool set_number(T& into, std::string_view value, u64 least, u64 most) {
  const auto n = natural(value);
  if (!n || *n < least || *n > most) return false;
  into = static_cast<T>(*n);
  return true;
}

bool set_duration(Duration& into, std::string_view value) {
  i64 us = 0;
  if (!set_number(us, value, 0, 1'000'000'000)) return false;
  into = Duration::microseconds(us);
  return true;
}

Side& side_of(Scene& setup, const IpAddress& address) {
  return address.is_v4() ? setup.ipv4 : setup.ipv6;
}

bool set_local(Scene& setup, std::string_view value) {
  const auto found = IpAddress::parse(value);
  if (!found) return false;
  const auto prefix = InterfacePrefix::parse(fmt::format("{}/{}", value, found->is_v4() ? 16 : 64));
  if (prefix) side_of(setup, *found).local = *prefix;
  return prefix.has_value();
}

bool set_remote(Scene& setup, std::string_view value) {
  const auto found = IpAddress::parse(value);
  if (found) side_of(setup, *found).remote = *found;
  return found.has_value();
}

bool set_gateway(Scene& setup, std::string_view value) {
  const auto found = IpAddress::parse(value);
  if (found) side_of(setup, *found).gateway = *found;
  return found.has_value();
}

constexpr std::array<std::pair<std::string_view, Apply>, 10> script_options = {{
    {"ip_version", set_version},
    {"bind_port",
     [](Scene& s, std::string_view v) { return set_number(s.bind_port, v, 1, 65'535); }},
    {"connect_port",
     [](Scene& s, std::string_view v) { return set_number(s.connect_port, v, 1, 65'535); }},
    {"mtu", [](Scene& s, std::string_view v) { return set_number(s.mtu, v, 68, 65'535); }},
    {"tolerance_usecs", [](Scene& s, std::string_view v) { return set_duration(s.tolerance, v); }},
    {"tcp_ts_tick_usecs",
     [](Scene& s, std::string_view v) { return set_duration(s.timestamp_tick, v); }},
    {"local_ip", set_local},
    {"remote_ip", set_remote},
    {"gateway_ip", set_gateway},
    {"seed", [](Scene& s, std::string_view v) { return set_number(s.seed, v, 0, UINT64_MAX); }},
}};

// Of packetdrill itself, or of a run on a machine: nothing of them changes a conversation here.
constexpr auto without_effect = std::to_array<std::string_view>(
    {"init_scripts", "code_command", "code_format", "code_sockopt", "debug", "dry_run",
     "netmask_ip", "no_cleanup", "persistent_tun_dev", "tun_dev", "verbose"});

// --- Commands ---

struct CommandWord {
  std::string text;
  std::size_t at;  // in the whole command
};

// Of the line that begins `at` there.
std::vector<CommandWord> words_of(std::string_view line, std::size_t at) {
  std::vector<CommandWord> words;
  char quote = '\0';
  bool open = false;
  for (const char c : line) {
    const bool mark = quote != '\0' ? c == quote : (c == '"' || c == '\'');
    if (!mark && quote == '\0' && (c == ' ' || c == '\t')) {
      open = false;
    } else {
      if (!open && c == '#') break;  // a comment
      if (!open) words.emplace_back("", at);
      open = true;
      if (mark) {
        quote = quote != '\0' ? '\0' : c;
      } else {
        words.back().text += c;
      }
    }
    ++at;
  }
  return words;
}

class Commands {
 public:
  using Words = std::vector<CommandWord>;
  Commands(Scene& setup, const Command& command, Problems& problems)
      : setup_(setup), command_(command), problems_(problems) {}

  // The line that begins `at` in the command.
  void run(std::string_view line, std::size_t at) {
    const Words words = words_of(line, at);
    if (words.empty()) return;
    const std::string& name = words[0].text;
    at_ = words[0].at;
    if (name == "sysctl") return sysctl(words);
    if (name == "echo") return echo(words);
    if (name == "ip") return ip(words, line);
    if (name == "ifconfig") return link_mtu(words, line);
    if (name == "tc") return tc(words, line);
    if (name.ends_with("set_sysctls.py")) return set_sysctls(words);
    if (name.ends_with("defaults.sh")) return setup_.take_linux_defaults();
    const bool harmless = name == "ethtool" || name == "sleep" || name == "true" || name == ":" ||
                          name.ends_with("set_fq.sh");
    if (!harmless) ignore(fmt::format("the command '{}'", name), "no program runs in a drill");
  }

 private:
  // Of the word that is read.
  Place place() const {
    return advance(advance(command_.place, "`"), std::string_view(command_.text).substr(0, at_));
  }
  void ignore(std::string what, std::string why) {
    problems_.ignored(place(), std::move(what), std::move(why));
  }

  // "net.ipv4.tcp_sack=0", or a file of /proc/sys.
  void assign(std::string key, std::string_view value) {
    if (key.starts_with("/proc/sys/")) key = key.substr(10);
    std::ranges::replace(key, '/', '.');
    switch (apply_sysctl(setup_, key, value)) {
      case Fit::done:
      case Fit::already: return;
      case Fit::bad_value:
        return problems_.error(place(), fmt::format("'{}' is no value of {}", value, key));
      case Fit::different:
        return ignore(fmt::format("{}={}", key, value), "Catenet has no counterpart of this value");
      case Fit::unknown: return ignore(key, did_you_mean(key, known_sysctls()));
    }
  }
  void assign_pair(const CommandWord& word) {
    const std::string& pair = word.text;
    at_ = word.at;
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return problems_.error(place(), "'" + pair + "' sets nothing", "as in net.ipv4.tcp_sack=0");
    }
    assign(pair.substr(0, equals), std::string_view(pair).substr(equals + 1));
  }

  void sysctl(const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (!words[i].text.starts_with('-')) assign_pair(words[i]);
    }
  }
  void set_sysctls(const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) assign_pair(words[i]);
  }
  // "echo 0 > /proc/sys/net/ipv4/tcp_sack"
  void echo(const Words& words) {
    std::string value;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string& word = words[i].text;
      if (!word.starts_with('>')) {
        value += (value.empty() ? "" : " ") + word;
        continue;
      }
      at_ = words[i].at;
      const std::string file = word.size() > 1        ? word.substr(1)
                               : i + 1 < words.size() ? words[i + 1].text
                                                      : std::string();
      if (file.starts_with("/proc/sys/")) return assign(file, value);
      return ignore("what is written to '" + file + "'", "settings lie in /proc/sys/");
    }
  }

  void ip(const Words& words, std::string_view line) {
    std::size_t at = 1;
    while (at < words.size() && words[at].text.starts_with('-')) ++at;
    const std::string object = at < words.size() ? words[at].text : "";
    if (object == "route" || object == "ro" || object == "r") return route(words, line);
    if (object == "link" || object == "l") return link_mtu(words, line);
    ignore(fmt::format("'{}'", line), "known of ip are route and link");
  }

  void route(const Words& words, std::string_view line) {
    bool used = false;
    for (std::size_t i = 2; i + 1 < words.size(); ++i) {
      const std::string& name = words[i].text;
      const std::string& value = words[i + 1].text;
      at_ = words[i + 1].at;
      if (name == "initcwnd") {
        used = set(setup_.host.tcp.initial_window, value, 1, 1'000);
      } else if (name == "mtu") {
        used = set(setup_.mtu, value, 68, 65'535);
      } else if (name == "hoplimit") {
        used = set(setup_.host.ip.default_ttl, value, 1, 255);
      } else if (name == "congctl") {
        assign("net.ipv4.tcp_congestion_control", value);
        used = true;
      } else if (name == "rto_min") {
        used = rto_min(value);
      } else if (name == "initrwnd" || name == "features" || name == "quickack") {
        ignore(fmt::format("'{}' of a route", name), {});
        used = true;
      }
    }
    at_ = words[0].at;
    if (!used) ignore(fmt::format("'{}'", line), "the way of a drill's packets is fixed");
  }
  template <typename T>
  bool set(T& into, std::string_view value, u64 least, u64 most) {
    if (!set_number(into, value, least, most)) {
      problems_.error(place(), fmt::format("'{}' is out of range", value),
                      fmt::format("from {} to {}", least, most));
    }
    return true;
  }
  // "rto_min 300ms"
  bool rto_min(std::string value) {
    if (value.ends_with("ms")) value.resize(value.size() - 2);
    i64 ms = 0;
    set(ms, value, 1, 120'000);
    if (ms > 0) setup_.host.tcp.rto.min = Duration::milliseconds(ms);
    return true;
  }

  void link_mtu(const Words& words, std::string_view line) {
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if (words[i].text != "mtu") continue;
      at_ = words[i + 1].at;
      set(setup_.mtu, words[i + 1].text, 68, 65'535);
      return;
    }
    ignore(fmt::format("'{}'", line), "of a link only its MTU can be set");
  }

  // Queues that let everything through at once are as good as none.
  void tc(const Words& words, std::string_view line) {
    static constexpr std::array<std::string_view, 6> plain = {"fq",      "pfifo",    "pfifo_fast",
                                                              "noqueue", "fq_codel", "bfifo"};
    for (const CommandWord& word : words) {
      if (std::ranges::find(plain, word.text) != plain.end()) return;
    }
    ignore(fmt::format("'{}'", line), "a drill's wire neither delays nor loses: the script does");
  }

  Scene& setup_;
  const Command& command_;
  std::size_t at_ = 0;  // of the word that is read
  Problems& problems_;
};

// The next of several commands in one, taken off `text`.
std::string_view next_line(std::string_view& text) {
  std::size_t end = std::min(text.find_first_of(";\n"), text.size());
  std::size_t skip = 1;
  if (const auto both = text.find("&&"); both < end) {
    end = both;
    skip = 2;
  }
  const std::string_view line = text.substr(0, end);
  text = end < text.size() ? text.substr(end + skip) : std::string_view();
  return line;
}

}  // namespace

Scene::Scene()
    : ipv4{*InterfacePrefix::parse("192.168.0.1/16"), address("192.0.2.1"), address("192.168.0.2")},
      ipv6{*InterfacePrefix::parse("fd3d:a0b:17d6::1/64"), address("2001:db8::1"),
           address("fd3d:a0b:17d6::8888")} {
  // Windows that stay as they are: scripts say them.
  host.tcp.send_buffer = host.tcp.receive_buffer = 256 * 1024;
  host.tcp.receive_buffer_most = 0;
}

void Scene::take_linux_defaults() {
  host.tcp.receive_buffer = 15 << 20;
  host.tcp.send_buffer = 4 << 20;
  push_counts = false;
}

void apply_option(Scene& setup, const ScriptOption& option, Problems& problems) {
  if (option.name == "define") return;  // the parser's
  if (std::ranges::find(without_effect, option.name) != without_effect.end()) return;
  const auto* found = std::ranges::find_if(
      script_options, [&](const auto& each) { return each.first == option.name; });
  if (found == script_options.end()) {
    std::vector<std::string_view> names;
    for (const auto& each : script_options) names.push_back(each.first);
    return problems.ignored(option.place, "the option --" + option.name,
                            did_you_mean(option.name, names));
  }
  if (!found->second(setup, option.value)) {
    problems.error(option.place,
                   fmt::format("'{}' is no value of --{}", option.value, option.name));
  }
}

void check_setup(const Scene& setup, Place place, Problems& problems) {
  const auto& rto = setup.host.tcp.rto;
  if (rto.min > rto.max) {
    problems.error(place,
                   fmt::format("the least retransmission time-out, {}, is above the greatest, {}",
                               to_string(rto.min), to_string(rto.max)));
  }
  if (setup.mtu < 1'280 && setup.version == IpVersion::ipv6) {
    problems.error(place, fmt::format("IPv6 over a link of {} bytes", setup.mtu),
                   "IPv6 needs 1280 (RFC 8200 section 5)");
  }
}

void apply_command(Scene& setup, const Command& command, Problems& problems) {
  // A line that ends in a backslash goes on.
  std::string text = command.text;
  for (auto at = text.find("\\\n"); at != std::string::npos; at = text.find("\\\n", at)) {
    text[at] = text[at + 1] = ' ';
  }
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t at = text.size() - rest.size();
    Commands(setup, command, problems).run(next_line(rest), at);
  }
  check_setup(setup, command.place, problems);
}

void apply_setup(Scene& setup, const Script& script, Problems& problems) {
  for (const ScriptOption& option : script.options) apply_option(setup, option, problems);
  for (const Command& command : script.setup) apply_command(setup, command, problems);
  if (!script.options.empty()) check_setup(setup, script.options[0].place, problems);
}

}  // namespace catenet::drill
