// Every order in which a connection between the kernel and Catenet may end. Read RFC 9293 section
// 3.6.
#include "tcp_talk_test.hpp"

namespace catenet::interop {
namespace {

class KernelTcpClosing : public TcpTalkEach {};

TEST_P(KernelTcpClosing, one_end_closes_then_the_other) {
  Pair pair = connect(GetParam());
  EXPECT_EQ(transfer(*pair.first, *pair.second, "question"), "question");
  EXPECT_EQ(transfer(*pair.second, *pair.first, "answer"), "answer");
  ASSERT_TRUE(pair.first->shutdown(Shutdown::write));
  EXPECT_EQ(ending(*pair.second), "");
  pair.second->close();
  EXPECT_EQ(ending(*pair.first), "");
  pair.first->close();
  EXPECT_TRUE(ours_is_over());
  EXPECT_EQ(host.tcp().time_wait_count(), GetParam().kernel_first ? 0u : 1u);
  EXPECT_EQ(resets(), 0u);
}

TEST_P(KernelTcpClosing, accepting_end_closes_first) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.second->shutdown(Shutdown::write));
  EXPECT_EQ(ending(*pair.first), "");
  pair.first->close();
  EXPECT_EQ(ending(*pair.second), "");
  pair.second->close();
  EXPECT_TRUE(ours_is_over());
  EXPECT_EQ(host.tcp().time_wait_count(), GetParam().kernel_first ? 1u : 0u);
  EXPECT_EQ(resets(), 0u);
}

TEST_P(KernelTcpClosing, both_close_at_once) {
  Pair pair = connect(GetParam());
  set_delay(Duration::milliseconds(100));
  ASSERT_TRUE(pair.first->shutdown(Shutdown::write));
  ASSERT_TRUE(pair.second->shutdown(Shutdown::write));
  EXPECT_EQ(ending(*pair.first), "");
  EXPECT_EQ(ending(*pair.second), "");
  pair.first->close();
  pair.second->close();
  EXPECT_TRUE(ours_is_over());
  EXPECT_EQ(host.tcp().time_wait_count(), 1u);
  EXPECT_EQ(resets(), 0u);
  EXPECT_TRUE(until([&] { return kernel_states(45'001).find("0B") == std::string::npos; }))
      << "the kernel stays in CLOSING";
}

TEST_P(KernelTcpClosing, half_closed_by_the_opener_still_hears_the_rest) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.first->shutdown(Shutdown::write));
  EXPECT_EQ(ending(*pair.second), "");
  const std::string rest(300'000, 'r');
  EXPECT_EQ(transfer(*pair.second, *pair.first, rest), rest);
  pair.second->close();
  EXPECT_EQ(ending(*pair.first), "");
  EXPECT_EQ(resets(), 0u);
}

TEST_P(KernelTcpClosing, half_closed_by_the_acceptor_still_hears_the_rest) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.second->shutdown(Shutdown::write));
  EXPECT_EQ(ending(*pair.first), "");
  const std::string rest(300'000, 'r');
  EXPECT_EQ(transfer(*pair.first, *pair.second, rest), rest);
  pair.first->close();
  EXPECT_EQ(ending(*pair.second), "");
  EXPECT_EQ(resets(), 0u);
}

TEST_P(KernelTcpClosing, close_with_data_unsent_delivers_it) {
  Pair pair = connect(GetParam());
  const std::string text(200'000, 't');
  std::size_t sent = 0;
  std::string got;
  until([&] {
    sent += write_some(*pair.first, std::string_view(text).substr(sent));
    if (sent < text.size()) got += read_now(*pair.second);
    return sent == text.size();
  });
  pair.first->close();
  until([&] {
    got += read_now(*pair.second);
    return got.size() >= text.size();
  });
  EXPECT_EQ(got, text);
  EXPECT_EQ(ending(*pair.second), "");
  EXPECT_EQ(resets(), 0u);
}

TEST_P(KernelTcpClosing, linger_of_zero_resets) {
  Pair pair = connect(GetParam());
  ASSERT_TRUE(pair.first->set_option(SocketOption::linger, 0));
  pair.first->close();
  EXPECT_EQ(ending(*pair.second), "ECONNRESET");
  EXPECT_EQ(resets(), 1u);
  EXPECT_TRUE(ours_is_over());
  EXPECT_EQ(host.tcp().time_wait_count(), 0u);
}

TEST_P(KernelTcpClosing, reset_in_the_middle_of_a_stream_is_told_to_the_writer) {
  Pair pair = connect(GetParam());
  const std::string block(32'768, 'x');
  std::string got;
  until([&] {
    write_some(*pair.second, block);
    got += read_now(*pair.first);
    return got.size() > 500'000;
  });
  ASSERT_TRUE(pair.first->set_option(SocketOption::linger, 0));
  pair.first->close();
  std::string error;
  EXPECT_TRUE(until([&] {
    const auto n = pair.second->send(as_bytes(block));
    if (n || n.error() == Errno::again) return false;
    error = errno_name(n.error());
    return true;
  }));
  EXPECT_EQ(error, "ECONNRESET");
  EXPECT_TRUE(ours_is_over());
}

// RFC 2525 section 2.17.
TEST_P(KernelTcpClosing, close_with_unread_data_resets) {
  Pair pair = connect(GetParam());
  write_some(*pair.second, "never read");
  ASSERT_TRUE(until([&] { return pair.first->readiness().readable; }));
  pair.first->close();
  EXPECT_EQ(ending(*pair.second), "ECONNRESET");
  EXPECT_TRUE(ours_is_over());
}

// RFC 1122 section 4.2.2.13.
TEST_P(KernelTcpClosing, data_for_a_closed_end_is_answered_with_a_reset) {
  Pair pair = connect(GetParam());
  pair.first->close();
  EXPECT_EQ(ending(*pair.second), "");
  EXPECT_EQ(write_some(*pair.second, "too late"), 8u);
  EXPECT_TRUE(until([&] { return resets() > 0; }));
  std::string error;
  EXPECT_TRUE(until([&] {
    const auto n = pair.second->send(as_bytes("again"));
    if (n || n.error() == Errno::again) return false;
    error = errno_name(n.error());
    return true;
  }));
  EXPECT_EQ(error, "EPIPE") << "after the end of the stream, as Linux has it";
}

// RFC 9293 section 3.6.1, RFC 6191.
TEST_P(KernelTcpClosing, connection_in_time_wait_is_opened_anew_from_the_same_port) {
  const SocketPtr listening = listener(!GetParam().kernel_first, GetParam().family, 45'001);
  for (int round = 0; round < 3; ++round) {
    Pair pair = connect_to(*listening, GetParam(), 40'000, 45'001);
    ASSERT_NE(pair.second, nullptr) << "round " << round;
    EXPECT_EQ(transfer(*pair.first, *pair.second, "once more"), "once more");
    pair.second->close();  // so that TIME-WAIT is the acceptor's
    EXPECT_EQ(ending(*pair.first), "");
    pair.first->close();
    EXPECT_TRUE(ours_is_over());
    EXPECT_TRUE(until([&] { return kernel_states(40'000).find("08") == std::string::npos; }));
  }
  EXPECT_EQ(resets(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Each, KernelTcpClosing, testing::ValuesIn(all_roles), roles_name);

}  // namespace
}  // namespace catenet::interop
