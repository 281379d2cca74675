#include "catenet/wire/ethernet.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;

TEST(Ethernet, wire_bytes_count_preamble_padding_fcs_and_gap) {
  EXPECT_EQ(ethernet::wire_bytes(14), 84u);
  EXPECT_EQ(ethernet::wire_bytes(60), 84u);
  EXPECT_EQ(ethernet::wire_bytes(61), 85u);
  EXPECT_EQ(ethernet::wire_bytes(1514), 1538u);
}

TEST(Ethernet, tagged_frame_gives_tag_and_inner_type) {
  // vlan 100, p 5, DEI, ethertype IPv4
  const Bytes frame = hex("ffffffffffff 020000000001 8100 b064 0800 4500");
  const auto header = EthernetHeader::parse(frame);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->destination, MacAddress::broadcast());
  EXPECT_EQ(header->type, EtherType::ipv4);
  ASSERT_TRUE(header->tag);
  EXPECT_EQ(header->tag->priority, 5);
  EXPECT_TRUE(header->tag->drop_eligible);
  EXPECT_EQ(header->tag->id, 100);
  EXPECT_EQ(header->size(), 18u);
  EXPECT_EQ(emitted(*header), Bytes(frame.begin(), frame.begin() + 18));
}

TEST(Ethernet, view_reads_the_first_fourteen_bytes) {
  const Bytes frame = hex("0180c2000000 020000000001 8100 0001 86dd");
  const EthernetView view(frame.data());
  EXPECT_EQ(view.destination(), *MacAddress::parse("01:80:c2:00:00:00"));
  EXPECT_EQ(view.source(), *MacAddress::parse("02:00:00:00:00:01"));
  EXPECT_EQ(view.type(), EtherType::vlan);
  EXPECT_FALSE(EthernetView::fits(ByteView(frame).first(13)));
}

TEST(Ethernet, short_frames_are_truncated) {
  const Bytes frame = hex("ffffffffffff 020000000001 8100 0064 0800");
  for (std::size_t size = 0; size < 18; ++size) {
    const auto header = EthernetHeader::parse(ByteView(frame).first(size));
    ASSERT_FALSE(header) << size;
    EXPECT_EQ(header.error(), ParseError::truncated);
  }
  EXPECT_TRUE(EthernetHeader::parse(frame));
}

TEST(Ethernet, field_between_length_and_type_is_neither) {
  Bytes frame(1600);
  const auto with_type = [&](u16 type) {
    store16(frame.data() + 12, type);
    return EthernetHeader::parse(frame);
  };
  EXPECT_TRUE(with_type(1500)->has_length());
  EXPECT_EQ(with_type(1501).error(), ParseError::bad_type);
  EXPECT_EQ(with_type(1535).error(), ParseError::bad_type);
  EXPECT_FALSE(with_type(1536)->has_length());
}

TEST(Ethernet, length_past_the_frame_is_refused) {
  Bytes frame(60);
  store16(frame.data() + 12, 46);
  EXPECT_EQ(EthernetHeader::parse(frame)->length(), 46);
  store16(frame.data() + 12, 47);
  EXPECT_EQ(EthernetHeader::parse(frame).error(), ParseError::bad_length);
}

TEST(Ethernet, llc_of_a_spanning_tree_frame_is_recognised) {
  const auto llc = Llc::parse(hex("42 42 03 0000"));
  ASSERT_TRUE(llc);
  EXPECT_EQ(llc->dsap, 0x42);
  EXPECT_EQ(llc->control, 3);
  EXPECT_FALSE(llc->snap_type);
  EXPECT_FALSE(Llc::parse(hex("42 42")));
}

TEST(Rfc1042, snap_header_names_the_ether_type) {
  EXPECT_EQ(Llc::parse(hex("aaaa03 000000 0800"))->snap_type, EtherType::ipv4);
  EXPECT_EQ(Llc::parse(hex("aaaa03 00000c 2000"))->snap_type, std::nullopt);
  EXPECT_FALSE(Llc::parse(hex("aaaa03 000000 08")));
}

TEST(Ethernet, header_value_survives_emit_and_parse) {
  Draws draws(20);
  for (int i = 0; i < 1000; ++i) {
    EthernetHeader header{
        draws.mac(), draws.mac(), static_cast<EtherType>(draws.word() | 0x0800), {}};
    if (header.type == EtherType::vlan) continue;
    if (draws.coin()) header.tag = VlanTag::from_u16(draws.word());
    const auto again = EthernetHeader::parse(emitted(header));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, header);
  }
}

}  // namespace
}  // namespace catenet::wire
