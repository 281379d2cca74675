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
  // Frames of the capture, so far, that tshark's `filter` picks.
  std::size_t count_of(const std::string& filter) const {
    const Folder folder;
    const std::string file = folder.write("lab.pcapng", sink.bytes());
    const std::string picked = output_of("tshark -n -r " + file + " -Y '" + filter + "'");
    return static_cast<std::size_t>(std::ranges::count(picked, '\n'));
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

// RFC 1122 section 4.1.3.4, RFC 6935 section 5: over IPv4 a sender may leave the checksum out; over
// IPv6 the receiver has to want that too.
TEST_P(KernelUdp, datagram_without_checksum_is_taken_where_both_say_so) {
  SKIP_WITHOUT("tshark");
  const bool four = GetParam().family == Family::ipv4;
  ASSERT_TRUE(first->set_option(four ? SocketOption::no_check : SocketOption::no_check6_send, 1));
  if (!four) {
    judged_with = "--unchecked6";
    ASSERT_TRUE(first->send(as_bytes("too early")));
    pass(Duration::milliseconds(100));
    ASSERT_TRUE(second->set_option(SocketOption::no_check6_receive, 1));
  }
  ASSERT_TRUE(first->send(as_bytes("bare")));
  EXPECT_EQ(received(*second), "bare");
  capture.flush();
  EXPECT_EQ(count_of(four ? "ip && udp.checksum == 0" : "ipv6 && udp.checksum == 0"),
            four ? 2u : 4u)
      << "at both ports";
}

}  // namespace
}  // namespace catenet::interop
