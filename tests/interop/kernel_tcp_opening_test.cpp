// Opening between the kernel and Catenet: options, refusal, both at once, and what comes of an
// address that nobody has. Read RFC 9293 section 3.5.
#include "tcp_talk_test.hpp"

namespace catenet::interop {
namespace {

class KernelTcpOpening : public TcpTalkEach {
 protected:
  // Both know each other's hardware address.
  void warm_up(Family family) {
    const SocketPtr caller = open(true, family, SocketType::stream);
    static_cast<void>(caller->connect({address(false, family), 45'009}));
    EXPECT_EQ(outcome(*caller), Errno::connection_refused);
    lines.text.clear();
  }
};

// Neither is first.
class KernelTcpTogether : public KernelTcpOpening {};

TEST_P(KernelTcpOpening, both_sides_agree_on_every_option) {
  Pair pair = connect(GetParam());
  for (const char* who : {"ours", "kernel"}) {
    std::string syn;
    for (const std::string& line : lines.text) {
      if (line.starts_with(who) && line.find("Flags [S") != std::string::npos) syn = line;
    }
    for (const char* option : {"mss 14", "sackOK", "TS val", "wscale"}) {
      EXPECT_NE(syn.find(option), std::string::npos) << option << " not in " << syn;
    }
  }
}

TEST_P(KernelTcpOpening, closed_port_refuses) {
  const SocketPtr caller = open(GetParam().kernel_first, GetParam().family, SocketType::stream);
  EXPECT_EQ(connect_error(
                caller->connect({address(!GetParam().kernel_first, GetParam().family), 45'009})),
            Errno::ok);
  EXPECT_EQ(outcome(*caller), Errno::connection_refused);
  EXPECT_EQ(resets(), 1u);
}

// RFC 9293 figure 7: one connection, not two.
TEST_P(KernelTcpTogether, both_call_at_once_and_one_connection_comes_of_it) {
  const Family family = GetParam().family;
  const SocketPtr kernel = open(true, family, SocketType::stream);
  const SocketPtr mine = open(false, family, SocketType::stream);
  ASSERT_TRUE(kernel->bind({address(true, family), 40'001}));
  ASSERT_TRUE(mine->bind({address(false, family), 40'002}));
  warm_up(family);
  set_delay(Duration::milliseconds(100));
  EXPECT_EQ(connect_error(kernel->connect({address(false, family), 40'002})), Errno::ok);
  EXPECT_EQ(connect_error(mine->connect({address(true, family), 40'001})), Errno::ok);
  EXPECT_EQ(outcome(*kernel), Errno::ok);
  EXPECT_EQ(outcome(*mine), Errno::ok);
  EXPECT_GE(lines.count("ours", "Flags [S]"), 1u);
  EXPECT_GE(lines.count("kernel", "Flags [S]"), 1u);
  const std::string text(100'000, 'b');
  EXPECT_EQ(transfer(*kernel, *mine, text), text);
  EXPECT_EQ(transfer(*mine, *kernel, text), text);
  kernel->close();
  EXPECT_EQ(ending(*mine), "");
  mine->close();
  EXPECT_TRUE(ours_is_over());
  EXPECT_EQ(resets(), 0u);
}

TEST_P(KernelTcpOpening, syn_is_repeated_until_the_link_is_whole) {
  const SocketPtr listening = listener(!GetParam().kernel_first, GetParam().family, 45'001);
  warm_up(GetParam().family);
  link.set_partitioned(true);
  const SocketPtr caller = open(GetParam().kernel_first, GetParam().family, SocketType::stream);
  EXPECT_EQ(connect_error(
                caller->connect({address(!GetParam().kernel_first, GetParam().family), 45'001})),
            Errno::ok);
  pass(Duration::milliseconds(100));
  link.set_partitioned(false);
  EXPECT_EQ(outcome(*caller), Errno::ok);
  const SocketPtr peer = accepted(*listening);
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(transfer(*caller, *peer, "at last"), "at last");
}

TEST_P(KernelTcpOpening, connection_nobody_accepts_is_reset_when_the_listener_goes) {
  SocketPtr listening = listener(!GetParam().kernel_first, GetParam().family, 45'001);
  const SocketPtr caller = open(GetParam().kernel_first, GetParam().family, SocketType::stream);
  EXPECT_EQ(connect_error(
                caller->connect({address(!GetParam().kernel_first, GetParam().family), 45'001})),
            Errno::ok);
  EXPECT_EQ(outcome(*caller), Errno::ok);
  ASSERT_TRUE(until([&] { return listening->readiness().readable; }));
  listening->close();
  EXPECT_EQ(ending(*caller), "ECONNRESET");
}

// Linux gives up at the first error; RFC 1122 section 4.2.3.9 has a soft one not abort a
// connection.
TEST_P(KernelTcpOpening, next_hop_that_does_not_answer_ends_the_kernels_call_and_not_ours) {
  const Family family = GetParam().family;
  const SocketPtr caller = open(GetParam().kernel_first, family, SocketType::stream);
  const IpAddress late = prefix(99, family == Family::ipv4 ? 4 : 6).address;
  EXPECT_EQ(connect_error(caller->connect({late, 45'001})), Errno::ok);
  if (GetParam().kernel_first) {
    EXPECT_EQ(outcome(*caller), Errno::host_unreachable);
    return;
  }
  const std::string question = family == Family::ipv4 ? "who-has 10.1.0.99" : "who has fd00:1::99";
  EXPECT_TRUE(until([&] { return lines.count("ours", question) >= 4; }));
  EXPECT_FALSE(caller->readiness().error);
  const SocketPtr listening = open(true, family, SocketType::stream);
  run(fmt::format("ip addr add {} dev eth0 {}",
                  prefix(99, family == Family::ipv4 ? 4 : 6).to_string(),
                  family == Family::ipv4 ? "" : "nodad"));
  ASSERT_TRUE(listening->bind({late, 45'001}));
  ASSERT_TRUE(listening->listen(1));
  EXPECT_EQ(outcome(*caller), Errno::ok);
}

INSTANTIATE_TEST_SUITE_P(Each, KernelTcpOpening, testing::ValuesIn(all_roles), roles_name);
INSTANTIATE_TEST_SUITE_P(Each, KernelTcpTogether, testing::Values(all_roles[0], all_roles[2]),
                         roles_name);

}  // namespace
}  // namespace catenet::interop
