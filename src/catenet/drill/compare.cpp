#include "catenet/drill/compare.hpp"

#include <fmt/core.h>

#include "catenet/drill/print.hpp"

namespace catenet::drill {
namespace {

class Comparison {
 public:
  template <typename T>
  void field(std::string_view name, const T& wanted, const T& came) {
    if (!(wanted == came)) note(name, fmt::format("{}", wanted), fmt::format("{}", came));
  }
  void note(std::string_view name, std::string_view wanted, std::string_view came) {
    found.push_back(fmt::format("{}: {} was expected, {} came", name, wanted, came));
  }
  std::vector<std::string> found;
};

std::string options_text(const std::vector<TcpOption>& options) {
  if (options.empty()) return "none";
  std::string out = "<";
  for (const TcpOption& option : options) {
    if (out.size() > 1) out += ',';
    out += to_text(option);
  }
  return out + ">";
}

void compare_text(Comparison& c, std::optional<u32> wrong_byte) {
  if (wrong_byte)
    c.found.push_back(fmt::format("text: byte {} is not what was written", *wrong_byte));
}

void compare(Comparison& c, const Segment& wanted, const Segment& came) {
  c.field("flags", flags_text(wanted.flags), flags_text(came.flags));
  c.field("seq", wanted.seq, came.seq);
  c.field("length", wanted.length, came.length);
  if (wanted.flags.ack()) c.field("ack", wanted.ack, came.ack);
  if (wanted.window) c.field("win", *wanted.window, came.window.value_or(0));
  c.field("urg", wanted.urgent, came.urgent);
  if (!wanted.any_options && wanted.options != came.options) {
    c.note("options", options_text(wanted.options), options_text(came.options));
  }
  compare_text(c, came.wrong_byte);
}

void compare(Comparison& c, const Datagram& wanted, const Datagram& came) {
  c.field("length", wanted.length, came.length);
  compare_text(c, came.wrong_byte);
}

void compare(Comparison& c, const IcmpMessage& wanted, const IcmpMessage& came) {
  c.field("type", wanted.type, came.type);
  if (!wanted.code.empty() || !came.code.empty()) c.field("code", wanted.code, came.code);
  if (wanted.mtu) c.field("mtu", *wanted.mtu, came.mtu.value_or(0));
  if (wanted.id) c.field("id", *wanted.id, came.id.value_or(0));
  if (!wanted.quotes) return;
  const bool udp = wanted.echoed == IcmpMessage::Echoed::udp;
  c.field("quoted protocol", std::string(udp ? "udp" : "tcp"),
          std::string(came.echoed == IcmpMessage::Echoed::udp ? "udp" : "tcp"));
  if (!udp) c.field("quoted seq", wanted.seq, came.seq);
  c.field("quoted length", wanted.length, came.length);
}

bool mark_fits(EcnWanted wanted, EcnWanted came) {
  if (wanted == EcnWanted::ect_0_or_1) {
    return came == EcnWanted::ect_0 || came == EcnWanted::ect_1;
  }
  return wanted == EcnWanted::any || wanted == came;
}

void compare(Comparison& c, const IpWanted& wanted, const IpWanted& came) {
  if (!mark_fits(wanted.ecn, came.ecn)) c.note("ECN", to_text(wanted.ecn), to_text(came.ecn));
  if (wanted.tos) c.field("tos", *wanted.tos, came.tos.value_or(0));
  if (wanted.ttl) c.field("ttl", *wanted.ttl, came.ttl.value_or(0));
}

std::string_view kind_of(const PacketEvent& packet) {
  static constexpr std::string_view names[] = {"a TCP segment", "a UDP datagram",
                                               "an ICMP message"};
  return names[packet.body.index()];
}

}  // namespace

std::vector<std::string> differences(const PacketEvent& wanted, const PacketEvent& came) {
  Comparison c;
  if (wanted.body.index() != came.body.index()) {
    c.note("packet", kind_of(wanted), kind_of(came));
    return c.found;
  }
  compare(c, wanted.ip, came.ip);
  if (wanted.source_port != 0) {
    c.field("source port", wanted.source_port, came.source_port);
    c.field("destination port", wanted.destination_port, came.destination_port);
  }
  std::visit(
      [&](const auto& body) {
        compare(c, body, std::get<std::decay_t<decltype(body)>>(came.body));
      },
      wanted.body);
  return c.found;
}

}  // namespace catenet::drill
