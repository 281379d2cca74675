#include "catenet/program/notify/message_memory.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <cstring>
#include <netinet/in.h>

namespace catenet::program::notify {
namespace {

// MAX_RW_COUNT: no call moves more than that at once.
constexpr std::size_t most_bytes = 0x7fff'f000;

// As the kernel: parts beyond what one call moves are cut. EINVAL: a length below zero.
Result<void> limit(std::vector<iovec>& parts) {
  std::size_t left = most_bytes;
  for (iovec& part : parts) {
    if (static_cast<ssize_t>(part.iov_len) < 0) return Unexpected(Errno::invalid);
    part.iov_len = std::min(part.iov_len, left);
    left -= part.iov_len;
  }
  return {};
}

}  // namespace

Result<MessageMemory> MessageMemory::of_header(const TrappedCall& call, u64 at) {
  const auto header = call.read_object<msghdr>(at);
  if (!header) return Unexpected(header.error());
  if (header->msg_iovlen > IOV_MAX) return Unexpected(Errno::message_size);
  const bool named = header->msg_name != nullptr;
  if (named && static_cast<i32>(header->msg_namelen) < 0) return Unexpected(Errno::invalid);
  MessageMemory memory;
  memory.header = at;
  memory.name = reinterpret_cast<u64>(header->msg_name);
  memory.name_room = std::min<u32>(header->msg_namelen, sizeof(sockaddr_storage));
  memory.name_size = at + offsetof(msghdr, msg_namelen);
  memory.control = reinterpret_cast<u64>(header->msg_control);
  memory.control_room = header->msg_controllen;
  memory.parts.resize(header->msg_iovlen);
  const MutableBytes into(reinterpret_cast<u8*>(memory.parts.data()),
                          memory.parts.size() * sizeof(iovec));
  if (const auto done = call.read(reinterpret_cast<u64>(header->msg_iov), into); !done) {
    return Unexpected(done.error());
  }
  if (const auto limited = limit(memory.parts); !limited) return Unexpected(limited.error());
  return memory;
}

MessageMemory MessageMemory::of_buffer(const TrappedCall& call, bool receives) {
  MessageMemory memory;
  memory.parts.push_back({std::bit_cast<void*>(call.argument(1)),
                          std::min<std::size_t>(call.argument(2), most_bytes)});
  memory.name = call.argument(4);
  if (receives) {
    memory.name_size = call.argument(5);
    if (memory.name != 0 && memory.name_size != 0) {
      memory.name_room =
          static_cast<u32>(std::max(call.read_object<i32>(memory.name_size).value_or(0), 0));
    }
  } else {
    memory.name_room = static_cast<u32>(call.argument(5));
  }
  return memory;
}

std::size_t MessageMemory::room() const {
  std::size_t sum = 0;
  for (const iovec& part : parts) sum += part.iov_len;
  return sum;
}

Result<std::vector<u8>> MessageMemory::gather(const TrappedCall& call, std::size_t most) const {
  if (room() > most) return Unexpected(Errno::message_size);
  std::vector<u8> bytes(room());
  MutableBytes into(bytes);
  for (const iovec& part : parts) {
    const auto done = call.read(reinterpret_cast<u64>(part.iov_base), into.first(part.iov_len));
    if (!done) return Unexpected(done.error());
    into = into.subspan(part.iov_len);
  }
  return bytes;
}

Result<void> MessageMemory::scatter(const TrappedCall& call, ByteView bytes) const {
  for (const iovec& part : parts) {
    const ByteView some = bytes.first(std::min(bytes.size(), part.iov_len));
    if (auto done = call.write(reinterpret_cast<u64>(part.iov_base), some); !done) return done;
    bytes = bytes.subspan(some.size());
  }
  return {};
}

Result<void> MessageMemory::store_name(const TrappedCall& call, ByteView bytes) const {
  if (name == 0) return {};
  const std::size_t size = std::min<std::size_t>(name_room, bytes.size());
  if (auto done = call.write(name, bytes.first(size)); !done) return done;
  if (name_size == 0) return {};
  return call.write_object(name_size, static_cast<i32>(bytes.size()));
}

Result<void> MessageMemory::store_control(const TrappedCall& call, ByteView bytes,
                                          int flags) const {
  if (header == 0) return {};
  const FittingControl fitting = fit_control(bytes, control != 0 ? control_room : 0);
  if (fitting.cut) flags |= MSG_CTRUNC;
  // As the kernel: where they cannot be stored, there were none.
  const std::size_t stored = call.write(control, fitting.bytes) ? fitting.bytes.size() : 0;
  auto done = call.write_object(header + offsetof(msghdr, msg_controllen), stored);
  if (!done) return done;
  return call.write_object(header + offsetof(msghdr, msg_flags), flags);
}

FittingControl fit_control(ByteView control, std::size_t room) {
  FittingControl fitting;
  std::vector<u8>& bytes = fitting.bytes;
  while (control.size() >= sizeof(cmsghdr) && room - bytes.size() >= sizeof(cmsghdr)) {
    cmsghdr head;
    std::memcpy(&head, control.data(), sizeof head);
    const std::size_t space = CMSG_SPACE(head.cmsg_len - CMSG_LEN(0));
    const std::size_t stored = std::min(space, room - bytes.size());
    fitting.cut = fitting.cut || stored < head.cmsg_len;
    head.cmsg_len = std::min(head.cmsg_len, stored);
    const std::size_t at = bytes.size();
    bytes.insert(bytes.end(), control.begin(), control.begin() + static_cast<i64>(stored));
    std::memcpy(bytes.data() + at, &head, sizeof head);
    control = control.subspan(space);
  }
  fitting.cut = fitting.cut || !control.empty();
  return fitting;
}

void ControlWriter::append(int level, int type, ByteView value) {
  const std::size_t at = bytes_.size();
  bytes_.resize(at + CMSG_SPACE(value.size()));
  cmsghdr head{};
  head.cmsg_len = CMSG_LEN(value.size());
  head.cmsg_level = level;
  head.cmsg_type = type;
  std::memcpy(bytes_.data() + at, &head, sizeof head);
  std::memcpy(bytes_.data() + at + CMSG_LEN(0), value.data(), value.size());
}

namespace {

bool take_byte(ByteView value, u8& into) {
  if (value.size() < sizeof(int)) return false;
  const int given = control_value<int>(value);
  if (given < 0 || given > 255) return false;
  into = static_cast<u8>(given);
  return true;
}

bool take_class(ByteView value, SendControl& into) {
  u8 given = 0;
  const bool one_byte = value.size() == 1;  // ip(7) takes both
  if (one_byte) given = value[0];
  if (!one_byte && !take_byte(value, given)) return false;
  into.traffic_class = given;
  return true;
}

bool take_ipv4_control(int type, ByteView value, SendControl& into) {
  switch (type) {
    case IP_PKTINFO: {
      if (value.size() < sizeof(in_pktinfo)) return false;
      const auto info = control_value<in_pktinfo>(value);
      into.interface = static_cast<u32>(info.ipi_ifindex);
      into.source = Ipv4Address::from_u32(ntohl(info.ipi_spec_dst.s_addr));
      return true;
    }
    case IP_TTL: return take_byte(value, into.ttl) && into.ttl != 0;
    case IP_TOS: return take_class(value, into);
    default: return false;
  }
}

bool take_ipv6_control(int type, ByteView value, SendControl& into) {
  switch (type) {
    case IPV6_PKTINFO: {
      if (value.size() < sizeof(in6_pktinfo)) return false;
      const auto info = control_value<in6_pktinfo>(value);
      into.interface = info.ipi6_ifindex;
      std::array<u8, 16> bytes;
      std::memcpy(bytes.data(), &info.ipi6_addr, bytes.size());
      into.source = Ipv6Address(bytes);
      return true;
    }
    case IPV6_HOPLIMIT: return take_byte(value, into.ttl);
    case IPV6_TCLASS: return take_class(value, into);
    default: return false;
  }
}

}  // namespace

bool take_control(int level, int type, ByteView value, SendControl& into) {
  switch (level) {
    case SOL_SOCKET: return type == SCM_RIGHTS || type == SCM_CREDENTIALS;
    case IPPROTO_IP: return take_ipv4_control(type, value, into);
    case IPPROTO_IPV6: return take_ipv6_control(type, value, into);
    case IPPROTO_UDP: return false;
    default: return true;
  }
}

}  // namespace catenet::program::notify
