#include "catenet/drill/print.hpp"

#include "catenet/base/text.hpp"

namespace catenet::drill {
namespace {

std::string hex_text(const std::vector<u8>& bytes) {
  std::string out;
  for (const u8 byte : bytes) append_format(out, "{:02x}", byte);
  return out;
}

std::string ip_text(const IpWanted& ip) {
  if (ip.tos) return fmt::format("(tos {:#04x}) ", *ip.tos);
  if (ip.ttl) return fmt::format("(ttl {}) ", *ip.ttl);
  if (ip.ecn != EcnWanted::any) return fmt::format("[{}] ", to_text(ip.ecn));
  return {};
}

}  // namespace

std::string flags_text(wire::TcpFlags flags) {
  std::string out;
  if (flags.fin()) out += 'F';
  if (flags.syn()) out += 'S';
  if (flags.rst()) out += 'R';
  if (flags.psh()) out += 'P';
  if (flags.urg()) out += 'U';
  if (flags.ece()) out += 'E';
  if (flags.cwr()) out += 'W';
  if (flags.ack()) out += '.';
  return out.empty() ? "-" : out;
}

std::string_view to_text(EcnWanted ecn) {
  switch (ecn) {
    case EcnWanted::any: return "any";
    case EcnWanted::not_ect: return "noecn";
    case EcnWanted::ect_0: return "ect0";
    case EcnWanted::ect_1: return "ect1";
    case EcnWanted::ce: return "ce";
    case EcnWanted::ect_0_or_1: return "ect01";
  }
  return {};
}

std::string to_text(const TcpOption& option) {
  switch (option.name) {
    case TcpOptionName::nop: return "nop";
    case TcpOptionName::end: return "eol";
    case TcpOptionName::mss: return fmt::format("mss {}", option.first);
    case TcpOptionName::window_scale: return fmt::format("wscale {}", option.first);
    case TcpOptionName::sack_permitted: return "sackOK";
    case TcpOptionName::timestamps:
      return fmt::format("TS val {} ecr {}", option.first, option.second);
    case TcpOptionName::fast_open:
      return option.bytes.empty() ? "FO" : "FO " + hex_text(option.bytes);
    case TcpOptionName::fast_open_experiment:
      return option.bytes.empty() ? "FOEXP" : "FOEXP " + hex_text(option.bytes);
    case TcpOptionName::unknown:
      return fmt::format("unknown-{} {}", option.first, hex_text(option.bytes));
    case TcpOptionName::sack: break;
  }
  std::string out = "sack";
  for (const auto& [left, right] : option.blocks) append_format(out, " {}:{}", left, right);
  return out;
}

std::string to_text(const Segment& segment) {
  std::string out = fmt::format("{} {}:{}({})", flags_text(segment.flags), segment.seq,
                                segment.seq + segment.length, segment.length);
  if (segment.flags.ack()) append_format(out, " ack {}", segment.ack);
  if (segment.window) append_format(out, " win {}", *segment.window);
  if (segment.urgent != 0) append_format(out, " urg {}", segment.urgent);
  if (segment.any_options) return out + " <...>";
  for (std::size_t i = 0; i < segment.options.size(); ++i) {
    out += (i == 0 ? " <" : ",") + to_text(segment.options[i]);
  }
  return segment.options.empty() ? out : out + ">";
}

std::string to_text(const Datagram& datagram) { return fmt::format("udp ({})", datagram.length); }

std::string to_text(const IcmpMessage& message) {
  std::string out = "icmp " + message.type;
  if (!message.code.empty()) out += " " + message.code;
  if (message.mtu) append_format(out, " mtu {}", *message.mtu);
  if (message.id) append_format(out, " id {}", *message.id);
  if (!message.quotes) return out;
  if (message.echoed == IcmpMessage::Echoed::udp) {
    return out + fmt::format(" [udp ({})]", message.length);
  }
  return out +
         fmt::format(" [{}:{}({})]", message.seq, message.seq + message.length, message.length);
}

std::string to_text(const PacketEvent& packet) {
  std::string out = packet.inbound ? "< " : "> ";
  out += ip_text(packet.ip);
  const bool udp = std::holds_alternative<Datagram>(packet.body);
  if (packet.source_port != 0) {
    const std::string ports = fmt::format("{} > {} ", packet.source_port, packet.destination_port);
    if (udp) {
      return out + fmt::format("udp {}({})", ports, std::get<Datagram>(packet.body).length);
    }
    out += ports;
  }
  return out + std::visit([](const auto& body) { return to_text(body); }, packet.body);
}

std::string time_text(Instant instant) {
  const i64 us = instant.since_start().us();
  return fmt::format("{}.{:06}", us / 1'000'000, us % 1'000'000);
}

}  // namespace catenet::drill
