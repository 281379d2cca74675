// Datagrams between the kernel and Catenet: empty, the largest, in fragments, without checksum, and
// to a port that nobody has.
#include "kernel_link_test.hpp"

namespace catenet::interop {
namespace {

class KernelUdp : public KernelLink, public testing::WithParamInterface<Roles> {
 protected:
  void SetUp() override {
    KernelLink::SetUp();
    if (IsSkipped()) return;
    first = open(GetParam().kernel_first, GetParam().family, SocketType::datagram);
    second = open(!GetParam().kernel_first, GetParam().family, SocketType::datagram);
    ASSERT_TRUE(first->bind({address(GetParam().kernel_first, GetParam().family), 0}));
    ASSERT_TRUE(second->bind({address(!GetParam().kernel_first, GetParam().family), 45'001}));
    ASSERT_TRUE(first->connect(second->local()));
  }
  std::optional<std::string> received(Socket& socket) {
    std::optional<std::string> got;
    std::vector<u8> buffer(65'536);
    until([&] {
      const auto n = socket.receive(buffer);
      if (n) got = as_text(ByteView(buffer).first(*n));
      return got.has_value();
    });
    return got;
  }
  static std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
  }

  SocketPtr first, second;
};

TEST_P(KernelUdp, every_size_arrives_as_it_was_sent) {
  const std::size_t largest = GetParam().family == Family::ipv4 ? 65'507 : 65'487;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{1'452}, std::size_t{1'453}, std::size_t{1'472},
        std::size_t{1'473}, std::size_t{2'952}, std::size_t{2'953}, std::size_t{8'000}, largest - 1,
        largest}) {
    const std::string sent = bytes(size);
    const auto n = first->send(as_bytes(sent));
    ASSERT_TRUE(n.has_value()) << size << ": " << errno_name(n.error());
    const auto got = received(*second);
    ASSERT_TRUE(got.has_value()) << size;
    EXPECT_TRUE(*got == sent) << size;
  }
}

TEST_P(KernelUdp, one_more_than_the_largest_is_refused) {
  const std::size_t largest = GetParam().family == Family::ipv4 ? 65'507 : 65'527;
  EXPECT_EQ(first->send(as_bytes(bytes(largest + 1))).error(), Errno::message_size);
}

TEST_P(KernelUdp, port_nobody_has_is_told_to_a_connected_socket) {
  second->close();
  ASSERT_TRUE(first->send(as_bytes("hello")));
  ASSERT_TRUE(until([&] { return first->readiness().readable || first->readiness().error; }));
  std::array<u8, 8> buffer{};
  EXPECT_EQ(first->receive(buffer).error(), Errno::connection_refused);
  EXPECT_EQ(first->receive(buffer).error(), Errno::again) << "told once";
}

TEST_P(KernelUdp, dont_fragment_and_too_long_is_refused_with_the_mtu_known) {
  ASSERT_TRUE(first->set_option(SocketOption::dont_fragment, 1));
  EXPECT_EQ(first->send(as_bytes(bytes(1'473))).error(), Errno::message_size);
  const auto mtu = first->option(SocketOption::path_mtu);
  ASSERT_TRUE(mtu.has_value());
  EXPECT_EQ(*mtu, 1'500);
}

TEST_P(KernelUdp, many_in_a_row_arrive_in_order) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(first->send(as_bytes(std::to_string(i))));
    if (i % 50 != 49) continue;
    for (; next <= i; ++next) ASSERT_EQ(received(*second), std::to_string(next));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, KernelUdp, testing::ValuesIn(all_roles), roles_name);

// RFC 1122 section 4.1.3.4: a sender may leave the checksum out, and IPv4 then takes it.
TEST_F(KernelLink, datagram_without_checksum_is_taken_over_ipv4) {
  const SocketPtr mine = open(false, Family::ipv4, SocketType::datagram);
  ASSERT_TRUE(mine->bind({address(false, Family::ipv4), 45'001}));
  const os::Descriptor sender = kernel_descriptor(AF_INET, SOCK_DGRAM);
  const int on = 1;
  ASSERT_EQ(::setsockopt(sender.get(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
  const os::SocketAddress to(mine->local(), Family::ipv4);
  ASSERT_EQ(::sendto(sender.get(), "bare", 4, 0, to.get(), to.size), 4);
  std::array<u8, 8> buffer{};
  ASSERT_TRUE(until([&] { return mine->readiness().readable; }));
  EXPECT_EQ(mine->receive(buffer), 4u);
}

}  // namespace
}  // namespace catenet::interop
