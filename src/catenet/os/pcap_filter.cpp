#include "catenet/os/pcap_filter.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <pcap/pcap.h>
#include <utility>

#include "catenet/wire/address.hpp"

namespace catenet::os {
namespace {

// libpcap's optimiser takes time that grows with the cube: a tenth of a second for so many
// characters, minutes for a few thousand terms.
constexpr std::size_t longest_optimised = 512;
constexpr std::size_t longest_expression = 2'048;

// The words of pcap-filter(7) that mean something on Ethernet; sorted.
constexpr std::string_view keywords[] = {
    "aarp",      "ah",        "and",    "arp",      "atalk",      "broadcast", "carp",    "clnp",
    "decnet",    "dst",       "esis",   "esp",      "ether",      "geneve",    "greater", "host",
    "icmp",      "icmp6",     "igmp",   "igrp",     "ip",         "ip6",       "ipx",     "isis",
    "iso",       "lat",       "len",    "less",     "link",       "mask",      "mopdl",   "moprc",
    "mpls",      "multicast", "net",    "netbeui",  "not",        "or",        "pim",     "port",
    "portrange", "pppoed",    "pppoes", "proto",    "protochain", "rarp",      "sca",     "sctp",
    "src",       "stp",       "tcp",    "tcpflags", "udp",        "vlan",      "vrrp",
};
// Names of offsets and values: tcp-syn, icmptype, icmp-echo, icmp6-echoreply…
constexpr std::string_view field_prefixes[] = {"tcp-",     "icmp-",     "icmp6-",   "icmptype",
                                               "icmpcode", "icmp6type", "icmp6code"};

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

bool is_number(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) {
    return text.size() > 2 && text.find_first_not_of("0123456789abcdefABCDEF", 2) == text.npos;
  }
  return is_digits(text);
}

// A number, "1-5", "2:2", "10.0", or an address.
bool is_literal(std::string_view text) {
  if (is_number(text) || IpAddress::parse(text) || MacAddress::parse(text)) return true;
  if (const std::size_t joint = text.find_first_of("-:"); joint != text.npos)
    return is_number(text.substr(0, joint)) && is_number(text.substr(joint + 1));
  for (u32 part = 0; part < 4; ++part) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (!is_digits(text.substr(0, dot))) return false;
    if (dot == text.size()) return true;
    text.remove_prefix(dot + 1);
  }
  return false;
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':' || c == '-' || c == '\\' || static_cast<u8>(c) >= 0x80;
}

// What is wrong with `word`, if anything.
std::optional<std::string> check_word(std::string_view word, std::string_view before,
                                      std::string_view before_that) {
  if (word.starts_with('\\')) {
    // Of Ethernet's protocols libpcap has a table of its own.
    if (before == "proto" && before_that == "ether" && PcapFilter::is_keyword(word.substr(1)))
      return std::nullopt;
    return fmt::format("'{}': say the protocol's number", word);
  }
  if (word == "inbound" || word == "outbound")
    return fmt::format("'{}' is not kept of a frame; look at a port instead", word);
  if (word == "gateway") return "'gateway' asks the machine for names; say ether host and host";
  if (PcapFilter::is_keyword(word) || is_literal(word)) return std::nullopt;
  return fmt::format(
      "'{}' is no word of pcap-filter, address or number; of names, those of nodes can follow "
      "host, src and dst",
      word);
}

// libpcap looks words that it does not know up on the machine: in its files and in the DNS.
std::optional<std::string> check_words(std::string_view rest) {
  std::string_view before, before_that;
  while (true) {
    while (!rest.empty() && (!is_word_character(rest.front()) || rest.front() == '-'))
      rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    const auto end = std::ranges::find_if_not(rest, is_word_character);
    const std::string_view word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    if (auto wrong = check_word(word, before, before_that)) return wrong;
    before_that = std::exchange(before, word);
    rest.remove_prefix(word.size());
  }
}

}  // namespace

struct PcapFilter::Program {
  bpf_program code{};
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { pcap_freecode(&code); }
};

bool PcapFilter::is_keyword(std::string_view word) {
  if (std::ranges::binary_search(keywords, word)) return true;
  return std::ranges::any_of(field_prefixes,
                             [&](std::string_view prefix) { return word.starts_with(prefix); });
}

std::expected<PcapFilter, std::string> PcapFilter::compile(const std::string& expression) {
  if (expression.size() > longest_expression) {
    return std::unexpected(fmt::format("{} characters are too many; at most {}", expression.size(),
                                       longest_expression));
  }
  if (auto wrong = check_words(expression)) return std::unexpected(*std::move(wrong));
  constexpr int longest_frame = 262'144;
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(
      pcap_open_dead(DLT_EN10MB, longest_frame), &pcap_close);
  if (!handle) return std::unexpected("libpcap gave no handle");
  auto program = std::make_shared<Program>();
  const int optimise = expression.size() <= longest_optimised ? 1 : 0;
  if (pcap_compile(handle.get(), &program->code, expression.c_str(), optimise,
                   PCAP_NETMASK_UNKNOWN) != 0) {
    return std::unexpected(std::string(pcap_geterr(handle.get())));
  }
  return PcapFilter(std::move(program));
}

bool PcapFilter::matches(ByteView frame) const {
  pcap_pkthdr header{};
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  return pcap_offline_filter(&program_->code, &header, frame.data()) != 0;
}

}  // namespace catenet::os
