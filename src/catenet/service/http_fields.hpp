// Header fields of HTTP: read RFC 9110 section 5. Names are compared without case, order and
// repetition are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catenet/base/types.hpp"

namespace catenet::http {

struct Field {
  std::string name;
  std::string value;
};

class Fields {
 public:
  void add(std::string name, std::string value) {
    fields_.push_back({std::move(name), std::move(value)});
  }
  // Takes away what bears the name, then adds.
  void set(std::string_view name, std::string value);
  // The first of that name; nullptr: there is none.
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // All of that name as one list, joined with ", " (RFC 9110 section 5.3); nothing: there is none.
  std::optional<std::string> joined(std::string_view name) const;
  // Whether the list of that name holds `token`, compared without case, parameters ignored.
  bool has_token(std::string_view name, std::string_view token) const;
  const std::vector<Field>& all() const { return fields_; }
  bool empty() const { return fields_.empty(); }

 private:
  std::vector<Field> fields_;
};

// RFC 9110 section 5.6.2: one or more of tchar.
bool is_token(std::string_view text);
// RFC 9110 section 5.5: visible characters, obs-text, blanks and tabs; never CR, LF or NUL.
bool is_field_value(std::string_view text);
// Without optional white space at both ends (RFC 9110 section 5.6.3).
std::string_view trim(std::string_view text);
bool equal_without_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);
// The members of a comma list, trimmed, empty ones left out; a comma in a quoted string divides
// nothing.
std::vector<std::string_view> list_members(std::string_view list);
// Digits only; nothing: none, others, or more than 64 bits hold.
std::optional<u64> decimal(std::string_view text);

}  // namespace catenet::http
