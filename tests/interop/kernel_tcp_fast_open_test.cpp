// Text in the SYN between the kernel and Catenet, either way; tshark must see it there. Read RFC
// 7413.
#include "tcp_talk_test.hpp"

namespace catenet::interop {
namespace {

class KernelTcpFastOpen : public TcpTalkEach {
 protected:
  static constexpr u16 number = 45'010;

  void SetUp() override {
    TcpTalkEach::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (run("echo 3 > /proc/sys/net/ipv4/tcp_fastopen").exit != 0) {
      GTEST_SKIP() << "this kernel has no Fast Open";
    }
    host.tcp().environment().options.fast_open = tcp::FastOpen::both;
    listening = open(!GetParam().kernel_first, GetParam().family, SocketType::stream);
    ASSERT_TRUE(listening->bind({address(!GetParam().kernel_first, GetParam().family), number}));
    ASSERT_TRUE(listening->set_option(SocketOption::fast_open, 5));
    ASSERT_TRUE(listening->listen(8));
  }
  void TearDown() override {
    TcpTalkEach::TearDown();
    if (!listening || missing("tshark")) return;
    EXPECT_EQ(text_of_syns(), wanted_lengths);
  }
  // Bytes of text of every SYN with a cookie, as tshark reads the capture: once for each port.
  std::string text_of_syns() {
    const Folder folder;
    const std::string file = folder.write("link.pcapng", sink.bytes());
    return output_of("tshark -r " + file +
                     " -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.options.tfo.cookie && "
                     "frame.interface_id == 1' -T fields -e tcp.len 2>/dev/null");
  }
  // Calls, with `text` for the SYN; what was taken of it.
  Result<u32> call(SocketPtr& caller, std::string_view text) {
    caller = open(GetParam().kernel_first, GetParam().family, SocketType::stream);
    return caller->send_fast_open(as_bytes(text),
                                  {address(!GetParam().kernel_first, GetParam().family), number});
  }
  // The first call, that asks for the cookie; ended in order.
  void learn() {
    SocketPtr caller;
    const auto asked = call(caller, "too early");
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error(), Errno::in_progress);
    ASSERT_EQ(outcome(*caller), Errno::ok);
    const SocketPtr peer = accepted(*listening);
    ASSERT_NE(peer, nullptr);
    EXPECT_EQ(transfer(*caller, *peer, "as ever"), "as ever");
    caller->close();
    EXPECT_EQ(ending(*peer), "");
  }
  // What `socket` reads until there are so many bytes.
  std::string heard(Socket& socket, std::size_t bytes) {
    std::string got;
    until([&] { return (got += read_now(socket)).size() >= bytes; });
    return got;
  }

  SocketPtr listening;
  std::string wanted_lengths;
};

TEST_P(KernelTcpFastOpen, second_call_brings_its_text_with_the_syn) {
  learn();
  const std::string request(700, 'q');
  SocketPtr caller;
  EXPECT_EQ(call(caller, request), request.size());
  const SocketPtr peer = accepted(*listening);
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(heard(*peer, request.size()), request);
  EXPECT_EQ(transfer(*peer, *caller, "answer"), "answer");
  EXPECT_EQ(resets(), 0u);
  wanted_lengths = "700\n";
}

TEST_P(KernelTcpFastOpen, answer_may_come_before_the_handshake_is_over) {
  learn();
  set_delay(Duration::milliseconds(50));
  SocketPtr caller;
  EXPECT_EQ(call(caller, "question"), 8u);
  const SocketPtr peer = accepted(*listening);
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(heard(*peer, 8), "question");
  EXPECT_EQ(transfer(*peer, *caller, "answer"), "answer");
  caller->close();
  EXPECT_EQ(ending(*peer), "");
  wanted_lengths = "8\n";
}

TEST_P(KernelTcpFastOpen, cookie_that_is_wrong_costs_a_round_trip_and_no_more) {
  if (GetParam().kernel_first) {
    learn();
    host.tcp().environment().secrets.fast_open.k0 ^= 1;
  } else {
    wire::FastOpenCookie wrong;
    wrong.size = 8;
    host.tcp().environment().fast_open.learn(address(false, GetParam().family),
                                             address(true, GetParam().family), 1'400, wrong);
  }
  const std::string request(700, 'q');
  SocketPtr caller;
  EXPECT_EQ(call(caller, request), request.size());
  const SocketPtr peer = accepted(*listening);
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(heard(*peer, request.size()), request);
  SocketPtr again;
  EXPECT_EQ(call(again, request), request.size());
  const SocketPtr second = accepted(*listening);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(heard(*second, request.size()), request);
  wanted_lengths = "700\n700\n";
}

// TCP_FASTOPEN_CONNECT: connect() waits for the first write.
TEST_P(KernelTcpFastOpen, connect_that_waits_for_the_first_bytes) {
  learn();
  const SocketPtr caller = open(GetParam().kernel_first, GetParam().family, SocketType::stream);
  ASSERT_TRUE(caller->set_option(SocketOption::fast_open_connect, 1));
  ASSERT_TRUE(caller->connect({address(!GetParam().kernel_first, GetParam().family), number}));
  EXPECT_EQ(caller->send(as_bytes("hello")), 5u);
  const SocketPtr peer = accepted(*listening);
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(heard(*peer, 5), "hello");
  wanted_lengths = "5\n";
}

INSTANTIATE_TEST_SUITE_P(Each, KernelTcpFastOpen, testing::ValuesIn(all_roles), roles_name);

}  // namespace
}  // namespace catenet::interop
