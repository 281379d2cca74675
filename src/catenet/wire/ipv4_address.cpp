#include "catenet/wire/ipv4_address.hpp"

#include "catenet/wire/text.hpp"

namespace catenet {
namespace {

// One number of the shorthand: 10, 012 or 0xa.
std::optional<u32> parse_c_number(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  u32 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view text) {
  u32 value = 0;
  for (int i = 0; i < 4; ++i) {
    const std::size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto octet = detail::parse_decimal(text.substr(0, dot), 255);
    if (!octet) return std::nullopt;
    value = value << 8 | *octet;
    text.remove_prefix(i < 3 ? dot + 1 : dot);
  }
  return from_u32(value);
}

std::optional<Ipv4Address> parse_ipv4_shorthand(std::string_view text) {
  u32 value = 0;
  for (int parts = 1; parts <= 4; ++parts) {
    const std::size_t dot = text.find('.');
    const auto number = parse_c_number(text.substr(0, dot));
    if (!number) return std::nullopt;
    if (dot == std::string_view::npos) {
      // The last number fills the bytes that are left: 32 bits of them when it is the only one.
      const int bits = 8 * (5 - parts);
      if (bits < 32 && *number >> bits != 0) return std::nullopt;
      return Ipv4Address::from_u32(value | *number);
    }
    if (*number > 255 || parts == 4) return std::nullopt;
    value |= *number << (32 - 8 * parts);
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

char* Ipv4Address::print(char* out) const {
  for (u32 i = 0; i < 4; ++i) {
    if (i > 0) *out++ = '.';
    const u32 n = octet(i);
    if (n >= 100) *out++ = static_cast<char>('0' + n / 100);
    if (n >= 10) *out++ = static_cast<char>('0' + n / 10 % 10);
    *out++ = static_cast<char>('0' + n % 10);
  }
  return out;
}

std::string Ipv4Address::to_string() const {
  char text[max_text];
  return {text, print(text)};
}

}  // namespace catenet
