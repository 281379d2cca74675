// What a flood of SYNs costs a listener, and who still comes through. Read RFC 4987.
#include "catenet/tcp/listener.hpp"
#include "catenet/tcp/test_conversation.hpp"

namespace catenet::tcp::testing {
namespace {

class Flood : public ::testing::Test {
 protected:
  static wire::TcpHeader syn_of(u32 n) {
    wire::TcpHeader header;
    header.source_port = static_cast<u16>(1 + n % 60'000);
    header.destination_port = test_local.port;
    header.seq = wire::Seq(n * 7919);
    header.flags = syn;
    header.window = 60'000;
    header.options.mss = 1460;
    return header;
  }
  static Arrival from(u32 n) {
    const Ipv4Address source = Ipv4Address::from_u32(0x0b000000 + n / 60'000);
    return {test_local, {source, static_cast<u16>(1 + n % 60'000)}, 1500, nullptr};
  }
  PacketPool pool;
};

TEST_F(Flood, rfc4987_3_6_million_syns_keep_no_more_than_the_backlog_and_a_peer_comes_through) {
  Environment env(pool, {{1, 2}, {3, 4}}, Options());
  Listener listener(env, 16);
  Instant now = Instant::at(Duration::seconds(1));
  std::vector<std::unique_ptr<Connection>> kept;
  u64 cookies = 0;
  constexpr u32 syns = 1'000'000;
  for (u32 n = 0; n < syns; ++n) {
    auto reaction = listener.on_segment(now, from(n), syn_of(n), Packet());
    if (reaction.connection) kept.push_back(std::move(reaction.connection));
    cookies += reaction.reply ? 1 : 0;
  }
  EXPECT_EQ(kept.size(), env.options.syn_backlog);
  EXPECT_EQ(listener.half_open(), env.options.syn_backlog);
  EXPECT_EQ(cookies, syns - kept.size());
  EXPECT_EQ(listener.waiting(), 0u);

  const auto reaction = listener.on_segment(now, from(syns), syn_of(syns), Packet());
  const auto answer = *wire::TcpHeader::parse(reaction.reply.linear_bytes());
  wire::TcpHeader last = syn_of(syns);
  last.seq = last.seq + 1;
  last.ack = answer.seq + 1;
  last.flags = ack;
  last.options = {};
  const auto done = listener.on_segment(now, from(syns), last, Packet());
  ASSERT_TRUE(done.connection);
  EXPECT_EQ(done.connection->state(), State::established);
  EXPECT_EQ(listener.accept(), done.connection.get());
}

TEST_F(Flood, without_cookies_syns_beyond_the_backlog_are_dropped_until_the_half_open_give_up) {
  Options options;
  options.syn_cookies = false;
  options.syn_backlog = 4;
  Environment env(pool, {{1, 2}, {3, 4}}, options);
  Listener listener(env, 16);
  Instant now;
  std::vector<std::unique_ptr<Connection>> kept;
  for (u32 n = 0; n < 10; ++n) {
    auto reaction = listener.on_segment(now, from(n), syn_of(n), Packet());
    if (!reaction.connection) {
      EXPECT_EQ(reaction.drop, Drop::listen_overflow);
      continue;
    }
    reaction.connection->poll_transmit(now);
    kept.push_back(std::move(reaction.connection));
  }
  EXPECT_EQ(kept.size(), 4u);
  EXPECT_EQ(env.counters.listen_overflows, 6u);
  while (listener.half_open() > 0) {
    now = kept.front()->next_deadline();
    for (auto& one : kept) {
      one->on_timeout(now);
      one->poll_transmit(now);
    }
  }
  EXPECT_TRUE(listener.on_segment(now, from(11), syn_of(11), Packet()).connection);
}

// tcp_abort_on_overflow 0: the ACK that finds no room is as good as lost.
TEST_F(Flood, full_accept_queue_leaves_the_last_ack_unheard_and_repeats_the_syn_ack) {
  Environment env(pool, {{1, 2}, {3, 4}}, plain_options());
  Listener listener(env, 1);
  Instant now;
  std::vector<std::unique_ptr<Connection>> kept;
  std::vector<wire::Seq> ours;
  for (u32 n = 0; n < 2; ++n) {
    kept.push_back(listener.on_segment(now, from(n), syn_of(n), Packet()).connection);
    const Packet answer = kept[n]->poll_transmit(now);
    ours.push_back(wire::TcpHeader::parse(answer.linear_bytes())->seq);
  }
  const auto last_ack = [&](u32 n) {
    wire::TcpHeader header = syn_of(n);
    header.seq = header.seq + 1;
    header.ack = ours[n] + 1;
    header.flags = ack;
    return kept[n]->on_segment(now, header, Packet());
  };
  EXPECT_FALSE(last_ack(0));
  EXPECT_EQ(last_ack(1), Drop::listen_overflow);
  EXPECT_EQ(kept[1]->state(), State::syn_received);
  EXPECT_FALSE(kept[1]->poll_transmit(now));  // no reset
  now = kept[1]->next_deadline();
  kept[1]->on_timeout(now);
  const Packet repeated = kept[1]->poll_transmit(now);
  EXPECT_EQ(wire::TcpHeader::parse(repeated.linear_bytes())->flags, syn | ack);
  EXPECT_EQ(listener.accept(), kept[0].get());
  EXPECT_FALSE(last_ack(1));
  EXPECT_EQ(listener.accept(), kept[1].get());
}

}  // namespace
}  // namespace catenet::tcp::testing
