// Messages of netlink, built and read. Read netlink(7), rtnetlink(7) and RFC 3549 section 2.3.
#pragma once

#include <array>
#include <cstring>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <sys/socket.h>
#include <vector>

#include "catenet/base/types.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::os {

constexpr u32 netlink_aligned(u32 size) {
  return (size + NLMSG_ALIGNTO - 1) & ~u32{NLMSG_ALIGNTO - 1};
}
inline u8 netlink_family(Family family) { return family == Family::ipv4 ? AF_INET : AF_INET6; }

// One message: its header, the fixed part of its type, then attributes.
class NetlinkMessage {
 public:
  template <typename Body>
  NetlinkMessage(u16 type, u16 flags, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    put(&header, sizeof header);
    put(&body, sizeof body);
  }

  void attribute(u16 type, ByteView value);
  void attribute(u16 type, u32 value) { object(type, value); }
  void attribute(u16 type, const IpAddress& value) { attribute(type, value.bytes()); }
  // With the zero that ends it.
  void text(u16 type, std::string_view text);
  template <typename T>
  void object(u16 type, const T& value) {
    attribute(type, ByteView(reinterpret_cast<const u8*>(&value), sizeof value));
  }
  // Attributes put until end() lie within this one. `body` comes before them.
  std::size_t begin(u16 type, ByteView body = {});
  void end(std::size_t began);

  void add_flags(u16 flags);
  // With its length filled in, and who asks.
  ByteView finish(u32 sequence, u32 port = 0);

 private:
  void put(const void* value, std::size_t size);

  std::vector<u8> bytes_;
};

// The attributes of a message, by type; empty: not there. Of two of a type the last.
class NetlinkAttributes {
 public:
  NetlinkAttributes() = default;
  explicit NetlinkAttributes(ByteView bytes);

  ByteView operator[](u16 type) const { return type < values_.size() ? values_[type] : ByteView(); }
  // 0 where it is not there, or no number.
  u32 number(u16 type) const;
  std::optional<IpAddress> address(u16 type) const;
  std::optional<MacAddress> mac(u16 type) const;
  // Without the zero that ends it.
  std::string_view text(u16 type) const;

 private:
  std::array<ByteView, 64> values_{};
};

// A message whose fixed part is `Body`.
template <typename Body>
struct NetlinkView {
  Body body{};
  NetlinkAttributes attributes;

  // Nothing: it is of another type, or too short.
  static std::optional<NetlinkView> parse(ByteView message, u16 type) {
    nlmsghdr header;
    if (message.size() < sizeof header + sizeof(Body)) return std::nullopt;
    std::memcpy(&header, message.data(), sizeof header);
    if (header.nlmsg_type != type) return std::nullopt;
    NetlinkView view;
    std::memcpy(&view.body, message.data() + sizeof header, sizeof(Body));
    const std::size_t behind = sizeof header + netlink_aligned(sizeof(Body));
    if (behind < message.size()) view.attributes = NetlinkAttributes(message.subspan(behind));
    return view;
  }
};

// Calls `visit(header, message)` for each message in `datagram`, header included.
template <typename Visit>
void each_netlink_message(ByteView datagram, Visit visit) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) return;
    visit(header, datagram.first(header.nlmsg_len));
    const std::size_t next = netlink_aligned(header.nlmsg_len);
    if (next >= datagram.size()) return;
    datagram = datagram.subspan(next);
  }
}

}  // namespace catenet::os
