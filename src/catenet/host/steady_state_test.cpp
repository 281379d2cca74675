// Once warm, a segment's way through two hosts and a router allocates nothing: TCP in wire segments
// with their checksums and in super-segments, and UDP, over both families.
#include <gtest/gtest.h>

#include "catenet/base/count_allocations_test.hpp"
#include "catenet/host/host_fixture.hpp"

namespace catenet {
namespace {

using host_test::Streamer;
using host_test::Trio;

constexpr u64 warm_up = 10'000;
constexpr u64 measured = 50'000;  // data segments

class SteadyState : public testing::TestWithParam<Family> {};

// Streams from alice to bob: no more than `growth` is allocated while `measured` segments of at
// least `segment_bytes` on average are sent.
void expect_stream_without_allocation(Family family, bool offload, u64 segment_bytes,
                                      const Impairment& impairment = {.delay = 10_us},
                                      u64 growth = 0) {
  Trio net(impairment);
  net.set_offload(offload);
  Streamer source(net.alice());
  Streamer sink(net.bob());
  source.writes = true;
  sink.listen(5'001);
  ASSERT_TRUE(source.open({Trio::bob_address(family), 5'001}));
  const auto send = [&](u64 segments) {
    const u64 end = net.alice().tcp().counters().out_segs + segments;
    while (net.alice().tcp().counters().out_segs < end && net.engine.run_next()) continue;
  };
  send(warm_up);
  // A pause, so that what a host does only now and then is warm too: asking for its neighbours
  // again.
  source.writes = false;
  net.pass(100_s);
  source.writes = true;
  source.use();
  source.pump();
  send(warm_up);
  const unsigned long before = allocations;
  const u64 buffers = net.pool.allocated();
  const u64 received = sink.received;
  send(measured);
  EXPECT_LE(allocations - before, growth);
  EXPECT_LE(net.pool.allocated(), buffers + growth);
  EXPECT_GT(sink.received - received, measured * segment_bytes);
  // One acknowledgement each: whether super-segments were sent.
  const u64 acks = net.bob().tcp().counters().out_segs;
  EXPECT_EQ(acks * 8 < net.alice().tcp().counters().out_segs, offload);
}

TEST_P(SteadyState, wire_segments_with_checksums_allocate_nothing) {
  expect_stream_without_allocation(GetParam(), false, 1'400);
}

TEST_P(SteadyState, super_segments_allocate_nothing) {
  expect_stream_without_allocation(GetParam(), true, 1'400);
}

// Where frames are lost, queues grow now and then to a length they never had before.
TEST_P(SteadyState, lossy_line_allocates_for_longer_queues_alone) {
  expect_stream_without_allocation(GetParam(), false, 1'300,
                                   {.delay = 1_ms, .loss = {.independent_ppb = 5'000'000}}, 40);
}

// Takes what comes and sends it back.
class Echo final : public DatagramUser {
 public:
  Echo(Host& host, Family family, u16 port) : host_(host) {
    binding_.local = {IpAddress::any(family), port};
    EXPECT_TRUE(host_.udp().bind(binding_, *this));
  }
  ~Echo() { host_.udp().unbind(binding_); }
  bool on_datagram(Datagram& datagram) override {
    const Packet taken = std::move(datagram.payload);
    ++received;
    if (left == 0) return true;
    --left;
    send(datagram.source);
    return true;
  }
  void on_error(const IcmpError&, const Endpoint&) override { ++errors; }
  void send(const Endpoint& remote) {
    EXPECT_TRUE(host_.udp().output(bytes_, binding_.local.port, remote, {}));
  }

  u64 left = 0;
  u64 received = 0;
  u64 errors = 0;

 private:
  Host& host_;
  PortBinding binding_;
  std::array<u8, 1'000> bytes_{};
};

TEST_P(SteadyState, datagrams_allocate_nothing) {
  Trio net;
  Echo alice(net.alice(), GetParam(), 7);
  Echo bob(net.bob(), GetParam(), 7);
  const auto bounce = [&](u64 times) {
    alice.left = bob.left = times;
    alice.send({Trio::bob_address(GetParam()), 7});
    while (alice.left + bob.left > 0 && net.engine.run_next()) continue;
    net.pass(1_s);
  };
  bounce(warm_up);
  const unsigned long before = allocations;
  const u64 from_machine = net.pool.allocated();
  bounce(measured / 2);
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(net.pool.allocated(), from_machine);
  EXPECT_GE(alice.received, measured / 2);
  EXPECT_EQ(alice.errors + bob.errors, 0u);
}

INSTANTIATE_TEST_SUITE_P(Families, SteadyState, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& param) { return std::string(family_name(param.param)); });

}  // namespace
}  // namespace catenet
