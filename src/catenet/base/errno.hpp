// POSIX error numbers as a type. The value is the machine's own errno value.
#pragma once

#include <cerrno>
#include <expected>
#include <string_view>

namespace catenet {

enum class Errno : int {
  ok = 0,
  not_permitted = EPERM,
  no_entry = ENOENT,
  interrupted = EINTR,
  io_error = EIO,
  bad_descriptor = EBADF,
  again = EAGAIN,
  out_of_memory = ENOMEM,
  access_denied = EACCES,
  bad_address = EFAULT,
  busy = EBUSY,
  exists = EEXIST,
  no_device = ENODEV,
  not_directory = ENOTDIR,
  is_directory = EISDIR,
  invalid = EINVAL,
  too_many_files = EMFILE,
  broken_pipe = EPIPE,
  not_socket = ENOTSOCK,
  destination_required = EDESTADDRREQ,
  message_size = EMSGSIZE,
  protocol_type = EPROTOTYPE,
  no_protocol_option = ENOPROTOOPT,
  protocol_not_supported = EPROTONOSUPPORT,
  operation_not_supported = EOPNOTSUPP,
  family_not_supported = EAFNOSUPPORT,
  address_in_use = EADDRINUSE,
  address_not_available = EADDRNOTAVAIL,
  network_down = ENETDOWN,
  network_unreachable = ENETUNREACH,
  connection_aborted = ECONNABORTED,
  connection_reset = ECONNRESET,
  no_buffer_space = ENOBUFS,
  is_connected = EISCONN,
  not_connected = ENOTCONN,
  timed_out = ETIMEDOUT,
  connection_refused = ECONNREFUSED,
  host_unreachable = EHOSTUNREACH,
  protocol_error = EPROTO,
  already = EALREADY,
  in_progress = EINPROGRESS,
  canceled = ECANCELED,
};

// The symbol, as in "ECONNREFUSED".
std::string_view errno_name(Errno error);
// What strerror says in the C locale, as in "Connection refused".
std::string_view errno_text(Errno error);

template <typename T>
using Result = std::expected<T, Errno>;
using Unexpected = std::unexpected<Errno>;

}  // namespace catenet
