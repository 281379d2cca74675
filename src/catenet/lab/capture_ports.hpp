// Ports of a lab as the interfaces of a capture.
#pragma once

#include "catenet/lab/network.hpp"
#include "catenet/trace/capture_recorder.hpp"

namespace catenet::lab {

// Captures at port `id`, with what a reader may want to know of it.
void add_port(const Plan& plan, const Network& network, PortId id, CaptureRecorder& capture);
// The names of the lab's nodes, so that readers show them.
void add_names(const Plan& plan, CaptureRecorder& capture);

}  // namespace catenet::lab
