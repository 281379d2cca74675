// Data between the kernel and Catenet: windows that close and open, urgent data, loss, keep-alive
// and a peer that has vanished. Read RFC 9293 section 3.8, RFC 6093, RFC 1122 section 4.2.3.6.
#include "tcp_talk_test.hpp"

namespace catenet::interop {
namespace {

class KernelTcpFlow : public TcpTalkEach {
 protected:
  static std::string numbered(std::size_t size) {
    std::string text;
    for (u32 i = 0; text.size() < size; ++i) text += fmt::format("{:07x}\n", i);
    text.resize(size);
    return text;
  }
};

// What has nothing to do with the family.
class KernelTcpLife : public TcpTalkEach {};

TEST_P(KernelTcpFlow, megabytes_cross_both_ways_at_once) {
  Pair pair = connect(GetParam());
  const std::string text = numbered(4'000'000);
  std::size_t there_sent = 0, back_sent = 0;
  std::string there_got, back_got;
  until([&] {
    there_sent += write_some(*pair.first, std::string_view(text).substr(there_sent));
    back_sent += write_some(*pair.second, std::string_view(text).substr(back_sent));
    there_got += read_now(*pair.second);
    back_got += read_now(*pair.first);
    return there_got.size() >= text.size() && back_got.size() >= text.size();
  });
  EXPECT_TRUE(there_got == text);
  EXPECT_TRUE(back_got == text);
  EXPECT_EQ(resets(), 0u);
}

TEST_P(KernelTcpFlow, loss_and_reordering_lose_nothing) {
  Pair pair = connect(GetParam());
  Impairment bad;
  bad.delay = Duration::milliseconds(2);
  bad.loss.independent_ppb = 20'000'000;
  ASSERT_TRUE(link.set_both(bad).has_value());
  const std::string text = numbered(1'000'000);
  EXPECT_TRUE(transfer(*pair.first, *pair.second, text) == text);
}

TEST_P(KernelTcpFlow, reader_that_stalls_closes_the_window_and_opens_it) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.second->set_option(SocketOption::receive_buffer, 16'384));
  const char* const reader = GetParam().kernel_first ? "ours" : "kernel";
  const std::size_t filled = fill(*pair.first, reader);
  EXPECT_GT(filled, 16'384u);
  EXPECT_GE(lines.count(reader, "win 0,"), 1u) << "the window was never zero";
  // Probes go on while nobody reads (RFC 9293 section 3.8.6.1).
  const std::size_t answered = lines.count(reader, "win 0,");
  EXPECT_TRUE(until([&] { return lines.count(reader, "win 0,") > answered; }));
  std::size_t got = 0;
  EXPECT_TRUE(until([&] {
    got += read_now(*pair.second).size();
    return got >= filled;
  }));
  EXPECT_EQ(got, filled);
  EXPECT_EQ(transfer(*pair.first, *pair.second, "and on"), "and on");
}

TEST_P(KernelTcpFlow, urgent_byte_is_told_out_of_band) {
  Pair pair = connect(GetParam());
  EXPECT_EQ(transfer(*pair.first, *pair.second, "before"), "before");
  ASSERT_TRUE(pair.first->send_out_of_band('!'));
  ASSERT_TRUE(until([&] { return pair.second->readiness().priority; }));
  std::array<u8, 8> byte{};
  const auto n = pair.second->receive(byte, {.out_of_band = true});
  ASSERT_TRUE(n.has_value());
  EXPECT_EQ(*n, 1u);
  EXPECT_EQ(byte[0], '!');
  EXPECT_EQ(transfer(*pair.first, *pair.second, "after"), "after") << "not in the stream";
}

TEST_P(KernelTcpFlow, urgent_byte_inline_stays_in_its_place) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.second->set_option(SocketOption::out_of_band_inline, 1));
  write_some(*pair.first, "abc");
  ASSERT_TRUE(pair.first->send_out_of_band('!'));
  write_some(*pair.first, "def");
  std::string got;
  EXPECT_TRUE(until([&] {
    got += read_now(*pair.second);
    return got.size() >= 7;
  }));
  EXPECT_EQ(got, "abc!def");
}

TEST_P(KernelTcpLife, keep_alive_is_answered_and_keeps_the_connection) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.first->set_option(SocketOption::keep_idle, 1));
  ASSERT_TRUE(pair.first->set_option(SocketOption::keep_interval, 1));
  ASSERT_TRUE(pair.first->set_option(SocketOption::keep_alive, 1));
  const char* const prober = GetParam().kernel_first ? "kernel" : "ours";
  const char* const other = GetParam().kernel_first ? "ours" : "kernel";
  const std::size_t said = lines.count(prober, "Flags [.]");
  const std::size_t heard = lines.count(other, "Flags [.]");
  EXPECT_TRUE(until([&] {
    return lines.count(prober, "Flags [.]") > said && lines.count(other, "Flags [.]") > heard;
  }));
  EXPECT_EQ(transfer(*pair.second, *pair.first, "still here"), "still here");
}

TEST_P(KernelTcpLife, peer_that_vanished_is_found_by_keep_alive) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.first->set_option(SocketOption::keep_idle, 1));
  ASSERT_TRUE(pair.first->set_option(SocketOption::keep_interval, 1));
  ASSERT_TRUE(pair.first->set_option(SocketOption::keep_count, 2));
  ASSERT_TRUE(pair.first->set_option(SocketOption::keep_alive, 1));
  link.set_partitioned(true);
  EXPECT_EQ(ending(*pair.first), "ETIMEDOUT");
}

TEST_P(KernelTcpLife, peer_that_vanished_with_data_on_its_way_is_given_up) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.first->set_option(SocketOption::user_timeout_ms, 1'000));
  link.set_partitioned(true);
  write_some(*pair.first, "into the void");
  EXPECT_EQ(ending(*pair.first), "ETIMEDOUT");
}

// The peer came back with nothing in its memory: RFC 9293 section 3.5.1.
TEST_P(KernelTcpFlow, segment_for_a_connection_nobody_knows_is_reset) {
  Pair pair = connect(GetParam());
  link.set_partitioned(true);
  ASSERT_TRUE(pair.second->set_option(SocketOption::linger, 0));
  pair.second->close();
  pass(Duration::milliseconds(50));
  link.set_partitioned(false);
  write_some(*pair.first, "anybody?");
  EXPECT_EQ(ending(*pair.first), "ECONNRESET");
}

INSTANTIATE_TEST_SUITE_P(Each, KernelTcpFlow, testing::ValuesIn(all_roles), roles_name);
INSTANTIATE_TEST_SUITE_P(Each, KernelTcpLife, testing::Values(all_roles[0], all_roles[1]),
                         roles_name);

}  // namespace
}  // namespace catenet::interop
