// Whose descriptors are sockets, as proc(5) tells.
#include "catenet/program/notify/held_sockets.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "catenet/os/descriptor.hpp"
#include "catenet/program/datagram.hpp"
#include "catenet/program/notify/call.hpp"

namespace catenet::program::notify {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    a = os::Descriptor(ends[0]);
    b = os::Descriptor(ends[1]);
  }
  os::Descriptor a;
  os::Descriptor b;
};

void pass(int through, int fd) {
  u8 byte = 0;
  iovec part{&byte, 1};
  ASSERT_TRUE(send_datagram(through, {&part, 1}, {&fd, 1}));
}

const std::vector<pid_t> us{::getpid()};

TEST(HeldSockets, what_is_open_is_held_until_it_is_closed) {
  Pair pair;
  const u64 inode = inode_of(pair.a.get());
  const auto held = *held_sockets(us);
  const auto found = held.find(inode);
  ASSERT_NE(found, held.end());
  EXPECT_EQ(found->second.fd, pair.a.get());
  EXPECT_TRUE(is_held_as(found->second, inode));
  EXPECT_FALSE(is_held_as(found->second, inode + 1));
  pair.a.reset();
  EXPECT_FALSE(held_sockets(us)->contains(inode));
  EXPECT_FALSE(is_held_as(found->second, inode));
}

TEST(HeldSockets, table_of_a_thread_alone_is_looked_at) {
  Pair pair;
  const u64 inode = inode_of(pair.a.get());
  Pair gate;
  std::thread other([&] {
    ASSERT_EQ(::unshare(CLONE_FILES), 0);
    char byte = 0;
    ASSERT_EQ(::write(gate.a.get(), &byte, 1), 1);
    ASSERT_EQ(::read(gate.a.get(), &byte, 1), 1);
  });
  char byte = 0;
  ASSERT_EQ(::read(gate.b.get(), &byte, 1), 1);
  pair.a.reset();
  EXPECT_TRUE(held_sockets(us)->contains(inode));
  ASSERT_EQ(::write(gate.b.get(), &byte, 1), 1);
  other.join();
  EXPECT_FALSE(held_sockets(us)->contains(inode));
}

TEST(HeldSockets, descriptor_on_its_way_is_in_no_table_and_yet_there) {
  Pair pair;
  Pair way;
  EXPECT_FALSE(any_descriptor_in_flight(us, {}));
  pass(way.a.get(), pair.a.get());
  pair.a.reset();
  EXPECT_TRUE(any_descriptor_in_flight(us, {}));
  EXPECT_FALSE(any_descriptor_in_flight(us, {inode_of(way.b.get())}));
}

}  // namespace
}  // namespace catenet::program::notify
