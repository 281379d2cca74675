// A gateway that answers no more, as a host finds out and what it does then. Read RFC 1122
// sections 3.3.1.4 and 3.3.1.5, RFC 4861 sections 6.3.6 and 7.3.
#include "catenet/ip/ip_test_bench.hpp"
#include "catenet/ip/neighbour_test_talk.hpp"

namespace catenet {
namespace {

using namespace ip_test;
using neighbour_test::Talk;

// Alice with two ways out, the first preferred; of the second the MAC is configured.
class Rfc1122DeadGateway : public testing::TestWithParam<Family> {
 protected:
  static constexpr u8 first_mac = 253;
  static constexpr u8 second_mac = 254;

  Rfc1122DeadGateway() {
    alice.plug(1, {"10.0.0.1/24", "2001:db8::1/64"});
    alice.layer.start();
    alice.knows(v4() ? "10.0.0.254" : "2001:db8::254", second_mac);
    add_route(first, 10);
    add_route(*IpAddress::parse(v4() ? "10.0.0.254" : "2001:db8::254"), 20);
    alice.said();
  }
  static bool v4() { return GetParam() == Family::ipv4; }
  void add_route(const IpAddress& gateway, u32 metric) {
    ASSERT_TRUE(alice.layer.add_route(
        {.prefix = Prefix::any(GetParam()), .gateway = gateway, .metric = metric}));
  }
  NeighbourCache& table() { return v4() ? alice.eth().neighbours4() : alice.eth().neighbours6(); }
  // The gateway answers a question that it was asked.
  void answers(const IpAddress& gateway, u8 number) {
    table().on_advertisement({.target = gateway,
                              .mac = mac(number),
                              .router = true,
                              .solicited = true,
                              .override = true},
                             world.engine.now());
    alice.layer.neighbours().run_actions(alice.eth(), table());
  }
  // Where a datagram to far away goes: the number of a MAC; 0 where it waits for one.
  u8 sends() {
    const IpSend send{.destination = far, .protocol = 17};
    EXPECT_TRUE(alice.layer.output(world.pool.copy_of(Bytes(64)), send, &way));
    return sent_to();
  }
  // The last octet of where the latest datagram went, questions aside.
  u8 sent_to() {
    u8 number = 0;
    for (const Packet& frame : alice.port().sent) {
      if (frame.size() >= 14 + 20 + 64) number = frame.data()[5];
    }
    alice.port().sent.clear();
    return number;
  }
  void reach_first() {
    EXPECT_EQ(sends(), 0);
    answers(first, first_mac);
    EXPECT_EQ(sent_to(), first_mac);
  }
  NeighbourState state() { return table().find(first)->state(world.engine.now()); }

