#include <algorithm>
#include <gtest/gtest.h>

#include "catenet/trace/capture_recorder.hpp"
#include "catenet/trace/event_log.hpp"
#include "catenet/trace/frames_test.hpp"
#include "catenet/trace/offload.hpp"
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
  // What comes or goes is counted in its passage, as a Nic does it.
  void frame_event(i64 ms, PortId port, FrameEvent event, Packet& packet,
                   std::optional<Drop> reason = {}) {
    if (event != FrameEvent::dropped) packet.meta().passage = ++passages;
    recorder.on_frame(Instant::at(Duration::milliseconds(ms)), port, event, packet, reason);
  }
  void frame_event(i64 ms, PortId port, FrameEvent event, Packet&& packet) {
    frame_event(ms, port, event, packet);
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
  u32 passages = 0;
};

std::vector<std::string_view> comments(const Capture& capture) {
  std::vector<std::string_view> all;
  for (const CapturedFrame& frame : capture.frames) all.push_back(frame.comment);
  return all;
}
const std::string_view queue_full = "dropped: queue_full — the queue was full";
const std::string_view refused = "dropped: no_socket — no socket listens there";

TEST(CaptureRecorder, port_that_is_not_promiscuous_keeps_what_is_for_its_station) {
  World world;
  CaptureInterface carol = named("carol:eth0");
  carol.mac = *MacAddress::parse("02:00:00:00:00:77");
  world.recorder.add_port(3, carol, false);
  const auto frame_to = [&](const char* station) {
    Packet frame = world.frame(1);
    MacAddress::parse(station)->store(frame.data());
    return frame;
  };
  world.frame_event(0, 3, FrameEvent::received, frame_to("02:00:00:00:00:77"));
  world.frame_event(1, 3, FrameEvent::received, frame_to("ff:ff:ff:ff:ff:ff"));
  world.frame_event(2, 3, FrameEvent::sent, frame_to("02:00:00:00:00:01"));
  Packet another = frame_to("02:00:00:00:00:01");
  world.frame_event(3, 3, FrameEvent::received, another);
  world.frame_event(3, 3, FrameEvent::dropped, another, Drop::not_for_us);
  Packet lost = frame_to("02:00:00:00:00:01");
  world.frame_event(4, 3, FrameEvent::sent, lost);
  world.frame_event(4, 3, FrameEvent::dropped, lost, Drop::random_loss);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 4u);
  EXPECT_EQ(comments(capture)[2], "");
  EXPECT_TRUE(comments(capture)[3].starts_with("dropped: random_loss"));
}

