// Frames that Linux wrote: every layer is parsed into its value, the values are emitted again with
// checksums of our own, and the bytes must be the same.
#include "catenet/wire/linux_frames.hpp"

#include <gtest/gtest.h>

#include "catenet/wire/testing.hpp"
#include "catenet/wire/wire.hpp"

namespace catenet::wire {
namespace {

using testing::Bytes;
using testing::hex;
using testing::LinuxFrame;

// Copies a frame layer by layer through header values.
class Rewrite {
 public:
  explicit Rewrite(ByteView frame) : in_(frame), out_(frame.size()) {}

  Bytes run() {
    const auto header = EthernetHeader::parse(in_);
    EXPECT_TRUE(header);
    put(*header, header->size());
    switch (header->type) {
      case EtherType::arp: arp(); break;
      case EtherType::ipv4: ipv4(); break;
      case EtherType::ipv6: ipv6(); break;
      default: ADD_FAILURE() << "what is this?";
    }
    copy_rest();
    finish_checksum();
    return out_;
  }

 private:
  template <typename Header>
  void put(const Header& header, u32 size) {
    header.emit(MutableBytes(out_).subspan(at_));
    at_ += size;
  }
  ByteView rest() const { return in_.subspan(at_); }
  void copy_rest() { std::ranges::copy(rest(), out_.begin() + at_); }

  void arp() {
    const auto packet = ArpPacket::parse(rest());
    ASSERT_TRUE(packet);
    put(*packet, ArpPacket::size);
  }
  void ipv4() {
    const auto header = Ipv4Header::parse(rest());
    ASSERT_TRUE(header);
    EXPECT_TRUE(Ipv4View(rest().data()).checksum_ok());
    source_ = header->source;
    destination_ = header->destination;
    put(*header, header->size());
    transport(header->protocol);
  }
  void ipv6() {
    const ByteView packet = rest();
    const auto header = Ipv6Header::parse(packet);
    const auto chain = walk_extension_headers(packet);
    ASSERT_TRUE(header && chain);
    source_ = header->source;
    destination_ = header->destination;
    put(*header, Ipv6Header::size);
    if (chain->hop_by_hop != 0) {
      emit_router_alert(MutableBytes(out_).subspan(at_), chain->upper);
      at_ += router_alert_header_size;
    }
    transport(chain->upper);
  }
  void transport(IpProtocol protocol) {
    transport_at_ = at_;
    protocol_ = protocol;
    switch (protocol) {
      case IpProtocol::tcp: put_parsed<TcpHeader>(); break;
      case IpProtocol::udp: put_parsed<UdpHeader>(); break;
      case IpProtocol::icmp: put_parsed<Icmpv4Header>(); break;
      case IpProtocol::icmpv6: put_parsed<Icmpv6Header>(); break;
      default: ADD_FAILURE() << "what is this?";
    }
  }
  template <typename Header>
  void put_parsed() {
    const auto header = Header::parse(rest());
    ASSERT_TRUE(header);
    if constexpr (requires { header->size(); }) {
      put(*header, header->size());
    } else {
      put(*header, Header::size);
    }
  }
  void finish_checksum() {
    if (transport_at_ == 0) return;
    const MutableBytes message = MutableBytes(out_).subspan(transport_at_);
    const auto pseudo =
        pseudo_header(source_, destination_, protocol_, static_cast<u32>(message.size()));
    switch (protocol_) {
      case IpProtocol::tcp: store_tcp_checksum(message, pseudo); break;
      case IpProtocol::udp: store_udp_checksum(message, pseudo); break;
      case IpProtocol::icmp: store_icmpv4_checksum(message); break;
      default: store_icmpv6_checksum(message, source_.v6(), destination_.v6());
    }
  }

