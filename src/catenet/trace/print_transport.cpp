// TCP and UDP lines. Read RFC 9293 (3.1, 3.2), RFC 7323, RFC 2018, RFC 7413 and RFC 768.
#include <algorithm>

#include "catenet/trace/print.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::print {

namespace {

constexpr std::size_t tcp_header_size = 20;
constexpr std::size_t udp_header_size = 8;

// Fits its place in an options list: "sack 2 {1:3}{7:9}".
void sack_blocks(std::string& out, Region value) {
  if (value.size % 8 != 0) {
    out += " malformed sack ";
    return;
  }
  put(out, " {} ", value.size / 8);
  for (std::size_t at = 0; at + 8 <= value.size; at += 8) {
    put(out, "{{{}:{}}}", value.u32_at(at), value.u32_at(at + 4));
  }
}

void hex_value(std::string& out, ByteView bytes) {
  for (const u8 byte : bytes) put(out, "{:02x}", byte);
}

void fast_open(std::string& out, Region value) {
  if (value.size == 0) {
    out += "  cookiereq";
  } else if (value.size % 2 != 0 || value.size < 4 || value.size > 16) {
    out += " invalid";
  } else {
    out += "  cookie ";
    hex_value(out, value.held);
  }
}

// One option with its value whole, as far as the frame goes; false when the value has the wrong
// size.
bool tcp_option(std::string& out, u8 kind, Region value) {
  switch (kind) {
    case 2:
      out += "mss";
      if (value.size == 2) put(out, " {}", value.u16_at(0));
      return value.size == 2;
    case 3:
      out += "wscale";
      if (value.size == 1) put(out, " {}", value.u8_at(0));
      return value.size == 1;
    case 4: out += "sackOK"; return value.size == 0;
    case 5:
      out += "sack";
      sack_blocks(out, value);
      break;
    case 8:
      out += "TS";
      if (value.size == 8) put(out, " val {} ecr {}", value.u32_at(0), value.u32_at(4));
      return value.size == 8;
    case 34:
      out += "tfo";
      fast_open(out, value);
      break;
    default:
      put(out, "unknown-{}{}", kind, value.size > 0 ? " 0x" : "");
      hex_value(out, value.held);
      break;
  }
  return true;
}

// What the services that talk in lines say: "HTTP: GET / HTTP/1.1", the first line where it is
// text.
void text_protocol(std::string& out, ByteView payload, u16 source_port, u16 destination_port) {
  const auto either = [&](u16 port) { return source_port == port || destination_port == port; };
  const std::string_view name = either(80) || either(8080)  ? "HTTP"
                                : either(21)                ? "FTP"
                                : either(25) || either(587) ? "SMTP"
                                                            : std::string_view{};
  if (name.empty() || payload.empty()) return;
  put(out, ": {}", name);
  const std::string_view text = as_text(payload);
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  const bool printable = std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 0x7f; });
  const bool ends = line.size() < text.size();
  if (printable && ends && !line.empty()) put(out, ": {}", line);
}

bool cut_short(std::string& out, std::string_view text) {
  out += text;
  return false;
}

}  // namespace

bool tcp_options(std::string& out, Region area) {
  std::string_view separator;
  while (area.size > 0) {
    out += separator;
    separator = ",";
    if (!area.has(0, 1)) return cut_short(out, "[|tcp]");
    const u8 kind = area.u8_at(0);
    if (kind <= 1) {
      out += kind == 0 ? "eol" : "nop";
      if (kind == 0) return true;
      area = area.from(1);
      continue;
    }
    if (area.size < 2) return cut_short(out, "[bad opt]");
    if (!area.has(0, 2)) return cut_short(out, "[|tcp]");
    const u32 length = area.u8_at(1);
    if (length < 2 || length > area.size) return cut_short(out, "[bad opt]");
    if (!area.has(0, length)) return cut_short(out, "[|tcp]");
    if (!tcp_option(out, kind, area.first(length).from(2))) put(out, "[len {}]", length);
    area = area.from(length);
  }
  return true;
}

void tcp(std::string& out, Region segment, const IpContext& ip) {
  if (!segment.has(0, 4)) {
    if (!ip.addresses_printed) put(out, "{} > {}: ", ip.source, ip.destination);
    out += "[|tcp]";
    return;
  }
  endpoints(out, ip, segment.u16_at(0), segment.u16_at(2));
  if (!segment.has(0, tcp_header_size)) {
    out += " [|tcp]";
    return;
  }
  const u32 header_size = (segment.u8_at(12) >> 4) * 4u;
  if (header_size < tcp_header_size) {
    return put(out, " tcp {} [bad hdr length {} - too short, < {}]",
               static_cast<i64>(segment.size) - header_size, header_size, tcp_header_size);
  }
  const auto flags = wire::TcpFlags::from_bits(segment.u8_at(13));
  put(out, "Flags [{}]", flags.to_string());
  if (header_size > segment.size) {
    return put(out, " [bad hdr length {} - too long, > {}]", header_size, segment.size);
  }
  const u32 length = segment.size - header_size;
  const u32 seq = segment.u32_at(4);
  if (length > 0) {
    put(out, ", seq {}:{}", seq, seq + length);
  } else if (flags.fin() || flags.syn() || flags.rst()) {
    put(out, ", seq {}", seq);
  }
  if (flags.ack()) put(out, ", ack {}", segment.u32_at(8));
  put(out, ", win {}", segment.u16_at(14));
  if (flags.urg()) put(out, ", urg {}", segment.u16_at(18));
  if (header_size > tcp_header_size) {
    out += ", options [";
    const bool whole = tcp_options(out, segment.first(header_size).from(tcp_header_size));
    out += ']';
    if (!whole) return;
  }
  put(out, ", length {}", length);
  text_protocol(out, segment.from(header_size).held, segment.u16_at(0), segment.u16_at(2));
}

void udp(std::string& out, Region datagram, const IpContext& ip) {
  if (!datagram.has(0, 4)) {
    if (!ip.addresses_printed) put(out, "{} > {}: ", ip.source, ip.destination);
    out += " [|udp]";
    return;
  }
  endpoints(out, ip, datagram.u16_at(0), datagram.u16_at(2));
  if (datagram.size < udp_header_size) return put(out, "truncated-udp {}", datagram.size);
  if (!datagram.has(0, udp_header_size)) return put(out, " [|udp]");
  const u32 length = datagram.u16_at(4);
  if (length < udp_header_size) return put(out, "truncated-udplength {}", length);
  if (length > datagram.size && !ip.fragment) {
    return put(out, "UDP, bad length {} > {}", length - udp_header_size,
               datagram.size - udp_header_size);
  }
  put(out, "UDP, length {}", length - udp_header_size);
}

}  // namespace catenet::print
