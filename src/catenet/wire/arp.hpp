// ARP for IPv4 over Ethernet: read RFC 826, RFC 5227 (probes, announcements, conflicts), RFC 903
// (reverse ARP's codes).
#pragma once

#include <optional>

#include "catenet/base/endian.hpp"
#include "catenet/wire/ipv4_address.hpp"
#include "catenet/wire/mac_address.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

enum class ArpOperation : u16 { request = 1, reply = 2, reverse_request = 3, reverse_reply = 4 };

struct ArpPacket {
  static constexpr u32 size = 28;

  ArpOperation operation = ArpOperation::request;
  MacAddress sender_mac{};
  Ipv4Address sender_ip{};
  MacAddress target_mac{};
  Ipv4Address target_ip{};

  // Who has `target`? From an address of ours.
  static constexpr ArpPacket request(MacAddress mac, Ipv4Address ip, Ipv4Address target) {
    return {ArpOperation::request, mac, ip, {}, target};
  }
  // May I have `target`? The sender's address stays zero, to teach nobody (RFC 5227 2.1.1).
  static constexpr ArpPacket probe(MacAddress mac, Ipv4Address target) {
    return {ArpOperation::request, mac, {}, {}, target};
  }
  // I use `ip` now (RFC 5227 2.3).
  static constexpr ArpPacket announcement(MacAddress mac, Ipv4Address ip) {
    return {ArpOperation::request, mac, ip, {}, ip};
  }
  // The answer to this request, from `mac` (RFC 826, packet reception).
  constexpr ArpPacket reply_from(MacAddress mac) const {
    return {ArpOperation::reply, mac, target_ip, sender_mac, sender_ip};
  }

  constexpr bool is_probe() const {
    return operation == ArpOperation::request && sender_ip.is_unspecified();
  }
  constexpr bool is_gratuitous() const { return sender_ip == target_ip; }

  // truncated; bad_type unless hardware is Ethernet, protocol IPv4 and the operation one of ours;
  // bad_length unless address lengths are 6 and 4. Padding behind is ignored.
  static Parsed<ArpPacket> parse(ByteView bytes);
  // Into `size` bytes.
  void emit(MutableBytes out) const;
  bool operator==(const ArpPacket&) const = default;
};

}  // namespace catenet::wire