  ByteView in_;
  Bytes out_;
  u32 at_ = 0;
  u32 transport_at_ = 0;
  IpProtocol protocol_ = IpProtocol::no_next_header;
  IpAddress source_;
  IpAddress destination_;
};

TEST(LinuxFrames, parsed_and_emitted_again_are_the_same_bytes) {
  for (const LinuxFrame& frame : testing::linux_frames) {
    const Bytes bytes = hex(frame.hex);
    EXPECT_EQ(Rewrite(bytes).run(), bytes) << frame.name;
  }
}

ByteView behind(const Bytes& frame, u32 offset) { return ByteView(frame).subspan(offset); }
constexpr u32 behind_ipv4 = ethernet::header_size + ipv4::min_header_size;
constexpr u32 behind_ipv6 = ethernet::header_size + ipv6::header_size;
constexpr MacAddress alice(2, 0, 0, 0, 0, 1);
constexpr MacAddress bob(2, 0, 0, 0, 0, 2);

NdpEnvelope envelope_of(const Bytes& frame) {
  const Ipv6View ip(frame.data() + ethernet::header_size);
  return {ip.source(), ip.destination(), ip.hop_limit()};
}

TEST(LinuxFrames, syn_carries_the_options_tcpdump_names) {
  const auto syn = TcpHeader::parse(behind(hex(testing::tcp4_syn.hex), behind_ipv4));
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->flags, TcpFlags(TcpFlag::syn));
  EXPECT_EQ(syn->seq, Seq(2271109162));
  EXPECT_EQ(syn->window, 64240);
  TcpOptions expected;
  expected.mss = 1460;
  expected.sack_permitted = true;
  expected.timestamps = TcpTimestamps{3207581552, 0};
  expected.window_scale = 10;
  EXPECT_EQ(syn->options, expected);
}

TEST(LinuxFrames, arp_pair_is_request_and_its_reply) {
  const auto request = ArpPacket::parse(behind(hex(testing::arp_request.hex), 14));
  const auto reply = ArpPacket::parse(behind(hex(testing::arp_reply.hex), 14));
  ASSERT_TRUE(request && reply);
  EXPECT_EQ(*request, ArpPacket::request(alice, {10, 0, 0, 1}, {10, 0, 0, 2}));
  EXPECT_EQ(*reply, request->reply_from(bob));
}

TEST(LinuxFrames, solicitation_and_advertisement_pass_every_check) {
  const Bytes asked = hex(testing::neighbour_solicitation.hex);
  const auto solicitation =
      NeighbourSolicitation::parse(behind(asked, behind_ipv6), envelope_of(asked));
  ASSERT_TRUE(solicitation);
  EXPECT_EQ(solicitation->target, *Ipv6Address::parse("2001:db8::2"));
  EXPECT_EQ(solicitation->options.source_link_address(), alice);
  EXPECT_EQ(envelope_of(asked).destination, solicitation->target.solicited_node());
  EXPECT_EQ(EthernetView(asked.data()).destination(),
            MacAddress::for_ipv6_multicast(envelope_of(asked).destination));

  const Bytes told = hex(testing::neighbour_advertisement.hex);
  const auto advertisement =
      NeighbourAdvertisement::parse(behind(told, behind_ipv6), envelope_of(told));
  ASSERT_TRUE(advertisement);
  EXPECT_TRUE(advertisement->solicited && advertisement->override_entry);
  EXPECT_FALSE(advertisement->router);
  EXPECT_EQ(advertisement->options.target_link_address(), bob);
}

TEST(LinuxFrames, duplicate_address_detection_and_router_solicitation_pass) {
  const Bytes dad = hex(testing::duplicate_address_solicitation.hex);
  EXPECT_TRUE(envelope_of(dad).source.is_unspecified());
  const auto solicitation =
      NeighbourSolicitation::parse(behind(dad, behind_ipv6), envelope_of(dad));
  ASSERT_TRUE(solicitation);
  EXPECT_EQ(solicitation->target, Ipv6Address::link_local(bob));
  const Bytes rs = hex(testing::router_solicitation.hex);
  const auto asked = RouterSolicitation::parse(behind(rs, behind_ipv6), envelope_of(rs));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->options.source_link_address(), bob);
}

TEST(LinuxFrames, port_unreachable_quotes_the_datagram_it_is_about) {
  const Bytes frame = hex(testing::icmp4_port_unreachable.hex);
  const ByteView message = behind(frame, behind_ipv4);
  EXPECT_TRUE(icmpv4_checksum_ok(message));
  EXPECT_EQ(Icmpv4Header::parse(message), Icmpv4Header::unreachable(UnreachableCode::port));
  const auto quoted = Ipv4Header::parse_quoted(message.subspan(Icmpv4Header::size));
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->destination, Ipv4Address(10, 0, 0, 2));
  const Bytes sent = hex(testing::udp4.hex);
  EXPECT_TRUE(std::ranges::equal(message.subspan(Icmpv4Header::size), behind(sent, 14)));
}

}  // namespace
}  // namespace catenet::wire
