// Every kind of address and what is made of them: MAC, IPv4, IPv6, either, prefix, endpoint. All
// are trivially copyable values, totally ordered, hashable and mostly constexpr; parse functions
// return nothing for bad text.
#pragma once

#include <iosfwd>

#include "catenet/wire/ip_address.hpp"
#include "catenet/wire/ipv4_address.hpp"
#include "catenet/wire/ipv6_address.hpp"
#include "catenet/wire/mac_address.hpp"
#include "catenet/wire/prefix.hpp"

namespace catenet {

// What every address can do: print into `max_text` characters.
template <typename T>
concept PrintableAddress = requires(const T& value, char* out) {
  T::max_text;
  { value.print(out) } -> std::same_as<char*>;
};

// GoogleTest finds this, so that a failed comparison names addresses and not bytes.
template <PrintableAddress T>
void PrintTo(const T& value, std::ostream* out) {
  *out << value.to_string();
}

}  // namespace catenet
