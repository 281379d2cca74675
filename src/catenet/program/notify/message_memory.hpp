// A message as sendmsg(2) and its kin have it, in the memory of a thread that waits in one of them.
#pragma once

#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <vector>

#include "catenet/program/notify/call.hpp"
#include "catenet/socket/socket.hpp"
#include "catenet/wire/address.hpp"

namespace catenet::program::notify {

// Where the parts of a message lie there. A plain buffer of sendto(2) or recvfrom(2) is one too.
struct MessageMemory {
  u64 name = 0;
  u32 name_room = 0;
  u64 name_size = 0;  // where the name's size is to be told, as an int; 0: nowhere
  std::vector<iovec> parts;
  u64 control = 0;
  u64 control_room = 0;
  u64 header = 0;  // of the msghdr itself; 0: there is none

  // The msghdr at `at`. EFAULT, EMSGSIZE (more parts than IOV_MAX), EINVAL (a length below zero),
  // ENOBUFS (so much control data).
  static Result<MessageMemory> of_header(const TrappedCall& call, u64 at);
  // The arguments of sendto or recvfrom.
  static MessageMemory of_buffer(const TrappedCall& call, bool receives);

  std::size_t room() const;
  // All bytes of the parts, at most `most` of them: EMSGSIZE.
  Result<std::vector<u8>> gather(const TrappedCall& call, std::size_t most) const;
  // Stores as many bytes as there is room for.
  Result<void> scatter(const TrappedCall& call, ByteView bytes) const;
  // Stores a name, cut to its room, and its size.
  Result<void> store_name(const TrappedCall& call, ByteView name) const;
  // Of a msghdr: the control data that fits and the flags, MSG_CTRUNC where it did not.
  Result<void> store_control(const TrappedCall& call, ByteView control, int flags) const;
};

// Control messages, one behind the other.
class ControlWriter {
 public:
  template <typename T>
  void add(int level, int type, const T& value) {
    append(level, type, {reinterpret_cast<const u8*>(&value), sizeof value});
  }
  void append(int level, int type, ByteView value);
  ByteView bytes() const { return bytes_; }

 private:
  std::vector<u8> bytes_;
};

// What of control messages a program has room for: as the kernel does, the first that does not fit
// is cut, but padding may be missing.
struct FittingControl {
  std::vector<u8> bytes;
  bool cut = false;
};
FittingControl fit_control(ByteView control, std::size_t room);

// Calls `visit(level, type, value)` for each control message in `control`. False: one of them is
// malformed.
template <typename Visit>
bool each_control(std::vector<u8>& control, Visit visit) {
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    const auto at = static_cast<std::size_t>(reinterpret_cast<u8*>(head) - control.data());
    if (head->cmsg_len < CMSG_LEN(0) || head->cmsg_len > control.size() - at) return false;
    visit(head->cmsg_level, head->cmsg_type,
          ByteView(CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0)));
  }
  return true;
}

// The value of a control message, which is at least so large.
template <typename T>
T control_value(ByteView bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Puts what a control message of sendmsg asks for into `into`. False: there is no such one, or it
// is too short (EINVAL). Levels that are none of a datagram's are passed over.
bool take_control(int level, int type, ByteView value, SendControl& into);

}  // namespace catenet::program::notify
