// ParseError: why bytes are not a header. The caller drops the frame and names the reason.
#pragma once

#include <expected>
#include <string_view>

#include "catenet/base/types.hpp"

namespace catenet::wire {

enum class ParseError : u8 {
  truncated,      // fewer bytes than the header says or needs
  bad_version,    // not 4, not 6
  bad_length,     // a length field that cannot be: below the header, above the packet
  bad_type,       // a field that must hold one value holds another
  bad_option,     // an option with an impossible length
  bad_hop_limit,  // Neighbour Discovery from off the link (RFC 4861 6.1)
  bad_address,    // an address that may not stand in that field
};

// The enumerator's name, "bad_length".
std::string_view parse_error_name(ParseError error);

template <typename T>
using Parsed = std::expected<T, ParseError>;
using Unparsed = std::unexpected<ParseError>;

}  // namespace catenet::wire
