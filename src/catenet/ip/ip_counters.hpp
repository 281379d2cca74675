// What IP and ICMP count, by the names of RFC 4293 and RFC 2011 (the MIB), as `netstat -s` prints
// them.
#pragma once

#include <array>

#include "catenet/base/types.hpp"

namespace catenet {

// One family's.
struct IpCounters {
  u64 in_receives = 0;
  u64 in_hdr_errors = 0;
  u64 in_no_routes = 0;
  u64 in_addr_errors = 0;
  u64 in_unknown_protos = 0;
  u64 in_truncated_pkts = 0;
  u64 in_too_big_errors = 0;  // IPv6 routers
  u64 in_discards = 0;
  u64 in_delivers = 0;
  u64 in_mcast_pkts = 0;
  u64 forw_datagrams = 0;
  u64 out_requests = 0;
  u64 out_no_routes = 0;
  u64 out_discards = 0;
  u64 reasm_reqds = 0;
  u64 reasm_oks = 0;
  u64 reasm_fails = 0;
  u64 reasm_timeout = 0;
  u64 frag_oks = 0;
  u64 frag_fails = 0;
  u64 frag_creates = 0;
};

// One family's. Types are counted up to 18 for ICMP; for ICMPv6 errors by their number,
// informational ones from 128 on as 16 + (type - 128).
struct IcmpCounters {
  static constexpr std::size_t types = 48;
  u32 in_msgs = 0;
  u32 in_errors = 0;  // malformed, bad checksum
  u32 out_msgs = 0;
  u32 out_errors = 0;
  u32 out_rate_limited = 0;
  std::array<u32, types> in_types{};
  std::array<u32, types> out_types{};

  static constexpr std::size_t slot(u8 type, bool v6) {
    const std::size_t at = v6 && type >= 128 ? type - 112u : type;
    return at < types ? at : types - 1;
  }
};

}  // namespace catenet
