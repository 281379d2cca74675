#include "catenet/base/errno.hpp"

#include <gtest/gtest.h>
#include <string.h>
#include <string>

namespace catenet {
namespace {

// Every member of Errno; a switch without default, so that the compiler names one that is missing
// here.
bool known(Errno error) {
  switch (error) {
    case Errno::ok:
    case Errno::not_permitted:
    case Errno::no_entry:
    case Errno::interrupted:
    case Errno::io_error:
    case Errno::bad_descriptor:
    case Errno::again:
    case Errno::out_of_memory:
    case Errno::access_denied:
    case Errno::bad_address:
    case Errno::busy:
    case Errno::exists:
    case Errno::no_device:
    case Errno::not_directory:
    case Errno::is_directory:
    case Errno::invalid:
    case Errno::too_many_files:
    case Errno::broken_pipe:
    case Errno::not_socket:
    case Errno::destination_required:
    case Errno::message_size:
    case Errno::protocol_type:
    case Errno::no_protocol_option:
    case Errno::protocol_not_supported:
    case Errno::operation_not_supported:
    case Errno::family_not_supported:
    case Errno::address_in_use:
    case Errno::address_not_available:
    case Errno::network_down:
    case Errno::network_unreachable:
    case Errno::connection_aborted:
    case Errno::connection_reset:
    case Errno::no_buffer_space:
    case Errno::is_connected:
    case Errno::not_connected:
    case Errno::timed_out:
    case Errno::connection_refused:
    case Errno::host_unreachable:
    case Errno::protocol_error:
    case Errno::already:
    case Errno::in_progress:
    case Errno::canceled: return true;
  }
  return false;
}

TEST(Errno, every_value_has_the_name_and_text_of_the_c_library) {
  int members = 0;
  for (int value = 0; value < 200; ++value) {
    const Errno error{value};
    if (!known(error)) continue;
    ++members;
    EXPECT_EQ(std::string(errno_name(error)), strerrorname_np(value)) << value;
    EXPECT_EQ(std::string(errno_text(error)), strerror(value)) << value;
  }
  EXPECT_EQ(members, 42);
}

TEST(Errno, unknown_value_has_a_name_too) {
  EXPECT_EQ(errno_name(Errno{9999}), "E?");
  EXPECT_EQ(errno_text(Errno{-1}), "Unknown error");
}

}  // namespace
}  // namespace catenet
