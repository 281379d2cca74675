#include "catenet/service/http_fields.hpp"

#include <algorithm>

namespace catenet::http {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool is_tchar(char c) {
  if ((lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9')) return true;
  return c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

void Fields::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const Field& field) { return equal_without_case(field.name, name); });
  add(std::string(name), std::move(value));
}

const std::string* Fields::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_without_case(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [&](const Field& f) { return equal_without_case(f.name, name); }));
}

std::optional<std::string> Fields::joined(std::string_view name) const {
  std::optional<std::string> list;
  for (const Field& field : fields_) {
    if (!equal_without_case(field.name, name)) continue;
    if (list) list->append(", ").append(field.value);
    if (!list) list = field.value;
  }
  return list;
}

bool Fields::has_token(std::string_view name, std::string_view token) const {
  const auto list = joined(name);
  if (!list) return false;
  const auto members = list_members(*list);
  return std::any_of(members.begin(), members.end(), [&](std::string_view member) {
    return equal_without_case(trim(member.substr(0, member.find(';'))), token);
  });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar);
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const u8 byte = static_cast<u8>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::vector<std::string_view> list_members(std::string_view list) {
  std::vector<std::string_view> members;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '"') quoted = !quoted;
    if (i < list.size() && quoted && list[i] == '\\') ++i;
    if (i < list.size() && (quoted || list[i] != ',')) continue;
    const std::string_view member = trim(list.substr(begin, std::min(i, list.size()) - begin));
    if (!member.empty()) members.push_back(member);
    begin = i + 1;
  }
  return members;
}

std::optional<u64> decimal(std::string_view text) {
  if (text.empty()) return std::nullopt;
  u64 value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const u64 digit = static_cast<u64>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace catenet::http
