// What a host believes of ICMP: only what fits something its transports have under way. Read RFC
// 5927 section 4.
#include "catenet/host/host_fixture.hpp"
#include "catenet/wire/ethernet.hpp"

namespace catenet {
namespace {

using host_test::Trio;
using wire::Icmpv4Header;
using wire::Icmpv6Header;

constexpr u32 ethernet = wire::ethernet::header_size;

// Keeps the last TCP frame that a port sent.
class LastSegment final : public Recorder {
 public:
  void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    if (event == FrameEvent::sent && transport(frame) > 0) last = frame.clone();
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}

  // Where TCP begins; 0: it is something else.
  static u32 transport(const Packet& frame) {
    constexpr u8 tcp = 6;
    const u8* ip = frame.data() + ethernet;
    if (ip[0] == 0x45 && ip[9] == tcp) return ethernet + 20;
    return ip[0] == 0x60 && ip[6] == tcp ? ethernet + 40 : 0;
  }
  wire::Seq seq() const { return wire::Seq(load32(last.data() + transport(last) + 4)); }

  Packet last;
};

class Plausible : public host_test::Families {
 protected:
  Plausible() { nic().set_recorder(&sent, 0); }
  ~Plausible() override { nic().set_recorder(nullptr, 0); }

  Nic& nic() { return *net.alice().ip().interface("eth0")->nic(); }
  bool v4() const { return GetParam() == Family::ipv4; }
  // Whether alice takes a datagram with these first bytes for her own.
  bool believes(wire::IpProtocol protocol, std::array<u8, 8> transport, u32 interface = 2) {
    const TransportDemux& alice = net.alice();
    return alice.plausible({.family = GetParam(),
                            .source = Trio::alice_address(GetParam()),
                            .destination = Trio::bob_address(GetParam()),
                            .protocol = static_cast<u8>(protocol),
                            .interface = interface,
                            .transport = transport});
  }
  bool believes_tcp(const Endpoint& local, const Endpoint& remote, wire::Seq seq) {
    std::array<u8, 8> bytes{};
    store16(bytes.data(), local.port);
    store16(bytes.data() + 2, remote.port);
    store32(bytes.data() + 4, seq.value());
    return believes(wire::IpProtocol::tcp, bytes);
  }
  bool believes_udp(u16 local, u16 remote, u32 interface = 2) {
    std::array<u8, 8> bytes{};
    store16(bytes.data(), local);
    store16(bytes.data() + 2, remote);
    return believes(wire::IpProtocol::udp, bytes, interface);
  }
  bool believes_echo(u8 type4, u8 type6) {
    return v4() ? believes(wire::IpProtocol::icmp, {type4})
                : believes(wire::IpProtocol::icmpv6, {type6});
  }
  // Connects, and has the client write what cannot arrive.
  void write_into_the_void() {
    connect();
    net.link(1).set_partitioned(true);
    client.writes = true;
    client.use();
    client.pump();
    client.writes = false;
    ASSERT_TRUE(sent.last);
  }
  // The router says that the last segment, as if it had begun at `seq`, was too big.
  void complain(wire::Seq seq) {
    Packet segment = sent.last.clone();
    store32(segment.data() + LastSegment::transport(segment) + 4, seq.value());
    segment.meta() = {.network_offset = ethernet};
    segment.consume(ethernet);
    IpLayer& router = net.router().ip();
    if (v4()) {
      constexpr auto code = wire::UnreachableCode::fragmentation_needed;
      router.icmpv4().error(segment, Icmpv4Header::unreachable(code, 1'300));
    } else {
      router.icmpv6().error(router.interface("eth0"), segment, Icmpv6Header::packet_too_big(1'300));
    }
    net.pass(1_ms);
  }
  u32 path_mtu() { return net.alice().ip().route(server().address)->mtu; }

  LastSegment sent;
};

TEST_P(Plausible, segment_belongs_to_a_flow_and_is_in_flight) {
  write_into_the_void();
  const Endpoint local = client.connection().local();
  const wire::Seq seq = sent.seq();
  EXPECT_TRUE(believes_tcp(local, server(), seq));
  EXPECT_FALSE(believes_tcp(local, server(), seq + (1u << 30)));
  EXPECT_FALSE(believes_tcp(local, server(), seq - (1u << 30)));
  EXPECT_FALSE(believes_tcp({local.address, static_cast<u16>(local.port ^ 1)}, server(), seq));
  EXPECT_FALSE(believes_tcp(local, {server().address, 81}, seq));
  client.connection().abort(net.engine.now());
  client.pump();
  EXPECT_FALSE(believes_tcp(local, server(), seq));
}

TEST_P(Plausible, path_mtu_is_learned_from_what_is_in_flight_alone) {
  write_into_the_void();
  const wire::Seq seq = sent.seq();
  complain(seq + (1u << 30));
  EXPECT_EQ(path_mtu(), 1'500u);
  complain(seq);
  EXPECT_EQ(path_mtu(), 1'300u);
}

struct Taker final : DatagramUser {
  bool on_datagram(Datagram&) override { return true; }
  void on_error(const IcmpError& error, const Endpoint&) override { last = error.error; }
  Errno last = Errno::ok;
};

TEST_P(Plausible, datagram_comes_from_a_port_that_is_bound) {
  Taker user;
  PortBinding binding;
  binding.local = {IpAddress::any(GetParam()), 5'000};
  EXPECT_FALSE(believes_udp(5'000, 53));
  ASSERT_TRUE(net.alice().udp().bind(binding, user));
  EXPECT_TRUE(believes_udp(5'000, 53));
  EXPECT_FALSE(believes_udp(5'001, 53));
  net.alice().udp().unbind(binding);
  binding.remote = server();
  ASSERT_TRUE(net.alice().udp().bind(binding, user));
  EXPECT_TRUE(believes_udp(5'000, port));
  EXPECT_FALSE(believes_udp(5'000, 53));
  net.alice().udp().unbind(binding);
}

// A socket that is bound to a device hears of what came by that device.
TEST_P(Plausible, error_reaches_a_port_that_is_bound_to_the_device) {
  Taker user;
  PortBinding binding;
  binding.local = {IpAddress::any(GetParam()), 5'000};
  binding.device = net.alice().ip().interface("eth0")->index();
  ASSERT_TRUE(net.alice().udp().bind(binding, user));
  EXPECT_TRUE(believes_udp(5'000, port, binding.device));
  EXPECT_FALSE(believes_udp(5'000, port, binding.device + 1));
  ASSERT_TRUE(net.alice().udp().output({}, 5'000, server(), {}));
  net.pass(1_s);
  EXPECT_EQ(user.last, Errno::connection_refused);
  net.alice().udp().unbind(binding);
}

TEST_P(Plausible, echo_request_needs_a_raw_socket_and_the_reply_is_our_own) {
  struct Raw final : RawUser {
    explicit Raw(Family f) : family(f) {}
    bool wants(const IpInfo&) const override { return false; }
    bool on_datagram(Datagram&) override { return false; }
    bool concerns(const IcmpError& error) const override { return error.family == family; }
    void on_error(const IcmpError&) override {}
    Family family;
  } raw(GetParam());
  EXPECT_TRUE(believes_echo(0, 129));
  EXPECT_FALSE(believes_echo(8, 128));
  EXPECT_FALSE(believes(wire::IpProtocol::sctp, {}));
  net.alice().raw().add(raw);
  EXPECT_TRUE(believes_echo(8, 128));
  net.alice().raw().remove(raw);
}

INSTANTIATE_TEST_SUITE_P(Both, Plausible, testing::Values(Family::ipv4, Family::ipv6),
                         Plausible::name);

}  // namespace
}  // namespace catenet
