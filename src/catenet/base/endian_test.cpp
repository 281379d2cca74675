#include "catenet/base/endian.hpp"

#include <gtest/gtest.h>

namespace catenet {
namespace {

TEST(Endian, load_most_significant_byte_is_first) {
  const u8 bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
  EXPECT_EQ(load16(bytes), 0x0123);
  EXPECT_EQ(load32(bytes), 0x01234567u);
  EXPECT_EQ(load64(bytes), 0x0123456789abcdefull);
  EXPECT_EQ(load_be<u8>(bytes), 0x01);
}

TEST(Endian, load_odd_address_is_allowed) {
  const u8 bytes[] = {0xff, 0x01, 0x23, 0x45, 0x67, 0xff};
  EXPECT_EQ(load32(bytes + 1), 0x01234567u);
}

TEST(Endian, store_writes_its_size_and_no_more) {
  u8 bytes[10] = {};
  store16(bytes + 1, 0xabcd);
  store32(bytes + 4, 0x01234567);
  const u8 expected[10] = {0, 0xab, 0xcd, 0, 0x01, 0x23, 0x45, 0x67, 0, 0};
  EXPECT_TRUE(std::equal(bytes, bytes + 10, expected));
  u8 eight[10] = {};
  store64(eight + 1, 0x0102030405060708ull);
  EXPECT_EQ(eight[0], 0);
  EXPECT_EQ(eight[1], 1);
  EXPECT_EQ(eight[8], 8);
  EXPECT_EQ(eight[9], 0);
}

TEST(Endian, byte_swap_twice_is_identity) {
  EXPECT_EQ(byte_swap(u16{0x1234}), 0x3412);
  EXPECT_EQ(byte_swap(byte_swap(u32{0xdeadbeef})), 0xdeadbeefu);
  EXPECT_EQ(byte_swap(u64{1}), 0x0100000000000000ull);
  EXPECT_EQ(byte_swap(u8{7}), 7);
}

TEST(FixedView, writer_then_view_gives_the_same) {
  u8 bytes[16] = {};
  FixedWriter<16> writer(bytes);
  writer.store8<0>(0x45);
  writer.store16<2>(1500);
  writer.store32<4>(0xc0a80001);
  writer.store64<8>(0x1122334455667788ull);
  const FixedView<16> view(bytes);
  EXPECT_EQ(view.load8<0>(), 0x45);
  EXPECT_EQ(view.load8<1>(), 0);
  EXPECT_EQ(view.load16<2>(), 1500);
  EXPECT_EQ(view.load32<4>(), 0xc0a80001u);
  EXPECT_EQ(view.load64<8>(), 0x1122334455667788ull);
  EXPECT_EQ(view.data(), writer.data());
}

TEST(Types, text_and_bytes_share_memory) {
  const std::string_view text = "abc";
  const ByteView bytes = as_bytes(text);
  EXPECT_EQ(bytes.size(), 3u);
  EXPECT_EQ(bytes[1], 'b');
  EXPECT_EQ(as_text(bytes).data(), text.data());
}

}  // namespace
}  // namespace catenet
