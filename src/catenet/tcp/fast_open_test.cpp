// Text in the SYN, from both ends. Read RFC 7413.
#include "catenet/tcp/fast_open.hpp"

#include "catenet/tcp/listener.hpp"
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {
namespace {

constexpr SipKey key{5, 6};
const IpAddress server = Ipv4Address(10, 0, 0, 1);

IpAddress client(u32 n) { return Ipv4Address::from_u32(0x0a010000 + n); }

wire::FastOpenCookie some_cookie() {
  wire::FastOpenCookie cookie;
  cookie.size = 8;
  cookie.bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  return cookie;
}

TEST(Rfc7413, s4_1_2_cookie_is_of_the_address_and_the_key_alone) {
  const auto cookie = fast_open_cookie(key, server, client(1));
  EXPECT_EQ(cookie.size, 8);
  EXPECT_EQ(fast_open_cookie(key, server, client(1)), cookie);
  EXPECT_FALSE(fast_open_cookie(key, server, client(2)) == cookie);
  EXPECT_FALSE(fast_open_cookie({5, 7}, server, client(1)) == cookie);
  const IpAddress six = *IpAddress::parse("fd00::1");
  EXPECT_FALSE(fast_open_cookie(key, six, *IpAddress::parse("fd00::2")) == cookie);
}

TEST(Rfc7413, s4_1_3_client_remembers_so_many_servers_and_forgets_the_one_not_used) {
  FastOpenCache cache;
  for (u32 i = 0; i < FastOpenCache::max_servers; ++i) {
    cache.learn(server, client(i), 1460, some_cookie());
  }
  EXPECT_NE(cache.find(server, client(0)), nullptr);  // used again
  cache.learn(server, client(5'000), 1460, some_cookie());
  EXPECT_EQ(cache.size(), FastOpenCache::max_servers);
  EXPECT_NE(cache.find(server, client(0)), nullptr);
  EXPECT_EQ(cache.find(server, client(1)), nullptr);
}

TEST(Rfc7413, s7_1_second_loss_in_a_row_blocks_for_longer_each_time) {
  FastOpenCache cache;
  const Instant now = Instant::at(Duration::seconds(5));
  const auto blocked = [&](i64 s) {
    return FastOpenCache::blocked(*cache.find(server, client(1)), now + Duration::seconds(s));
  };
  cache.learn(server, client(1), 1460, some_cookie());
  cache.note_loss(now, server, client(1));
  EXPECT_FALSE(blocked(0));
  cache.note_loss(now, server, client(1));
  EXPECT_TRUE(blocked(59));
  EXPECT_FALSE(blocked(60));
  cache.note_loss(now, server, client(1));
  EXPECT_TRUE(blocked(119));
  EXPECT_FALSE(blocked(120));
  cache.note_success(server, client(1));
  EXPECT_FALSE(blocked(0));
}

TEST(Rfc7413, s5_1_reset_connection_keeps_its_place_for_a_minute) {
  auto queue = std::make_shared<FastOpenQueue>(1);
  Instant now;
  {
    FastOpenPlace place(queue);
    EXPECT_FALSE(queue->has_room(now));
    place.keep_after_reset(now);
  }
  EXPECT_EQ(queue->pending(), 0u);
  EXPECT_FALSE(queue->has_room(now + Duration::seconds(59)));
  EXPECT_TRUE(queue->has_room(now + Duration::seconds(60)));
}

// A client whose server is known.
class FastClient : public ::testing::Test {
 protected:
  void open(u32 bytes, u16 mss = 1460) {
    talk.create();
    talk.env().fast_open.learn(test_local.address, test_remote.address, mss, some_cookie());
    EXPECT_TRUE(talk.conn().prepare_fast_open(talk.now()));
    ASSERT_TRUE(talk.conn().open(talk.now()).has_value());
    talk.write(bytes);
  }
  Conversation talk;
};

using Rfc7413Client = FastClient;

TEST_F(Rfc7413Client, s4_2_1_text_goes_with_the_syn_and_is_acknowledged) {
  open(300);
  talk.out({.flags = syn, .seq = 0, .ack = 0, .len = 300});
  talk.in({.flags = syn | ack, .seq = 0, .ack = 301, .mss = 1460});
  talk.out({.seq = 301});
  EXPECT_EQ(talk.conn().send_queue(), 0u);
  EXPECT_TRUE(talk.conn().info().syn_text);
}

TEST_F(Rfc7413Client, s4_2_1_text_not_acknowledged_is_sent_again) {
  open(300);
  talk.out({.flags = syn, .seq = 0, .ack = 0, .len = 300});
  talk.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460});
  talk.out({.len = 300});
  EXPECT_FALSE(talk.conn().info().syn_text);
  EXPECT_EQ(talk.conn().info().retransmissions, 0u);
  talk.in({.ack = 301});
}

TEST_F(Rfc7413Client, s4_1_3_text_keeps_to_the_mss_that_was_learned) {
  open(2'000, 700);
  const Seg first = talk.next_out();
  EXPECT_LE(first.len + 12, 700u);  // the option is 10 bytes and padded
  EXPECT_GE(first.len, 600u);
}

TEST_F(Rfc7413Client, s4_2_1_acknowledgement_beyond_the_text_is_refused) {
  open(300);
  talk.next_out();
  talk.in({.flags = syn | ack, .seq = 0, .ack = 302, .mss = 1460});
  EXPECT_EQ(talk.dropped(), Drop::tcp_bad_ack);
  talk.out({.flags = rst, .seq = 302, .ack = 0});
}

TEST_F(Rfc7413Client, s4_2_1_repeated_syn_is_plain_and_a_late_answer_to_the_first_still_counts) {
  open(300);
  talk.next_out();
  talk.pass(Duration::seconds(1));
  talk.out({.flags = syn, .seq = 0, .ack = 0, .len = 0});
  talk.in({.flags = syn | ack, .seq = 0, .ack = 301, .mss = 1460});
  talk.out({.seq = 301});
}

TEST_F(Rfc7413Client, s7_1_loss_of_the_option_is_remembered) {
  open(300);
  talk.next_out();
  talk.pass(Duration::seconds(1));
  talk.next_out();
  talk.in({.flags = syn | ack, .seq = 0, .ack = 1, .mss = 1460});
  talk.out({.len = 300});
  const auto* known = talk.env().fast_open.find(test_local.address, test_remote.address);
  EXPECT_EQ(known->losses, 1);
}

TEST_F(Rfc7413Client, s4_2_1_reset_in_answer_refuses_the_connection) {
  open(300);
  talk.next_out();
  talk.in({.flags = rst | ack, .seq = 0, .ack = 301});
  EXPECT_EQ(talk.conn().take_error(), Errno::connection_refused);
}

// A listener that takes text.
class Rfc7413Server : public ::testing::Test {
 protected:
  Rfc7413Server() : env(pool, {{1, 2}, {3, 4}, key}, options()), listener(env, 2) {
    listener.set_fast_open(2);
  }
  static Options options() {
    Options options = plain_options();
    options.fast_open = FastOpen::both;
    return options;
  }
  Listener::Reaction syn_from(u16 port, const wire::FastOpenCookie& cookie, u32 bytes = 100) {
    wire::TcpHeader header;
    header.source_port = port;
    header.destination_port = test_local.port;
    header.seq = wire::Seq(1'000);
    header.flags = syn;
    header.window = 60'000;
    header.options.mss = 1460;
    header.options.fast_open = cookie;
    return listener.on_segment(now, {test_local, {test_remote.address, port}, 1500, nullptr},
                               header, pool.copy_of(pattern_bytes(1, bytes)));
  }
  wire::FastOpenCookie good() const {
    return fast_open_cookie(key, test_local.address, test_remote.address);
  }
  static wire::TcpHeader sent(Connection& connection, Instant now) {
    return *wire::TcpHeader::parse(connection.poll_transmit(now).linear_bytes());
  }
  PacketPool pool;
  Environment env;
  Instant now;
  Listener listener;
};

TEST_F(Rfc7413Server, s4_2_2_good_cookie_lets_the_user_read_before_the_handshake_is_over) {
  auto reaction = syn_from(1, good());
  EXPECT_TRUE(listener.acceptable());
  Connection* child = listener.accept();
  ASSERT_EQ(child, reaction.connection.get());
  EXPECT_FALSE(child->opening());
  std::array<u8, 200> bytes{};
  EXPECT_EQ(child->receive(now, bytes), 100u);
  const auto answer = sent(*child, now);
  EXPECT_EQ(answer.flags, syn | ack);
  EXPECT_EQ(answer.ack, wire::Seq(1'101));
  EXPECT_FALSE(answer.options.fast_open);
  EXPECT_EQ(child->send(now, pattern_bytes(1, 50)), 50u);
  EXPECT_EQ(sent(*child, now).seq, answer.seq + 1);
}

TEST_F(Rfc7413Server, s4_2_2_wrong_cookie_is_answered_with_the_right_one_and_no_text_is_taken) {
  auto reaction = syn_from(1, some_cookie());
  EXPECT_FALSE(listener.acceptable());
  EXPECT_EQ(reaction.connection->readable(), 0u);
  const auto answer = sent(*reaction.connection, now);
  EXPECT_EQ(answer.ack, wire::Seq(1'001));
  EXPECT_EQ(answer.options.fast_open, good());
}

TEST_F(Rfc7413Server, s4_1_1_experimental_option_is_answered_in_kind) {
  wire::FastOpenCookie request;
  request.experimental = true;
  auto reaction = syn_from(1, request, 0);
  const auto answer = sent(*reaction.connection, now);
  ASSERT_TRUE(answer.options.fast_open);
  EXPECT_TRUE(answer.options.fast_open->experimental);
  EXPECT_TRUE(std::ranges::equal(answer.options.fast_open->view(), good().view()));
}

TEST_F(Rfc7413Server, s5_1_only_so_many_may_be_pending) {
  listener.set_backlog(8);
  const auto one = syn_from(1, good());
  const auto two = syn_from(2, good());
  const auto three = syn_from(3, good());
  EXPECT_EQ(listener.waiting(), 2u);
  EXPECT_EQ(three.connection->readable(), 0u);
  EXPECT_EQ(env.counters.fast_open_listen_overflows, 1u);
}

TEST_F(Rfc7413Server, s4_2_2_listener_that_was_not_asked_takes_none) {
  listener.set_fast_open(0);
  const auto reaction = syn_from(1, good());
  EXPECT_FALSE(listener.acceptable());
  EXPECT_FALSE(sent(*reaction.connection, now).options.fast_open);
}

TEST_F(Rfc7413Server, s5_1_place_is_free_again_once_the_handshake_is_over) {
  listener.set_fast_open(1);
  listener.set_backlog(8);
  auto one = syn_from(1, good());
  const auto answer = sent(*one.connection, now);
  wire::TcpHeader last;
  last.seq = wire::Seq(1'101);
  last.ack = answer.seq + 1;
  last.flags = ack;
  last.window = 60'000;
  EXPECT_FALSE(one.connection->on_segment(now, last, Packet()));
  EXPECT_EQ(one.connection->state(), State::established);
  const auto two = syn_from(2, good());
  EXPECT_EQ(two.connection->readable(), 100u);
}

}  // namespace
}  // namespace catenet::tcp::testing
