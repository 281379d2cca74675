#include "catenet/wire/ipv6_extension.hpp"

#include <algorithm>

#include "catenet/base/assert.hpp"
#include "catenet/wire/ipv6.hpp"

namespace catenet::wire {

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |  Next Header  |   Reserved    |     Fragment Offset     |Res|M|
// |                        Identification                         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
Parsed<Ipv6FragmentHeader> Ipv6FragmentHeader::parse(ByteView bytes) {
  if (bytes.size() < size) return Unparsed(ParseError::truncated);
  const FixedView<size> in(bytes.data());
  return Ipv6FragmentHeader{static_cast<IpProtocol>(in.load8<0>()),
                            static_cast<u16>(in.load16<2>() & 0xfff8), (in.load16<2>() & 1) != 0,
                            in.load32<4>()};
}

void Ipv6FragmentHeader::emit(MutableBytes bytes) const {
  CATENET_ASSERT(bytes.size() >= size);
  FixedWriter<size> out(bytes.data());
  out.store8<0>(static_cast<u8>(next_header));
  out.store8<1>(0);
  out.store16<2>(static_cast<u16>((fragment_offset & 0xfff8) | (more_fragments ? 1 : 0)));
  out.store32<4>(identification);
}

namespace {

// One walk over one packet: `at_` is the header being looked at, which byte `named_at_` called
// `next_`.
class ChainWalk {
 public:
  explicit ChainWalk(ByteView packet) : packet_(packet) {
    const Ipv6View ip(packet.data());
    next_ = ip.next_header();
    chain_.end = static_cast<u32>(std::min<std::size_t>(packet.size(), ip.total_length()));
  }

  std::expected<Ipv6Chain, Ipv6ChainError> run() {
    while (is_extension()) {
      if (const auto error = fault()) return std::unexpected(*error);
      if (!step()) break;
    }
    chain_.upper = next_;
    chain_.upper_offset = at_;
    chain_.upper_named_at = named_at_;
    return chain_;
  }

 private:
  bool is_extension() const {
    switch (next_) {
      case IpProtocol::hop_by_hop:
      case IpProtocol::routing:
      case IpProtocol::destination_options: return true;
      case IpProtocol::fragment: return chain_.fragment == 0;  // one in another is not ours to join
      default: return false;
    }
  }

  u32 header_length() const {
    return next_ == IpProtocol::fragment ? 8 : (packet_[at_ + 1] + 1u) * 8;
  }

  std::optional<Ipv6ChainError> fault() const {
    if (next_ == IpProtocol::hop_by_hop && at_ != ipv6::header_size) {
      return Ipv6ChainError{ParseError::bad_type, true,
                            ParameterProblemCode::unrecognised_next_header, named_at_};
    }
    if (chain_.count == max_extension_headers) return Ipv6ChainError{ParseError::bad_length};
    if (at_ + 8 <= chain_.end && at_ + header_length() <= chain_.end) return std::nullopt;
    Ipv6ChainError error{ParseError::truncated};
    if (chain_.is_fragment()) {  // RFC 7112 5: the first fragment must hold the whole chain
      error.report = true;
      error.code = ParameterProblemCode::incomplete_first_fragment;
    }
    return error;
  }

  // Over the header at hand; false where the walk ends behind it.
  bool step() {
    const auto here = static_cast<u16>(at_);
    const u32 length = header_length();
    bool more = true;
    switch (next_) {
      case IpProtocol::hop_by_hop: chain_.hop_by_hop = here; break;
      case IpProtocol::routing: chain_.routing = here; break;
      case IpProtocol::destination_options: chain_.destination_options = here; break;
      default:
        chain_.fragment = here;
        chain_.unfragmentable_named_at = static_cast<u16>(named_at_);
        more = (load16(packet_.data() + at_ + 2) & 0xfff8) == 0;
    }
    ++chain_.count;
    next_ = static_cast<IpProtocol>(packet_[at_]);
    named_at_ = at_;
    at_ += length;
    return more;
  }

  ByteView packet_;
  IpProtocol next_;
  u32 named_at_ = 6;
  u32 at_ = ipv6::header_size;
  Ipv6Chain chain_;
};

}  // namespace

std::expected<Ipv6Chain, Ipv6ChainError> walk_extension_headers(ByteView packet) {
  CATENET_ASSERT(packet.size() >= ipv6::header_size);
  return ChainWalk(packet).run();
}

void Ipv6OptionList::Iterator::settle() {
  const u32 end = static_cast<u32>(header_.size());
  while (at_ < end) {
    const auto type = static_cast<Ipv6OptionType>(header_[at_]);
    if (type == Ipv6OptionType::pad1) {
      ++at_;
      continue;
    }
    if (end - at_ < 2 || end - at_ < header_[at_ + 1] + 2u) {
      bad_ = true;
      bad_at_ = at_;
      at_ = end;
      return;
    }
    next_ = at_ + 2 + header_[at_ + 1];
    if (type != Ipv6OptionType::padn) {
      option_ = {type, at_, header_.subspan(at_ + 2, header_[at_ + 1])};
      return;
    }
    at_ = next_;
  }
}

void emit_router_alert(MutableBytes bytes, IpProtocol next_header, u16 value) {
  CATENET_ASSERT(bytes.size() >= router_alert_header_size);
  FixedWriter<router_alert_header_size> out(bytes.data());
  out.store8<0>(static_cast<u8>(next_header));
  out.store8<1>(0);
  out.store8<2>(static_cast<u8>(Ipv6OptionType::router_alert));
  out.store8<3>(2);
  out.store16<4>(value);
  out.store8<6>(static_cast<u8>(Ipv6OptionType::padn));
  out.store8<7>(0);
}

}  // namespace catenet::wire
