// What a lab host says of itself over NETLINK_ROUTE, and what it refuses.
#include "catenet/program/notify/route_netlink.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>

#include "catenet/program/notify/network_files.hpp"
#include "catenet/socket/lab_net_test.hpp"

namespace catenet::program::notify {
namespace {

using os::NetlinkMessage;
using os::NetlinkView;

// alice of the lab net, and a program of hers.
class RouteNetlinkTest : public testing::Test {
 protected:
  // The messages that answer `request`, each checked to be for the one who asked.
  std::vector<std::vector<u8>> ask(NetlinkMessage request) {
    std::vector<std::vector<u8>> all;
    for (const std::vector<u8>& datagram : netlink.answer(request.finish(5), 77)) {
      EXPECT_LE(datagram.size(), 4'096u);
      os::each_netlink_message(datagram, [&](const nlmsghdr& header, ByteView message) {
        EXPECT_EQ(header.nlmsg_seq, 5u);
        EXPECT_EQ(header.nlmsg_pid, 77u);
        all.emplace_back(message.begin(), message.end());
      });
    }
    return all;
  }
  // The parts of a dump, which is ended as it should be.
  template <typename Answer, typename Body>
  std::vector<std::vector<u8>> dump(u16 type, const Body& body) {
    auto all = ask(NetlinkMessage(type, NLM_F_REQUEST | NLM_F_DUMP, body));
    if (all.empty()) {
      ADD_FAILURE() << "no answer";
      return all;
    }
    EXPECT_EQ(header_of(all.back()).nlmsg_type, NLMSG_DONE);
    all.pop_back();
    for (const auto& each : all) {
      EXPECT_EQ(header_of(each).nlmsg_flags, NLM_F_MULTI);
      EXPECT_TRUE(NetlinkView<Answer>::parse(each, header_of(each).nlmsg_type));
    }
    return all;
  }
  static nlmsghdr header_of(ByteView message) {
    nlmsghdr header;
    std::memcpy(&header, message.data(), sizeof header);
    return header;
  }
  static Errno error_in(const std::vector<std::vector<u8>>& answers) {
    if (answers.size() != 1 || header_of(answers[0]).nlmsg_type != NLMSG_ERROR) {
      ADD_FAILURE() << "no error, but " << answers.size() << " answers";
      return Errno::ok;
    }
    return static_cast<Errno>(-NetlinkView<nlmsgerr>::parse(answers[0], NLMSG_ERROR)->body.error);
  }
  static NetlinkMessage way_to(std::string_view destination) {
    const IpAddress address = lab_net::ip(destination);
    rtmsg body{};
    body.rtm_family = os::netlink_family(address.family());
    body.rtm_dst_len = static_cast<u8>(address.bits());
    NetlinkMessage request(RTM_GETROUTE, NLM_F_REQUEST, body);
    request.attribute(RTA_DST, address);
    return request;
  }

  lab_net::Net net;
  Configuration& configuration = net.alice.system.configuration();
  std::vector<std::string> refused;
  RouteNetlink netlink{configuration, [this](const std::string& what) { refused.push_back(what); }};
};

TEST_F(RouteNetlinkTest, links_are_the_hosts_interfaces) {
  const auto all = dump<ifinfomsg>(RTM_GETLINK, ifinfomsg{});
  ASSERT_EQ(all.size(), 2u);
  const auto lo = NetlinkView<ifinfomsg>::parse(all[0], RTM_NEWLINK);
  EXPECT_EQ(lo->body.ifi_index, 1);
  EXPECT_EQ(lo->attributes.text(IFLA_IFNAME), "lo");
  EXPECT_NE(lo->body.ifi_flags & IFF_LOOPBACK, 0u);
  const auto eth0 = NetlinkView<ifinfomsg>::parse(all[1], RTM_NEWLINK);
  EXPECT_EQ(eth0->body.ifi_index, 2);
  EXPECT_EQ(eth0->attributes.text(IFLA_IFNAME), "eth0");
  EXPECT_EQ(eth0->attributes.number(IFLA_MTU), 1'500u);
  EXPECT_EQ(eth0->attributes.mac(IFLA_ADDRESS), net.alice.nics[0]->mac());
  EXPECT_NE(eth0->body.ifi_flags & IFF_RUNNING, 0u);
}

// glibc's getifaddrs asks with one byte alone.
TEST_F(RouteNetlinkTest, dump_is_asked_for_by_a_family_alone) {
  EXPECT_EQ(dump<ifinfomsg>(RTM_GETLINK, rtgenmsg{AF_UNSPEC}).size(), 2u);
  EXPECT_EQ(dump<ifaddrmsg>(RTM_GETADDR, rtgenmsg{AF_INET}).size(), 2u);
}

// Who asks for more dumps at once than it can read is told to wait, as by the kernel.
TEST_F(RouteNetlinkTest, dumps_beyond_what_is_read_are_busy) {
  std::vector<u8> many;
  for (int i = 0; i < 500; ++i) {
    NetlinkMessage request(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, ifaddrmsg{});
    const ByteView bytes = request.finish(5);
    many.insert(many.end(), bytes.begin(), bytes.end());
  }
  const auto answers = netlink.answer(many, 77);
  std::size_t size = 0;
  for (const auto& datagram : answers) size += datagram.size();
  EXPECT_LT(size, 128'000u);
  EXPECT_EQ(error_in({answers.back()}), Errno::busy);
}

TEST_F(RouteNetlinkTest, link_is_found_by_its_name_and_its_number) {
  ifinfomsg body{};
  NetlinkMessage by_name(RTM_GETLINK, NLM_F_REQUEST, body);
  by_name.text(IFLA_IFNAME, "eth0");
  const auto named = ask(std::move(by_name));
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(NetlinkView<ifinfomsg>::parse(named[0], RTM_NEWLINK)->body.ifi_index, 2);
  EXPECT_EQ(header_of(named[0]).nlmsg_flags, 0);
  body.ifi_index = 9;
  EXPECT_EQ(error_in(ask(NetlinkMessage(RTM_GETLINK, NLM_F_REQUEST, body))), Errno::no_device);
}

TEST_F(RouteNetlinkTest, addresses_are_told_by_family_and_where_strict_by_interface) {
  std::vector<std::string> told;
  for (const auto& each : dump<ifaddrmsg>(RTM_GETADDR, ifaddrmsg{})) {
    const auto view = NetlinkView<ifaddrmsg>::parse(each, RTM_NEWADDR);
    told.push_back(fmt::format("{} {}/{}", view->body.ifa_index,
                               view->attributes.address(IFA_ADDRESS)->to_string(),
                               view->body.ifa_prefixlen));
  }
  ASSERT_EQ(told.size(), 5u);
  EXPECT_EQ(told[0], "1 127.0.0.1/8");
  EXPECT_EQ(told[1], "2 10.0.0.2/24");
  EXPECT_EQ(told[2], "1 ::1/128");
  EXPECT_EQ(std::ranges::count(told, "2 2001:db8::2/64"), 1);
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_index = 2;
  EXPECT_EQ(dump<ifaddrmsg>(RTM_GETADDR, body).size(), 2u);
  netlink.set_strict(true);
  EXPECT_EQ(dump<ifaddrmsg>(RTM_GETADDR, body).size(), 1u);
}

TEST_F(RouteNetlinkTest, routes_are_those_of_the_main_table_and_the_hosts_own_addresses) {
  rtmsg body{};
  body.rtm_family = AF_INET;
  body.rtm_table = RT_TABLE_MAIN;
  netlink.set_strict(true);
  const auto all = dump<rtmsg>(RTM_GETROUTE, body);
  ASSERT_EQ(all.size(), 2u);
  const auto link = NetlinkView<rtmsg>::parse(all[0], RTM_NEWROUTE);
  EXPECT_EQ(link->attributes.address(RTA_DST), lab_net::ip("10.0.0.0"));
  EXPECT_EQ(link->attributes.address(RTA_PREFSRC), lab_net::ip("10.0.0.2"));
  EXPECT_EQ(link->body.rtm_dst_len, 24);
  EXPECT_EQ(link->body.rtm_scope, RT_SCOPE_LINK);
  const auto gateway = NetlinkView<rtmsg>::parse(all[1], RTM_NEWROUTE);
  EXPECT_EQ(gateway->body.rtm_dst_len, 0);
  EXPECT_EQ(gateway->attributes.address(RTA_GATEWAY), lab_net::ip("10.0.0.1"));
  EXPECT_EQ(gateway->attributes.number(RTA_OIF), 2u);
  body.rtm_table = RT_TABLE_LOCAL;
  const auto local = dump<rtmsg>(RTM_GETROUTE, body);
  ASSERT_EQ(local.size(), 4u);  // two addresses, and the broadcast beside each
  EXPECT_EQ(NetlinkView<rtmsg>::parse(local[2], RTM_NEWROUTE)->body.rtm_type, RTN_LOCAL);
}

TEST_F(RouteNetlinkTest, way_to_a_destination_names_gateway_interface_and_source) {
  const auto far = ask(way_to("10.0.1.2"));
  ASSERT_EQ(far.size(), 1u);
  const auto way = NetlinkView<rtmsg>::parse(far[0], RTM_NEWROUTE);
  ASSERT_TRUE(way);
  EXPECT_EQ(way->body.rtm_dst_len, 32);
  EXPECT_EQ(way->attributes.address(RTA_GATEWAY), lab_net::ip("10.0.0.1"));
  EXPECT_EQ(way->attributes.address(RTA_PREFSRC), lab_net::ip("10.0.0.2"));
  EXPECT_EQ(way->attributes.number(RTA_OIF), 2u);
  const auto near = ask(way_to("2001:db8::1"));
  ASSERT_EQ(near.size(), 1u);
  EXPECT_TRUE(NetlinkView<rtmsg>::parse(near[0], RTM_NEWROUTE)->attributes[RTA_GATEWAY].empty());
  const auto own = ask(way_to("10.0.0.2"));
  ASSERT_EQ(own.size(), 1u);
  const auto local = NetlinkView<rtmsg>::parse(own[0], RTM_NEWROUTE);
  EXPECT_EQ(local->body.rtm_type, RTN_LOCAL);
  EXPECT_EQ(local->attributes.number(RTA_OIF), 1u);
}

TEST_F(RouteNetlinkTest, destination_without_a_way_is_an_error_that_brings_back_the_request) {
  ASSERT_TRUE(net.alice.host.ip().remove_route(Prefix::any(Family::ipv4)));
  NetlinkMessage request = way_to("192.0.2.1");
  const auto answers = ask(request);
  EXPECT_EQ(error_in(answers), Errno::network_unreachable);
  EXPECT_EQ(answers[0].size(), sizeof(nlmsghdr) + sizeof(i32) + request.finish(5).size());
}

TEST_F(RouteNetlinkTest, neighbours_are_told_by_family_and_found_by_address) {
  const auto mac = MacAddress(2, 0, 0, 0, 0, 9);
  ASSERT_TRUE(configuration.set_neighbour(2, lab_net::ip("10.0.0.9"), mac, true));
  ASSERT_TRUE(configuration.set_neighbour(2, lab_net::ip("2001:db8::9"), mac, true));
  ASSERT_TRUE(configuration.add_proxy(2, lab_net::ip("10.0.0.8")));
  EXPECT_EQ(dump<ndmsg>(RTM_GETNEIGH, ndmsg{}).size(), 2u);
  ndmsg body{};
  body.ndm_family = AF_INET;
  const auto all = dump<ndmsg>(RTM_GETNEIGH, body);
  ASSERT_EQ(all.size(), 1u);
  const auto view = NetlinkView<ndmsg>::parse(all[0], RTM_NEWNEIGH);
  EXPECT_EQ(view->attributes.mac(NDA_LLADDR), mac);
  EXPECT_EQ(view->body.ndm_state, NUD_PERMANENT);
  NetlinkMessage one(RTM_GETNEIGH, NLM_F_REQUEST, body);
  one.attribute(NDA_DST, lab_net::ip("10.0.0.7"));
  EXPECT_EQ(error_in(ask(std::move(one))), Errno::no_entry);
  body.ndm_flags = NTF_PROXY;
  EXPECT_EQ(dump<ndmsg>(RTM_GETNEIGH, body).size(), 1u);
}

TEST_F(RouteNetlinkTest, changes_are_refused_by_name_and_others_not_known) {
  for (const u16 type : {RTM_NEWADDR, RTM_DELROUTE, RTM_SETLINK}) {
    EXPECT_EQ(error_in(ask(NetlinkMessage(type, NLM_F_REQUEST, rtmsg{}))), Errno::not_permitted);
  }
  EXPECT_EQ(refused, (std::vector<std::string>{"RTM_NEWADDR", "RTM_DELROUTE", "RTM_SETLINK"}));
  EXPECT_EQ(error_in(ask(NetlinkMessage(RTM_GETQDISC, NLM_F_REQUEST | NLM_F_DUMP, rtmsg{}))),
            Errno::operation_not_supported);
  EXPECT_TRUE(dump<rtmsg>(RTM_GETRULE, rtmsg{}).empty());
}

TEST_F(RouteNetlinkTest, acknowledgement_is_given_where_it_is_asked_for) {
  ifinfomsg body{};
  body.ifi_index = 1;
  const auto answers = ask(NetlinkMessage(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, body));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(header_of(answers[0]).nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(error_in({answers[1]}), Errno::ok);
}

TEST_F(RouteNetlinkTest, request_that_is_cut_short_is_answered_or_passed_over) {
  NetlinkMessage request = way_to("10.0.1.2");
  const ByteView whole = request.finish(5);
  for (u32 size = 0; size <= whole.size(); ++size) {
    std::vector<u8> cut(whole.begin(), whole.begin() + size);
    if (size >= sizeof(nlmsghdr)) std::memcpy(cut.data(), &size, sizeof size);
    EXPECT_EQ(netlink.answer(cut, 77).size(), size < sizeof(nlmsghdr) ? 0u : 1u) << size;
  }
}

TEST_F(RouteNetlinkTest, files_of_proc_net_show_the_same) {
  EXPECT_TRUE(is_network_file("/proc/net/route"));
  EXPECT_FALSE(is_network_file("/proc/net/unix"));
  EXPECT_FALSE(is_network_file("/proc/cpuinfo"));
  const auto routes = network_file("/proc/net/route", configuration);
  ASSERT_TRUE(routes);
  EXPECT_NE(routes->find("eth0\t00000000\t0100000A\t0003\t"), routes->npos) << *routes;
  const auto addresses = network_file("/proc/self/net/if_inet6", configuration);
  ASSERT_TRUE(addresses);
  EXPECT_NE(addresses->find("20010db8000000000000000000000002 02 40 00 80     eth0\n"),
            addresses->npos)
      << *addresses;
  EXPECT_EQ(network_file("/proc/net/tcp", configuration).error(), Errno::no_entry);
}

}  // namespace
}  // namespace catenet::program::notify
