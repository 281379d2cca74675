#include "catenet/link/frame_history.hpp"

#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "catenet/link/link_fixture.hpp"

namespace catenet {
namespace {

u64 folded(const Packet& frame, i64 ns, FrameStep step, std::optional<Drop> reason = std::nullopt) {
  RunningHash history;
  fold_frame(history, Instant::at(Duration::nanoseconds(ns)), frame, step, reason);
  return history.value();
}

TEST(FrameHistory, every_bit_of_the_headers_and_the_size_counts) {
  PacketPool pool;
  std::set<u64> seen;
  std::vector<u8> bytes(64);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<u8>(i * 11);
  std::size_t expected = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    seen.insert(digest_headers(pool.copy_of(ByteView(bytes).first(size))));
    ++expected;
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<u8>(1u << (bit % 8));
      seen.insert(digest_headers(pool.copy_of(ByteView(bytes).first(size))));
      bytes[bit / 8] ^= static_cast<u8>(1u << (bit % 8));
      ++expected;
    }
  }
  EXPECT_EQ(seen.size(), expected);
}

TEST(FrameHistory, layout_in_memory_does_not_count) {
  PacketPool pool;
  std::vector<u8> bytes(200);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<u8>(i * 7);
  for (u32 linear = 0; linear <= 100; linear += 9) {
    Packet frame = pool.copy_of(ByteView(bytes).first(linear));
    Slice slice{SharedBytes::allocate(200), nullptr, 200 - linear};
    std::copy(bytes.begin() + linear, bytes.end(), slice.owner.data());
    slice.data = slice.owner.data();
    frame.append_slice(std::move(slice));
    EXPECT_EQ(digest_headers(frame), digest_headers(pool.copy_of(bytes))) << linear;
  }
}

TEST(FrameHistory, time_id_step_and_reason_count) {
  PacketPool pool;
  Packet frame = link_test::make_frame(pool, MacAddress(), MacAddress(), 60, 1);
  std::set<u64> seen = {folded(frame, 5, FrameStep::offered), folded(frame, 6, FrameStep::offered),
                        folded(frame, 5, FrameStep::delivered),
                        folded(frame, 5, FrameStep::dropped, Drop::link_down),
                        folded(frame, 5, FrameStep::dropped, Drop::queue_full)};
  frame.meta().id = {1, 0};
  seen.insert(folded(frame, 5, FrameStep::offered));
  frame.meta().id = {0, 1};
  seen.insert(folded(frame, 5, FrameStep::offered));
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_TRUE(seen.contains(folded(frame, 5, FrameStep::offered)));
}

}  // namespace
}  // namespace catenet
