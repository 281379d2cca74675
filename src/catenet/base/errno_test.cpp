#include "catenet/base/errno.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace catenet {
namespace {

// Of POSIX.1-2024, <errno.h>.
constexpr int posix[] = {
    E2BIG,           EACCES,          EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN,
    EALREADY,        EBADF,           EBADMSG,    EBUSY,         ECANCELED,    ECHILD,
    ECONNABORTED,    ECONNREFUSED,    ECONNRESET, EDEADLK,       EDESTADDRREQ, EDOM,
    EDQUOT,          EEXIST,          EFAULT,     EFBIG,         EHOSTUNREACH, EIDRM,
    EILSEQ,          EINPROGRESS,     EINTR,      EINVAL,        EIO,          EISCONN,
    EISDIR,          ELOOP,           EMFILE,     EMLINK,        EMSGSIZE,     EMULTIHOP,
    ENAMETOOLONG,    ENETDOWN,        ENETRESET,  ENETUNREACH,   ENFILE,       ENOBUFS,
    ENODEV,          ENOENT,          ENOEXEC,    ENOLCK,        ENOLINK,      ENOMEM,
    ENOMSG,          ENOPROTOOPT,     ENOSPC,     ENOSYS,        ENOTCONN,     ENOTDIR,
    ENOTEMPTY,       ENOTRECOVERABLE, ENOTSOCK,   ENOTSUP,       ENOTTY,       ENXIO,
    EOPNOTSUPP,      EOVERFLOW,       EOWNERDEAD, EPERM,         EPIPE,        EPROTO,
    EPROTONOSUPPORT, EPROTOTYPE,      ERANGE,     EROFS,         ESPIPE,       ESRCH,
    ESTALE,          ETIMEDOUT,       ETXTBSY,    EWOULDBLOCK,   EXDEV};

TEST(Errno, every_value_has_the_name_and_text_of_the_c_library) {
  int members = 0;
  for (int value = 0; value < 200; ++value) {
    const Errno error{value};
    if (errno_name(error) == "E?") continue;
    ++members;
    EXPECT_EQ(std::string(errno_name(error)), strerrorname_np(value)) << value;
    EXPECT_EQ(std::string(errno_text(error)), strerror(value)) << value;
  }
  EXPECT_EQ(members, 82);
}

TEST(Errno, every_error_that_posix_names_is_there) {
  for (const int value : posix) EXPECT_NE(errno_name(Errno{value}), "E?") << value;
}

TEST(Errno, value_of_the_machine_becomes_its_enumerator_and_back) {
  for (const int value : posix) EXPECT_EQ(static_cast<int>(Errno{value}), value);
  EXPECT_EQ(Errno{ELOOP}, Errno::too_many_symbolic_links);
  EXPECT_EQ(Errno{ENOSPC}, Errno::no_space);
  EXPECT_EQ(Errno{ENXIO}, Errno::no_device_or_address);
  EXPECT_EQ(Errno{EWOULDBLOCK}, Errno::again);
  EXPECT_EQ(Errno{ENOTSUP}, Errno::operation_not_supported);
}

TEST(Errno, unknown_value_has_a_name_too) {
  EXPECT_EQ(errno_name(Errno{9999}), "E?");
  EXPECT_EQ(errno_text(Errno{-1}), "Unknown error");
}

}  // namespace
}  // namespace catenet
