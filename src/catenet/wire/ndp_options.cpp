#include <algorithm>
#include <cstring>

#include "catenet/base/assert.hpp"
#include "catenet/wire/ndp.hpp"

namespace catenet::wire {
namespace {

constexpr u8 on_link_flag = 0x80;
constexpr u8 autonomous_flag = 0x40;

// The first option that `read` makes something of.
template <typename Read>
auto first(const NdpOptionList& list, Read read) -> decltype(read(NdpOption())) {
  for (const NdpOption option : list) {
    if (const auto value = read(option)) return value;
  }
  return std::nullopt;
}

}  // namespace

Parsed<NdpOptionList> NdpOptionList::parse(ByteView area) {
  std::size_t at = 0;
  while (at < area.size()) {
    const std::size_t left = area.size() - at;
    const std::size_t length = left < 2 ? 0 : std::size_t{area[at + 1]} * 8;
    if (length == 0 || length > left) return Unparsed(ParseError::bad_option);
    at += length;
  }
  return NdpOptionList(area);
}

std::optional<MacAddress> NdpOptionList::source_link_address() const {
  return first(*this, [](NdpOption option) {
    return option.type == NdpOptionType::source_link_address ? option.link_address() : std::nullopt;
  });
}

std::optional<MacAddress> NdpOptionList::target_link_address() const {
  return first(*this, [](NdpOption option) {
    return option.type == NdpOptionType::target_link_address ? option.link_address() : std::nullopt;
  });
}

std::optional<u32> NdpOptionList::mtu() const {
  return first(*this, [](NdpOption option) { return option.mtu(); });
}

std::optional<ByteView> NdpOptionList::redirected() const {
  return first(*this, [](NdpOption option) { return option.redirected(); });
}

// |     Type      |  Length (1)   |  Link-layer address (6 bytes) ...
std::optional<MacAddress> NdpOption::link_address() const {
  const bool named =
      type == NdpOptionType::source_link_address || type == NdpOptionType::target_link_address;
  if (!named || bytes.size() != 8) return std::nullopt;
  return MacAddress::load(bytes.data() + 2);
}

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |    Type 3     |  Length (4)   | Prefix length |L|A| Reserved1 |
// |                        Valid lifetime                         |
// |                      Preferred lifetime                       |
// |                           Reserved2                           |
// |                       Prefix (16 bytes)                       |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<PrefixInformation> NdpOption::prefix() const {
  if (type != NdpOptionType::prefix_information) return std::nullopt;
  if (bytes.size() != PrefixInformation::option_size || bytes[2] > 128) return std::nullopt;
  const FixedView<PrefixInformation::option_size> in(bytes.data());
  PrefixInformation information;
  information.length = in.load8<2>();
  information.on_link = (in.load8<3>() & on_link_flag) != 0;
  information.autonomous = (in.load8<3>() & autonomous_flag) != 0;
  information.valid_lifetime = in.load32<4>();
  information.preferred_lifetime = in.load32<8>();
  information.prefix = Ipv6Address::load(in.data() + 16);
  return information;
}

void NdpOptionWriter::prefix(const PrefixInformation& information) {
  FixedWriter<PrefixInformation::option_size> out(
      grow(NdpOptionType::prefix_information, PrefixInformation::option_size));
  out.store8<2>(information.length);
  out.store8<3>(static_cast<u8>((information.on_link ? on_link_flag : 0) |
                                (information.autonomous ? autonomous_flag : 0)));
  out.store32<4>(information.valid_lifetime);
  out.store32<8>(information.preferred_lifetime);
  out.store32<12>(0);
  information.prefix.store(out.data() + 16);
}

// |    Type 5     |  Length (1)   |           Reserved            |
// |                              MTU                              |
std::optional<u32> NdpOption::mtu() const {
  if (type != NdpOptionType::mtu || bytes.size() != 8) return std::nullopt;
  return load32(bytes.data() + 4);
}

void NdpOptionWriter::mtu(u32 bytes) { store32(grow(NdpOptionType::mtu, 8) + 4, bytes); }

// |    Type 25    |    Length     |           Reserved            |
// |                           Lifetime                            |
// |                   Servers, 16 bytes each ...                  |
std::optional<RecursiveDns> NdpOption::recursive_dns() const {
  if (type != NdpOptionType::recursive_dns) return std::nullopt;
  if (bytes.size() < 24 || (bytes.size() - 8) % 16 != 0) return std::nullopt;
  return RecursiveDns(bytes);
}

void NdpOptionWriter::recursive_dns(u32 lifetime_seconds, std::span<const Ipv6Address> servers) {
  CATENET_ASSERT(!servers.empty());
  u8* at = grow(NdpOptionType::recursive_dns, 8 + 16 * static_cast<u32>(servers.size()));
  store32(at + 4, lifetime_seconds);
  for (std::size_t i = 0; i < servers.size(); ++i) servers[i].store(at + 8 + 16 * i);
}

// |    Type 4     |    Length     |           Reserved            |
// |                           Reserved                            |
// |               IP header and data, multiple of 8 ...           |
std::optional<ByteView> NdpOption::redirected() const {
  if (type != NdpOptionType::redirected_header || bytes.size() < 8) return std::nullopt;
  return bytes.subspan(8);
}

void NdpOptionWriter::redirected(ByteView packet) {
  const std::size_t room = out_.size() - used_;
  CATENET_ASSERT(room >= 8);
  constexpr std::size_t longest = 254 * 8;
  const std::size_t kept = std::min({packet.size(), room - 8, longest}) & ~std::size_t{7};
  u8* at = grow(NdpOptionType::redirected_header, 8 + static_cast<u32>(kept));
  if (kept > 0) std::memcpy(at + 8, packet.data(), kept);
}

void NdpOptionWriter::source_link_address(MacAddress mac) {
  mac.store(grow(NdpOptionType::source_link_address, 8) + 2);
}

void NdpOptionWriter::target_link_address(MacAddress mac) {
  mac.store(grow(NdpOptionType::target_link_address, 8) + 2);
}

// Type and length of an option of `size` bytes, the rest of its first eight zero.
u8* NdpOptionWriter::grow(NdpOptionType type, u32 size) {
  CATENET_ASSERT(size % 8 == 0 && size / 8 <= 255 && out_.size() - used_ >= size);
  u8* at = out_.data() + used_;
  std::memset(at, 0, 8);
  at[0] = static_cast<u8>(type);
  at[1] = static_cast<u8>(size / 8);
  used_ += size;
  return at;
}

}  // namespace catenet::wire
