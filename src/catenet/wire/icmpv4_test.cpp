#include "catenet/wire/icmpv4.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::Draws;
using testing::emitted;
using testing::hex;
using testing::operator+;

Bytes with_body(const Icmpv4Header& header, std::size_t body) {
  Bytes message = emitted(header);
  message.resize(Icmpv4Header::size + body);
  return message;
}

TEST(Rfc792, named_messages_survive_emit_and_parse) {
  for (const Icmpv4Header& header :
       {Icmpv4Header::echo_request(7, 1), Icmpv4Header::echo_reply(65535, 65535),
        Icmpv4Header::unreachable(UnreachableCode::port),
        Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1400),
        Icmpv4Header::time_exceeded(TimeExceededCode::reassembly),
        Icmpv4Header::parameter_problem(20),
        Icmpv4Header::parameter_problem(0, ParameterCodeV4::missing_option),
        Icmpv4Header::redirect(RedirectCode::host, {10, 0, 0, 254})}) {
    EXPECT_EQ(Icmpv4Header::parse(with_body(header, 28)), header);
  }
}

TEST(Rfc792, fields_stand_where_the_figure_has_them) {
  EXPECT_EQ(emitted(Icmpv4Header::echo_request(0x1234, 0x5678)), hex("0800 0000 1234 5678"));
  EXPECT_EQ(emitted(Icmpv4Header::parameter_problem(9)), hex("0c00 0000 0900 0000"));
  EXPECT_EQ(emitted(Icmpv4Header::redirect(RedirectCode::host, {10, 0, 0, 254})),
            hex("0501 0000 0a00 00fe"));
  const auto header = Icmpv4Header::parse(hex("0500 0000 0a00 0001") + Bytes(20));
  EXPECT_EQ(header->gateway(), Ipv4Address(10, 0, 0, 1));
  EXPECT_EQ(Icmpv4Header::echo_request(0x1234, 0x5678).identifier(), 0x1234);
  EXPECT_EQ(Icmpv4Header::echo_request(0x1234, 0x5678).sequence(), 0x5678);
  EXPECT_EQ(Icmpv4Header::parameter_problem(9).pointer(), 9);
}

TEST(Rfc1191, s4_next_hop_mtu_is_the_low_half) {
  EXPECT_EQ(emitted(Icmpv4Header::unreachable(UnreachableCode::fragmentation_needed, 1400)),
            hex("0304 0000 0000 0578"));
  EXPECT_EQ(Icmpv4Header::parse(hex("0304 0000 0000 0578") + Bytes(20))->next_hop_mtu(), 1400);
}

TEST(Rfc1122, s3_2_2_errors_are_told_from_queries) {
  for (u32 type = 0; type < 256; ++type) {
    Icmpv4Header header;
    header.type = static_cast<Icmpv4Type>(type);
    EXPECT_EQ(header.is_error(), type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
  }
}

TEST(Rfc792, messages_without_their_own_fields_are_truncated) {
  struct Row {
    u8 type;
    std::size_t body;
  };
  for (const Row& row :
       {Row{0, 0}, Row{8, 0}, Row{3, 20}, Row{4, 20}, Row{5, 20}, Row{11, 20}, Row{12, 20},
        Row{13, 12}, Row{14, 12}, Row{17, 4}, Row{18, 4}, Row{9, 8}, Row{10, 0}, Row{200, 0}}) {
    Icmpv4Header header;
    header.type = static_cast<Icmpv4Type>(row.type);
    const Bytes message = with_body(header, row.body);
    EXPECT_TRUE(Icmpv4Header::parse(message)) << int{row.type};
    for (std::size_t size = 0; size < message.size(); ++size) {
      EXPECT_EQ(Icmpv4Header::parse(ByteView(message).first(size)).error(), ParseError::truncated);
    }
  }
}

TEST(Icmpv4, stored_checksum_verifies_for_odd_and_even_sizes) {
  Draws draws(70);
  for (std::size_t size = 0; size < 80; ++size) {
    Bytes message = emitted(Icmpv4Header::echo_request(draws.word(), draws.word()));
    const Bytes data = draws.bytes(size);
    message.insert(message.end(), data.begin(), data.end());
    store_icmpv4_checksum(message);
    EXPECT_TRUE(icmpv4_checksum_ok(message));
    message[4] ^= 1;
    EXPECT_FALSE(icmpv4_checksum_ok(message));
  }
}

TEST(Rfc792, timestamps_survive_emit_and_parse) {
  const Icmpv4Timestamps times{1, 0x80000002, 86'399'999};
  EXPECT_EQ(emitted(times), hex("00000001 80000002 05265bff"));
  EXPECT_EQ(Icmpv4Timestamps::parse(emitted(times)), times);
  EXPECT_EQ(Icmpv4Timestamps::parse(Bytes(11)).error(), ParseError::truncated);
}

TEST(Rfc1256, s3_router_advertisement_lists_addresses_with_preferences) {
  Icmpv4Header header;
  header.type = Icmpv4Type::router_advertisement;
  header.rest = Icmpv4RouterAdvertisement::rest(2, 1800);
  Bytes message = with_body(header, 16);
  const Icmpv4RouterAdvertisement::Entry first{{10, 0, 0, 1}, 0};
  const Icmpv4RouterAdvertisement::Entry second{{10, 0, 0, 2}, -0x7fffffff};
  Icmpv4RouterAdvertisement::emit_entry(MutableBytes(message).subspan(8), first);
  Icmpv4RouterAdvertisement::emit_entry(MutableBytes(message).subspan(16), second);
  const auto advertisement = Icmpv4RouterAdvertisement::parse(message);
  ASSERT_TRUE(advertisement);
  EXPECT_EQ(advertisement->count(), 2);
  EXPECT_EQ(advertisement->lifetime(), 1800);
  EXPECT_EQ(advertisement->entry(0), first);
  EXPECT_EQ(advertisement->entry(1), second);
}

TEST(Rfc1256, s5_2_invalid_advertisements_are_refused) {
  const Bytes entry(8);
  for (const char* head : {"0900 0000 0002 0708",     // no address
                           "0900 0000 0101 0708",     // entries of one word
                           "0900 0000 0202 0708",     // two, with bytes for one
                           "0900 0000 01ff 0708"}) {  // one of 255 words
    EXPECT_EQ(Icmpv4RouterAdvertisement::parse(hex(head) + entry).error(), ParseError::bad_length);
  }
  EXPECT_EQ(Icmpv4RouterAdvertisement::parse(hex("0a00 0000 0102 0708") + entry).error(),
            ParseError::bad_type);
  EXPECT_TRUE(Icmpv4RouterAdvertisement::parse(hex("0900 0000 0102 0708") + entry));
}

}  // namespace
}  // namespace catenet::wire
