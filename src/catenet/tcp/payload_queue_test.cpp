// What waits to be read, looked at where it lies.
#include "catenet/tcp/payload_queue.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <string>

namespace catenet::tcp {
namespace {

struct Queued {
  // Large enough not to be gathered into one.
  void push(char letter) {
    Packet packet = pool.allocate(size);
    std::ranges::fill(MutableBytes(packet.append(size), size), static_cast<u8>(letter));
    queue.push(std::move(packet));
  }
  // "a1400 b600": each piece by its first letter and its size.
  std::string look(std::size_t pieces, u32 limit) {
    std::array<ByteView, 8> found;
    const std::size_t count = queue.look(std::span(found).first(pieces), limit);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      text += (i > 0 ? " " : "") + std::string(1, static_cast<char>(found[i][0])) +
              std::to_string(found[i].size());
    }
    return text;
  }

  static constexpr u32 size = 1'400;
  PacketPool pool;
  PayloadQueue queue;
};

TEST(PayloadQueue, looks_at_what_lies_there_as_far_as_pieces_and_limit_go) {
  Queued q;
  EXPECT_EQ(q.look(8, 5'000), "");
  for (const char letter : {'a', 'b', 'c'}) q.push(letter);
  EXPECT_EQ(q.look(8, 5'000), "a1400 b1400 c1400");
  EXPECT_EQ(q.look(8, 2'000), "a1400 b600");
  EXPECT_EQ(q.look(8, 1'400), "a1400");
  EXPECT_EQ(q.look(2, 5'000), "a1400 b1400");
  EXPECT_EQ(q.queue.bytes(), 4'200u);
}

TEST(PayloadQueue, looks_behind_what_was_skipped) {
  Queued q;
  for (const char letter : {'a', 'b', 'c'}) q.push(letter);
  q.queue.skip(1'500);
  EXPECT_EQ(q.look(8, 5'000), "b1300 c1400");
  q.queue.skip(2'700);
  EXPECT_EQ(q.look(8, 5'000), "");
}

}  // namespace
}  // namespace catenet::tcp