TEST(CaptureRecorder, frame_has_one_id_at_every_port) {
  World world;
  Packet one = world.frame(1);
  Packet two = world.frame(2);
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
  Packet one = world.frame(1);
  Packet two = world.frame(2);
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
  Packet fragment = world.frame(1);
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
  Packet one = world.frame(1);
  world.frame_event(0, 0, FrameEvent::sent, one);
  one.meta().passage = 0;
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

TEST(CaptureRecorder, drop_marks_the_one_arrival_that_it_ends) {
  World world;
  Packet first = world.frame(1);
  Packet again = world.frame(1);  // a duplicate: the same id
  world.frame_event(0, 2, FrameEvent::received, first);
  world.frame_event(0, 2, FrameEvent::received, again);
  world.frame_event(0, 2, FrameEvent::dropped, again, Drop::no_socket);
  EXPECT_EQ(comments(world.finish()), (std::vector<std::string_view>{"", refused}));
}

TEST(CaptureRecorder, frame_that_comes_and_goes_at_one_instant_ends_where_it_came_in_last) {
  World world;
  Packet frame = world.frame(1);
  for (const FrameEvent event : {FrameEvent::received, FrameEvent::sent, FrameEvent::received}) {
    world.frame_event(0, 2, event, frame);
  }
  world.frame_event(0, 2, FrameEvent::dropped, frame, Drop::no_socket);
  EXPECT_EQ(comments(world.finish()), (std::vector<std::string_view>{"", "", refused}));
}

TEST(CaptureRecorder, drop_of_a_copy_that_no_port_sent_is_a_record_of_its_own) {
  World world;
  Packet frame = world.frame(1);
  world.frame_event(0, 0, FrameEvent::sent, frame);
  frame.meta().passage = 0;
  world.frame_event(0, 0, FrameEvent::dropped, frame, Drop::queue_full);
  const Capture capture = world.finish();
  EXPECT_EQ(comments(capture), (std::vector<std::string_view>{"", queue_full}));
  EXPECT_EQ(capture.frames[0].packet_id, capture.frames[1].packet_id);
}

TEST(CaptureRecorder, wire_frame_of_a_super_segment_is_dropped_alone) {
  World world;
  TcpFrame want;
  want.payload_size = 3000;
  Packet super = world.pool.copy_of(tcp_frame(want));
  super.meta().id = {1, 1};
  super.meta().segment_size = 1460;
  world.frame_event(0, 0, FrameEvent::sent, super);
  const SegmentCutter cutter(super);
  for (const u32 index : {0u, 2u}) {
    Packet segment = cutter.cut(index, world.pool);
    world.frame_event(0, 0, FrameEvent::dropped, segment, Drop::queue_full);
  }
  EXPECT_EQ(comments(world.finish()), (std::vector<std::string_view>{queue_full, "", queue_full}));
}

TEST(CaptureRecorder, super_segment_of_more_frames_than_are_held_can_be_dropped) {
  World world;
  TcpFrame want;
  want.payload_size = 30'000;
  Packet super = world.pool.copy_of(tcp_frame(want));
  super.meta().id = {1, 1};
  super.meta().segment_size = 50;
  world.frame_event(0, 0, FrameEvent::sent, world.frame(2));
  world.frame_event(0, 0, FrameEvent::sent, super);
  world.frame_event(0, 0, FrameEvent::dropped, super, Drop::queue_full);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 601u);
  EXPECT_EQ(std::ranges::count(comments(capture), queue_full), 600);
}

TEST(CaptureRecorder, filter_sees_wire_frames) {
  World world;
  world.recorder.set_filter([](ByteView frame) { return frame.size() > 100; });
  Packet small = world.frame(1, 10);
  world.frame_event(0, 0, FrameEvent::sent, small);
  world.frame_event(0, 0, FrameEvent::sent, world.frame(2, 200));
  world.frame_event(0, 0, FrameEvent::dropped, small, Drop::queue_full);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 1u);
  EXPECT_EQ(capture.frames[0].bytes.size(), 242u);
}

TEST(CaptureRecorder, more_frames_at_one_instant_than_are_held_all_come_out_in_order) {
  World world;
  for (u64 i = 0; i < 2000; ++i) world.frame_event(0, 0, FrameEvent::sent, world.frame(i));
  const Capture capture = world.finish();
  ASSERT_EQ(capture.frames.size(), 2000u);
  for (u64 i = 0; i < 2000; ++i) EXPECT_EQ(capture.frames[i].packet_id, packet_id({1, i}));
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
  Packet two = world.frame(2);
  world.frame_event(0, 2, FrameEvent::received, two);
  world.frame_event(0, 2, FrameEvent::dropped, two, Drop::no_socket);
  TcpFrame want;
  want.payload_size = 3000;
  Packet super = world.pool.copy_of(tcp_frame(want));
  super.meta().segment_size = 1460;
  world.frame_event(0, 2, FrameEvent::received, super);
  world.frame_event(0, 2, FrameEvent::dropped, super, Drop::no_socket);
  const Capture capture = world.finish();
  ASSERT_EQ(capture.statistics.size(), 2u);
  EXPECT_EQ(capture.statistics[0].received, 0u);
  EXPECT_EQ(capture.statistics[1].received, 5u);
  EXPECT_EQ(capture.statistics[1].dropped, 4u);
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
