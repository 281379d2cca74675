// Connections in their hosts: who gets a segment, what answers where nobody is, and how a
// connection leaves. Read RFC 9293 sections 3.10.7.1 and 3.6.
#include "catenet/host/host_fixture.hpp"
#include "catenet/ip/neighbour_cache.hpp"

namespace catenet {
namespace {

using host_test::Streamer;

class TcpHost : public host_test::Families {};

TEST_P(TcpHost, syn_to_a_port_without_listener_is_reset) {
  ASSERT_TRUE(client.open(server()));
  net.pass(1_s);
  EXPECT_TRUE(client.seen & tcp::Event::closed);
  EXPECT_EQ(client.error, Errno::connection_refused);
  EXPECT_EQ(net.bob().tcp().counters().out_rsts, 1u);
  EXPECT_EQ(net.bob().tcp().flow_count(), 0u);
  EXPECT_EQ(net.alice().tcp().flow_count(), 0u);
}

TEST_P(TcpHost, handshake_wakes_the_listener_and_both_sides_are_in_their_tables) {
  connect();
  EXPECT_TRUE(client.seen & tcp::Event::connected);
  EXPECT_EQ(web.connection().remote(), client.connection().local());
  EXPECT_EQ(net.alice().tcp().connections().size(), 1u);
  EXPECT_EQ(net.bob().tcp().connections().size(), 1u);
  EXPECT_EQ(net.bob().tcp().counters().curr_estab, 1u);
}

TEST_P(TcpHost, second_flow_with_the_same_pair_of_endpoints_is_refused) {
  connect();
  const auto again =
      net.alice().tcp().create(client.connection().local(), server(), client, nullptr);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), Errno::address_in_use);
}

TEST_P(TcpHost, side_that_closes_first_keeps_a_small_time_wait_for_a_while) {
  connect();
  for (Streamer* side : {&client, &web}) {
    side->connection().close(net.engine.now());
    side->pump();
    side->let_go();
    net.pass(1_s);
  }
  EXPECT_EQ(net.alice().tcp().flow_count(), 0u);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 1u);
  EXPECT_EQ(net.bob().tcp().flow_count(), 0u);
  EXPECT_EQ(net.bob().tcp().time_wait_count(), 0u);
  net.pass(300_s);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 0u);
  EXPECT_EQ(net.alice().tcp().counters().out_rsts + net.bob().tcp().counters().out_rsts, 0u);
}

TEST_P(TcpHost, listener_that_closes_resets_what_nobody_accepted) {
  Streamer other(net.alice());
  connect();
  ASSERT_TRUE(other.open(server()));
  net.pass(1_s);  // complete, but nobody accepts a second one
  EXPECT_EQ(net.bob().tcp().flow_count(), 2u);
  web.stop_listening();
  net.pass(1_s);
  EXPECT_EQ(net.bob().tcp().flow_count(), 1u);
  EXPECT_TRUE(other.seen & tcp::Event::reset);
  EXPECT_FALSE(client.seen & tcp::Event::reset);
}

