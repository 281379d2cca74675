// Who has an address: conflicts between the kernel and Catenet, and changes that are announced.
// Read RFC 5227, RFC 4862 section 5.4, RFC 4861 section 7.2.6.
#include "kernel_link_test.hpp"

namespace catenet::interop {
namespace {

class KernelNeighbour : public KernelLink {
 protected:
  Interface& eth0() { return *host.ip().interface("eth0"); }
  AddressState state_of(const IpAddress& address) {
    for (const auto entries : {eth0().addresses4(), eth0().addresses6()}) {
      for (const InterfaceAddress& entry : entries) {
        if (entry.address == address) return entry.state;
      }
    }
    ADD_FAILURE() << "no such address";
    return AddressState::tentative;
  }
  AddressState settled(const InterfacePrefix& wanted) {
    EXPECT_TRUE(host.ip().add_address(eth0(), wanted, AddressUse::probed));
    until([&] { return state_of(wanted.address) != AddressState::tentative; });
    return state_of(wanted.address);
  }
};

TEST_F(KernelNeighbour, address_that_the_kernel_has_is_found_duplicated) {
  EXPECT_EQ(settled(prefix(1, 4)), AddressState::duplicated);
  EXPECT_EQ(settled(prefix(1, 6)), AddressState::duplicated);
  // The others still work, and speak with the owner.
  EXPECT_EQ(run("ping -c 1 -W 5 10.1.0.2").exit, 0);
  EXPECT_EQ(run("ping -c 1 -W 5 fd00:1::2").exit, 0);
}

TEST_F(KernelNeighbour, owner_of_an_address_that_was_given_up_is_found) {
  EXPECT_EQ(settled(prefix(1, 4)), AddressState::duplicated);
  EXPECT_EQ(settled(prefix(1, 6)), AddressState::duplicated);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const SocketPtr mine = open(false, family, SocketType::datagram);
    ASSERT_TRUE(mine->connect({address(true, family), 45'009}));
    ASSERT_TRUE(mine->send(as_bytes("x")));
    EXPECT_TRUE(until([&] { return mine->readiness().readable || mine->readiness().error; }));
    EXPECT_EQ(mine->take_error(), Errno::connection_refused);
  }
}

TEST_F(KernelNeighbour, address_that_nobody_has_is_taken_and_announced) {
  EXPECT_EQ(settled(prefix(7, 4)), AddressState::preferred);
  EXPECT_EQ(settled(prefix(7, 6)), AddressState::preferred);
  EXPECT_GE(lines.count("ours", "who-has 10.1.0.7 tell 10.1.0.7"), 1u);
  EXPECT_EQ(run("ping -c 1 -W 5 10.1.0.7").exit, 0);
  EXPECT_EQ(run("ping -c 1 -W 5 fd00:1::7").exit, 0);
}

TEST_F(KernelNeighbour, address_of_ours_fails_the_kernels_duplicate_detection) {
  run("echo 1 > /proc/sys/net/ipv6/conf/eth0/accept_dad; ip addr add fd00:1::2/64 dev eth0");
  std::string said;
  EXPECT_TRUE(until([&] {
    said = run("ip -6 addr show dev eth0 to fd00:1::2").output;
    return said.find("dadfailed") != std::string::npos;
  })) << said;
  EXPECT_EQ(state_of(prefix(2, 6).address), AddressState::preferred);
}

TEST_F(KernelNeighbour, address_of_ours_fails_arping_d) {
  if (missing("arping")) GTEST_SKIP() << "arping (iputils-arping) is not installed";
  EXPECT_EQ(run("arping -D -q -c 2 -w 5 -I eth0 10.1.0.2").exit, 1);
  EXPECT_EQ(run("arping -D -q -c 1 -w 1 -I eth0 10.1.0.77").exit, 0);
  const program::ProcessOutcome asked = run("arping -c 1 -w 5 -I eth0 10.1.0.2");
  EXPECT_NE(asked.output.find("02:00:00:00:00:02"), std::string::npos) << asked.output;
}

TEST_F(KernelNeighbour, kernel_that_takes_our_address_is_answered_with_our_claim) {
  if (missing("arping")) GTEST_SKIP() << "arping (iputils-arping) is not installed";
  run("ip addr add 10.1.0.2/32 dev lo; arping -q -U -c 1 -I eth0 -s 10.1.0.2 10.1.0.2");
  EXPECT_TRUE(until([&] { return lines.count("ours", "who-has 10.1.0.2 tell 10.1.0.2") > 0; }));
}

TEST_F(KernelNeighbour, gratuitous_arp_of_the_kernel_changes_our_entry) {
  if (missing("arping")) GTEST_SKIP() << "arping (iputils-arping) is not installed";
  EXPECT_EQ(run("ping -c 1 -W 5 10.1.0.2").exit, 0);
  run("ip link set eth0 address 02:00:00:00:00:0a && arping -q -U -c 1 -I eth0 10.1.0.1");
  const SocketPtr mine = open(false, Family::ipv4, SocketType::datagram);
  ASSERT_TRUE(mine->send_to(as_bytes("x"), {address(true, Family::ipv4), 45'009}));
  // The kernel answers only what came to its new address.
  EXPECT_TRUE(until([&] { return lines.count("kernel", "udp port 45009 unreachable") > 0; }));
  EXPECT_EQ(lines.count("ours", "who-has 10.1.0.1"), 0u) << "it had to ask";
}

TEST_F(KernelNeighbour, announcement_of_ours_changes_the_kernels_entry) {
  run("ip neigh replace 10.1.0.7 lladdr 02:00:00:00:00:99 dev eth0 nud stale;"
      "ip neigh replace fd00:1::7 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
  for (int version : {4, 6}) {
    ASSERT_TRUE(host.ip().add_address(eth0(), prefix(7, version), AddressUse::announced));
  }
  for (const char* address : {"10.1.0.7", "fd00:1::7"}) {
    std::string said;
    EXPECT_TRUE(until([&] {
      said = run(std::string("ip neigh show ") + address).output;
      return said.find("02:00:00:00:00:02") != std::string::npos;
    })) << said;
  }
}

TEST_F(KernelNeighbour, kernel_gone_silent_is_found_unreachable_and_found_again) {
  EXPECT_EQ(run("ping -c 1 -W 5 fd00:1::2").exit, 0);
  run("ip link set eth0 address 02:00:00:00:00:0b");  // says nothing of it
  const SocketPtr mine = open(false, Family::ipv6, SocketType::datagram);
  EXPECT_TRUE(until([&] {
    static_cast<void>(mine->send_to(as_bytes("x"), {address(true, Family::ipv6), 45'009}));
    pass(Duration::milliseconds(100));
    return lines.count("kernel", "udp port 45009") > 0;
  })) << "neighbour unreachability detection never asked anew";
}

}  // namespace
}  // namespace catenet::interop
