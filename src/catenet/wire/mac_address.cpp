#include "catenet/wire/mac_address.hpp"

#include "catenet/wire/ipv4_address.hpp"
#include "catenet/wire/ipv6_address.hpp"
#include "catenet/wire/text.hpp"

namespace catenet {

MacAddress MacAddress::for_ipv4_multicast(Ipv4Address group) {
  return from_u64(0x01005e000000 | (group.value() & 0x7fffff));
}

MacAddress MacAddress::for_ipv6_multicast(const Ipv6Address& group) {
  return from_u64(0x333300000000 | (group.low() & 0xffffffff));
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  MacAddress mac;
  char separator = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < byte_size; ++i) {
    if (i > 0) {
      if (at == text.size() || (text[at] != ':' && text[at] != '-')) return std::nullopt;
      if (separator != 0 && text[at] != separator) return std::nullopt;
      separator = text[at++];
    }
    int value = at < text.size() ? detail::hex_digit(text[at++]) : -1;
    if (value < 0) return std::nullopt;
    if (at < text.size() && detail::hex_digit(text[at]) >= 0) {
      value = value << 4 | detail::hex_digit(text[at++]);
    }
    mac.bytes_[i] = static_cast<u8>(value);
  }
  return at == text.size() ? std::optional(mac) : std::nullopt;
}

char* MacAddress::print(char* out) const {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < byte_size; ++i) {
    if (i > 0) *out++ = ':';
    *out++ = digits[bytes_[i] >> 4];
    *out++ = digits[bytes_[i] & 0x0f];
  }
  return out;
}

std::string MacAddress::to_string() const {
  char text[max_text];
  return {text, print(text)};
}

}  // namespace catenet
