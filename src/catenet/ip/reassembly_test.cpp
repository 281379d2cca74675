#include "catenet/ip/reassembly.hpp"

#include <gtest/gtest.h>

#include "catenet/ip/fragment_test_data.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet {
namespace {

using namespace literals;
using namespace test_data;
using Outcome = ReassemblyResult::Outcome;

// One host's reassembly in virtual time.
struct Reassembling {
  ReassemblyResult add4(const FragmentSpec& spec, u32 interface = 1) {
    Packet packet = ipv4_packet(pool, spec);
    const FragmentInfo info = ipv4_info(packet, interface);
    return ipv4.add(now, std::move(packet), info);
  }
  ReassemblyResult add6(const FragmentSpec& spec, std::vector<u8> data = {}) {
    Packet packet = ipv6_packet(pool, spec, std::move(data));
    const FragmentInfo info = ipv6_info(packet);
    return ipv6.add(now, std::move(packet), info);
  }

  PacketPool pool;
  ReassemblyLimits limits4 = ReassemblyLimits::ipv4();
  ReassemblyLimits limits6 = ReassemblyLimits::ipv6();
  Reassembler ipv4{limits4, 1};
  Reassembler ipv6{limits6, 2};
  Instant now;
};

void expect_waiting(const ReassemblyResult& result) {
  EXPECT_EQ(result.outcome, Outcome::waiting);
  EXPECT_FALSE(result.packet);
  EXPECT_TRUE(result.discarded.empty());
  EXPECT_TRUE(result.evicted.empty());
}

void expect_dropped(const ReassemblyResult& result, Drop reason, u32 discarded = 0) {
  EXPECT_EQ(result.outcome, Outcome::dropped);
  EXPECT_EQ(result.reason, reason);
  EXPECT_TRUE(result.packet);
  EXPECT_EQ(result.discarded.size(), discarded);
}

TEST(Rfc791, s3_2_fragments_in_order_make_the_datagram) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 0, .size = 1480, .more = true}));
  expect_waiting(host.add4({.offset = 1480, .size = 1480, .more = true}));
  const auto result = host.add4({.offset = 2960, .size = 41});
  ASSERT_EQ(result.outcome, Outcome::complete);
  EXPECT_EQ(result.fragments, 3u);
  const wire::Ipv4View header(result.packet.data());
  EXPECT_EQ(header.total_length(), 3021);
  EXPECT_FALSE(header.is_fragment());
  EXPECT_TRUE(header.checksum_ok());
  EXPECT_EQ(header.identification(), 1);
  EXPECT_EQ(header.source(), alice4);
  EXPECT_EQ(bytes_of(result.packet, 20), data_bytes(0, 3001));
  EXPECT_EQ(host.ipv4.datagrams(), 0u);
  EXPECT_EQ(host.ipv4.bytes(), 0u);
  EXPECT_EQ(host.ipv4.next_deadline(), Instant::never());
}

TEST(Rfc791, s3_2_fragments_in_reverse_order_make_the_datagram) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 2960, .size = 41}));
  expect_waiting(host.add4({.offset = 1480, .size = 1480, .more = true}));
  const auto result = host.add4({.offset = 0, .size = 1480, .more = true});
  ASSERT_EQ(result.outcome, Outcome::complete);
  EXPECT_EQ(bytes_of(result.packet, 20), data_bytes(0, 3001));
}

TEST(Rfc791, s3_2_options_of_the_first_fragment_are_kept) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 16, .size = 4}));
  const std::vector<u8> options = {7, 7, 4, 0, 0, 0, 0, 0};
  const auto result = host.add4({.offset = 0, .size = 16, .more = true, .options = options});
  ASSERT_EQ(result.outcome, Outcome::complete);
  const wire::Ipv4View header(result.packet.data());
  EXPECT_EQ(header.header_size(), 28u);
  EXPECT_EQ(header.total_length(), 48);
  EXPECT_TRUE(header.checksum_ok());
  EXPECT_EQ(bytes_of(result.packet, 28), data_bytes(0, 20));
}

TEST(Rfc791, s3_2_source_destination_protocol_and_identification_tell_datagrams_apart) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 0, .size = 8, .more = true}));
  expect_waiting(host.add4({.offset = 8, .size = 8, .identification = 2}));
  expect_waiting(host.add4({.offset = 8, .size = 8, .protocol = 132}));
  expect_waiting(host.add4({.offset = 8, .size = 8, .source4 = Ipv4Address(10, 0, 0, 3)}));
  EXPECT_EQ(host.ipv4.datagrams(), 4u);
  EXPECT_EQ(host.add4({.offset = 8, .size = 8}).outcome, Outcome::complete);
  EXPECT_EQ(host.ipv4.datagrams(), 3u);
}

