// Datagrams with descriptors over Unix sockets of kind SOCK_SEQPACKET. Read unix(7).
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
// Into `parts`, which are as long as it is. The kernel leaves out descriptors that this process has
// no room for.
Result<std::vector<os::Descriptor>> receive_datagram(int socket, std::span<iovec> parts, int flags);

}  // namespace catenet::program
