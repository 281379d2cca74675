// Datagrams with descriptors over Unix sockets of kind SOCK_SEQPACKET or SOCK_DGRAM. Read unix(7).
#pragma once

#include <optional>
#include <span>
#include <sys/uio.h>
#include <vector>

#include "catenet/base/errno.hpp"
#include "catenet/os/descriptor.hpp"

namespace catenet::program {

inline constexpr std::size_t most_descriptors = 4;  // of one datagram

// All of `parts`. Errors: EPIPE when the other end is gone, EMSGSIZE, EAGAIN.
Result<void> send_datagram(int socket, std::span<iovec> parts, std::span<const int> descriptors,
                           int flags = 0);
// Bytes of the next datagram; 0: the other end is gone. Errors: EAGAIN.
Result<std::size_t> next_datagram(int socket, int flags);
struct ReceivedDatagram {
  std::size_t size = 0;  // what of it fitted
  std::vector<os::Descriptor> descriptors;
};
// Into `parts`. The kernel leaves out descriptors that this process has no room for. Errors:
// EAGAIN.
Result<ReceivedDatagram> receive_datagram(int socket, std::span<iovec> parts, int flags);

}  // namespace catenet::program