TEST(Rfc1122, s3_3_2_timeout_gives_the_first_fragment_for_the_error) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 8, .size = 8, .more = true}, 2));
  host.now = Instant::at(10_s);
  expect_waiting(host.add4({.offset = 0, .size = 8, .more = true}, 3));
  EXPECT_EQ(host.ipv4.next_deadline(), Instant::at(30_s));
  EXPECT_FALSE(host.ipv4.poll_expired(Instant::at(29'999_ms)));
  auto expired = host.ipv4.poll_expired(Instant::at(30_s));
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->fragments, 2u);
  EXPECT_EQ(expired->interface, 3u);
  ASSERT_TRUE(expired->first);
  EXPECT_EQ(bytes_of(expired->first, 20), data_bytes(0, 8));
  ASSERT_EQ(expired->rest.size(), 1u);
  EXPECT_EQ(expired->rest.pop_front().meta().delivery_order, 2u);
  EXPECT_FALSE(host.ipv4.poll_expired(Instant::at(30_s)));
  EXPECT_EQ(host.ipv4.bytes(), 0u);
}

TEST(Rfc1122, s3_3_2_timeout_without_the_first_fragment_quotes_nothing) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 8, .size = 8, .more = true}, 2));
  const auto expired = host.ipv4.poll_expired(Instant::at(30_s));
  ASSERT_TRUE(expired);
  EXPECT_FALSE(expired->first);
  EXPECT_EQ(expired->interface, 2u);
  EXPECT_EQ(expired->rest.size(), 1u);
}

TEST(Rfc8200, s4_5_timeout_is_sixty_seconds_from_the_first_to_arrive) {
  Reassembling host;
  expect_waiting(host.add6({.offset = 0, .size = 8, .more = true}));
  host.now = Instant::at(59_s);
  expect_waiting(host.add6({.offset = 8, .size = 8, .more = true}));
  EXPECT_EQ(host.ipv6.next_deadline(), Instant::at(60_s));
  EXPECT_TRUE(host.ipv6.poll_expired(Instant::at(60_s)));
}

TEST(Rfc8200, s4_5_fragments_make_the_packet_without_their_header) {
  Reassembling host;
  expect_waiting(
      host.add6({.offset = 0, .size = 1400, .more = true, .identification = 0xdeadbeef}));
  const auto result = host.add6({.offset = 1400, .size = 77, .identification = 0xdeadbeef});
  ASSERT_EQ(result.outcome, Outcome::complete);
  const wire::Ipv6View header(result.packet.data());
  EXPECT_EQ(header.payload_length(), 1477);
  EXPECT_EQ(header.next_header(), wire::IpProtocol::udp);
  EXPECT_EQ(bytes_of(result.packet, 40), data_bytes(0, 1477));
}

TEST(Rfc8200, s4_5_next_header_of_the_first_fragment_counts) {
  Reassembling host;
  expect_waiting(host.add6({.offset = 8, .size = 8, .protocol = 99}));
  const auto result = host.add6({.offset = 0, .size = 8, .more = true, .protocol = 17});
  ASSERT_EQ(result.outcome, Outcome::complete);
  EXPECT_EQ(wire::Ipv6View(result.packet.data()).next_header(), wire::IpProtocol::udp);
}

TEST(Rfc8200, s4_5_odd_length_with_more_to_come_is_reported_at_payload_length) {
  Reassembling host;
  const auto result = host.add6({.offset = 0, .size = 12, .more = true});
  expect_dropped(result, Drop::fragment_bad);
  EXPECT_EQ(result.problem_code, 0);
  EXPECT_EQ(result.problem_pointer, 4);
  EXPECT_EQ(host.ipv6.datagrams(), 0u);
}

