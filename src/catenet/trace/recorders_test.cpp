#include <gtest/gtest.h>

#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/event_log.hpp"
#include "catenet/trace/frames_test.hpp"
#include "catenet/trace/pcap_file.hpp"

namespace catenet {
namespace {

using namespace trace_test;

CaptureInterface named(std::string name) {
  CaptureInterface interface;
  interface.name = std::move(name);
  return interface;
}

struct World {
  World() : recorder(sink, {}) {
    recorder.add_port(0, named("alice:eth0"));
    recorder.add_port(2, named("bob:eth0"));
  }

  Packet frame(u64 counter, std::size_t payload = 10) {
    Packet packet = pool.copy_of(udp_frame(counting(payload)));
    packet.meta().id = {1, counter};
    return packet;
  }
  void frame_event(i64 ms, PortId port, FrameEvent event, const Packet& packet,
                   std::optional<Drop> reason = {}) {
    recorder.on_frame(Instant::at(Duration::milliseconds(ms)), port, event, packet, reason);
  }
  Capture finish() {
    recorder.finish(Instant::at(1_s));
    auto capture = read_capture(sink.bytes());
    EXPECT_TRUE(capture);
    return std::move(*capture);
  }

  PacketPool pool;
  MemorySink sink;
  CaptureRecorder recorder;
};

TEST(CaptureRecorder, frame_has_one_id_at_every_port) {
  World world;
  const Packet one = world.frame(1);
  const Packet two = world.frame(2);
  world.frame_event(0, 0, FrameEvent::sent, one);
  world.frame_event(0, 0, FrameEvent::sent, two);
  world.frame_event(5, 2, FrameEvent::received, one);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 3u);
  EXPECT_EQ(capture.frames[0].packet_id, capture.frames[2].packet_id);
  EXPECT_NE(capture.frames[0].packet_id, capture.frames[1].packet_id);
  EXPECT_EQ(capture.frames[0].direction, FrameDirection::outbound);
  EXPECT_EQ(capture.frames[2].direction, FrameDirection::inbound);
  EXPECT_EQ(capture.frames[2].interface, 1u);
}

TEST(CaptureRecorder, drop_at_the_same_instant_marks_the_frame_it_ends) {
  World world;
  const Packet one = world.frame(1);
  const Packet two = world.frame(2);
  world.frame_event(0, 0, FrameEvent::sent, one);
  world.frame_event(0, 0, FrameEvent::sent, two);
  world.frame_event(0, 0, FrameEvent::dropped, one, Drop::queue_full);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 2u);
  EXPECT_EQ(capture.frames[0].comment, "dropped: queue_full — the queue was full");
  EXPECT_EQ(capture.frames[0].direction, FrameDirection::outbound);
  EXPECT_EQ(capture.frames[1].comment, "");
}

TEST(CaptureRecorder, later_drop_is_a_record_of_its_own) {
  World world;
  const Packet fragment = world.frame(1);
  world.frame_event(0, 2, FrameEvent::received, fragment);
  world.frame_event(30'000, 2, FrameEvent::dropped, fragment, Drop::reassembly_timeout);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 2u);
  EXPECT_EQ(capture.frames[0].comment, "");
  EXPECT_TRUE(capture.frames[1].comment.starts_with("dropped: reassembly_timeout"));
  EXPECT_EQ(capture.frames[1].direction, FrameDirection::inbound);
  EXPECT_EQ(capture.frames[0].packet_id, capture.frames[1].packet_id);
}

TEST(CaptureRecorder, drop_at_another_port_marks_nothing_here) {
  World world;
  const Packet one = world.frame(1);
  world.frame_event(0, 0, FrameEvent::sent, one);
  world.frame_event(0, 2, FrameEvent::dropped, one, Drop::bad_fcs);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 2u);
  EXPECT_EQ(capture.frames[0].comment, "");
  EXPECT_EQ(capture.frames[1].faults, fault_crc);
  EXPECT_EQ(capture.frames[1].direction, FrameDirection::inbound);
}

TEST(CaptureRecorder, ports_that_were_not_added_are_left_out) {
  World world;
  world.frame_event(0, 1, FrameEvent::sent, world.frame(1));
  world.frame_event(0, 77, FrameEvent::sent, world.frame(2));
  const Capture capture = world.finish();
  EXPECT_TRUE(capture.frames.empty());
  EXPECT_EQ(capture.interfaces.size(), 2u);
}

TEST(CaptureRecorder, filter_sees_wire_frames) {
  World world;
  world.recorder.set_filter([](ByteView frame) { return frame.size() > 100; });
  world.frame_event(0, 0, FrameEvent::sent, world.frame(1, 10));
  world.frame_event(0, 0, FrameEvent::sent, world.frame(2, 200));
  world.frame_event(0, 0, FrameEvent::dropped, world.frame(1, 10), Drop::queue_full);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 1u);
  EXPECT_EQ(capture.frames[0].bytes.size(), 242u);
}

