#include "catenet/wire/prefix.hpp"

#include "catenet/wire/text.hpp"

namespace catenet {

std::string_view family_name(Family family) { return family == Family::ipv4 ? "IPv4" : "IPv6"; }

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') != std::string_view::npos) {
    if (const auto v6 = Ipv6Address::parse(text)) return *v6;
    return std::nullopt;
  }
  if (const auto v4 = Ipv4Address::parse(text)) return *v4;
  return std::nullopt;
}

std::optional<InterfacePrefix> InterfacePrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) {
    return InterfacePrefix{*address, static_cast<u8>(address->bits())};
  }
  const auto length = detail::parse_decimal(text.substr(slash + 1), address->bits());
  if (!length) return std::nullopt;
  return InterfacePrefix{*address, static_cast<u8>(*length)};
}

char* InterfacePrefix::print(char* out) const {
  out = address.print(out);
  *out++ = '/';
  return detail::print_decimal(out, length);
}

std::string InterfacePrefix::to_string() const {
  char text[max_text];
  return {text, print(text)};
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const auto parsed = InterfacePrefix::parse(text);
  return parsed ? std::optional(parsed->prefix()) : std::nullopt;
}

char* Prefix::print(char* out) const { return InterfacePrefix{network_, length_}.print(out); }

std::string Prefix::to_string() const { return InterfacePrefix{network_, length_}.to_string(); }

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = detail::parse_decimal(text.substr(colon + 1), 65535);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!port || !address || address->is_v6() != bracketed) return std::nullopt;
  return Endpoint{*address, static_cast<u16>(*port)};
}

char* Endpoint::print(char* out) const {
  if (address.is_v6()) *out++ = '[';
  out = address.print(out);
  if (address.is_v6()) *out++ = ']';
  *out++ = ':';
  return detail::print_decimal(out, port);
}

std::string Endpoint::to_string() const {
  char text[max_text];
  return {text, print(text)};
}

}  // namespace catenet
