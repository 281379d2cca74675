#include "catenet/packet/packet.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace catenet {
namespace {

std::string text(const Packet& packet, u32 offset = 0) {
  std::string out(packet.size() - offset, '?');
  packet.copy_out(offset, {reinterpret_cast<u8*>(out.data()), out.size()});
  return out;
}

Slice slice_of(std::string_view bytes) {
  Slice slice{SharedBytes::allocate(static_cast<u32>(bytes.size())), nullptr,
              static_cast<u32>(bytes.size())};
  std::copy(bytes.begin(), bytes.end(), slice.owner.data());
  slice.data = slice.owner.data();
  return slice;
}

TEST(Packet, prepend_and_consume_move_the_front) {
  PacketPool pool;
  Packet packet = pool.copy_of(as_bytes("payload"));
  EXPECT_EQ(packet.headroom(), PacketPool::default_headroom);
  std::copy_n("head", 4, packet.prepend(4));
  EXPECT_EQ(text(packet), "headpayload");
  EXPECT_EQ(packet.headroom(), PacketPool::default_headroom - 4);
  packet.consume(6);
  EXPECT_EQ(text(packet), "yload");
  std::copy_n("xx", 2, packet.prepend(2));
  EXPECT_EQ(text(packet), "xxyload");
}

TEST(Packet, append_fills_the_tailroom) {
  PacketPool pool;
  Packet packet = pool.allocate(10, 4);
  EXPECT_EQ(packet.size(), 0u);
  EXPECT_GE(packet.tailroom(), 10u);
  std::copy_n("0123456789", 10, packet.append(10));
  EXPECT_EQ(text(packet), "0123456789");
  packet.append(packet.tailroom());
  EXPECT_EQ(packet.tailroom(), 0u);
}

TEST(PacketDeathTest, room_that_is_not_there_is_a_broken_invariant) {
  PacketPool pool;
  Packet packet = pool.copy_of(as_bytes("abc"), 4);
  EXPECT_DEATH(packet.prepend(5), "broken invariant");
  EXPECT_DEATH(packet.consume(4), "broken invariant");
  EXPECT_DEATH(packet.append(packet.tailroom() + 1), "broken invariant");
  EXPECT_DEATH(packet.trim_front(4), "broken invariant");
  packet.append_slice(slice_of("d"));
  EXPECT_DEATH(packet.append(1), "broken invariant");
  packet.append_slice(slice_of("e"));
  EXPECT_DEATH(packet.append_slice(slice_of("f")), "broken invariant");
}

TEST(Packet, slices_follow_the_linear_bytes) {
  PacketPool pool;
  Packet packet = pool.copy_of(as_bytes("ab"));
  EXPECT_TRUE(packet.linear());
  packet.append_slice(slice_of("cde"));
  packet.append_slice(slice_of(""));
  packet.append_slice(slice_of("fg"));
  EXPECT_FALSE(packet.linear());
  EXPECT_EQ(packet.size(), 7u);
  EXPECT_EQ(packet.linear_size(), 2u);
  for (u32 offset = 0; offset <= 7; ++offset) {
    EXPECT_EQ(text(packet, offset), std::string("abcdefg").substr(offset));
  }
}

TEST(Packet, copy_out_takes_any_range) {
  PacketPool pool;
  Packet packet = pool.copy_of(as_bytes("abc"));
  packet.append_slice(slice_of("def"));
  packet.append_slice(slice_of("ghi"));
  const std::string whole = "abcdefghi";
  for (u32 from = 0; from <= 9; ++from) {
    for (u32 size = 0; from + size <= 9; ++size) {
      std::string out(size, '?');
      packet.copy_out(from, {reinterpret_cast<u8*>(out.data()), size});
      ASSERT_EQ(out, whole.substr(from, size));
    }
  }
}

// Cuts a packet of linear bytes and two slices at every place, from the front or the back.
void cut_everywhere(bool front) {
  const std::string whole = "abcdefghi";
  for (u32 n = 0; n <= 9; ++n) {
    PacketPool pool;
    const Slice first = slice_of("def");
    const Slice second = slice_of("ghi");
    Packet packet = pool.copy_of(as_bytes("abc"));
    packet.append_slice(first);
    packet.append_slice(second);
    if (front) {
      packet.trim_front(n);
    } else {
      packet.truncate(9 - n);
    }
    ASSERT_EQ(text(packet), front ? whole.substr(n) : whole.substr(0, 9 - n));
    ASSERT_EQ(packet.linear(), packet.size() == packet.linear_size());
    // What is cut off whole is let go of.
    ASSERT_EQ(first.owner.unique(), n >= 6) << n;
    ASSERT_EQ(second.owner.unique(), front ? n == 9 : n >= 3) << n;
    packet = {};
    ASSERT_TRUE(first.owner.unique() && second.owner.unique()) << n;
  }
}

TEST(Packet, trim_front_cuts_at_any_place_and_lets_go) { cut_everywhere(true); }
TEST(Packet, truncate_cuts_at_any_place_and_lets_go) { cut_everywhere(false); }

TEST(Packet, truncate_to_more_than_there_is_changes_nothing) {
  PacketPool pool;
  Packet packet = pool.copy_of(as_bytes("abc"));
  packet.truncate(4);
  EXPECT_EQ(text(packet), "abc");
}

TEST(Packet, slice_cut_to_nothing_makes_room_for_another) {
  PacketPool pool;
  Packet packet = pool.copy_of(as_bytes("a"));
  packet.append_slice(slice_of("b"));
  packet.append_slice(slice_of("c"));
  packet.trim_front(2);
  EXPECT_EQ(text(packet), "c");
  packet.append_slice(slice_of("d"));
  EXPECT_EQ(text(packet), "cd");
}

TEST(Packet, clone_copies_linear_bytes_and_shares_slices) {
  PacketPool pool;
  const Slice slice = slice_of("cd");
  Packet packet = pool.copy_of(as_bytes("ab"));
  packet.append_slice(slice);
  packet.meta().id = {7, 9};
  packet.meta().segment_size = 1448;
  Packet twin = packet.clone();
  EXPECT_EQ(text(twin), "abcd");
  EXPECT_EQ(twin.slices()[0].data, slice.data);
  EXPECT_EQ(twin.meta().id, (FrameId{7, 9}));
  EXPECT_EQ(twin.meta().segment_size, 1448);
  EXPECT_EQ(twin.headroom(), packet.headroom());
  twin.data()[0] = 'X';
  EXPECT_EQ(text(packet), "abcd");
  packet = {};
  EXPECT_EQ(text(twin), "Xbcd");
}

TEST(Packet, copy_is_linear_and_from_the_other_pool) {
  PacketPool pool;
  PacketPool other;
  Packet packet = pool.copy_of(as_bytes("ab"));
  packet.append_slice(slice_of("cd"));
  packet.meta().id = {1, 2};
  Packet twin = packet.copy(other);
  packet = {};
  EXPECT_TRUE(twin.linear());
  EXPECT_EQ(text(twin), "abcd");
  EXPECT_EQ(twin.meta().id, (FrameId{1, 2}));
  EXPECT_EQ(&twin.pool(), &other);
  EXPECT_EQ(pool.live(), 0u);
  EXPECT_EQ(other.live(), 1u);
}

TEST(Packet, moved_from_is_empty_and_the_old_one_is_freed_at_once) {
  PacketPool pool;
  Packet a = pool.copy_of(as_bytes("a"));
  Packet b = pool.copy_of(as_bytes("b"));
  a = std::move(b);
  EXPECT_EQ(text(a), "b");
  EXPECT_FALSE(b);
  EXPECT_EQ(pool.live(), 1u);
}

TEST(PacketQueue, order_count_and_bytes_are_kept) {
  PacketPool pool;
  PacketQueue queue;
  EXPECT_FALSE(queue.pop_front());
  queue.push_back(pool.copy_of(as_bytes("one")));
  Packet second = pool.copy_of(as_bytes("tw"));
  second.append_slice(slice_of("ooo"));
  queue.push_back(std::move(second));
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.bytes(), 8u);
  queue.with_front([](Packet& packet) { packet.data()[0] = 'O'; });
  EXPECT_EQ(text(queue.pop_front()), "One");
  EXPECT_EQ(text(queue.pop_front()), "twooo");
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
  queue.push_back(pool.copy_of(as_bytes("x")));
  EXPECT_EQ(text(queue.pop_front()), "x");
}

