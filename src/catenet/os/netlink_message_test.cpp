#include "catenet/os/netlink_message.hpp"

#include <gtest/gtest.h>
#include <linux/if_link.h>

namespace catenet::os {
namespace {

NetlinkMessage link_called(std::string_view name) {
  ifinfomsg body{};
  body.ifi_index = 7;
  NetlinkMessage message(RTM_NEWLINK, NLM_F_MULTI, body);
  message.text(IFLA_IFNAME, name);
  return message;
}

TEST(NetlinkMessage, attributes_come_back_as_they_were_put) {
  NetlinkMessage message = link_called("eth0");
  message.attribute(IFLA_MTU, u32{1'500});
  message.attribute(IFLA_ADDRESS, MacAddress(2, 0, 0, 0, 0, 1).bytes());
  message.attribute(IFLA_PERM_ADDRESS, *IpAddress::parse("2001:db8::1"));
  const auto view = NetlinkView<ifinfomsg>::parse(message.finish(9, 11), RTM_NEWLINK);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->body.ifi_index, 7);
  EXPECT_EQ(view->attributes.text(IFLA_IFNAME), "eth0");
  EXPECT_EQ(view->attributes.number(IFLA_MTU), 1'500u);
  EXPECT_EQ(view->attributes.mac(IFLA_ADDRESS), MacAddress(2, 0, 0, 0, 0, 1));
  EXPECT_EQ(view->attributes.address(IFLA_PERM_ADDRESS), IpAddress::parse("2001:db8::1"));
  EXPECT_TRUE(view->attributes[IFLA_QDISC].empty());
}

TEST(NetlinkMessage, header_tells_length_flags_and_who_asked) {
  NetlinkMessage message = link_called("lo");
  message.add_flags(NLM_F_ACK);
  const ByteView bytes = message.finish(9, 11);
  nlmsghdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  EXPECT_EQ(header.nlmsg_len, bytes.size());
  EXPECT_EQ(header.nlmsg_len, sizeof header + sizeof(ifinfomsg) + 8);  // "lo" and its zero, padded
  EXPECT_EQ(header.nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(header.nlmsg_flags, NLM_F_MULTI | NLM_F_ACK);
  EXPECT_EQ(header.nlmsg_seq, 9u);
  EXPECT_EQ(header.nlmsg_pid, 11u);
}

TEST(NetlinkMessage, attributes_lie_within_others) {
  NetlinkMessage message = link_called("eth0");
  const std::size_t info = message.begin(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "veth");
  message.end(info);
  message.attribute(IFLA_MTU, u32{9'000});
  const auto view = NetlinkView<ifinfomsg>::parse(message.finish(1), RTM_NEWLINK);
  ASSERT_TRUE(view);
  EXPECT_EQ(NetlinkAttributes(view->attributes[IFLA_LINKINFO]).text(IFLA_INFO_KIND), "veth");
  EXPECT_EQ(view->attributes.number(IFLA_MTU), 9'000u);
}

TEST(NetlinkMessage, another_type_or_a_short_message_is_not_parsed) {
  NetlinkMessage message = link_called("eth0");
  const ByteView bytes = message.finish(1);
  EXPECT_FALSE(NetlinkView<ifinfomsg>::parse(bytes, RTM_NEWADDR));
  EXPECT_FALSE(NetlinkView<ifinfomsg>::parse(bytes.first(sizeof(nlmsghdr) + 4), RTM_NEWLINK));
}

TEST(NetlinkMessage, attribute_that_is_longer_than_what_is_left_ends_the_list) {
  NetlinkMessage message = link_called("eth0");
  message.attribute(IFLA_MTU, u32{1'500});
  const ByteView whole = message.finish(1);
  for (std::size_t size = sizeof(nlmsghdr) + sizeof(ifinfomsg); size < whole.size(); ++size) {
    const auto view = NetlinkView<ifinfomsg>::parse(whole.first(size), RTM_NEWLINK);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->attributes.number(IFLA_MTU), 0u) << size;
  }
}

TEST(NetlinkMessage, messages_of_a_datagram_are_visited_until_one_is_cut_short) {
  std::vector<u8> datagram;
  for (const char* name : {"a", "bridge0", "c"}) {
    NetlinkMessage message = link_called(name);
    const ByteView bytes = message.finish(1);
    datagram.insert(datagram.end(), bytes.begin(), bytes.end());
  }
  datagram.pop_back();
  std::vector<std::string> names;
  each_netlink_message(datagram, [&](const nlmsghdr& header, ByteView bytes) {
    EXPECT_EQ(header.nlmsg_len, bytes.size());
    const auto view = NetlinkView<ifinfomsg>::parse(bytes, RTM_NEWLINK);
    ASSERT_TRUE(view);
    names.emplace_back(view->attributes.text(IFLA_IFNAME));
  });
  EXPECT_EQ(names, (std::vector<std::string>{"a", "bridge0"}));
}

}  // namespace
}  // namespace catenet::os
