// Super-segments and deferred checksums on a link. Read RFC 9293 section 3.1 for the header that is
// cut.
#include "catenet/trace/offload.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

using link_test::Pair;

constexpr u32 headers = 54;  // Ethernet, IPv4, TCP
constexpr u32 first_seq = 1'000'000;

// TCP from 10.0.0.1:5000 to 10.0.0.2:80 with `payload` bytes in a slice; checksum deferred.
Packet tcp_frame(Pair& net, u32 payload, u16 segment_size) {
  Packet frame = net.pool.allocate(headers);
  u8* bytes = frame.append(headers);
  std::memset(bytes, 0, headers);
  net.bob.nic.mac().store(bytes);
  net.alice.nic.mac().store(bytes + 6);
  store16(bytes + 12, 0x0800);
  bytes[14] = 0x45;
  store16(bytes + 16, static_cast<u16>(40 + payload));
  bytes[22] = 64;
  bytes[23] = 6;
  store32(bytes + 26, 0x0a000001);
  store32(bytes + 30, 0x0a000002);
  store16(bytes + 34, 5'000);
  store16(bytes + 36, 80);
  store32(bytes + 38, first_seq);
  bytes[46] = 5 << 4;
  bytes[47] = 0x10;
  // The pseudo-header's sum: both addresses, the protocol, the TCP length.
  const u32 sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + 20 + payload;
  store16(bytes + 50, static_cast<u16>((sum & 0xffff) + (sum >> 16)));
  SharedBytes body = SharedBytes::allocate(payload);
  for (u32 i = 0; i < payload; ++i) body.data()[i] = static_cast<u8>(i * 7);
  const u8* data = body.data();
  frame.append_slice({std::move(body), data, payload});
  frame.meta().segment_size = segment_size;
  frame.meta().checksum = ChecksumState::deferred;
  frame.meta().checksum_start = 34;
  frame.meta().checksum_offset = 16;
  return frame;
}

u64 dropped_at(const Nic& nic, Drop reason) {
  return nic.counters().drops[static_cast<std::size_t>(reason)];
}

std::vector<u32> sizes(const link_test::Station& station) {
  std::vector<u32> all;
  for (const Packet& frame : station.frames) all.push_back(frame.size());
  return all;
}

TEST(SuperSegment, passes_whole_where_nothing_needs_wire_frames) {
  Pair net({.delay = 20_ms});
  net.bob.keep = true;
  ASSERT_TRUE(net.alice.nic.transmitter()->takes_super_segments());
  ASSERT_TRUE(net.alice.nic.transmitter()->takes_deferred_checksums());
  net.alice.nic.output(tcp_frame(net, 3'000, 1'000));
  net.engine.run_until_idle();
  EXPECT_EQ(sizes(net.bob), (std::vector<u32>{3'054}));
  EXPECT_EQ(net.bob.frames[0].meta().checksum, ChecksumState::deferred);
  net.bob.frames.clear();
}

TEST(SuperSegment, counts_everywhere_as_the_wire_frames_it_stands_for) {
  Pair net({.delay = 20_ms});
  net.alice.nic.output(tcp_frame(net, 2'500, 1'000));
  constexpr u64 bytes = 2'500 + 3 * headers;
  EXPECT_EQ(net.alice.nic.counters().sent_frames, 3u);
  EXPECT_EQ(net.alice.nic.counters().sent_bytes, bytes);
  EXPECT_EQ(net.there().counters().offered, 3u);
  EXPECT_EQ(net.there().counters().offered_bytes, bytes);
  EXPECT_EQ(net.there().counters().in_flight, 3u);
  net.engine.run_until_idle();
  EXPECT_EQ(net.there().counters().delivered, 3u);
  EXPECT_EQ(net.there().counters().delivered_bytes, bytes);
  EXPECT_EQ(net.there().counters().in_flight, 0u);
  EXPECT_EQ(net.bob.nic.counters().received_frames, 3u);
  EXPECT_EQ(net.bob.nic.counters().received_bytes, bytes);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(SuperSegment, counts_the_same_cut_or_whole) {
  Pair whole({.delay = 20_ms});
  Pair cut({.delay = 20_ms, .mtu = 1'500});
  for (Pair* net : {&whole, &cut}) {
    net->alice.nic.output(tcp_frame(*net, 7'300, 1'460));
    net->alice.nic.output(tcp_frame(*net, 1'460, 1'460));
    net->alice.nic.output(tcp_frame(*net, 10, 0));
    net->engine.run_until_idle();
  }
  for (const u64 NicCounters::* counter :
       {&NicCounters::sent_frames, &NicCounters::sent_bytes, &NicCounters::received_frames,
        &NicCounters::received_bytes}) {
    EXPECT_EQ(whole.alice.nic.counters().*counter, cut.alice.nic.counters().*counter);
    EXPECT_EQ(whole.bob.nic.counters().*counter, cut.bob.nic.counters().*counter);
  }
  EXPECT_EQ(whole.there().counters().offered, 7u);
  EXPECT_EQ(cut.there().counters().offered, 7u);
  EXPECT_EQ(whole.there().counters().delivered_bytes, cut.there().counters().delivered_bytes);
}

TEST(SuperSegment, dropped_whole_counts_all_its_wire_frames) {
  Pair net({.delay = 20_ms});
  net.alice.nic.output(tcp_frame(net, 2'500, 1'000));
  net.link.set_up(false);  // in flight
  EXPECT_EQ(net.dropped(Drop::link_down), 3u);
  net.alice.nic.output(tcp_frame(net, 2'500, 1'000));  // at a port without carrier
  EXPECT_EQ(dropped_at(net.alice.nic, Drop::link_down), 3u);
  net.link.set_up(true);
  net.link.set_partitioned(true);
  net.alice.nic.output(tcp_frame(net, 2'500, 1'000));  // on offer
  EXPECT_EQ(net.dropped(Drop::partitioned), 3u);
  net.link.set_partitioned(false);
  Packet astray = tcp_frame(net, 2'500, 1'000);  // on arrival
  net.alice.nic.mac().store(astray.data());
  net.alice.nic.output(std::move(astray));
  net.engine.run_until_idle();
  EXPECT_EQ(dropped_at(net.bob.nic, Drop::not_for_us), 3u);
  EXPECT_TRUE(net.link.books_balance());
}

TEST(SuperSegment, between_two_shards_counts_its_wire_frames_in_flight) {
  ShardSet shards(2);
  PacketPool first, second;
  link_test::Origins origins({"a", "b", "a>b", "b>a"});
  link_test::Station a("a", 1, shards.engine(0), first, origins["a"]);
  link_test::Station b("b", 2, shards.engine(1), second, origins["b"]);
  Link link(a.nic, b.nic, origins["a>b"], origins["b>a"], {.delay = 2_ms}, &shards);
  Pair shape;
  Packet frame = tcp_frame(shape, 2'500, 1'000).copy(first);
  frame.meta().checksum = ChecksumState::present;
  b.nic.mac().store(frame.data());
  a.nic.output(std::move(frame));
  EXPECT_EQ(link.direction(Way::a_to_b).counters().in_flight, 3u);
  EXPECT_TRUE(link.books_balance());
  shards.run_until_idle();
  EXPECT_EQ(link.direction(Way::a_to_b).counters().delivered, 3u);
  EXPECT_TRUE(link.books_balance());
}

TEST(SuperSegment, is_cut_where_a_rate_counts_frames) {
  Pair net({.rate_bps = 10'000'000});
  net.bob.keep = true;
  EXPECT_FALSE(net.alice.nic.transmitter()->takes_super_segments());
  net.alice.nic.output(tcp_frame(net, 2'500, 1'000));
  net.engine.run_until(link_test::at(2_ms));
  EXPECT_EQ(sizes(net.bob), (std::vector<u32>{1'054, 1'054}));  // 862.4 us each
  net.engine.run_until_idle();
  EXPECT_EQ(sizes(net.bob), (std::vector<u32>{1'054, 1'054, 554}));
  EXPECT_EQ(net.engine.now(), link_test::at(2'187'200_ns));  // and 462.4 us
  for (u32 i = 0; i < 3; ++i) {
    EXPECT_EQ(load32(net.bob.frames[i].data() + 38), first_seq + 1'000 * i);
    EXPECT_EQ(net.bob.frames[i].meta().segment_size, 0);
  }
  EXPECT_EQ(net.there().counters().offered, 3u);
  EXPECT_TRUE(net.link.books_balance());
  net.bob.frames.clear();
}

TEST(SuperSegment, loss_takes_single_wire_frames) {
  Pair net({.loss = {.every_nth = 2}});
  net.bob.keep = true;
  net.alice.nic.output(tcp_frame(net, 5'000, 1'000));
  net.engine.run_until_idle();
  ASSERT_EQ(net.bob.frames.size(), 3u);
  EXPECT_EQ(load32(net.bob.frames[1].data() + 38), first_seq + 2'000);
  EXPECT_EQ(net.dropped(Drop::every_nth_loss), 2u);
  net.bob.frames.clear();
}

TEST(SuperSegment, already_on_its_way_when_a_rate_is_set_arrives_whole) {
  Pair net({.delay = 5_ms});
  net.bob.keep = true;
  net.alice.nic.output(tcp_frame(net, 3'000, 1'000));
  ASSERT_TRUE(net.link.set_both({.rate_bps = 1'000'000, .delay = 5_ms}));
  net.engine.run_until_idle();
  EXPECT_EQ(sizes(net.bob), (std::vector<u32>{3'054}));
  net.bob.frames.clear();
}

// Sees the bytes that a bit error hit: with the right checksum in them, one bit apart.
class BadFrame final : public Recorder {
 public:
  void on_frame(Instant, PortId, FrameEvent event, const Packet& frame,
                std::optional<Drop>) override {
    if (event != FrameEvent::dropped) return;
    state = frame.meta().checksum;
    bytes.resize(frame.size());
    frame.copy_out(0, bytes);
  }
  void on_note(Instant, std::string_view, std::string_view, std::string_view) override {}
  std::vector<u8> bytes;
  ChecksumState state = ChecksumState::deferred;
};

TEST(DeferredChecksum, is_completed_before_bit_errors_hit) {
  Pair net({.bit_errors_per_1e15 = 100'000'000'000});
  BadFrame recorder;
  net.bob.nic.set_recorder(&recorder, 1);
  Packet right = tcp_frame(net, 1'000, 0);
  complete_checksum(right);
  net.bob.log = false;
  while (recorder.bytes.empty()) {
    net.alice.nic.output(tcp_frame(net, 1'000, 0));
    net.engine.run_until_idle();
  }
  std::vector<u8> sent(right.size());
  right.copy_out(0, sent);
  ASSERT_EQ(recorder.bytes.size(), sent.size());
  u32 wrong_bits = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    wrong_bits += static_cast<u32>(std::popcount(static_cast<u8>(sent[i] ^ recorder.bytes[i])));
  }
  EXPECT_LE(wrong_bits, 2u);
  EXPECT_EQ(recorder.state, ChecksumState::present);
}

}  // namespace
}  // namespace catenet
