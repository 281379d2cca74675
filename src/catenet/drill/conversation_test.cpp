// Between the script's numbers and the wire's.
#include "catenet/drill/conversation.hpp"

#include <gtest/gtest.h>

#include "catenet/base/endian.hpp"
#include "catenet/drill/print.hpp"
#include "catenet/drill/script_reader_test.hpp"
#include "catenet/wire/ipv4.hpp"
#include "catenet/wire/tcp.hpp"

namespace catenet::drill {
namespace {

using testing::packet_of;

class DrillConversation : public ::testing::Test {
 protected:
  std::vector<u8> build(const std::string& text) {
    Problem problem;
    auto bytes = conversation.build(packet_of(text), problem);
    EXPECT_TRUE(bytes.has_value()) << problem.message;
    return bytes.value_or(std::vector<u8>(40));
  }
  // What a host would send: the TCP header at the end of an IPv4 packet.
  static std::vector<u8> from_host(const wire::TcpHeader& header) {
    wire::Ipv4Header ip;
    ip.protocol = wire::IpProtocol::tcp;
    ip.source = Ipv4Address(192, 168, 0, 1);
    ip.destination = Ipv4Address(192, 0, 2, 1);
    ip.total_length = static_cast<u16>(ip.size() + header.size());
    std::vector<u8> bytes(ip.total_length);
    ip.emit(MutableBytes(bytes).first(ip.size()));
    header.emit(MutableBytes(bytes).subspan(ip.size()));
    return bytes;
  }
  static wire::TcpHeader syn_ack(u32 seq) {
    wire::TcpHeader header;
    header.source_port = 8080;
    header.destination_port = 50'000;
    header.seq = wire::Seq(seq);
    header.ack = wire::Seq(1);
    header.flags = wire::TcpFlag::syn | wire::TcpFlag::ack;
    header.options.timestamps = wire::TcpTimestamps{777, 5};
    return header;
  }

  Scene scene;
  Conversation conversation{scene};
};

TEST_F(DrillConversation, what_comes_in_is_as_the_script_has_it) {
  const auto bytes = build("< S 7:7(0) win 99 <mss 1000,nop,wscale 7>");
  const wire::TcpView tcp(bytes.data() + 20);
  EXPECT_EQ(tcp.seq(), wire::Seq(7));
  EXPECT_EQ(tcp.window(), 99);
  EXPECT_EQ(tcp.source_port(), 50'000);
  EXPECT_EQ(tcp.destination_port(), 8'080);
  EXPECT_EQ(tcp.options().mss, 1'000);
  EXPECT_TRUE(wire::tcp_checksum_ok(
      ByteView(bytes).subspan(20),
      wire::Ipv4View(bytes.data()).pseudo_header(static_cast<u32>(bytes.size()) - 20)));
}

TEST_F(DrillConversation, the_hosts_numbers_are_learned_from_its_syn) {
  build("< S 0:0(0) win 99");
  const PacketEvent wanted = packet_of("> S. 0:0(0) ack 1 <nop,nop,TS val 100 ecr 5>");
  const PacketEvent came = conversation.translate(from_host(syn_ack(1'000'000)), &wanted);
  EXPECT_EQ(to_text(came),
            "> (tos 0x00) 8080 > 50000 S. 0:0(0) ack 1 win 0 "
            "<nop,nop,TS val 100 ecr 5>");
  const auto bytes = build("< . 1:1(0) ack 1 win 9 <nop,nop,TS val 6 ecr 100,nop,nop,sack 3:5>");
  const wire::TcpView tcp(bytes.data() + 20);
  EXPECT_EQ(tcp.ack(), wire::Seq(1'000'001));
  EXPECT_EQ(tcp.options().timestamps->echo_reply, 777u);
  EXPECT_EQ(tcp.options().sack[0].left, wire::Seq(1'000'003));
}

TEST_F(DrillConversation, a_conversation_of_its_own_begins_with_each_listener) {
  EXPECT_EQ(load16(build("< S 0:0(0) win 9").data() + 20), 50'000);
  EXPECT_EQ(load16(build("< . 1:1(0) ack 1 win 9").data() + 20), 50'000);
  conversation.on_listen(80);
  const auto bytes = build("< S 0:0(0) win 9");
  EXPECT_EQ(load16(bytes.data() + 20), 50'001);
  EXPECT_EQ(load16(bytes.data() + 22), 80);
}

TEST_F(DrillConversation, icmp_quotes_what_the_host_sent) {
  build("< S 0:0(0) win 99");
  conversation.translate(from_host(syn_ack(500)), nullptr);
  const auto bytes = build("< icmp unreachable frag_needed mtu 1200 [1:1001(1000)]");
  ASSERT_EQ(bytes.size(), 20u + 8 + 20 + 8);
  EXPECT_EQ(load16(bytes.data() + 26), 1'200);
  EXPECT_EQ(load16(bytes.data() + 28 + 2), 1'040);  // the quoted packet's own length
  EXPECT_EQ(load32(bytes.data() + 28 + 20 + 4), 501u);
}

TEST_F(DrillConversation, what_icmp_does_not_have_is_told) {
  Problem problem;
  EXPECT_FALSE(conversation.build(packet_of("< icmp unreachabel [1:1(0)]"), problem).has_value());
  EXPECT_EQ(problem.hint, "did you mean 'unreachable'?");
}

}  // namespace
}  // namespace catenet::drill
