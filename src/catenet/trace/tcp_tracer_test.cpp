// A connection as alice's port sees it: what she sends goes out there, what bob says comes in.
#include "catenet/trace/tcp_tracer.hpp"

#include <gtest/gtest.h>

#include "catenet/trace/frames_test.hpp"

namespace catenet {
namespace {

using namespace trace_test;
using wire::TcpFlag;

constexpr PortId alice_port = 0;
constexpr PortId router_port = 1;
constexpr PortId bob_port = 2;

struct WatchedPair {
  WatchedPair() { tracer.set_nodes({0, 1, 2}); }

  // A segment from alice; `seq` counts from her SYN.
  Packet from_alice(u32 seq, wire::TcpFlags flags, std::size_t payload = 0, u32 iss = 4'294'967'000,
                    u16 port = 5'000) {
    TcpFrame frame;
    frame.tcp.source_port = port;
    frame.tcp.destination_port = 80;
    frame.tcp.seq = wire::Seq(iss) + seq;
    frame.tcp.flags = flags;
    if (flags.syn()) frame.tcp.options.window_scale = 0;
    frame.payload_size = payload;
    return pool.copy_of(tcp_frame(frame));
  }
  // And one from bob, who acknowledges up to `ack`.
  Packet from_bob(u32 ack, wire::TcpFlags flags, u16 window = 1'000,
                  std::optional<std::pair<u32, u32>> sack = {}) {
    const wire::Seq iss(4'294'967'000);
    wire::TcpHeader tcp;
    tcp.source_port = 80;
    tcp.destination_port = 5'000;
    tcp.seq = wire::Seq(7) + (flags.syn() ? 0 : 1);
    tcp.ack = iss + ack;
    tcp.flags = flags | TcpFlag::ack;
    tcp.window = window;
    if (flags.syn()) tcp.options.window_scale = 3;
    if (sack) tcp.options.add_sack({iss + sack->first, iss + sack->second});
    std::vector<u8> segment(tcp.size());
    tcp.emit(segment);
    std::vector<u8> frame = ip_frame(wire::IpProtocol::tcp, segment);
    std::swap_ranges(frame.begin() + 26, frame.begin() + 30, frame.begin() + 30);
    return pool.copy_of(frame);
  }

  void event(i64 ms, PortId port, FrameEvent what, const Packet& frame,
             std::optional<Drop> reason = {}) {
    tracer.on_frame(Instant::at(Duration::milliseconds(ms)), port, what, frame, reason);
  }
  void sent(i64 ms, const Packet& frame) { event(ms, alice_port, FrameEvent::sent, frame); }
  // By bob, and it arrives 10 ms later.
  void answered(i64 ms, const Packet& frame) {
    event(ms - 10, bob_port, FrameEvent::sent, frame);
    event(ms, alice_port, FrameEvent::received, frame);
  }
  void open() {
    sent(0, from_alice(0, TcpFlag::syn));
    answered(20, from_bob(1, TcpFlag::syn));
  }
  const TcpTrace& only() const {
    EXPECT_EQ(tracer.by_size().size(), 1u);
    return *tracer.by_size().front();
  }

  PacketPool pool;
  TcpTracer tracer;
};

TEST(TcpTracer, transfer_is_told_with_offsets_from_the_syn_also_across_the_wrap) {
  WatchedPair net;
  net.open();
  net.sent(30, net.from_alice(1, TcpFlag::ack, 500));
  net.sent(31, net.from_alice(501, TcpFlag::ack, 500));
  net.answered(60, net.from_bob(1'001, {}, 100));
  const TcpTrace& trace = net.only();
  EXPECT_EQ(trace.a.to_string(), "10.0.0.1:5000");
  EXPECT_EQ(trace.first, Instant());
  const TcpWay& way = trace.a_to_b;
  EXPECT_EQ(way.port, alice_port);
  EXPECT_EQ(way.bytes, 1'000u);
  EXPECT_EQ(way.segments, 3u);
  EXPECT_EQ(way.retransmitted, 0u);
  EXPECT_EQ(way.acked_bytes(), 1'000);
  ASSERT_EQ(way.data.spans().size(), 2u);
  EXPECT_EQ(way.data.spans()[1].low, 501);
  EXPECT_EQ(way.data.spans()[1].high, 1'001);
  // Scaled, since both offered it, but not that of the SYN.
  EXPECT_EQ(way.window.spans()[0].high, 1 + 1'000);
  EXPECT_EQ(way.window.spans()[1].high, 1'001 + 800);
  EXPECT_EQ(way.goodput_bps(), 1'000u * 8 * 1'000 / 30);
}

TEST(TcpTracer, round_trip_is_of_the_newest_segment_and_never_of_one_sent_again) {
  WatchedPair net;
  net.open();  // 20 ms
  net.sent(30, net.from_alice(1, TcpFlag::ack, 100));
  net.sent(35, net.from_alice(101, TcpFlag::ack, 100));
  net.answered(65, net.from_bob(201, {}));  // 30 ms
  net.sent(70, net.from_alice(201, TcpFlag::ack, 100));
  net.sent(300, net.from_alice(201, TcpFlag::ack, 100));
  net.answered(330, net.from_bob(301, {}));
  const TcpWay& way = net.only().a_to_b;
  EXPECT_EQ(way.rtt_samples, 2u);
  EXPECT_EQ(way.rtt_min, 20_ms);
  EXPECT_EQ(way.rtt_average(), 25_ms);
  EXPECT_EQ(way.retransmitted, 1u);
  ASSERT_EQ(way.again.spans().size(), 1u);
  EXPECT_EQ(way.again.spans()[0].low, 201);
}

TEST(TcpTracer, segment_that_is_sent_on_by_a_router_counts_once) {
  WatchedPair net;
  net.open();
  const Packet segment = net.from_alice(1, TcpFlag::ack, 100);
  net.sent(30, segment);
  net.event(31, router_port, FrameEvent::received, segment);
  net.event(31, router_port, FrameEvent::sent, segment);
  net.event(40, bob_port, FrameEvent::received, segment);
  EXPECT_EQ(net.only().a_to_b.segments, 2u);
  EXPECT_EQ(net.only().a_to_b.retransmitted, 0u);
}

TEST(TcpTracer, loss_anywhere_is_marked_and_a_refusal_at_the_end_is_not) {
  WatchedPair net;
  net.open();
  const Packet segment = net.from_alice(1, TcpFlag::ack, 100);
  net.sent(30, segment);
  net.event(31, router_port, FrameEvent::dropped, segment, Drop::queue_full);
  net.event(32, bob_port, FrameEvent::dropped, segment, Drop::tcp_unacceptable);
  // Bit errors have made another sequence number of it.
  net.event(33, bob_port, FrameEvent::dropped, net.from_alice(90'000, TcpFlag::ack, 100),
            Drop::bad_fcs);
  const TcpWay& way = net.only().a_to_b;
  EXPECT_EQ(way.lost, 1u);
  ASSERT_EQ(way.drops.spans().size(), 1u);
  EXPECT_EQ(way.drops.spans()[0].low, 1);
  EXPECT_EQ(way.drops.spans()[0].high, 101);
}

TEST(TcpTracer, sack_blocks_zero_windows_and_ends_are_marked) {
  WatchedPair net;
  net.open();
  net.sent(30, net.from_alice(1, TcpFlag::ack, 100));
  net.sent(30, net.from_alice(101, TcpFlag::ack, 100));
  net.answered(50, net.from_bob(1, {}, 1'000, std::pair(101u, 201u)));
  // Below the acknowledgement: it tells of a duplicate.
  net.answered(60, net.from_bob(201, {}, 0, std::pair(1u, 101u)));
  net.sent(70, net.from_alice(201, TcpFlag::ack | TcpFlag::fin));
  net.answered(90, net.from_bob(202, TcpFlag::rst));
  const TcpTrace& trace = net.only();
  ASSERT_EQ(trace.a_to_b.sacks.spans().size(), 1u);
  EXPECT_EQ(trace.a_to_b.sacks.spans()[0].low, 101);
  std::string marks;
  for (const TcpMark& mark : trace.a_to_b.marks)
    marks += std::string(tcp_mark_name(mark.kind)) + " ";
  EXPECT_EQ(marks, "SYN zero window FIN ");
  EXPECT_EQ(trace.a_to_b.acked_bytes(), 200);
  EXPECT_TRUE(trace.reset);
  EXPECT_TRUE(trace.ended());
}

TEST(TcpTracer, endpoints_used_again_are_another_connection) {
  WatchedPair net;
  net.sent(0, net.from_alice(0, TcpFlag::syn));
  net.sent(1'000, net.from_alice(0, TcpFlag::syn));  // the same once more
  EXPECT_EQ(net.tracer.seen(), 1u);
  EXPECT_EQ(net.only().a_to_b.retransmitted, 1u);
  net.sent(2'000, net.from_alice(0, TcpFlag::syn, 0, 77));
  EXPECT_EQ(net.tracer.seen(), 2u);
  EXPECT_EQ(net.tracer.by_size().size(), 2u);
}

TEST(TcpTracer, connections_have_a_bound_and_the_smallest_make_room) {
  WatchedPair net;
  const u16 most = TcpTracer::most_connections;
  for (u16 i = 0; i < most + 50; ++i) {
    const auto port = static_cast<u16>(1'000 + i);
    net.sent(i, net.from_alice(0, TcpFlag::syn, 0, 1, port));
    net.sent(i, net.from_alice(1, TcpFlag::ack, 100 + i, 1, port));
  }
  EXPECT_EQ(net.tracer.seen(), most + 50u);
  const auto traces = net.tracer.by_size();
  ASSERT_EQ(traces.size(), most);
  EXPECT_EQ(traces.front()->a_to_b.bytes, 100u + most + 49);
  EXPECT_EQ(traces.back()->a_to_b.bytes, 100u + 50);
}

TEST(TcpTracer, what_is_no_tcp_or_no_whole_frame_is_passed_over) {
  WatchedPair net;
  net.sent(0, net.pool.copy_of(udp_frame(counting(10))));
  const auto whole = tcp_frame({});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    net.sent(1, net.pool.copy_of(ByteView(whole).first(size)));
  }
  EXPECT_EQ(net.tracer.seen(), 0u);
}

TEST(TraceSeries, many_happenings_keep_their_ends_and_their_shape) {
  TraceSeries series;
  constexpr i64 n = 100'000;
  for (i64 i = 0; i < n; ++i) {
    series.add(Instant::at(Duration::microseconds(i)), i, i + 1);
  }
  const auto& spans = series.spans();
  EXPECT_LE(spans.size(), TraceSeries::most);
  EXPECT_GE(spans.size(), TraceSeries::most / 4);
  EXPECT_EQ(spans.front().low, 0);
  EXPECT_EQ(spans.back().high, n);
  u64 count = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    count += spans[i].count;
    if (i > 0) {
      EXPECT_EQ(spans[i].low, spans[i - 1].high);
    }
  }
  EXPECT_EQ(count, static_cast<u64>(n));
}

TEST(TraceSeries, happenings_of_one_instant_have_a_bound_too) {
  TraceSeries series;
  for (i64 i = 0; i < 10'000; ++i) series.add(Instant(), i, i + 1);
  EXPECT_LE(series.spans().size(), TraceSeries::most);
  EXPECT_EQ(series.spans().front().low, 0);
}

}  // namespace
}  // namespace catenet