  World world;
  Host alice{world};
  const IpAddress first = *IpAddress::parse(v4() ? "10.0.0.253" : "2001:db8::253");
  const IpAddress far = *IpAddress::parse(v4() ? "192.0.2.1" : "2001:db8:f::1");
  RouteCache way;
};
INSTANTIATE_TEST_SUITE_P(Both, Rfc1122DeadGateway, testing::Values(Family::ipv4, Family::ipv6));

TEST(Rfc4861, s7_3_1_reachable_neighbour_that_a_transport_doubts_is_asked_when_next_used) {
  Talk talk;
  Neighbour& neighbour = talk.reachable_peer();
  talk.cache.doubt(neighbour, talk.now);
  EXPECT_EQ(neighbour.state(talk.now), NeighbourState::stale);
  EXPECT_EQ(talk.until(10_s), "") << "nobody uses it";
  talk.cache.touch(neighbour, talk.now);
  EXPECT_EQ(talk.until(15_s), "15 s: ask fe80::2 at 02:00:00:00:00:0a\n");
  talk.cache.doubt(neighbour, talk.now);
  EXPECT_EQ(neighbour.state(talk.now), NeighbourState::probe) << "it is being asked already";
}

TEST(Rfc4861, s7_3_1_doubt_changes_nothing_of_a_configured_neighbour) {
  Talk talk;
  ASSERT_TRUE(talk.cache.add_permanent(neighbour_test::peer, neighbour_test::mac_a, talk.now));
  talk.cache.doubt(*talk.cache.find(neighbour_test::peer), talk.now);
  EXPECT_EQ(talk.state(neighbour_test::peer), NeighbourState::permanent);
}

TEST_P(Rfc1122DeadGateway, s3_3_1_4_gateway_that_a_transport_doubts_is_asked_then_avoided) {
  reach_first();
  alice.layer.doubt(way);
  EXPECT_EQ(state(), NeighbourState::stale);
  EXPECT_EQ(sends(), first_mac) << "a doubt is no proof";
  world.pass(6_s);
  EXPECT_EQ(state(), NeighbourState::probe);
  EXPECT_EQ(sends(), first_mac);
  world.pass(3_s);
  EXPECT_EQ(state(), NeighbourState::failed);
  EXPECT_EQ(sends(), second_mac) << "what the sender has kept of its way is void";
}

TEST_P(Rfc1122DeadGateway, s3_3_1_4_gateway_that_is_doubted_and_answers_is_kept) {
  reach_first();
  alice.layer.doubt(way);
  EXPECT_EQ(sends(), first_mac);
  world.pass(6_s);
  answers(first, first_mac);
  EXPECT_EQ(state(), NeighbourState::reachable);
  world.pass(60_s);
  EXPECT_EQ(sends(), first_mac);
}

TEST_P(Rfc1122DeadGateway, s3_3_1_5_gateway_that_never_answered_gives_way_to_the_next) {
  EXPECT_EQ(sends(), 0);
  world.pass(4_s);
  EXPECT_EQ(state(), NeighbourState::failed);
  EXPECT_EQ(sends(), second_mac);
}

TEST_P(Rfc1122DeadGateway, s3_3_1_5_dead_gateway_that_is_heard_again_is_preferred_again) {
  EXPECT_EQ(sends(), 0);
  world.pass(4_s);
  EXPECT_EQ(sends(), second_mac);
  table().on_solicitation(first, mac(first_mac), world.engine.now());
  way = {};
  EXPECT_EQ(sends(), first_mac);
}

TEST_P(Rfc1122DeadGateway, s3_3_1_5_dead_gateway_is_asked_again_where_there_is_no_other) {
  ASSERT_TRUE(alice.layer.remove_route(Prefix::any(GetParam()), {}, {}, 20u));
  EXPECT_EQ(sends(), 0);
  world.pass(4_s);
  EXPECT_EQ(sends(), 0);
  EXPECT_EQ(state(), NeighbourState::incomplete);
  answers(first, first_mac);
  EXPECT_EQ(sent_to(), first_mac);
}

TEST_P(Rfc1122DeadGateway, s3_3_1_4_redirect_to_a_gateway_that_died_is_forgotten) {
  const IpAddress third = *IpAddress::parse(v4() ? "10.0.0.252" : "2001:db8::252");
  answers(first, first_mac);
  alice.layer.redirect_route(far, third, alice.eth());
  EXPECT_EQ(sends(), 0);
  answers(third, 252);
  EXPECT_EQ(sent_to(), 252);
  table().resolve(first, world.engine.now());
  answers(first, first_mac);
  alice.layer.doubt(way);
  EXPECT_EQ(sends(), 252);
  world.pass(9_s);
  EXPECT_EQ(sends(), first_mac);
}

TEST_P(Rfc1122DeadGateway, s3_3_1_4_way_that_was_given_up_doubts_nobody) {
  reach_first();
  RouteCache old = way;
  alice.layer.invalidate_ways();
  alice.layer.doubt(old);
  EXPECT_EQ(state(), NeighbourState::reachable);
}

}  // namespace
}  // namespace catenet
