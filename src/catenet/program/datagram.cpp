#include "catenet/program/datagram.hpp"

#include <array>
#include <cstring>
#include <sys/socket.h>

#include "catenet/base/assert.hpp"
#include "catenet/base/types.hpp"
#include "catenet/os/last_error.hpp"

namespace catenet::program {
namespace {

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

}  // namespace

Result<std::size_t> next_datagram(int socket, int flags) {
  ssize_t size;
  do {
    size = ::recv(socket, nullptr, 0, flags | MSG_PEEK | MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == ECONNRESET) return 0;
  if (size < 0) return os::last_error();
  return static_cast<std::size_t>(size);
}

Result<void> send_datagram(int socket, std::span<iovec> parts, std::span<const int> descriptors,
                           int flags) {
  CATENET_ASSERT(descriptors.size() <= most_descriptors);
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  Ancillary ancillary;
  if (!descriptors.empty()) attach_descriptors(message, ancillary, descriptors);
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return os::last_error();
  return {};
}

Result<ReceivedDatagram> receive_datagram(int socket, std::span<iovec> parts, int flags) {
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  Ancillary ancillary;
  message.msg_control = ancillary.bytes.data();
  message.msg_controllen = ancillary.bytes.size();
  const ssize_t size = ::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  if (size < 0) return os::last_error();
  return ReceivedDatagram{static_cast<std::size_t>(size), detach_descriptors(message)};
}

}  // namespace catenet::program