TEST(Rfc8200, s4_5_packet_over_65535_is_reported_at_fragment_offset) {
  Reassembling host;
  const auto result = host.add6({.offset = 65'528, .size = 8});
  expect_dropped(result, Drop::fragment_bad);
  EXPECT_EQ(result.problem_code, 0);
  EXPECT_EQ(result.problem_pointer, 42);
  expect_waiting(host.add6({.offset = 65'528, .size = 7}));
}

TEST(Rfc791, s3_2_odd_length_with_more_to_come_is_dropped_silently) {
  Reassembling host;
  const auto result = host.add4({.offset = 0, .size = 12, .more = true});
  expect_dropped(result, Drop::fragment_bad);
  EXPECT_EQ(result.problem_code, 0xff);
  expect_dropped(host.add4({.offset = 8, .size = 0}), Drop::fragment_bad);
  EXPECT_EQ(host.ipv4.datagrams(), 0u);
}

TEST(Rfc791, s3_1_datagram_over_65535_is_never_built) {
  Reassembling host;
  expect_dropped(host.add4({.offset = 65'528, .size = 8}), Drop::fragment_bad);
  // 20 + 65,508 + 7 fits, but not behind a first header of 24 bytes.
  expect_waiting(host.add4({.offset = 65'504, .size = 11}));
  const std::vector<u8> options = {1, 1, 1, 1};
  expect_dropped(host.add4({.offset = 0, .size = 8, .more = true, .options = options}),
                 Drop::fragment_bad, 1);
}

TEST(Rfc791, s3_1_largest_datagram_is_built) {
  Reassembling host;
  u32 offset = 0;
  for (; offset + 8'184 < 65'515; offset += 8'184) {
    expect_waiting(host.add4({.offset = offset, .size = 8'184, .more = true}));
  }
  const auto result = host.add4({.offset = offset, .size = 65'515 - offset});
  ASSERT_EQ(result.outcome, Outcome::complete);
  EXPECT_EQ(result.packet.size(), 65'535u);
  EXPECT_EQ(bytes_of(result.packet, 20), data_bytes(0, 65'515));
}

TEST(Rfc5722, s4_overlap_ends_the_datagram_and_what_is_still_to_come) {
  Reassembling host;
  expect_waiting(host.add6({.offset = 0, .size = 16, .more = true}));
  expect_waiting(host.add6({.offset = 32, .size = 8}));
  expect_dropped(host.add6({.offset = 8, .size = 24, .more = true}), Drop::fragment_overlap, 2);
  expect_dropped(host.add6({.offset = 16, .size = 16, .more = true}), Drop::fragment_overlap);
  expect_dropped(host.add6({.offset = 0, .size = 16, .more = true}), Drop::fragment_overlap);
  // Nobody is told when its time is over, and then the identification is good again.
  EXPECT_FALSE(host.ipv6.poll_expired(Instant::at(60_s)));
  EXPECT_EQ(host.ipv6.datagrams(), 0u);
  expect_waiting(host.add6({.offset = 0, .size = 16, .more = true}));
}

TEST(Rfc5722, s4_every_kind_of_overlap_is_seen_in_ipv4_too) {
  struct Row {
    u32 offset, size;
    bool more;
  };
  // Against [16, 32): from the left, from the right, inside, around, same start, same end.
  for (const Row row : {Row{8, 16, true}, Row{24, 16, true}, Row{16, 8, true}, Row{24, 8, true},
                        Row{8, 32, true}, Row{16, 24, true}, Row{8, 24, true}}) {
    Reassembling host;
    expect_waiting(host.add4({.offset = 16, .size = 16, .more = true}));
    expect_dropped(host.add4({.offset = row.offset, .size = row.size, .more = row.more}),
                   Drop::fragment_overlap, 1);
  }
}

TEST(Rfc8200, s4_5_exact_duplicates_are_not_overlaps) {
  Reassembling host;
  expect_waiting(host.add6({.offset = 8, .size = 16, .more = true}));
  expect_dropped(host.add6({.offset = 8, .size = 16, .more = true}), Drop::fragment_duplicate);
  expect_waiting(host.add6({.offset = 24, .size = 5}));
  expect_dropped(host.add6({.offset = 24, .size = 5}), Drop::fragment_duplicate);
  expect_dropped(host.add6({.offset = 8, .size = 16, .more = true}), Drop::fragment_duplicate);
  EXPECT_EQ(host.add6({.offset = 0, .size = 8, .more = true}).outcome, Outcome::complete);
}

TEST(Rfc5722, s4_two_pieces_in_one_fragment_are_no_duplicate) {
  Reassembling host;
  expect_waiting(host.add6({.offset = 0, .size = 8, .more = true}));
  expect_waiting(host.add6({.offset = 8, .size = 8, .more = true}));
  expect_dropped(host.add6({.offset = 0, .size = 16, .more = true}), Drop::fragment_overlap, 2);
}

TEST(Rfc791, s3_2_two_ends_that_differ_end_the_datagram) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 16, .size = 8}));
  expect_dropped(host.add4({.offset = 24, .size = 8}), Drop::fragment_bad, 1);
  expect_waiting(host.add4({.offset = 24, .size = 8, .more = true, .identification = 2}));
  expect_dropped(host.add4({.offset = 8, .size = 8, .identification = 2}), Drop::fragment_bad, 1);
  expect_waiting(host.add4({.offset = 16, .size = 8, .identification = 3}));
  expect_dropped(host.add4({.offset = 24, .size = 8, .more = true, .identification = 3}),
                 Drop::fragment_bad, 1);
  expect_waiting(host.add4({.offset = 16, .size = 8, .identification = 4}));
  expect_dropped(host.add4({.offset = 16, .size = 8, .more = true, .identification = 4}),
                 Drop::fragment_bad, 1);
}

TEST(Rfc1858, s3_1_1_tiny_first_fragment_of_tcp_is_dropped) {
  Reassembling host;
  expect_dropped(host.add4({.offset = 0, .size = 8, .more = true, .protocol = 6}),
                 Drop::fragment_bad);
  expect_waiting(host.add4({.offset = 0, .size = 16, .more = true, .protocol = 6}));
  expect_waiting(host.add4({.offset = 0, .size = 8, .more = true, .protocol = 17}));
}

TEST(Rfc3128, s2_tcp_fragment_at_offset_one_is_dropped) {
  Reassembling host;
  expect_dropped(host.add4({.offset = 8, .size = 8, .more = true, .protocol = 6}),
                 Drop::fragment_bad);
  expect_waiting(host.add4({.offset = 16, .size = 8, .more = true, .protocol = 6}));
  host.limits4.tiny_fragments = true;
  expect_waiting(host.add4({.offset = 8, .size = 8, .more = true, .protocol = 6}));
}

TEST(Rfc6946, s4_atomic_fragment_stands_alone) {
  Reassembling host;
  expect_waiting(host.add6({.offset = 0, .size = 16, .more = true}));
  auto result = host.add6({.offset = 0, .size = 24});
  ASSERT_EQ(result.outcome, Outcome::complete);
  EXPECT_EQ(result.fragments, 1u);
  const wire::Ipv6View header(result.packet.data());
  EXPECT_EQ(header.next_header(), wire::IpProtocol::udp);
  EXPECT_EQ(header.payload_length(), 24);
  EXPECT_EQ(header.source(), alice6);
  EXPECT_EQ(header.destination(), bob6);
  EXPECT_EQ(bytes_of(result.packet, 40), data_bytes(0, 24));
  EXPECT_EQ(host.ipv6.datagrams(), 1u);
  EXPECT_EQ(host.add6({.offset = 16, .size = 8}).outcome, Outcome::complete);
}

TEST(Rfc7112, s5_first_fragment_without_the_whole_chain_is_reported) {
  Reassembling host;
  const auto result = host.add6({.offset = 0, .size = 16, .more = true, .protocol = 6});
  expect_dropped(result, Drop::fragment_bad);
  EXPECT_EQ(result.problem_code, 3);
  EXPECT_EQ(result.problem_pointer, 0);
  expect_waiting(host.add6({.offset = 0, .size = 24, .more = true, .protocol = 6}));
  // Destination options that name TCP and leave 16 bytes for it; then 24.
  std::vector<u8> options(24);
  options[0] = 6;
  FragmentSpec spec{.offset = 0, .more = true, .identification = 2, .protocol = 60};
  EXPECT_EQ(host.add6(spec, options).problem_code, 3);
  options.resize(32);
  expect_waiting(host.add6(spec, options));
  // Options that reach beyond the fragment.
  options[1] = 4;
  spec.identification = 3;
  EXPECT_EQ(host.add6(spec, options).problem_code, 3);
  // Options that name others which are not there.
  options[0] = 60;
  options[1] = 3;
  EXPECT_EQ(host.add6(spec, options).problem_code, 3);
}

TEST(Rfc3168, s5_3_congestion_experienced_anywhere_marks_the_whole) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 0, .size = 8, .more = true, .ecn = 2}));
  const auto four = host.add4({.offset = 8, .size = 8, .ecn = 3});
  ASSERT_EQ(four.outcome, Outcome::complete);
  EXPECT_EQ(wire::Ipv4View(four.packet.data()).ecn(), wire::Ecn::ce);
  EXPECT_TRUE(wire::Ipv4View(four.packet.data()).checksum_ok());
  expect_waiting(host.add6({.offset = 0, .size = 8, .more = true, .ecn = 2}));
  const auto six = host.add6({.offset = 8, .size = 8, .ecn = 3});
  ASSERT_EQ(six.outcome, Outcome::complete);
  EXPECT_EQ(wire::Ipv6View(six.packet.data()).ecn(), wire::Ecn::ce);
}

TEST(Rfc3168, s5_3_congestion_experienced_beside_not_ect_is_dropped) {
  Reassembling host;
  expect_waiting(host.add4({.offset = 0, .size = 8, .more = true, .ecn = 0}));
  expect_dropped(host.add4({.offset = 8, .size = 8, .ecn = 3}), Drop::fragment_bad, 1);
}

TEST(Reassembly, link_header_stays_in_front_of_what_is_made) {
  Reassembling host;
  auto framed = [&](const FragmentSpec& spec, bool six) {
    Packet packet = six ? ipv6_packet(host.pool, spec) : ipv4_packet(host.pool, spec);
    u8* frame = packet.prepend(14);
    for (u8 i = 0; i < 14; ++i) frame[i] = static_cast<u8>(0xa0 + i);
    packet.consume(14);
    packet.meta().network_offset = 14;
    return packet;
  };
  auto expect_frame = [](Packet packet) {
    if (packet.data()[0] == 0x60) {
      EXPECT_EQ(wire::Ipv6View(packet.data()).destination(), bob6);
    }
    const u8* frame = packet.prepend(14);
    for (u8 i = 0; i < 14; ++i) EXPECT_EQ(frame[i], 0xa0 + i);
  };
  Packet first = framed({.offset = 0, .size = 8, .more = true}, false);
  FragmentInfo info = ipv4_info(first);
  expect_waiting(host.ipv4.add(host.now, std::move(first), info));
  Packet second = framed({.offset = 8, .size = 8}, false);
  info = ipv4_info(second);
  expect_frame(host.ipv4.add(host.now, std::move(second), info).packet);
  Packet atomic = framed({.offset = 0, .size = 8}, true);
  info = ipv6_info(atomic);
  expect_frame(host.ipv6.add(host.now, std::move(atomic), info).packet);
}

TEST(Reassembly, unfragmentable_extension_headers_are_kept) {
  // A hop-by-hop header in front of the Fragment header: its Next Header byte is the one to mend.
  PacketPool pool;
  const ReassemblyLimits limits;
  Reassembler host(limits, 1);
  auto with_hop_by_hop = [&](const FragmentSpec& spec) {
    std::vector<u8> bytes = bytes_of(ipv6_packet(pool, spec));
    const std::vector<u8> hop_by_hop = {44, 0, 1, 4, 0, 0, 0, 0};
    bytes.insert(bytes.begin() + 40, hop_by_hop.begin(), hop_by_hop.end());
    bytes[6] = 0;
    store16(&bytes[4], static_cast<u16>(bytes.size() - 40));
    return pool.copy_of(bytes);
  };
  Packet first = with_hop_by_hop({.offset = 0, .size = 16, .more = true});
  Packet last = with_hop_by_hop({.offset = 16, .size = 3});
  const auto info_first = ipv6_fragment_info(first, 1, 48, 40);
  const auto info_last = ipv6_fragment_info(last, 1, 48, 40);
  ASSERT_TRUE(info_first && info_last);
  expect_waiting(host.add(Instant(), std::move(last), *info_last));
  const auto result = host.add(Instant(), std::move(first), *info_first);
  ASSERT_EQ(result.outcome, Outcome::complete);
  const auto bytes = bytes_of(result.packet);
  EXPECT_EQ(bytes[6], 0);
  EXPECT_EQ(bytes[40], 17);
  EXPECT_EQ(load16(&bytes[4]), 8 + 19);
  EXPECT_EQ(bytes_of(result.packet, 48), data_bytes(0, 19));
}

TEST(Reassembly, fragment_info_refuses_what_is_not_there) {
  PacketPool pool;
  EXPECT_FALSE(ipv4_fragment_info(ipv4_packet(pool, {.size = 8}), 1));
  Packet cut = ipv6_packet(pool, {.size = 8, .more = true});
  EXPECT_FALSE(ipv6_fragment_info(cut, 1, 52, 6));
  store16(cut.data() + 4, 7);
  EXPECT_FALSE(ipv6_fragment_info(cut, 1, 40, 6));
}

}  // namespace
}  // namespace catenet
