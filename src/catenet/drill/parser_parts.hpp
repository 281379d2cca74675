// The parts of the parser. Of this folder only. Each gives false where it told a problem.
#pragma once

#include "catenet/drill/token_stream.hpp"

namespace catenet::drill {

// From '<' or '>' on.
bool parse_packet(TokenStream& in, PacketEvent& packet);
// From the call's name, or the "..." before it.
bool parse_call(TokenStream& in, CallEvent& call);
bool parse_expression(TokenStream& in, Expression& into);

}  // namespace catenet::drill
