// One probe of traceroute: something sent with a small TTL, and who answers.
#pragma once

#include "catenet/service/trace_options.hpp"
#include "catenet/socket/system.hpp"

namespace catenet {

struct ProbePlan {
  IpAddress remote;
  ProbeKind kind = ProbeKind::udp;
  u32 index = 0;  // among all probes, from 0: gives each its port or sequence number
  u8 ttl = 1;
  u16 port = 0;
  u16 identifier = 0;  // of ICMP echoes
  u32 size = 60;       // bytes of the packet, IP header included
  bool dont_fragment = false;
  bool find_mtu = false;  // an error about size makes it try again with what fits
  Duration wait;
  std::optional<IpAddress> source;
};

struct ProbeResult {
  std::optional<IpAddress> from;  // none: nobody answered, or it never left (with a mark)
  Duration time;
  std::string mark;   // behind the time: "!H", "F=1500"
  bool last = false;  // nothing lies behind whoever answered
  u32 size = 0;       // what it was at last sent with
};

// The errors of socket calls that no probe can go on with.
Task<Result<ProbeResult>> run_probe(System& system, ProbePlan plan);

// Bytes of headers in front of a probe's data: IP and UDP or ICMP.
u32 probe_header_size(Family family);
// Bytes of a TCP probe, IP header included; it carries no data.
u32 syn_probe_size(Family family);

}  // namespace catenet
