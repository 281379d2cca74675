// Packets: "< [ect0] 8080 > 50000 P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>".
#include <array>

#include "catenet/drill/parser_parts.hpp"

namespace catenet::drill {
namespace {

using wire::TcpFlag;
using wire::TcpFlags;

bool read_flags(TokenStream& in, TcpFlags& flags) {
  static constexpr std::array<std::pair<char, TcpFlag>, 7> letters = {{{'F', TcpFlag::fin},
                                                                       {'S', TcpFlag::syn},
                                                                       {'R', TcpFlag::rst},
                                                                       {'P', TcpFlag::psh},
                                                                       {'U', TcpFlag::urg},
                                                                       {'E', TcpFlag::ece},
                                                                       {'W', TcpFlag::cwr}}};
  if (in.take('-')) return true;
  const Token& token = in.peek();
  const bool letters_come = token.kind == TokenKind::word;
  if (!letters_come && !token.is('.')) {
    if (token.kind == TokenKind::number && token.text.starts_with('.')) {
      return in.unsupported(token.place, "the ACE counter of accurate ECN among the flags");
    }
    return in.fail("TCP flags (of S F R P . U E W, or - for none)");
  }
  if (letters_come) {
    for (const char c : token.text) {
      const auto* found = std::ranges::find(letters, c, &std::pair<char, TcpFlag>::first);
      if (found == letters.end()) {
        return in.fail_at(token.place, fmt::format("'{}' is no TCP flag, in '{}'", c, token.text),
                          "of S F R P . U E W, or - for none; or udp, or icmp");
      }
      flags |= found->second;
    }
    in.next();
  }
  if (in.peek().kind == TokenKind::number && in.peek().text.starts_with('.')) {
    return in.unsupported(in.peek().place, "the ACE counter of accurate ECN among the flags");
  }
  if (in.take('.')) flags |= TcpFlag::ack;
  return true;
}

// "1:1001(1000)"
bool read_sequence(TokenStream& in, u32& seq, u32& length) {
  const Place place = in.peek().place;
  u32 end = 0;
  if (!in.number(seq, UINT32_MAX, "a sequence number") || !in.expect(':')) return false;
  if (!in.number(end, UINT32_MAX, "a sequence number") || !in.expect('(')) return false;
  if (!in.number(length, 65'535, "a length in bytes") || !in.expect(')')) return false;
  if (end == seq + length) return true;
  return in.fail_at(place, fmt::format("{}:{} are not {} bytes", seq, end, length),
                    fmt::format("{}:{}({})", seq, seq + length, length));
}

bool read_cookie(TokenStream& in, std::vector<u8>& bytes) {
  const Token& token = in.peek();
  if (token.kind != TokenKind::word && token.kind != TokenKind::number) return true;
  const std::string digits = token.text;
  if (digits.size() % 2 != 0 || digits.size() > 32 ||
      digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return in.fail_at(token.place, "no cookie: " + digits, "up to 16 bytes, two hex digits each");
  }
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<u8>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  }
  in.next();
  return true;
}

bool read_sack_blocks(TokenStream& in, TcpOption& option) {
  do {
    auto& [left, right] = option.blocks.emplace_back();
    if (!in.number(left, UINT32_MAX, "a block's left edge") || !in.expect(':')) return false;
    if (!in.number(right, UINT32_MAX, "a block's right edge")) return false;
  } while (in.peek().kind == TokenKind::number);
  return option.blocks.size() <= wire::TcpOptions::max_sack_blocks ||
         in.fail_at(in.peek().place, "more than four blocks fit no segment");
}

bool read_option(TokenStream& in, TcpOption& option) {
  static constexpr std::array<std::string_view, 9> known = {"mss",    "sackOK", "TS", "nop",  "eol",
                                                            "wscale", "sack",   "FO", "FOEXP"};
  const Token& token = in.peek();
  const std::string name = token.kind == TokenKind::word ? token.text : "";
  if (name.empty()) return in.fail("a TCP option");
  if (name == "md5") {
    return in.unsupported(token.place, "the TCP option " + name);
  }
  const Place place = token.place;
  in.next();
  if (name == "nop") return true;
  using enum TcpOptionName;
  if (name == "eol") return option.name = end, true;
  if (name == "sackOK") return option.name = sack_permitted, true;
  if (name == "mss") return option.name = mss, in.number(option.first, 65'535, "an MSS");
  if (name == "wscale") return option.name = window_scale, in.number(option.first, 255, "a shift");
  if (name == "sack") return option.name = sack, read_sack_blocks(in, option);
  if (name == "FOEXP") {
    return option.name = fast_open_experiment, read_cookie(in, option.bytes);
  }
  if (name == "FO") return option.name = fast_open, read_cookie(in, option.bytes);
  if (name != "TS") {
    return in.fail_at(place, "no TCP option: " + name, did_you_mean(name, known));
  }
  option.name = timestamps;
  return (in.take_word("val") || in.fail("'val'")) &&
         in.number(option.first, UINT32_MAX, "a timestamp") &&
         (in.take_word("ecr") || in.fail("'ecr'")) &&
         in.number(option.second, UINT32_MAX, "a timestamp");
}

// Bytes on the wire.
std::size_t option_size(const TcpOption& option) {
  using enum TcpOptionName;
  switch (option.name) {
    case mss: return 4;
    case window_scale: return 3;
    case sack_permitted: return 2;
    case sack: return 2 + 8 * option.blocks.size();
    case timestamps: return 10;
    case fast_open: return 2 + option.bytes.size();
    case fast_open_experiment: return 4 + option.bytes.size();
    default: return 1;
  }
}

// Behind '<'.
bool read_options(TokenStream& in, Segment& segment) {
  if (in.take_kind(TokenKind::ellipsis)) {
    segment.any_options = true;
    return in.expect('>');
  }
  std::size_t size = 0;
  do {
    const Place place = in.peek().place;
    if (!read_option(in, segment.options.emplace_back())) return false;
    size += option_size(segment.options.back());
    if (size > wire::TcpOptions::max_size) {
      return in.fail_at(place, fmt::format("{} bytes of TCP options, up to here", size),
                        fmt::format("a header has room for {}", wire::TcpOptions::max_size));
    }
  } while (in.take(','));
  return in.expect('>');
}

bool read_segment(TokenStream& in, bool inbound, Segment& segment) {
  const Place place = in.peek().place;
  if (!read_flags(in, segment.flags)) return false;
  if (!read_sequence(in, segment.seq, segment.length)) return false;
  if (in.take_word("ack") && !in.number(segment.ack, UINT32_MAX, "an acknowledgement")) {
    return false;
  }
  if (in.take_word("win")) {
    u32 window = 0;
    if (!in.number(window, 65'535, "a window (as in the header, not scaled)")) return false;
    segment.window = static_cast<u16>(window);
  }
  if (in.take_word("urg")) {
    u32 urgent = 0;
    if (!in.number(urgent, 65'535, "an urgent pointer")) return false;
    segment.urgent = static_cast<u16>(urgent);
  }
  if (in.take('<') && !read_options(in, segment)) return false;
  if (in.peek().is('{')) return in.unsupported(in.peek().place, "fuzzing: {…} behind a packet");
  if (!inbound) return true;
  if (segment.any_options) {
    return in.fail_at(place, "<...> in a packet that the script sends",
                      "name its options, or leave them out");
  }
  return segment.window ||
         in.fail_at(place, "a segment without a window", "as in: . 1:1(0) ack 1 win 257");
}

bool read_ports(TokenStream& in, PacketEvent& packet) {
  if (in.peek().kind != TokenKind::number || !in.peek(1).is('>')) return true;
  u32 source = 0;
  u32 destination = 0;
  if (!in.number(source, 65'535, "a port") || !in.expect('>')) return false;
  if (!in.number(destination, 65'535, "a port")) return false;
  packet.source_port = static_cast<u16>(source);
  packet.destination_port = static_cast<u16>(destination);
  return true;
}

bool read_udp(TokenStream& in, PacketEvent& packet) {
  auto& datagram = packet.body.emplace<Datagram>();
  if (!read_ports(in, packet)) return false;
  return in.expect('(') && in.number(datagram.length, 65'507, "a length in bytes") &&
         in.expect(')');
}

// "[1:1001(1000)]", "[udp (100)]"
bool read_echoed(TokenStream& in, IcmpMessage& icmp) {
  icmp.quotes = true;
  if (in.take_word("udp")) {
    icmp.echoed = IcmpMessage::Echoed::udp;
    return in.expect('(') && in.number(icmp.length, 65'507, "a length in bytes") &&
           in.expect(')') && in.expect(']');
  }
  if (in.peek().is_word("raw")) {
    return in.unsupported(in.peek().place, "an ICMP error about a raw packet");
  }
  return read_sequence(in, icmp.seq, icmp.length) && in.expect(']');
}

bool read_icmp(TokenStream& in, PacketEvent& packet) {
  auto& icmp = packet.body.emplace<IcmpMessage>();
  if (in.peek().kind != TokenKind::word) return in.fail("a type of ICMP, as unreachable");
  icmp.type_place = in.peek().place;
  icmp.type = in.next().text;
  const Token& code = in.peek();
  if (code.kind == TokenKind::word && code.text != "mtu" && code.text != "id" &&
      !code.first_of_line) {
    icmp.code_place = code.place;
    icmp.code = in.next().text;
  }
  if (in.take_word("mtu") && !in.number(icmp.mtu.emplace(), 65'535, "an MTU")) return false;
  if (in.take_word("id")) {
    u32 id = 0;
    if (!in.number(id, 65'535, "an identifier")) return false;
    icmp.id = static_cast<u16>(id);
  }
  return !in.take('[') || read_echoed(in, icmp);
}

// As packetdrill once had it: "[1:1001(1000)] icmp unreachable frag_needed mtu 1200".
bool read_old_icmp(TokenStream& in, PacketEvent& packet) {
  IcmpMessage quoted;
  if (!in.expect('[') || !read_echoed(in, quoted)) return false;
  if (!in.take_word("icmp")) return in.fail("'icmp'");
  if (!read_icmp(in, packet)) return false;
  auto& icmp = std::get<IcmpMessage>(packet.body);
  icmp.quotes = true;
  icmp.seq = quoted.seq;
  icmp.length = quoted.length;
  return true;
}

bool read_tos(TokenStream& in, IpWanted& ip) {
  const auto value = whole_number(in.peek().text);
  if (!value || *value < 0 || *value > 255) return in.fail("eight bits in hex, as 0x2");
  ip.tos = static_cast<u8>(*value);
  in.next();
  return true;
}

// "[ect0]", "(tos 0x2)", "[ttl 64]"
bool read_ip(TokenStream& in, bool inbound, IpWanted& ip) {
  const bool square = in.peek().is('[');
  if (!square && !in.peek().is('(')) return true;
  in.next();
  static constexpr std::array<std::pair<std::string_view, EcnWanted>, 5> marks = {
      {{"noecn", EcnWanted::not_ect},
       {"ect0", EcnWanted::ect_0},
       {"ect1", EcnWanted::ect_1},
       {"ce", EcnWanted::ce},
       {"ect01", EcnWanted::ect_0_or_1}}};
  const Token& token = in.peek();
  const auto* mark =
      std::ranges::find_if(marks, [&](const auto& m) { return m.first == token.text; });
  if (mark != marks.end()) {
    if (inbound && mark->second == EcnWanted::ect_0_or_1) {
      return in.fail_at(token.place, "[ect01] in a packet that the script sends", "ect0 or ect1");
    }
    ip.ecn = mark->second;
    in.next();
  } else if (in.take_word("tos")) {
    if (!read_tos(in, ip)) return false;
  } else if (in.take_word("ttl")) {
    u32 ttl = 0;
    if (!in.number(ttl, 255, "a time to live")) return false;
    ip.ttl = static_cast<u8>(ttl);
  } else if (token.is_word("flowlabel")) {
    return in.unsupported(token.place, "flow labels");
  } else {
    return in.fail("ect0, ect1, ce, noecn, ect01, tos or ttl");
  }
  if (in.peek().is(',')) return in.unsupported(in.peek().place, "a second word of the IP header");
  return in.expect(square ? ']' : ')');
}

}  // namespace

bool parse_packet(TokenStream& in, PacketEvent& packet) {
  packet.inbound = in.next().is('<');
  if (in.peek().is('[') && in.peek(1).kind == TokenKind::number) return read_old_icmp(in, packet);
  if (!read_ip(in, packet.inbound, packet.ip)) return false;
  for (const std::string_view word : {"ipv4", "ipv6", "gre", "GREv0", "mpls"}) {
    if (in.peek().is_word(word)) {
      return in.unsupported(in.peek().place, "packets inside " + std::string(word));
    }
  }
  if (in.take_word("udp")) return read_udp(in, packet);
  if (in.take_word("icmp")) return read_icmp(in, packet);
  if (!read_ports(in, packet)) return false;
  return read_segment(in, packet.inbound, packet.body.emplace<Segment>());
}

}  // namespace catenet::drill
