#include "catenet/base/hash.hpp"

#include <array>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace catenet {
namespace {

// Key 00 01 .. 0f, input 00 01 .. of growing length: the published vectors.
u64 vector_of(std::size_t length) {
  std::vector<u8> input(length);
  for (std::size_t i = 0; i < length; ++i) input[i] = static_cast<u8>(i);
  return siphash({0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull}, input);
}

TEST(SipHash, published_vectors_match) {
  EXPECT_EQ(vector_of(0), 0x726fdb47dd0e0e31ull);
  EXPECT_EQ(vector_of(1), 0x74f839c593dc67fdull);
  EXPECT_EQ(vector_of(2), 0x0d6c8009d9a94f5aull);
  EXPECT_EQ(vector_of(3), 0x85676696d7fb7e2dull);
  EXPECT_EQ(vector_of(7), 0xab0200f58b01d137ull);
  EXPECT_EQ(vector_of(8), 0x93f5f5799a932462ull);
  EXPECT_EQ(vector_of(15), 0xa129ca6149be45e5ull);  // the paper's own example
  EXPECT_EQ(vector_of(63), 0x958a324ceb064572ull);
}

TEST(SipHash, key_changes_the_value) {
  const auto bytes = as_bytes("10.0.0.1:80");
  EXPECT_NE(siphash({1, 2}, bytes), siphash({1, 3}, bytes));
  EXPECT_NE(siphash({1, 2}, bytes), siphash({2, 2}, bytes));
}

TEST(HashName, value_is_the_same_on_every_machine) {
  EXPECT_EQ(hash_name(""), 0x5f0045ead2fd17deull);
  EXPECT_EQ(hash_name("alice"), 0x5ee09d66cddb818eull);
}

TEST(HashName, similar_names_differ) {
  std::set<u64> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(hash_name(fmt::format("h{}", i)));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Mix64, is_the_finaliser_of_splitmix64) {
  u64 seed = 1234567;
  const std::array<u64, 3> published = {6457827717110365317ull, 3203168211198807973ull,
                                        9817491932198370423ull};
  for (const u64 expected : published) {
    seed += 0x9e3779b97f4a7c15ull;
    EXPECT_EQ(mix64(seed), expected);
  }
}

TEST(RunningHash, equal_histories_give_equal_values) {
  RunningHash a;
  RunningHash b;
  EXPECT_EQ(a.value(), b.value());
  for (u64 word : {3u, 1u, 4u}) a.add(word);
  for (u64 word : {3u, 1u, 4u}) b.add(word);
  EXPECT_EQ(a.value(), b.value());
}

TEST(RunningHash, order_and_zero_words_count) {
  RunningHash a;
  RunningHash b;
  a.add(1);
  a.add(2);
  b.add(2);
  b.add(1);
  EXPECT_NE(a.value(), b.value());
  RunningHash c = a;
  c.add(0);
  EXPECT_NE(a.value(), c.value());
}

TEST(RunningHash, bytes_every_position_counts) {
  std::vector<u8> bytes(19, 0);
  std::set<u64> seen;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = 1;
    RunningHash hash;
    hash.add(bytes);
    seen.insert(hash.value());
    bytes[i] = 0;
  }
  EXPECT_EQ(seen.size(), bytes.size());
}

TEST(RunningHash, bytes_words_are_read_little_endian) {
  RunningHash bytes;
  RunningHash word;
  const u8 eight[] = {1, 2, 3, 4, 5, 6, 7, 8};
  bytes.add(eight);
  word.add(0x0807060504030201ull);
  EXPECT_EQ(bytes.value(), word.value());
}

}  // namespace
}  // namespace catenet
