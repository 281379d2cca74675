#include "catenet/wire/ipv4_options.hpp"

#include <gtest/gtest.h>

#include "catenet/base/endian.hpp"
#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::hex;

std::vector<u8> types(ByteView area) {
  std::vector<u8> seen;
  for (const Ipv4Option& option : Ipv4OptionList(area))
    seen.push_back(static_cast<u8>(option.type));
  return seen;
}

TEST(Rfc791, s3_1_options_are_walked_to_the_end_of_list) {
  // NOP, RR(1 slot), router alert, EOL, then bytes that mean nothing
  const Bytes area = hex("01 07 07 04 00000000 94 04 0000 00 07 03 04");
  EXPECT_EQ(types(area), (std::vector<u8>{7, 148}));
  EXPECT_EQ(Ipv4OptionList(area).bad_offset(), std::nullopt);
  EXPECT_EQ(Ipv4OptionList(area).find(Ipv4OptionType::router_alert)->offset, 8);
  EXPECT_EQ(Ipv4OptionList(area).find(Ipv4OptionType::timestamp), std::nullopt);
}

TEST(Rfc1122, s3_2_1_8_unknown_options_are_passed_over) {
  const Bytes area = hex("82 0b 0000 0000 0000 0000 00 01");  // security, 11 bytes
  EXPECT_EQ(types(area), (std::vector<u8>{0x82}));
  EXPECT_EQ(Ipv4OptionList(area).bad_offset(), std::nullopt);
}

TEST(Ipv4Options, impossible_lengths_end_the_walk_and_are_named) {
  struct Row {
    const char* area;
    u8 bad;
  };
  for (const Row& row : {
           Row{"07 00 04 00", 0},  // length 0 would stand still
           Row{"07 01 04 00", 0},  // length 1 is less than type and length
           Row{"01 01 01 07", 3},  // no length byte
           Row{"07 05 04 00", 0},  // past the area
           Row{"94 04 0000 44 ff 05 00", 4},
       }) {
    const Bytes area = hex(row.area);
    EXPECT_EQ(Ipv4OptionList(area).bad_offset(), row.bad) << row.area;
  }
  EXPECT_EQ(types(hex("94 04 0000 44 ff 05 00")), (std::vector<u8>{148}));
}

TEST(Ipv4Options, insides_of_known_options_are_checked) {
  struct Row {
    const char* area;
    std::optional<u8> bad;
  };
  for (const Row& row : {
           Row{"07 02 0000", 1},                          // route without pointer
           Row{"07 07 03 00000000 00", 2},                // pointer below 4
           Row{"07 07 05 00000000 00", 2},                // slot reaches past the option
           Row{"07 07 08 00000000 00", std::nullopt},     // full is well
           Row{"07 07 ff 00000000 00", std::nullopt},     // so is any pointer past the end
           Row{"44 03 05 00", 1},                         // timestamp without flags
           Row{"44 08 04 00 00000000", 2},                // pointer below 5
           Row{"44 08 05 02 00000000", 3},                // flag 2 is none
           Row{"44 08 05 01 00000000", 2},                // no room for address and time
           Row{"44 08 09 f0 00000000", std::nullopt},     // full, with overflow
           Row{"94 03 00 00", 1},                         // router alert of three bytes
           Row{"07 03 04 07 03 04 00 00", 3},             // a second record route
           Row{"83 03 04 89 03 04 00 00", 3},             // two source routes
           Row{"07 03 04 83 03 04 00 00", std::nullopt},  // one of each
       }) {
    const Bytes area = hex(row.area);
    EXPECT_EQ(Ipv4OptionList(area).bad_offset(), row.bad) << row.area;
  }
}

TEST(Rfc791, s3_1_record_route_fills_slot_by_slot) {
  Ipv4Options options;
  ASSERT_TRUE(options.add_record_route(2));
  Bytes bytes(options.bytes().begin(), options.bytes().end());
  EXPECT_EQ(bytes, hex("07 0b 04 00000000 00000000 00"));
  RouteOption route(bytes.data());
  route.record({10, 0, 0, 1});
  EXPECT_FALSE(route.exhausted());
  route.record({10, 0, 1, 1});
  EXPECT_TRUE(route.exhausted());
  EXPECT_EQ(bytes, hex("07 0b 0c 0a000001 0a000101 00"));
  EXPECT_EQ(route.slots(), 2u);
  EXPECT_EQ(route.slot(1), Ipv4Address(10, 0, 1, 1));
}

TEST(Rfc791, s3_1_source_route_swaps_hop_by_hop) {
  Ipv4Options options;
  const Ipv4Address hops[] = {{10, 0, 0, 2}, {10, 0, 0, 3}};
  ASSERT_TRUE(options.add_source_route(false, hops));
  Bytes bytes(options.bytes().begin(), options.bytes().end());
  EXPECT_EQ(bytes, hex("83 0b 04 0a000002 0a000003 00"));
  RouteOption route(bytes.data());
  EXPECT_EQ(route.next(), hops[0]);
  route.record({192, 168, 0, 1});
  EXPECT_EQ(route.next(), hops[1]);
  route.record({192, 168, 1, 1});
  EXPECT_TRUE(route.exhausted());
  Ipv4Options strict;
  ASSERT_TRUE(strict.add_source_route(true, hops));
  EXPECT_EQ(strict.bytes()[0], 137);
}

