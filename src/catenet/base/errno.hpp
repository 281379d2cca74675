// POSIX error numbers as a type: all that POSIX.1-2024 names, and those that Linux's sockets add.
// The value is the machine's own errno value.
#pragma once

#include <cerrno>
#include <expected>
#include <string_view>

namespace catenet {

// One row an error, so that none can lack its name or text: the enumerator, the symbol, and what
// strerror says in the C locale. In the order of Linux's values.
#define CATENET_ERRNOS(X)                                                               \
  X(not_permitted, EPERM, "Operation not permitted")                                    \
  X(no_entry, ENOENT, "No such file or directory")                                      \
  X(no_process, ESRCH, "No such process")                                               \
  X(interrupted, EINTR, "Interrupted system call")                                      \
  X(io_error, EIO, "Input/output error")                                                \
  X(no_device_or_address, ENXIO, "No such device or address")                           \
  X(argument_list_too_long, E2BIG, "Argument list too long")                            \
  X(executable_format, ENOEXEC, "Exec format error")                                    \
  X(bad_descriptor, EBADF, "Bad file descriptor")                                       \
  X(no_child_process, ECHILD, "No child processes")                                     \
  X(again, EAGAIN, "Resource temporarily unavailable")                                  \
  X(out_of_memory, ENOMEM, "Cannot allocate memory")                                    \
  X(access_denied, EACCES, "Permission denied")                                         \
  X(bad_address, EFAULT, "Bad address")                                                 \
  X(busy, EBUSY, "Device or resource busy")                                             \
  X(exists, EEXIST, "File exists")                                                      \
  X(cross_device, EXDEV, "Invalid cross-device link")                                   \
  X(no_device, ENODEV, "No such device")                                                \
  X(not_directory, ENOTDIR, "Not a directory")                                          \
  X(is_directory, EISDIR, "Is a directory")                                             \
  X(invalid, EINVAL, "Invalid argument")                                                \
  X(too_many_files_in_system, ENFILE, "Too many open files in system")                  \
  X(too_many_files, EMFILE, "Too many open files")                                      \
  X(not_terminal, ENOTTY, "Inappropriate ioctl for device")                             \
  X(text_busy, ETXTBSY, "Text file busy")                                               \
  X(file_too_large, EFBIG, "File too large")                                            \
  X(no_space, ENOSPC, "No space left on device")                                        \
  X(illegal_seek, ESPIPE, "Illegal seek")                                               \
  X(read_only, EROFS, "Read-only file system")                                          \
  X(too_many_links, EMLINK, "Too many links")                                           \
  X(broken_pipe, EPIPE, "Broken pipe")                                                  \
  X(out_of_domain, EDOM, "Numerical argument out of domain")                            \
  X(out_of_range, ERANGE, "Numerical result out of range")                              \
  X(deadlock, EDEADLK, "Resource deadlock avoided")                                     \
  X(name_too_long, ENAMETOOLONG, "File name too long")                                  \
  X(no_locks, ENOLCK, "No locks available")                                             \
  X(function_not_supported, ENOSYS,                                                     \
    "Function not "                                                                     \
    "implemented")                                                                      \
  X(not_empty, ENOTEMPTY, "Directory not empty")                                        \
  X(too_many_symbolic_links, ELOOP, "Too many levels of symbolic links")                \
  X(no_message, ENOMSG, "No message of desired type")                                   \
  X(identifier_removed, EIDRM, "Identifier removed")                                    \
  X(no_network, ENONET, "Machine is not on the network")                                \
  X(no_link, ENOLINK, "Link has been severed")                                          \
  X(protocol_error, EPROTO, "Protocol error")                                           \
  X(multihop, EMULTIHOP, "Multihop attempted")                                          \
  X(bad_message, EBADMSG, "Bad message")                                                \
  X(overflow, EOVERFLOW, "Value too large for defined data type")                       \
  X(illegal_byte_sequence, EILSEQ, "Invalid or incomplete multibyte or wide character") \
  X(not_socket, ENOTSOCK, "Socket operation on non-socket")                             \
  X(destination_required, EDESTADDRREQ, "Destination address required")                 \
  X(message_size, EMSGSIZE, "Message too long")                                         \
  X(protocol_type, EPROTOTYPE, "Protocol wrong type for socket")                        \
  X(no_protocol_option, ENOPROTOOPT, "Protocol not available")                          \
  X(protocol_not_supported, EPROTONOSUPPORT, "Protocol not supported")                  \
  X(socket_type_not_supported, ESOCKTNOSUPPORT, "Socket type not supported")            \
  X(operation_not_supported, EOPNOTSUPP, "Operation not supported")                     \
  X(protocol_family_not_supported, EPFNOSUPPORT, "Protocol family not supported")       \
  X(family_not_supported, EAFNOSUPPORT, "Address family not supported by protocol")     \
  X(address_in_use, EADDRINUSE, "Address already in use")                               \
  X(address_not_available, EADDRNOTAVAIL, "Cannot assign requested address")            \
  X(network_down, ENETDOWN, "Network is down")                                          \
  X(network_unreachable, ENETUNREACH, "Network is unreachable")                         \
  X(network_reset, ENETRESET, "Network dropped connection on reset")                    \
  X(connection_aborted, ECONNABORTED, "Software caused connection abort")               \
  X(connection_reset, ECONNRESET, "Connection reset by peer")                           \
  X(no_buffer_space, ENOBUFS, "No buffer space available")                              \
  X(is_connected, EISCONN, "Transport endpoint is already connected")                   \
  X(not_connected, ENOTCONN, "Transport endpoint is not connected")                     \
  X(shut_down, ESHUTDOWN, "Cannot send after transport endpoint shutdown")              \
  X(too_many_references, ETOOMANYREFS, "Too many references: cannot splice")            \
  X(timed_out, ETIMEDOUT, "Connection timed out")                                       \
  X(connection_refused, ECONNREFUSED, "Connection refused")                             \
  X(host_down, EHOSTDOWN, "Host is down")                                               \
  X(host_unreachable, EHOSTUNREACH, "No route to host")                                 \
  X(already, EALREADY, "Operation already in progress")                                 \
  X(in_progress, EINPROGRESS, "Operation now in progress")                              \
  X(stale_handle, ESTALE, "Stale file handle")                                          \
  X(quota_exceeded, EDQUOT, "Disk quota exceeded")                                      \
  X(canceled, ECANCELED, "Operation canceled")                                          \
  X(owner_dead, EOWNERDEAD, "Owner died")                                               \
  X(not_recoverable, ENOTRECOVERABLE, "State not recoverable")

enum class Errno : int {
  ok = 0,
#define CATENET_ENUMERATOR(enumerator, symbol, text) enumerator = (symbol),
  CATENET_ERRNOS(CATENET_ENUMERATOR)
#undef CATENET_ENUMERATOR
};

// The symbol, as in "ECONNREFUSED".
std::string_view errno_name(Errno error);
// What strerror says in the C locale, as in "Connection refused".
std::string_view errno_text(Errno error);

template <typename T>
using Result = std::expected<T, Errno>;
using Unexpected = std::unexpected<Errno>;

}  // namespace catenet