TEST(PacketQueue, moved_from_is_empty_and_the_old_ones_are_freed) {
  PacketPool pool;
  PacketQueue a;
  PacketQueue b;
  a.push_back(pool.copy_of(as_bytes("a")));
  b.push_back(pool.copy_of(as_bytes("b")));
  b.push_back(pool.copy_of(as_bytes("c")));
  a = std::move(b);
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(a.size(), 2u);
  EXPECT_EQ(pool.live(), 2u);
  a.clear();
  EXPECT_EQ(pool.live(), 0u);
}

// The same mixed traffic each time; returns how many packets it made.
int traffic(PacketPool& pool) {
  int made = 0;
  PacketQueue queue;
  for (const u32 size : {60u, 1500u, 300u, 9000u, 65'000u, 1u, 2048u}) {
    for (int i = 0; i < 5; ++i, ++made) {
      Packet packet = pool.allocate(size);
      packet.append(size);
      queue.push_back(packet.clone());
      queue.push_back(std::move(packet));
    }
    queue.pop_front();
  }
  return made;
}

TEST(PacketPool, second_pass_over_the_same_traffic_allocates_nothing) {
  PacketPool pool;
  const int made = traffic(pool);
  const u64 first = pool.allocated();
  EXPECT_GT(first, 0u);
  EXPECT_LE(first, 2u * made);
  for (int pass = 0; pass < 10; ++pass) traffic(pool);
  EXPECT_EQ(pool.allocated(), first);
  EXPECT_EQ(pool.live(), 0u);
}

TEST(PacketPool, reused_buffer_comes_clean) {
  PacketPool pool;
  Packet packet = pool.copy_of(as_bytes("old"));
  packet.append_slice(slice_of("more"));
  packet.meta().id = {3, 4};
  packet.meta().link_broadcast = true;
  packet.meta().checksum = ChecksumState::deferred;
  packet = {};
  Packet fresh = pool.allocate(100);
  EXPECT_EQ(pool.allocated(), 1u);
  EXPECT_EQ(fresh.size(), 0u);
  EXPECT_TRUE(fresh.linear());
  EXPECT_EQ(fresh.meta().id, FrameId{});
  EXPECT_FALSE(fresh.meta().link_broadcast);
  EXPECT_EQ(fresh.meta().checksum, ChecksumState::present);
}

TEST(PacketPool, larger_than_every_class_is_served_and_given_back) {
  PacketPool pool;
  Packet packet = pool.allocate(100'000);
  packet.append(100'000);
  EXPECT_EQ(packet.size(), 100'000u);
  EXPECT_GE(packet.footprint(), 100'000u);
  packet = {};
  EXPECT_EQ(pool.live(), 0u);
}

TEST(PacketPoolDeathTest, packet_that_outlives_its_pool_is_a_broken_invariant) {
  EXPECT_DEATH(
      {
        Packet packet;
        PacketPool pool;
        packet = pool.allocate(1);
      },
      "broken invariant");
}

TEST(SharedBytes, unique_until_copied_and_again_after) {
  SharedBytes bytes = SharedBytes::allocate(10);
  EXPECT_EQ(bytes.capacity(), 10u);
  EXPECT_TRUE(bytes.unique());
  {
    SharedBytes second = bytes;
    EXPECT_FALSE(bytes.unique());
    EXPECT_EQ(second.data(), bytes.data());
    SharedBytes third = std::move(second);
    EXPECT_FALSE(second);
  }
  EXPECT_TRUE(bytes.unique());
  SharedBytes& same = bytes;
  bytes = same;
  EXPECT_TRUE(bytes.unique());
}

}  // namespace
}  // namespace catenet
