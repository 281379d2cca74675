#include "catenet/program/notify/message_memory.hpp"

#include <algorithm>
#include <climits>
#include <cstring>

namespace catenet::program::notify {

Result<MessageMemory> MessageMemory::of_header(const TrappedCall& call, u64 at) {
  const auto header = call.read_object<msghdr>(at);
  if (!header) return Unexpected(header.error());
  if (header->msg_iovlen > IOV_MAX) return Unexpected(Errno::message_size);
  MessageMemory memory;
  memory.header = at;
  memory.name = reinterpret_cast<u64>(header->msg_name);
  memory.name_room = header->msg_namelen;
  memory.name_size = at + offsetof(msghdr, msg_namelen);
  memory.control = reinterpret_cast<u64>(header->msg_control);
  memory.control_room = header->msg_controllen;
  memory.parts.resize(header->msg_iovlen);
  const MutableBytes into(reinterpret_cast<u8*>(memory.parts.data()),
                          memory.parts.size() * sizeof(iovec));
  if (const auto done = call.read(reinterpret_cast<u64>(header->msg_iov), into); !done) {
    return Unexpected(done.error());
  }
  return memory;
}

MessageMemory MessageMemory::of_buffer(const TrappedCall& call, bool receives) {
  MessageMemory memory;
  memory.parts.push_back({reinterpret_cast<void*>(call.argument(1)), call.argument(2)});
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
  if (bytes.size() > control_room) {
    flags |= MSG_CTRUNC;
    bytes = {};
  }
  if (auto done = call.write(control, bytes); !done) return done;
  auto done = call.write_object(header + offsetof(msghdr, msg_controllen), bytes.size());
  if (!done) return done;
  return call.write_object(header + offsetof(msghdr, msg_flags), flags);
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

}  // namespace catenet::program::notify
