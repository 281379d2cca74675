// The passive open: children, backlog, SYN cookies, and segments for nobody.
#include "catenet/tcp/listener.hpp"

#include "catenet/tcp/isn.hpp"
#include "catenet/tcp/reset.hpp"
#include "catenet/tcp/syn_cookie.hpp"
#include "catenet/tcp/test_conversation.hpp"
#include "catenet/tcp/time_wait.hpp"

namespace catenet::tcp::testing {
namespace {

class ListenerTest : public ::testing::Test {
 protected:
  explicit ListenerTest(Options options = {}) : env(pool, {{1, 2}, {3, 4}}, options) {}

  Endpoint peer(u16 port) const { return {test_remote.address, port}; }
  Listener::Reaction in(u16 port, wire::TcpHeader header, u32 bytes = 0) {
    header.source_port = port;
    header.destination_port = test_local.port;
    return listener.on_segment(now, {test_local, peer(port), 1500, nullptr}, header,
                               pool.copy_of(pattern_bytes(1, bytes)));
  }
  static wire::TcpHeader syn_header(u32 seq = 100) {
    wire::TcpHeader header;
    header.seq = wire::Seq(seq);
    header.flags = syn;
    header.window = 60'000;
    header.options.mss = 1460;
    header.options.window_scale = 7;
    header.options.sack_permitted = true;
    header.options.timestamps = {777, 0};
    return header;
  }
  static wire::TcpHeader parse(const Packet& packet) {
    return *wire::TcpHeader::parse(packet.linear_bytes());
  }
  // The final ACK of the handshake that `answer` began.
  static wire::TcpHeader ack_of(const wire::TcpHeader& answer, u32 peer_iss = 100) {
    wire::TcpHeader header;
    header.seq = wire::Seq(peer_iss + 1);
    header.ack = answer.seq + 1;
    header.flags = ack;
    header.window = 500;
    if (answer.options.timestamps)
      header.options.timestamps = {778, answer.options.timestamps->value};
    return header;
  }
  std::unique_ptr<Connection> half_open(u16 port) {
    auto reaction = in(port, syn_header());
    EXPECT_TRUE(reaction.connection != nullptr);
    return std::move(reaction.connection);
  }

