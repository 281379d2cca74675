#include "catenet/trace/load_recorder.hpp"

#include <gtest/gtest.h>
#include <numeric>

#include "catenet/trace/frames_test.hpp"

namespace catenet {
namespace {

using namespace trace_test;

struct Watched {
  Watched() { load.set_network(Instant::at(-1_s), {1, 0}); }
  void event(Duration at, PortId port, FrameEvent what, std::optional<Drop> reason = {}) {
    const Packet frame = pool.copy_of(udp_frame(counting(58)));  // 100 bytes
    load.on_frame(Instant::at(at), port, what, frame, reason);
  }
  static u64 sum(const std::array<u64, LoadColumns::count>& values) {
    return std::accumulate(values.begin(), values.end(), u64{0});
  }

  PacketPool pool;
  LoadRecorder load;
};

TEST(LoadRecorder, columns_grow_wide_and_keep_the_sum) {
  Watched net;
  for (i64 i = 0; i < 1'000; ++i) {
    net.event(Duration::milliseconds(i * 7) - 1_s, 0, FrameEvent::sent);
  }
  ASSERT_NE(net.load.of(0), nullptr);
  EXPECT_EQ(net.load.of(1), nullptr);
  EXPECT_EQ(Watched::sum(net.load.of(0)->bytes), 100'000u);
  EXPECT_GT(net.load.width() * static_cast<i64>(LoadColumns::count), 7_s - 7_ms);
  EXPECT_LE(net.load.width() * static_cast<i64>(LoadColumns::count), 14_s);
  EXPECT_GT(net.load.of(0)->bytes[0], 0u);
  EXPECT_GT(net.load.of(0)->bytes[LoadColumns::count / 2], 0u);
}

TEST(LoadRecorder, only_what_the_link_lost_is_lost) {
  Watched net;
  net.event(0_s, 0, FrameEvent::sent);
  net.event(0_s, 0, FrameEvent::dropped, Drop::random_loss);
  net.event(0_s, 0, FrameEvent::dropped, Drop::no_socket);
  net.event(0_s, 0, FrameEvent::received);
  EXPECT_EQ(Watched::sum(net.load.of(0)->lost), 1u);
  EXPECT_EQ(Watched::sum(net.load.of(0)->bytes), 100u);
}

TEST(LoadRecorder, bit_errors_are_the_loss_of_the_direction_that_made_them) {
  Watched net;
  net.event(0_s, 1, FrameEvent::dropped, Drop::bad_fcs);
  EXPECT_EQ(net.load.of(1), nullptr);
  ASSERT_NE(net.load.of(0), nullptr);
  EXPECT_EQ(Watched::sum(net.load.of(0)->lost), 1u);
}

}  // namespace
}  // namespace catenet
