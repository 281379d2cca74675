#include "catenet/os/netlink_message.hpp"

#include <algorithm>

namespace catenet::os {

void NetlinkMessage::put(const void* value, std::size_t size) {
  const auto* const bytes = static_cast<const u8*>(value);
  if (size > 0) bytes_.insert(bytes_.end(), bytes, bytes + size);
  bytes_.resize(netlink_aligned(static_cast<u32>(bytes_.size())));
}

void NetlinkMessage::attribute(u16 type, ByteView value) {
  rtattr head{};
  head.rta_len = static_cast<u16>(sizeof head + value.size());
  head.rta_type = type;
  put(&head, sizeof head);
  put(value.data(), value.size());
}

void NetlinkMessage::text(u16 type, std::string_view text) {
  std::vector<u8> bytes(text.begin(), text.end());
  bytes.push_back(0);
  attribute(type, bytes);
}

std::size_t NetlinkMessage::begin(u16 type, ByteView body) {
  const std::size_t at = bytes_.size();
  attribute(type, body);
  return at;
}

void NetlinkMessage::end(std::size_t began) {
  const u16 length = static_cast<u16>(bytes_.size() - began);
  std::memcpy(bytes_.data() + began + offsetof(rtattr, rta_len), &length, sizeof length);
}

void NetlinkMessage::add_flags(u16 more) {
  u16 flags;
  std::memcpy(&flags, bytes_.data() + offsetof(nlmsghdr, nlmsg_flags), sizeof flags);
  flags |= more;
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_flags), &flags, sizeof flags);
}

ByteView NetlinkMessage::finish(u32 sequence, u32 port) {
  const u32 size = static_cast<u32>(bytes_.size());
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &size, sizeof size);
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_pid), &port, sizeof port);
  return bytes_;
}

NetlinkAttributes::NetlinkAttributes(ByteView bytes) {
  while (bytes.size() >= sizeof(rtattr)) {
    rtattr head;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > bytes.size()) return;
    const u16 type = head.rta_type & NLA_TYPE_MASK;
    if (type < values_.size()) {
      values_[type] = bytes.subspan(sizeof head, head.rta_len - sizeof head);
    }
    bytes = bytes.subspan(std::min<std::size_t>(netlink_aligned(head.rta_len), bytes.size()));
  }
}

u32 NetlinkAttributes::number(u16 type) const {
  u32 value = 0;
  const ByteView bytes = (*this)[type];
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::optional<IpAddress> NetlinkAttributes::address(u16 type) const {
  const ByteView bytes = (*this)[type];
  if (bytes.size() == Ipv4Address::byte_size) return Ipv4Address::load(bytes.data());
  if (bytes.size() == Ipv6Address::byte_size) return Ipv6Address::load(bytes.data());
  return std::nullopt;
}

std::optional<MacAddress> NetlinkAttributes::mac(u16 type) const {
  const ByteView bytes = (*this)[type];
  if (bytes.size() != MacAddress::byte_size) return std::nullopt;
  return MacAddress::load(bytes.data());
}

std::string_view NetlinkAttributes::text(u16 type) const {
  const std::string_view all = as_text((*this)[type]);
  return all.substr(0, all.find('\0'));
}

}  // namespace catenet::os
