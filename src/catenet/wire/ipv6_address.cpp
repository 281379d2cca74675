#include "catenet/wire/ipv6_address.hpp"

#include "catenet/wire/text.hpp"

namespace catenet {
namespace {

// Reads groups from the left. `elided` is where "::" stood, as a count of groups before it.
struct Groups {
  std::array<u16, 8> value{};
  u32 count = 0;
  std::optional<u32> elided;

  bool push(u32 group) {
    if (count == 8) return false;
    value[count++] = static_cast<u16>(group);
    return true;
  }
  bool push_quad(std::string_view text) {
    const auto quad = Ipv4Address::parse(text);
    return quad && push(quad->value() >> 16) && push(quad->value() & 0xffff);
  }
};

std::optional<u32> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  u32 value = 0;
  for (char c : text) {
    const int digit = detail::hex_digit(c);
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<u32>(digit);
  }
  return value;
}

// Groups with single colons between them, a dotted quad allowed as the very last of the address.
bool read_groups(std::string_view text, bool last_part, Groups& groups) {
  if (text.empty()) return true;
  for (;;) {
    const std::size_t colon = text.find(':');
    const std::string_view word = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && last_part && word.find('.') != std::string_view::npos) {
      return groups.push_quad(word);
    }
    const auto group = parse_group(word);
    if (!group || !groups.push(*group)) return false;
    if (last) return true;
    text.remove_prefix(colon + 1);
  }
}

// The longest run of two or more zero groups, the first of equals (RFC 5952 4.2).
struct Run {
  u32 begin = 0;
  u32 size = 0;
};

Run longest_zero_run(const Ipv6Address& address) {
  Run best, run;
  for (u32 i = 0; i < 8; ++i) {
    if (address.group(i) != 0) {
      run = {};
      continue;
    }
    if (run.size == 0) run.begin = i;
    if (++run.size > best.size) best = run;
  }
  return best.size >= 2 ? best : Run{};
}

}  // namespace

std::optional<Ipv6Address> Ipv6Address::parse(std::string_view text) {
  Groups groups;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (!read_groups(text, true, groups) || groups.count != 8) return std::nullopt;
  } else {
    if (!read_groups(text.substr(0, gap), false, groups)) return std::nullopt;
    groups.elided = groups.count;
    if (!read_groups(text.substr(gap + 2), true, groups)) return std::nullopt;
    if (groups.count == 8) return std::nullopt;  // "::" stands for one group at least
  }
  Ipv6Address address;
  const u32 head = groups.elided.value_or(8);
  for (u32 i = 0; i < groups.count; ++i) {
    const u32 at = i < head ? i : i + 8 - groups.count;
    address.bytes_[2 * at] = static_cast<u8>(groups.value[i] >> 8);
    address.bytes_[2 * at + 1] = static_cast<u8>(groups.value[i]);
  }
  return address;
}

char* Ipv6Address::print(char* out) const {
  if (is_v4_mapped()) {
    constexpr std::string_view prefix = "::ffff:";
    out += prefix.copy(out, prefix.size());
    return v4_tail().print(out);
  }
  const Run gap = longest_zero_run(*this);
  for (u32 i = 0; i < 8; ++i) {
    if (gap.size > 0 && i == gap.begin) {
      *out++ = ':';
      if (i == 0) *out++ = ':';
      i += gap.size - 1;
      continue;
    }
    out = std::to_chars(out, out + 4, group(i), 16).ptr;
    if (i < 7) *out++ = ':';
  }
  return out;
}

std::string Ipv6Address::to_string() const {
  char text[max_text];
  return {text, print(text)};
}

}  // namespace catenet