TEST_P(TcpHost, released_flow_lives_on_until_its_bytes_are_through) {
  connect();
  client.writes = true;
  client.use();
  client.writes = false;
  const u64 written = client.connection().send_queue();
  client.connection().close(net.engine.now());
  client.pump();
  client.let_go();
  EXPECT_EQ(net.alice().tcp().flow_count(), 1u);
  net.pass(5_s);
  EXPECT_GT(written, 10'000u);
  EXPECT_EQ(web.received, written);
  EXPECT_TRUE(web.seen & tcp::Event::peer_closed);
}

TEST_P(TcpHost, unreachable_port_comes_back_to_the_sender_of_a_datagram) {
  struct Sender final : DatagramUser {
    bool on_datagram(Datagram&) override { return true; }
    void on_error(const IcmpError& error, const Endpoint& remote) override {
      errors.emplace_back(error.error, remote);
    }
    std::vector<std::pair<Errno, Endpoint>> errors;
  } sender;
  PortBinding binding;
  binding.local = {IpAddress::any(GetParam()), 5'000};
  ASSERT_TRUE(net.alice().udp().bind(binding, sender));
  const std::array<u8, 10> bytes{};
  ASSERT_TRUE(net.alice().udp().output(bytes, 5'000, server(), {}));
  net.pass(1_s);
  ASSERT_EQ(sender.errors.size(), 1u);
  EXPECT_EQ(sender.errors[0].first, Errno::connection_refused);
  EXPECT_EQ(sender.errors[0].second, server());
  EXPECT_EQ(net.bob().udp().counters().no_ports, 1u);
  net.alice().udp().unbind(binding);
}

// Calls alice from within her own sending, as a neighbour table that is full does.
class Interrupter final : public Recorder {
 public:
  explicit Interrupter(Host& host) : host_(host) {}
  void on_frame(Instant, PortId, FrameEvent event, const Packet&, std::optional<Drop>) override {
    if (event != FrameEvent::sent || host_.tcp().connections().empty()) return;
    const tcp::Connection& connection = *host_.tcp().connections().front();
    std::array<u8, 8> quoted{};
    store16(quoted.data(), connection.local().port);
    store16(quoted.data() + 2, connection.remote().port);
    TransportDemux& demux = host_;
    demux.on_error({.error = Errno::host_unreachable,
                    .source = connection.local().address,
                    .destination = connection.remote().address,
                    .protocol = static_cast<u8>(wire::IpProtocol::tcp),
                    .transport = quoted});
    EXPECT_EQ(host_.tcp().flow_count(), 1u) << "the flow is gone while it sends";
    ++interrupted;
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  u32 interrupted = 0;

 private:
  Host& host_;
};

// RFC 791 section 3.1: 68 bytes are a legal MTU, though the least MSS with timestamps needs 88. IP
// then cuts what TCP sends.
TEST(Rfc791, s3_1_connection_streams_over_the_least_mtu) {
  host_test::Trio net({.delay = 5_ms});
  Streamer client(net.alice());
  Streamer web(net.bob());
  for (Host* host : {&net.alice(), &net.router(), &net.bob()}) {
    for (const auto& interface : host->ip().interfaces()) {
      if (interface->loopback()) continue;
      ASSERT_TRUE(host->ip().set_mtu(*interface, 68));
    }
  }
  web.listen(80);
  ASSERT_TRUE(client.open({host_test::Trio::bob_address(Family::ipv4), 80}));
  net.pass(1_s);
  ASSERT_TRUE(client.seen & tcp::Event::connected);
  client.writes = true;
  client.use();
  client.pump();
  net.pass(100_ms);
  EXPECT_GT(web.received, 1'000u);
  EXPECT_GT(net.alice().ip().counters(Family::ipv4).frag_oks, 0u);
  EXPECT_EQ(net.alice().ip().counters(Family::ipv4).frag_fails, 0u);
}

// A segment that IP would not take is told of, not only lost.
TEST_P(TcpHost, refused_segment_leaves_a_note) {
  struct Notes final : Recorder {
    void on_frame(Instant, PortId, FrameEvent, const Packet&, std::optional<Drop>) override {}
    void on_note(Instant, std::string_view, std::string_view topic,
                 std::string_view text) override {
      lines.push_back(std::string(topic) + ": " + std::string(text));
    }
    std::vector<std::string> lines;
  };
  connect();
  Nic& nic = *net.alice().ip().interface("eth0")->nic();
  Notes notes;
  nic.set_recorder(&notes, 0);
  nic.set_carrier(false);
  client.connection().close(net.engine.now());
  client.pump();
  nic.set_recorder(nullptr, 0);
  ASSERT_EQ(notes.lines.size(), 1u);
  EXPECT_EQ(notes.lines[0],
            fmt::format("tcp: a segment to {} is not sent: Network is down", server().to_string()));
}

TEST_P(TcpHost, flow_outlives_an_error_that_its_own_sending_brings) {
  connect();
  client.connection().close(net.engine.now());
  client.pump();
  client.let_go();
  net.pass(1_s);
  Nic& nic = *net.alice().ip().interface("eth0")->nic();
  Interrupter interrupter(net.alice());
  nic.set_recorder(&interrupter, 0);
  web.connection().close(net.engine.now());
  web.pump();
  web.let_go();
  net.pass(1_s);  // the FIN is acknowledged on the way into TIME-WAIT
  nic.set_recorder(nullptr, 0);
  EXPECT_EQ(interrupter.interrupted, 1u);
  EXPECT_EQ(net.alice().tcp().flow_count(), 0u);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 1u);
}

// Opens, has bob accept it, and closes both ends, alice first: it is in TIME-WAIT at hers.
class Short {
 public:
  Short(host_test::Trio& net, Streamer& web, const Endpoint& to) : net_(net), client_(net.alice()) {
    EXPECT_TRUE(client_.open(to));
    net.pass(1_s);
    for (Streamer* side : {&client_, &web}) {
      side->connection().close(net.engine.now());
      side->pump();
      if (side == &web) web.let_go();
      net.pass(1_s);
    }
  }
  void let_go() {
    client_.let_go();
    net_.pass(1_ms);
  }

 private:
  host_test::Trio& net_;
  Streamer client_;
};

TEST_P(TcpHost, time_wait_ends_in_its_own_time_however_late_its_user_let_go) {
  web.listen(port);
  Short held(net, web, server());
  net.pass(20_s);
  Short prompt(net, web, server());
  prompt.let_go();
  held.let_go();
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 2u);
  net.pass(45_s);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 1u);
  net.pass(20_s);
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 0u);
}

TEST_P(TcpHost, time_waits_are_bounded) {
  net.alice().tcp().environment().options.time_waits = 2;
  web.listen(port);
  for (u32 i = 0; i < 4; ++i) Short(net, web, server()).let_go();
  EXPECT_EQ(net.alice().tcp().time_wait_count(), 2u);
}

class Rfc9293Advice : public host_test::Families {
 protected:
  NeighbourState gateway() {
    const bool v4 = GetParam() == Family::ipv4;
    Interface& out = *net.alice().ip().interface("eth0");
    NeighbourCache& table = v4 ? out.neighbours4() : out.neighbours6();
    return table.find(host_test::ip(v4 ? "10.0.0.1" : "2001:db8::1"))->state(net.engine.now());
  }
  void write_something() {
    ASSERT_TRUE(client.connection().send(net.engine.now(), bytes_));
    client.pump();
  }
  // Lets time pass until `there()`, a minute at most.
  template <typename There>
  void pass_until(There&& there) {
    for (u32 i = 0; i < 600 && !there(); ++i) net.pass(100_ms);
    EXPECT_TRUE(there());
  }

  const std::array<u8, 100> bytes_{};
};

TEST_P(Rfc9293Advice, s3_8_3_next_hop_is_asked_whether_it_is_there_once_r1_is_reached) {
  connect();
  EXPECT_EQ(gateway(), NeighbourState::reachable);
  net.link(0).set_partitioned(true);
  write_something();
  pass_until([&] { return (client.seen & tcp::Event::path_suspect) != 0; });
  EXPECT_EQ(gateway(), NeighbourState::stale);
  pass_until([&] { return gateway() == NeighbourState::failed; });
  net.link(0).set_partitioned(false);
  pass_until([&] { return web.received == bytes_.size(); });
  EXPECT_EQ(gateway(), NeighbourState::reachable);
}

TEST_P(Rfc9293Advice, s3_8_3_next_hop_that_answers_is_kept_though_the_peer_is_silent) {
  connect();
  net.link(1).set_partitioned(true);
  write_something();
  pass_until([&] { return (client.seen & tcp::Event::path_suspect) != 0; });
  EXPECT_EQ(gateway(), NeighbourState::stale);
  pass_until([&] { return gateway() == NeighbourState::reachable; });
  EXPECT_EQ(web.received, 0u);
}

INSTANTIATE_TEST_SUITE_P(Both, Rfc9293Advice, testing::Values(Family::ipv4, Family::ipv6),
                         Rfc9293Advice::name);
INSTANTIATE_TEST_SUITE_P(Both, TcpHost, testing::Values(Family::ipv4, Family::ipv6), TcpHost::name);

}  // namespace
}  // namespace catenet
