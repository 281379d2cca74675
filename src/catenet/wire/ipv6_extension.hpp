// IPv6 extension headers: read RFC 8200 4, RFC 6564 (the uniform form), RFC 7112 (first fragments),
// RFC 5095 (no type 0 routing), RFC 2711 (router alert), RFC 8504 5.3 (limits), RFC 6946 (atomic
// fragments).
#pragma once

#include <expected>
#include <optional>

#include "catenet/base/endian.hpp"
#include "catenet/wire/ip_protocol.hpp"
#include "catenet/wire/parse_error.hpp"

namespace catenet::wire {

// RFC 8200 4.5.
struct Ipv6FragmentHeader {
  static constexpr u32 size = 8;

  IpProtocol next_header = IpProtocol::no_next_header;
  u16 fragment_offset = 0;  // bytes; a multiple of 8
  bool more_fragments = false;
  u32 identification = 0;

  // A whole packet in the form of a fragment (RFC 6946): not to be held for reassembly.
  constexpr bool is_atomic() const { return fragment_offset == 0 && !more_fragments; }

  static Parsed<Ipv6FragmentHeader> parse(ByteView bytes);
  // Into `size` bytes.
  void emit(MutableBytes out) const;
  bool operator==(const Ipv6FragmentHeader&) const = default;
};

// What walking the chain found. Offsets count from the first byte of the IPv6 header; 0 means there
// is none.
struct Ipv6Chain {
  IpProtocol upper =
      IpProtocol::no_next_header;  // what is at upper_offset: not an extension header we know
  u32 upper_offset = 0;
  u32 upper_named_at =
      0;        // the Next Header field that names it: an ICMPv6 Parameter Problem points there
  u32 end = 0;  // of the packet, by its payload length
  u16 hop_by_hop = 0;
  u16 destination_options = 0;  // the last such header
  u16 routing = 0;
  u16 fragment = 0;  // its presence ends the walk unless the fragment is the first
  u16 unfragmentable_named_at =
      0;         // the Next Header field that is rewritten when fragments join (RFC 8200 4.5)
  u8 count = 0;  // extension headers walked

  bool is_fragment() const { return fragment != 0; }
  u32 upper_length() const { return end - upper_offset; }
  bool operator==(const Ipv6Chain&) const = default;
};

// ICMPv6 Parameter Problem codes (RFC 4443 3.4, RFC 7112 5).
enum class ParameterProblemCode : u8 {
  erroneous_field = 0,
  unrecognised_next_header = 1,
  unrecognised_option = 2,
  incomplete_first_fragment = 3,
};

// Why a chain cannot be walked, and what a Parameter Problem about it would say.
struct Ipv6ChainError {
  ParseError reason = ParseError::truncated;
  bool report =
      false;  // whether a standard asks for a Parameter Problem; otherwise the packet goes silently
  ParameterProblemCode code = ParameterProblemCode::erroneous_field;
  u32 pointer = 0;  // from the first byte of the IPv6 header
  bool operator==(const Ipv6ChainError&) const = default;
};

// More extension headers than this and the packet is dropped (RFC 8504 5.3 lets a host choose).
inline constexpr u32 max_extension_headers = 8;

// Walks from the IPv6 header at the front of `packet` over hop-by-hop, destination, routing and
// fragment headers to the upper layer. The IPv6 header itself must have been checked. Looks at no
// options and judges no routing header. A chain that ends inside a fragment that is not the first
// ends at the fragment's bytes, with `upper` what that header names.
std::expected<Ipv6Chain, Ipv6ChainError> walk_extension_headers(ByteView packet);

// What to do about an option that is not recognised: the two high bits of its type (RFC 8200 4.2).
enum class UnknownOptionAction : u8 {
  skip = 0,
  discard = 1,
  discard_and_report = 2,
  discard_and_report_unless_multicast = 3,
};

enum class Ipv6OptionType : u8 {
  pad1 = 0x00,
  padn = 0x01,
  router_alert = 0x05,
  jumbo_payload = 0xc2,
};

struct Ipv6Option {
  Ipv6OptionType type = Ipv6OptionType::pad1;
  u32 offset = 0;   // of its type byte, from the first byte of the options header
  ByteView data{};  // without type and length

  UnknownOptionAction action() const {
    return static_cast<UnknownOptionAction>(static_cast<u8>(type) >> 6);
  }
  // Whether routers may change the data on the way.
  bool may_change() const { return (static_cast<u8>(type) & 0x20) != 0; }
};

// Walks the options of a hop-by-hop or destination options header, padding passed over. Stops at
// the end or at the first option that reaches past it: `bad()` then holds at end().
class Ipv6OptionList {
 public:
  // `header` is the whole extension header, from its Next Header byte.
  explicit Ipv6OptionList(ByteView header) : header_(header) {}

  class Iterator {
   public:
    Iterator(ByteView header, u32 at) : header_(header), at_(at) { settle(); }
    const Ipv6Option& operator*() const { return option_; }
    const Ipv6Option* operator->() const { return &option_; }
    Iterator& operator++() {
      at_ = next_;
      settle();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }
    // Stopped by an option that does not fit, whose type byte is at bad_offset().
    bool bad() const { return bad_; }
    u32 bad_offset() const { return bad_at_; }

   private:
    void settle();
    ByteView header_;
    u32 at_;
    u32 next_ = 0;
    bool bad_ = false;
    u32 bad_at_ = 0;
    Ipv6Option option_;
  };

  Iterator begin() const { return {header_, 2}; }
  Iterator end() const {
    return {header_, header_.size() < 2 ? 2 : static_cast<u32>(header_.size())};
  }

 private:
  ByteView header_;
};

// The verdict on a header's options for a node that recognises those for which `known(type)` holds.
// Pad1 and PadN always are. `offset` is the header's place in the packet; the error's pointer
// counts from the IPv6 header.
struct Ipv6OptionVerdict {
  UnknownOptionAction action = UnknownOptionAction::skip;  // skip: go on
  ParameterProblemCode code = ParameterProblemCode::unrecognised_option;
  u32 pointer = 0;
  bool operator==(const Ipv6OptionVerdict&) const = default;
};

template <typename Known>
Ipv6OptionVerdict judge_ipv6_options(ByteView header, u32 offset, Known&& known) {
  const Ipv6OptionList list(header);
  auto it = list.begin();
  for (; it != list.end(); ++it) {
    if (known(it->type) || it->action() == UnknownOptionAction::skip) continue;
    return {it->action(), ParameterProblemCode::unrecognised_option, offset + it->offset};
  }
  if (!it.bad()) return {};
  return {UnknownOptionAction::discard_and_report, ParameterProblemCode::erroneous_field,
          offset + it.bad_offset()};
}

// RFC 8200 4.4. The header of a routing type nobody here knows: what a node looks at before it
// decides.
class RoutingView {
 public:
  static constexpr u32 min_size = 8;
  explicit RoutingView(const u8* header) : view_(header) {}
  u8 routing_type() const { return view_.load8<2>(); }
  u8 segments_left() const { return view_.load8<3>(); }

 private:
  FixedView<min_size> view_;
};

// The eight bytes of a hop-by-hop header with a router alert alone (RFC 2711), as MLD sends it.
inline constexpr u32 router_alert_header_size = 8;
void emit_router_alert(MutableBytes out, IpProtocol next_header, u16 value = 0);

}  // namespace catenet::wire