  PacketPool pool;
  Environment env;
  Instant now;
  Listener listener{env, 2};
};

TEST_F(ListenerTest, rfc6298_3_syn_ack_that_was_repeated_measures_nothing) {
  const auto child = half_open(1);
  const auto answer = parse(child->poll_transmit(now));
  now = now + Duration::milliseconds(990);
  child->on_segment(now, syn_header(), Packet());  // its SYN,ACK was lost
  child->poll_transmit(now);
  now = now + Duration::milliseconds(20);
  child->on_segment(now, ack_of(answer), Packet());
  EXPECT_EQ(child->state(), State::established);
  EXPECT_EQ(child->info().rtt, Duration::zero());
}

class CookieTest : public ListenerTest {
 protected:
  static Options few() {
    Options options;
    options.syn_backlog = 1;
    return options;
  }
  CookieTest() : ListenerTest(few()), first(half_open(1)) {}
  std::unique_ptr<Connection> first;
};

TEST_F(ListenerTest, rfc9293_s3_10_7_2_syn_makes_a_connection_that_the_ack_completes) {
  auto child = half_open(1);
  EXPECT_EQ(child->state(), State::syn_received);
  const auto answer = parse(child->poll_transmit(now));
  EXPECT_EQ(answer.flags, syn | ack);
  EXPECT_EQ(answer.ack, wire::Seq(101));
  EXPECT_TRUE(answer.options.sack_permitted);
  EXPECT_EQ(answer.options.timestamps->echo_reply, 777u);
  EXPECT_EQ(listener.accept(), nullptr);
  EXPECT_FALSE(child->on_segment(now, ack_of(answer), {}).has_value());
  EXPECT_EQ(child->state(), State::established);
  EXPECT_TRUE(listener.acceptable());
  EXPECT_EQ(listener.accept(), child.get());
  EXPECT_EQ(child->listener(), nullptr);
  EXPECT_EQ(child->info().send_window, 500u << 7);
}

TEST_F(ListenerTest, rfc9293_s3_10_7_2_ack_to_listen_is_reset_and_reset_is_ignored) {
  wire::TcpHeader header;
  header.seq = wire::Seq(5);
  header.ack = wire::Seq(99);
  header.flags = ack;
  auto reaction = in(1, header);
  EXPECT_EQ(parse(reaction.reply).flags, wire::TcpFlags(rst));
  EXPECT_EQ(parse(reaction.reply).seq, wire::Seq(99));
  header.flags = rst;
  EXPECT_FALSE(in(1, header).reply);
}

TEST_F(ListenerTest, rfc9293_s3_10_7_4_reset_in_syn_received_returns_to_listen) {
  auto child = half_open(1);
  child->poll_transmit(now);
  wire::TcpHeader header;
  header.seq = wire::Seq(101);
  header.flags = rst;
  child->on_segment(now, header, {});
  EXPECT_EQ(child->state(), State::closed);
  EXPECT_EQ(child->take_error(), Errno::ok);
  EXPECT_TRUE(child->released());
  EXPECT_EQ(listener.half_open(), 0u);
}

TEST_F(ListenerTest, syn_received_bad_ack_is_reset_and_it_waits_on) {
  auto child = half_open(1);
  auto header = ack_of(parse(child->poll_transmit(now)));
  header.ack += 5;
  EXPECT_EQ(child->on_segment(now, header, {}), Drop::tcp_bad_ack);
  const auto reset = parse(child->poll_transmit(now));
  EXPECT_EQ(reset.flags, wire::TcpFlags(rst));
  EXPECT_EQ(reset.seq, header.ack);
  EXPECT_EQ(child->state(), State::syn_received);
}

TEST_F(ListenerTest, repeated_syn_gets_the_syn_ack_again) {
  auto child = half_open(1);
  const auto answer = parse(child->poll_transmit(now));
  child->on_segment(now, syn_header(), {});
  const auto again = parse(child->poll_transmit(now));
  EXPECT_EQ(again.flags, syn | ack);
  EXPECT_EQ(again.seq, answer.seq);
  EXPECT_FALSE(child->poll_transmit(now));
}

TEST_F(ListenerTest, syn_ack_is_repeated_five_times_then_forgotten) {
  auto child = half_open(1);
  u32 sent = 0;
  while (child->state() == State::syn_received) {
    while (Packet packet = child->poll_transmit(now)) ++sent;
    now = child->next_deadline();
    child->on_timeout(now);
  }
  EXPECT_EQ(sent, 6u);
  EXPECT_EQ(listener.half_open(), 0u);
  EXPECT_TRUE(child->take_events() & Event::closed);
}

TEST_F(ListenerTest, full_accept_queue_drops_the_final_ack_quietly) {
  std::vector<std::unique_ptr<Connection>> children;
  std::vector<wire::TcpHeader> acks;
  for (u16 port = 1; port <= 3; ++port) {
    children.push_back(half_open(port));
    acks.push_back(ack_of(parse(children.back()->poll_transmit(now))));
  }
  EXPECT_FALSE(children[0]->on_segment(now, acks[0], {}).has_value());
  EXPECT_FALSE(children[1]->on_segment(now, acks[1], {}).has_value());
  EXPECT_EQ(children[2]->on_segment(now, acks[2], {}), Drop::listen_overflow);
  EXPECT_FALSE(children[2]->poll_transmit(now));
  EXPECT_EQ(children[2]->state(), State::syn_received);
  EXPECT_EQ(in(9, syn_header()).drop, Drop::listen_overflow);
  EXPECT_EQ(listener.accept(), children[0].get());
  EXPECT_FALSE(children[2]->on_segment(now, acks[2], {}).has_value());
  EXPECT_EQ(listener.waiting(), 2u);
}

TEST_F(ListenerTest, close_resets_what_was_not_accepted) {
  auto one = half_open(1);
  auto two = half_open(2);
  one->on_segment(now, ack_of(parse(one->poll_transmit(now))), {});
  two->poll_transmit(now);
  const auto aborted = listener.close(now);
  EXPECT_EQ(aborted.size(), 2u);
  for (Connection* connection : aborted) {
    EXPECT_TRUE(parse(connection->poll_transmit(now)).flags.rst());
    EXPECT_EQ(connection->state(), State::closed);
  }
  EXPECT_EQ(listener.waiting() + listener.half_open(), 0u);
}

TEST_F(ListenerTest, connection_reset_before_accept_leaves_the_queue) {
  auto child = half_open(1);
  const auto final_ack = ack_of(parse(child->poll_transmit(now)));
  child->on_segment(now, final_ack, {});
  wire::TcpHeader header = final_ack;
  header.flags = rst;
  child->on_segment(now, header, {});
  EXPECT_EQ(listener.accept(), nullptr);
  EXPECT_EQ(listener.waiting(), 0u);
}

TEST_F(ListenerTest, connection_destroyed_before_accept_leaves_the_queue) {
  half_open(1).reset();
  EXPECT_EQ(listener.half_open(), 0u);
}

TEST_F(ListenerTest, land_attack_is_dropped) {
  wire::TcpHeader header = syn_header();
  auto reaction = listener.on_segment(now, {test_local, test_local, 1500, nullptr}, header, {});
  EXPECT_EQ(reaction.drop, Drop::tcp_unacceptable);
  EXPECT_FALSE(reaction.reply);
  EXPECT_EQ(reaction.connection, nullptr);
}

TEST_F(ListenerTest, rfc9293_s3_9_2_3_syn_from_a_group_or_to_all_is_dropped) {
  const Endpoint group{Ipv4Address(224, 0, 0, 5), 9};
  const Endpoint all{Ipv4Address(255, 255, 255, 255), 1000};
  EXPECT_FALSE(
      listener.on_segment(now, {test_local, group, 1500, nullptr}, syn_header(), {}).connection);
  EXPECT_FALSE(
      listener.on_segment(now, {all, test_remote, 1500, nullptr}, syn_header(), {}).connection);
}

TEST_F(CookieTest, rfc4987_beyond_the_backlog_a_cookie_answers_and_nothing_is_kept) {
  auto reaction = in(2, syn_header());
  EXPECT_EQ(reaction.connection, nullptr);
  const auto answer = parse(reaction.reply);
  EXPECT_EQ(answer.flags, syn | ack);
  EXPECT_EQ(answer.ack, wire::Seq(101));
  EXPECT_EQ(listener.half_open(), 1u);
}

TEST_F(CookieTest, rfc4987_cookie_that_comes_back_makes_a_connection_with_its_options) {
  const auto answer = parse(in(2, syn_header()).reply);
  now += Duration::seconds(20);
  auto reaction = in(2, ack_of(answer), 30);
  ASSERT_TRUE(reaction.connection != nullptr);
  EXPECT_EQ(reaction.connection->state(), State::established);
  const TcpInfo info = reaction.connection->info();
  EXPECT_EQ(info.send_scale, 7);
  EXPECT_TRUE(info.sack);
  EXPECT_TRUE(info.timestamps);
  EXPECT_EQ(info.send_mss, 1448u);
  EXPECT_EQ(reaction.connection->readable(), 30u);
  EXPECT_EQ(listener.accept(), reaction.connection.get());
  now += Duration::milliseconds(40);
  reaction.connection->on_timeout(now);
  const auto later = parse(reaction.connection->poll_transmit(now));
  EXPECT_GE(static_cast<i32>(later.options.timestamps->value - answer.options.timestamps->value),
            0);
}

// RFC 4022: an opening that is only answered with a cookie is none yet.
TEST_F(CookieTest, cookie_counts_as_a_passive_open_once_it_comes_back) {
  EXPECT_EQ(env.counters.passive_opens, 1u);
  const auto answer = parse(in(2, syn_header()).reply);
  EXPECT_EQ(env.counters.passive_opens, 1u);
  const auto reaction = in(2, ack_of(answer));
  EXPECT_TRUE(reaction.connection);
  EXPECT_EQ(env.counters.passive_opens, 2u);
}

TEST_F(CookieTest, rfc4987_forged_old_or_foreign_cookie_is_reset) {
  const auto answer = parse(in(2, syn_header()).reply);
  auto forged = ack_of(answer);
  forged.ack += 1;
  EXPECT_TRUE(parse(in(2, forged).reply).flags.rst());
  EXPECT_TRUE(parse(in(3, ack_of(answer)).reply).flags.rst());
  now += Duration::seconds(130);
  EXPECT_TRUE(parse(in(2, ack_of(answer)).reply).flags.rst());
}

TEST_F(CookieTest, cookie_without_timestamps_offers_no_scale_and_no_sack) {
  wire::TcpHeader header = syn_header();
  header.options.timestamps.reset();
  const auto answer = parse(in(2, header).reply);
  EXPECT_FALSE(answer.options.window_scale.has_value());
  EXPECT_FALSE(answer.options.sack_permitted);
  auto reaction = in(2, ack_of(answer));
  ASSERT_TRUE(reaction.connection != nullptr);
  EXPECT_EQ(reaction.connection->info().send_window, 500u);
}

TEST(SynCookie, keeps_the_largest_mss_that_fits) {
  const SipKey key{9, 9};
  for (const auto& [asked, kept] :
       {std::pair<u16, u16>{100, 216}, {536, 536}, {1459, 1440}, {1460, 1460}, {9000, 8940}}) {
    const wire::Seq cookie =
        syn_cookie(key, test_local, test_remote, wire::Seq(1), asked, Instant());
    EXPECT_EQ(check_syn_cookie(key, test_local, test_remote, wire::Seq(1), cookie, Instant()),
              kept);
  }
}

TEST(SynCookie, timestamp_is_never_ahead_of_the_clock) {
  wire::TcpOptions options;
  options.window_scale = 9;
  options.sack_permitted = true;
  for (u32 now = 0xffff'ff00; now != 0x100; ++now) {
    const u32 stamp = cookie_timestamp(now, options);
    EXPECT_LE(now - stamp, 64u);
    EXPECT_EQ(cookie_options(stamp).window_scale, 9);
    EXPECT_TRUE(cookie_options(stamp).sack_permitted);
  }
}

TEST(Rfc9293, s3_10_7_1_closed_answers_with_a_reset_that_fits) {
  PacketPool pool;
  Environment env(pool, {{1, 2}, {3, 4}});
  wire::TcpHeader header;
  header.seq = wire::Seq(1000);
  header.flags = syn | fin;
  const auto first =
      *wire::TcpHeader::parse(reset_for(env, test_local, test_remote, header, 10).linear_bytes());
  EXPECT_EQ(first.flags, rst | ack);
  EXPECT_EQ(first.seq, wire::Seq(0));
  EXPECT_EQ(first.ack, wire::Seq(1012));
  header.flags = ack;
  header.ack = wire::Seq(77);
  const auto second =
      *wire::TcpHeader::parse(reset_for(env, test_local, test_remote, header, 10).linear_bytes());
  EXPECT_EQ(second.flags, wire::TcpFlags(rst));
  EXPECT_EQ(second.seq, wire::Seq(77));
  header.flags = rst;
  EXPECT_FALSE(reset_for(env, test_local, test_remote, header, 10));
}

}  // namespace
}  // namespace catenet::tcp::testing
