// arp on alice: what it prints, to the byte, and what its changes do to the traffic.
#include <gtest/gtest.h>

#include "catenet/service/tool_test.hpp"
#include "catenet/socket/configuration.hpp"

namespace catenet {
namespace {

constexpr std::string_view title =
    "Address                  HWtype  HWaddress           Flags Mask            Iface\n";

class ArpTool : public tool_test::Tools {
 protected:
  std::string table() {
    EXPECT_EQ(run("arp -n"), 0);
    return out.text;
  }
  // What passes r1 when it asks for `address`.
  std::vector<std::string> r1_asks_for(std::string_view address) {
    lab_net::Listener heard;
    Nic& nic = *net.r1().nics.front();
    nic.set_recorder(&heard, 0);
    net.r1().host.ip().arp().solicit(*net.r1().host.ip().interface("eth0"),
                                     *Ipv4Address::parse(address));
    net.pass(1_s);
    nic.set_recorder(nullptr, 0);
    return heard.lines;
  }
};

TEST_F(ArpTool, table_is_empty_until_somebody_was_asked_for) {
  EXPECT_EQ(run("arp"), 0);
  EXPECT_EQ(out.text, "");
  run("ping -c 1 web");
  EXPECT_EQ(run("arp"), 0);
  EXPECT_EQ(out.text, std::string(title) +
                          "r1                       ether   02:00:00:00:00:02   C                "
                          "     eth0\n");
  EXPECT_EQ(run("arp -n"), 0);
  EXPECT_EQ(out.text, std::string(title) +
                          "10.0.0.1                 ether   02:00:00:00:00:02   C                "
                          "     eth0\n");
  EXPECT_EQ(error.text, "");
}

TEST_F(ArpTool, bsd_style_names_host_and_address) {
  run("ping -c 1 web");
  EXPECT_EQ(run("arp -a"), 0);
  EXPECT_EQ(out.text, "r1 (10.0.0.1) at 02:00:00:00:00:02 [ether] on eth0\n");
  EXPECT_EQ(run("arp -an"), 0);
  EXPECT_EQ(out.text, "? (10.0.0.1) at 02:00:00:00:00:02 [ether] on eth0\n");
}

TEST_F(ArpTool, silent_host_is_incomplete) {
  run("ping -c 1 -W 1 10.0.0.99");
  EXPECT_EQ(run("arp -n"), 0);
  EXPECT_EQ(out.text, std::string(title) +
                          "10.0.0.99                        (incomplete)                         "
                          "     eth0\n");
  EXPECT_EQ(run("arp -a 10.0.0.99"), 0);
  EXPECT_EQ(out.text, "? (10.0.0.99) at <incomplete> on eth0\n");
}

TEST_F(ArpTool, host_and_interface_choose_what_is_shown) {
  run("ping -c 1 web");
  EXPECT_EQ(run("arp -a r1"), 0);
  EXPECT_EQ(out.text, "r1 (10.0.0.1) at 02:00:00:00:00:02 [ether] on eth0\n");
  EXPECT_EQ(run("arp -i eth0 -a"), 0);
  EXPECT_EQ(out.text, "r1 (10.0.0.1) at 02:00:00:00:00:02 [ether] on eth0\n");
  EXPECT_EQ(run("arp 10.0.0.77"), 0);
  EXPECT_EQ(out.text, "10.0.0.77 (10.0.0.77) -- no entry\n");
  EXPECT_EQ(run("arp -a 10.0.0.77"), 0);
  EXPECT_EQ(out.text, "arp: in 1 entries no match found.\n");
  EXPECT_EQ(run("arp -vn -i lo"), 0);
  EXPECT_EQ(out.text, "Entries: 1\tSkipped: 1\tFound: 0\narp: in 1 entries no match found.\n");
}

TEST_F(ArpTool, entry_that_is_set_is_used_and_outlives_what_the_host_says) {
  EXPECT_EQ(run("arp -s r1 02:00:00:00:00:66"), 0);
  EXPECT_EQ(out.text + error.text, "");
  EXPECT_EQ(table(), std::string(title) +
                         "10.0.0.1                 ether   02:00:00:00:00:66   CM               "
                         "     eth0\n");
  EXPECT_EQ(run("ping -c 1 -W 1 r1"), 1);  // nobody has that MAC
  net.r1().host.ip().arp().announce(*net.r1().host.ip().interface("eth0"),
                                    *Ipv4Address::parse("10.0.0.1"));
  net.pass(Duration::seconds(86'400));
  EXPECT_EQ(run("arp -a"), 0);
  EXPECT_EQ(out.text, "r1 (10.0.0.1) at 02:00:00:00:00:66 [ether] PERM on eth0\n");
  EXPECT_EQ(run("arp -d r1"), 0);
  EXPECT_EQ(table(), "");
  EXPECT_EQ(run("ping -c 1 r1"), 0);
}

TEST_F(ArpTool, temporary_entry_is_used_until_the_host_says_otherwise) {
  EXPECT_EQ(run("arp -s r1 2:0:0:0:0:66 temp"), 0);
  EXPECT_EQ(table(), std::string(title) +
                         "10.0.0.1                 ether   02:00:00:00:00:66   C                "
                         "     eth0\n");
  net.r1().host.ip().arp().announce(*net.r1().host.ip().interface("eth0"),
                                    *Ipv4Address::parse("10.0.0.1"));
  net.pass(1_s);
  EXPECT_EQ(run("arp -an"), 0);
  EXPECT_EQ(out.text, "? (10.0.0.1) at 02:00:00:00:00:02 [ether] on eth0\n");
}

TEST_F(ArpTool, published_address_is_answered_for) {
  const std::string asked = "ARP, Request who-has 10.0.0.50 tell 10.0.0.1, length 28";
  EXPECT_EQ(r1_asks_for("10.0.0.50"), std::vector<std::string>{asked});
  EXPECT_EQ(run("arp -i eth0 -s 10.0.0.50 02:00:00:00:00:01 pub"), 0);
  EXPECT_EQ(
      r1_asks_for("10.0.0.50"),
      (std::vector<std::string>{asked, "ARP, Reply 10.0.0.50 is-at 02:00:00:00:00:01, length 28"}));
  EXPECT_EQ(run("arp -n 10.0.0.50"), 0);
  EXPECT_EQ(out.text, std::string(title) +
                          "10.0.0.50                *       <from_interface>    MP               "
                          "     eth0\n");
  EXPECT_EQ(run("arp -a 10.0.0.50"), 0);
  EXPECT_EQ(out.text, "? (10.0.0.50) at <from_interface> PERM PUB on eth0\n");
  EXPECT_EQ(run("arp -d 10.0.0.50 pub"), 0);
  EXPECT_EQ(r1_asks_for("10.0.0.50"), std::vector<std::string>{asked});
}

TEST_F(ArpTool, published_address_finds_its_interface_by_the_hardware_address) {
  EXPECT_EQ(run("arp -s 10.0.0.50 02:00:00:00:00:01 pub"), 0);
  EXPECT_EQ(run("arp -Ds 10.0.0.51 eth0 pub"), 0);
  EXPECT_EQ(run("arp -an"), 0);
  EXPECT_EQ(out.text,
            "? (10.0.0.50) at <from_interface> PERM PUB on eth0\n"
            "? (10.0.0.51) at <from_interface> PERM PUB on eth0\n");
  EXPECT_EQ(run("arp -d 10.0.0.50"), 0);
  EXPECT_EQ(run("arp -d 10.0.0.51 dontpub"), 255);
  EXPECT_EQ(out.text, "No ARP entry for 10.0.0.51\n");
  EXPECT_EQ(run("arp -s 10.0.0.52 02:00:00:00:00:77 pub"), 255);
  EXPECT_EQ(error.text, "SIOCSARP: No such device\n");
}

struct Mistake {
  std::string_view line;
  int exit;
  std::string_view out;
  std::string_view error;
};

TEST_F(ArpTool, mistakes_are_told_as_net_tools_does) {
  const Mistake mistakes[] = {
      {"arp -d 10.0.0.9", 255, "No ARP entry for 10.0.0.9\n", ""},
      {"arp -d 10.0.1.2", 255, "", "SIOCDARP(dontpub): Network is unreachable\n"},
      {"arp -d", 255, "", "arp: need host name\n"},
      {"arp -d nobody", 255, "", "nobody: Unknown host\n"},
      {"arp nobody", 255, "", "nobody: Unknown host\n"},
      {"arp -s", 255, "", "arp: need host name\n"},
      {"arp -s 10.0.0.9", 255, "", "arp: need hardware address\n"},
      {"arp -s 10.0.0.9 zz", 255, "", "arp: invalid hardware address\n"},
      {"arp -s 10.0.1.2 02:00:00:00:00:08", 255, "", "SIOCSARP: Network is unreachable\n"},
      {"arp -s 10.0.0.2 02:00:00:00:00:08", 255, "", "SIOCSARP: Invalid argument\n"},
      {"arp -s 127.0.0.1 02:00:00:00:00:08", 255, "", "SIOCSARP: Invalid argument\n"},
      {"arp -i eth7 -s 10.0.0.9 02:00:00:00:00:08", 255, "", "SIOCSARP: No such device\n"},
      {"arp -Ds 10.0.0.9 eth7", 255, "", "arp: cant get HW-Address for `eth7': No such device.\n"},
      {"arp -H bogus", 255, "", "arp: bogus: unknown hardware type.\n"},
  };
  for (const Mistake& mistake : mistakes) {
    EXPECT_EQ(run(std::string(mistake.line)), mistake.exit) << mistake.line;
    EXPECT_EQ(out.text, mistake.out) << mistake.line;
    EXPECT_EQ(error.text, mistake.error) << mistake.line;
  }
  for (const char* line : {"arp -x", "arp -s 10.0.0.9 02:00:00:00:00:08 bogus", "arp a b"}) {
    EXPECT_EQ(run(line), 3) << line;
    EXPECT_NE(error.text.find("\nUsage:\n  arp "), std::string::npos) << line;
    EXPECT_TRUE(error.text.starts_with("arp: ")) << "the cause stands before the usage: " << line;
  }
}

// What the tool does not show: neighbours of IPv6, and interfaces.
TEST_F(ArpTool, configuration_lists_interfaces_and_both_families) {
  Configuration& configuration = net.alice.system.configuration();
  const auto interfaces = configuration.interfaces();
  ASSERT_TRUE(interfaces);
  ASSERT_EQ(interfaces->size(), 2u);
  EXPECT_EQ((*interfaces)[1].name, "eth0");
  EXPECT_TRUE((*interfaces)[1].up);
  const auto router = *IpAddress::parse("2001:db8::1");
  ASSERT_TRUE(
      configuration.set_neighbour(2, router, *MacAddress::parse("02:00:00:00:00:02"), true));
  const auto neighbours = configuration.neighbours(Family::ipv6);
  ASSERT_TRUE(neighbours);
  ASSERT_EQ(neighbours->size(), 1u);
  EXPECT_EQ(neighbours->front().address, router);
  EXPECT_EQ(neighbours->front().state, NeighbourState::permanent);
  EXPECT_EQ(configuration.link_of(router), Result<u32>(2u));
  EXPECT_EQ(configuration.add_proxy(2, router).error(), Errno::family_not_supported);
  EXPECT_EQ(configuration.remove_neighbour(9, router).error(), Errno::no_device);
}

}  // namespace
}  // namespace catenet
