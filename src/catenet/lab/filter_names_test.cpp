#include "catenet/lab/filter_names.hpp"

#include "catenet/lab/read_test.hpp"

namespace catenet::lab {
namespace {

std::string translated(std::string_view expression) {
  const Plan plan = plan_of(
      "nodes: {a: , Web-1: , tcp: , v4: {interfaces: {eth0: {address: none}}}}\n"
      "links: [{endpoints: [a, Web-1]}, {endpoints: [tcp, v4]}]\n");
  return with_addresses(expression, plan.hosts);
}

TEST(FilterNames, addresses_of_nodes_take_the_place_of_their_names) {
  EXPECT_EQ(translated("host a"), "host (10.0.1.10 or fd00:0:0:1::a)");
  EXPECT_EQ(translated("src web-1 and tcp"), "src (10.0.1.11 or fd00:0:0:1::b) and tcp");
  EXPECT_EQ(translated("!(dst host a)&&udp"), "!(dst host (10.0.1.10 or fd00:0:0:1::a))&&udp");
}

TEST(FilterNames, qualifiers_choose_the_family_and_go_for_a_list) {
  EXPECT_EQ(translated("ip host a or web-1"), "ip host (10.0.1.10) or (10.0.1.11)");
  EXPECT_EQ(translated("ip6 src a"), "ip6 src (fd00:0:0:1::a)");
  EXPECT_EQ(translated("ip and host a"), "ip and host (10.0.1.10 or fd00:0:0:1::a)");
  EXPECT_EQ(translated("host a and tcp"), "host (10.0.1.10 or fd00:0:0:1::a) and tcp");
  EXPECT_EQ(translated("src or dst host a"), "src or dst host (10.0.1.10 or fd00:0:0:1::a)");
}

TEST(FilterNames, all_else_stays) {
  for (const char* expression :
       {"", "tcp port 80", "net a", "port a", "ether host a", "host b", "host v4", "host 10.0.0.1",
        "tcp[tcpflags] & tcp-syn != 0", "not tcp", "host b.a"}) {
    EXPECT_EQ(translated(expression), expression);
  }
}

}  // namespace
}  // namespace catenet::lab