TEST(Rfc791, s3_1_timestamp_stamps_as_its_flag_says) {
  const auto nobody = [](Ipv4Address) { return false; };
  const auto at_two = [](Ipv4Address a) { return a == Ipv4Address(10, 0, 0, 2); };
  using Outcome = TimestampOption::Outcome;

  Bytes times = hex("44 0c 05 00 00000000 00000000");
  EXPECT_EQ(TimestampOption(times.data()).stamp({10, 0, 0, 1}, 0x1234, nobody), Outcome::stamped);
  EXPECT_EQ(times, hex("44 0c 09 00 00001234 00000000"));

  Bytes both = hex("44 0c 05 01 00000000 00000000");
  EXPECT_EQ(TimestampOption(both.data()).stamp({10, 0, 0, 1}, 0x1234, nobody), Outcome::stamped);
  EXPECT_EQ(both, hex("44 0c 0d 01 0a000001 00001234"));

  Bytes asked = hex("44 0c 05 03 0a000002 00000000");
  EXPECT_EQ(TimestampOption(asked.data()).stamp({10, 0, 0, 1}, 7, nobody), Outcome::not_ours);
  EXPECT_EQ(asked, hex("44 0c 05 03 0a000002 00000000"));
  EXPECT_EQ(TimestampOption(asked.data()).stamp({10, 0, 0, 1}, 7, at_two), Outcome::stamped);
  EXPECT_EQ(asked, hex("44 0c 0d 03 0a000002 00000007"));
}

TEST(Rfc791, s3_1_full_timestamp_counts_overflow_to_fifteen) {
  const auto nobody = [](Ipv4Address) { return false; };
  Bytes bytes = hex("44 08 09 00 00000001");
  TimestampOption option(bytes.data());
  for (int i = 1; i <= 15; ++i) {
    EXPECT_EQ(option.stamp({}, 0, nobody), TimestampOption::Outcome::counted);
    EXPECT_EQ(option.overflow(), i);
  }
  EXPECT_EQ(option.stamp({}, 0, nobody), TimestampOption::Outcome::counter_is_full);
  EXPECT_EQ(bytes, hex("44 08 09 f0 00000001"));
}

TEST(Rfc791, s3_1_later_fragments_carry_copied_options_only) {
  Ipv4Options options;
  ASSERT_TRUE(options.add_record_route(3));
  ASSERT_TRUE(options.add_router_alert());
  const Ipv4Address hop[] = {{10, 0, 0, 2}};
  ASSERT_TRUE(options.add_source_route(true, hop));
  EXPECT_EQ(types(options.bytes()), (std::vector<u8>{7, 148, 137}));
  EXPECT_EQ(types(options.copied().bytes()), (std::vector<u8>{148, 137}));
  EXPECT_EQ(options.copied().size(), 12u);
}

TEST(Ipv4Options, area_never_outgrows_forty_bytes) {
  Ipv4Options options;
  EXPECT_FALSE(options.add_record_route(10));
  EXPECT_FALSE(options.add_record_route(0));
  EXPECT_TRUE(options.add_record_route(9));
  EXPECT_TRUE(options.add_no_operation());
  EXPECT_FALSE(options.add_no_operation());
  EXPECT_FALSE(options.add_router_alert());
  EXPECT_FALSE(options.add(Bytes(100)));
  EXPECT_EQ(options.size(), 40u);
  Ipv4Options stamps;
  EXPECT_FALSE(stamps.add_timestamp(TimestampOption::Flag::address_and_time, 5));
  EXPECT_TRUE(stamps.add_timestamp(TimestampOption::Flag::address_and_time, 4));
  const std::vector<Ipv4Address> many(5);
  EXPECT_FALSE(Ipv4Options().add_timestamp_at(many));
  EXPECT_FALSE(Ipv4Options().add_source_route(true, {}));
  EXPECT_EQ(Ipv4Options(Bytes(60, 1)).size(), 40u);
}

TEST(Ipv4Options, built_areas_have_no_fault) {
  Draws draws(40);
  for (int i = 0; i < 500; ++i) {
    Ipv4Options options;
    if (draws.coin()) options.add_router_alert(draws.word());
    if (draws.coin()) options.add_no_operation();
    if (draws.coin()) options.add_record_route(1 + draws.below(9));
    const std::vector<Ipv4Address> hops(1 + draws.below(4), draws.ipv4());
    if (draws.coin()) options.add_source_route(draws.coin(), hops);
    if (draws.coin()) options.add_timestamp_at(hops);
    ASSERT_EQ(options.list().bad_offset(), std::nullopt);
    ASSERT_EQ(options.size() % 4, 0u);
    ASSERT_EQ(Ipv4Options(options.bytes()), options);
  }
}

}  // namespace
}  // namespace catenet::wire
