// A socket of both families whose two ends are not of one family: an error, as on Linux.
#include "catenet/socket/lab_net_test.hpp"

namespace catenet {
namespace {

using lab_net::at;
using lab_net::SocketPtr;

class AddressFamilies : public lab_net::Sockets {
 protected:
  SocketPtr bound(SocketType type, std::string_view address) {
    SocketPtr socket = *net.alice.open(Family::ipv6, type);
    EXPECT_TRUE(socket->bind(at(address, 5'000)));
    return socket;
  }
};

TEST_F(AddressFamilies, stream_connects_within_one_family_alone) {
  EXPECT_EQ(bound(SocketType::stream, "2001:db8::2")->connect(at("::ffff:10.0.1.2", 80)).error(),
            Errno::network_unreachable);
  EXPECT_EQ(bound(SocketType::stream, "::ffff:10.0.0.2")->connect(at("2001:db8:1::2", 80)).error(),
            Errno::network_unreachable);
  EXPECT_EQ(
      bound(SocketType::stream, "::ffff:10.0.0.2")->connect(at("::ffff:10.0.1.2", 80)).error(),
      Errno::in_progress);
}

TEST_F(AddressFamilies, datagrams_go_within_one_family_alone) {
  const SocketPtr six = bound(SocketType::datagram, "2001:db8::2");
  EXPECT_EQ(write(*six, "x", at("::ffff:10.0.1.2", 9)), Errno::network_unreachable);
  EXPECT_EQ(six->connect(at("::ffff:10.0.1.2", 9)).error(), Errno::network_unreachable);
  EXPECT_EQ(write(*six, "x", at("2001:db8:1::2", 9)), Errno::ok);
  const SocketPtr four = bound(SocketType::datagram, "::ffff:10.0.0.2");
  EXPECT_EQ(write(*four, "x", at("2001:db8:1::2", 9)), Errno::network_unreachable);
  EXPECT_EQ(write(*four, "x", at("::ffff:10.0.1.2", 9)), Errno::ok);
}

TEST_F(AddressFamilies, datagram_socket_that_is_connected_keeps_to_that_family) {
  const SocketPtr socket = *net.alice.open(Family::ipv6, SocketType::datagram);
  ASSERT_TRUE(socket->connect(at("::ffff:10.0.1.2", 9)));
  EXPECT_EQ(write(*socket, "x", at("2001:db8:1::2", 9)), Errno::network_unreachable);
  EXPECT_EQ(write(*socket, "x"), Errno::ok);
}

}  // namespace
}  // namespace catenet
