// The names that scripts have for ICMP's types and codes, both versions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "catenet/base/types.hpp"
#include "catenet/wire/ip_address.hpp"

namespace catenet::drill {

// Nothing where there is no such name. An empty code is 0.
std::optional<u8> icmp_type(Family family, std::string_view name);
std::optional<u8> icmp_code(Family family, u8 type, std::string_view name);

// The number itself where there is no name; code 0 of a type without codes is empty.
std::string icmp_type_name(Family family, u8 type);
std::string icmp_code_name(Family family, u8 type, u8 code);

// "did you mean …" or the names there are.
std::string icmp_hint(Family family, std::string_view name);

}  // namespace catenet::drill
