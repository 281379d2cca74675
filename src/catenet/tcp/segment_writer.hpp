// Segments that belong to no Connection: resets, SYN cookies, the answers of a TIME-WAIT.
#pragma once

#include "catenet/tcp/environment.hpp"

namespace catenet::tcp {

// `header` without payload from `local` to `remote`, its checksum deferred.
Packet write_segment(Environment& env, const Endpoint& local, const Endpoint& remote,
                     wire::TcpHeader header);

}  // namespace catenet::tcp
