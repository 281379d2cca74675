// The answer to a segment that belongs to no connection. Read RFC 9293 §3.10.7.1.
#pragma once

#include "catenet/tcp/environment.hpp"

namespace catenet::tcp {

// The reset for a segment of `payload_bytes` that came from `remote` to `local`; empty when the
// segment is a reset itself.
Packet reset_for(Environment& env, const Endpoint& local, const Endpoint& remote,
                 const wire::TcpHeader& seg, u32 payload_bytes);

}  // namespace catenet::tcp