TEST(CaptureRecorder, more_frames_at_one_instant_than_are_held_all_come_out_in_order) {
  World world;
  for (u64 i = 0; i < 200; ++i) world.frame_event(0, 0, FrameEvent::sent, world.frame(i));
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 200u);
  for (u64 i = 0; i < 200; ++i) EXPECT_EQ(capture.frames[i].packet_id, packet_id({1, i}));
}

TEST(CaptureRecorder, dropped_super_segment_marks_each_wire_frame) {
  World world;
  TcpFrame want;
  want.payload_size = 3000;
  Packet super = world.pool.copy_of(tcp_frame(want));
  super.meta().id = {1, 1};
  super.meta().segment_size = 1460;
  world.frame_event(0, 0, FrameEvent::sent, super);
  world.frame_event(0, 0, FrameEvent::dropped, super, Drop::link_down);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 3u);
  for (const CapturedFrame& frame : capture.frames) {
    EXPECT_EQ(frame.comment, "dropped: link_down — the link was down");
  }
}

TEST(CaptureRecorder, finish_writes_what_each_port_counted) {
  World world;
  world.frame_event(0, 2, FrameEvent::received, world.frame(1));
  world.frame_event(0, 2, FrameEvent::received, world.frame(2));
  world.frame_event(0, 2, FrameEvent::dropped, world.frame(2), Drop::no_socket);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.statistics.size(), 2u);
  EXPECT_EQ(capture.statistics[0].received, 0u);
  EXPECT_EQ(capture.statistics[1].received, 2u);
  EXPECT_EQ(capture.statistics[1].dropped, 1u);
}

TEST(EventLog, oldest_events_are_forgotten_and_counted) {
  PacketPool pool;
  EventLog log(2);
  const Packet packet = pool.copy_of(udp_frame(counting(3)));
  log.on_frame(Instant::at(1_s), 4, FrameEvent::sent, packet, {});
  log.on_frame(Instant::at(2_s), 4, FrameEvent::dropped, packet, Drop::queue_full);
  log.on_note(Instant::at(3_s), "alice", "tcp", "SYN-SENT -> ESTABLISHED");
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log.forgotten(), 1u);
  EXPECT_EQ(log[0].to_line("alice:eth0"),
            "2.000000000 alice:eth0 dropped (queue_full) "
            "IP 10.0.0.1.5000 > 10.0.0.2.9000: UDP, length 3");
  EXPECT_EQ(log[1].to_line(""), "3.000000000 alice tcp: SYN-SENT -> ESTABLISHED");
}

TEST(EventLog, entry_used_again_keeps_nothing_of_the_old) {
  PacketPool pool;
  EventLog log(1);
  log.on_frame(Instant(), 4, FrameEvent::dropped, pool.copy_of(udp_frame(counting(3))),
               Drop::queue_full);
  log.on_note(Instant(), "alice", "arp", "text");
  EXPECT_EQ(log[0].kind, LoggedEvent::Kind::note);
  EXPECT_FALSE(log[0].reason);
  log.on_frame(Instant(), 4, FrameEvent::sent, pool.copy_of(udp_frame(counting(3))), {});
  EXPECT_EQ(log[0].text, "");
  EXPECT_EQ(log[0].kind, LoggedEvent::Kind::frame);
}

TEST(EventLog, long_frame_is_cut_but_prints_with_its_lengths) {
  PacketPool pool;
  EventLog log(8, 64);
  const auto frame = udp_frame(counting(1000));
  log.on_frame(Instant(), 4, FrameEvent::sent, pool.copy_of(frame), {});
  EXPECT_EQ(log[0].bytes.size(), 64u);
  EXPECT_TRUE(log[0].to_line("p").ends_with("UDP, length 1000")) << log[0].to_line("p");
}

TEST(EventLog, limit_of_zero_keeps_nothing) {
  PacketPool pool;
  EventLog log(0);
  log.on_frame(Instant(), 4, FrameEvent::sent, pool.copy_of(udp_frame({})), {});
  log.on_note(Instant(), "alice", "arp", "text");
  EXPECT_EQ(log.size(), 0u);
  EXPECT_EQ(log.forgotten(), 2u);
}

TEST(TeeRecorder, every_recorder_is_told) {
  PacketPool pool;
  EventLog one(4);
  EventLog two(4);
  TeeRecorder tee;
  tee.add(one);
  tee.add(two);
  tee.on_note(Instant(), "alice", "arp", "text");
  tee.remove(one);
  tee.on_frame(Instant(), 0, FrameEvent::sent, pool.copy_of(udp_frame({})), {});
  EXPECT_EQ(one.size(), 1u);
  EXPECT_EQ(two.size(), 2u);
}

}  // namespace
}  // namespace catenet
