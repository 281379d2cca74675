#include "catenet/program/control.hpp"

#include <array>
#include <cstring>
#include <sys/socket.h>

#include "catenet/base/assert.hpp"
#include "catenet/os/last_error.hpp"

namespace catenet::program {
namespace {

constexpr std::size_t most_descriptors = 3;

// Room for the descriptors of one message.
struct alignas(cmsghdr) Ancillary {
  std::array<u8, CMSG_SPACE(most_descriptors * sizeof(int))> bytes{};
};

void attach_descriptors(msghdr& message, Ancillary& ancillary, std::span<const int> descriptors) {
  const std::size_t size = descriptors.size() * sizeof(int);
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = CMSG_SPACE(size);
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(head), descriptors.data(), size);
}

std::vector<os::Descriptor> detach_descriptors(msghdr& message) {
  std::vector<os::Descriptor> descriptors;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

// Bytes of the next message; 0: the other end is gone.
Result<std::size_t> next_size(int socket, int flags) {
  ssize_t size;
  do {
    size = ::recv(socket, nullptr, 0, flags | MSG_PEEK | MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == ECONNRESET) return 0;
  if (size < 0) return os::last_error();
  return static_cast<std::size_t>(size);
}

}  // namespace

Result<void> send_message(int socket, const MessageHead& head, std::string_view text,
                          std::span<const int> descriptors) {
  CATENET_ASSERT(descriptors.size() <= most_descriptors);
  std::array<iovec, 2> parts{{{const_cast<MessageHead*>(&head), sizeof head},
                              {const_cast<char*>(text.data()), text.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  Ancillary ancillary;
  if (!descriptors.empty()) attach_descriptors(message, ancillary, descriptors);
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return os::last_error();
  return {};
}

Result<std::optional<Message>> receive_message(int socket, int flags) {
  const auto size = next_size(socket, flags);
  if (!size) return Unexpected(size.error());
  if (*size == 0) return std::nullopt;
  if (*size < sizeof(MessageHead)) return Unexpected(Errno::protocol_error);
  Message received;
  received.text.resize(*size - sizeof(MessageHead));
  std::array<iovec, 2> parts{
      {{&received.head, sizeof received.head}, {received.text.data(), received.text.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  Ancillary ancillary;
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = ancillary.bytes.size();
  if (::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC) < 0) return os::last_error();
  received.descriptors = detach_descriptors(message);
  return received;
}

}  // namespace catenet::program
