// Scene: what stands around a script's conversation. Options at its head and commands in backticks
// change it; a table says which of Linux's settings are which of ours, and what has no counterpart
// is named.
#pragma once

#include <string_view>

#include "catenet/drill/problem.hpp"
#include "catenet/drill/script.hpp"
#include "catenet/host/host_options.hpp"

namespace catenet::drill {

// "--ip_version": what scripts' sockets are, and what goes over the wire.
enum class IpVersion : u8 { ipv4, ipv4_mapped_ipv6, ipv6 };

// One family's addresses.
struct Side {
  InterfacePrefix local;
  IpAddress remote;
  IpAddress gateway;
};

struct Scene {
  static constexpr Duration default_tolerance = Duration::milliseconds(4);

  Scene();

  HostOptions host;
  u32 mtu = 1'500;
  u64 seed = 1;
  IpVersion version = IpVersion::ipv4;
  Side ipv4;
  Side ipv6;
  u16 bind_port = 8'080;     // of bind(3, ..., ...)
  u16 connect_port = 8'080;  // of connect(3, ..., ...)
  Duration tolerance = default_tolerance;
  // What a tick of TSval is worth; zero: TSvals are not compared, only carried back.
  Duration timestamp_tick = Duration::zero();

  // Whether PSH is compared: where it is set is the sender's choice (RFC 9293 section 3.9.1.2).
  bool push_counts = true;

  // What public scripts take for granted of Linux: buffers for a window scale of 8, and PSH where
  // its offloads set it.
  void take_linux_defaults();

  const Side& side() const { return version == IpVersion::ipv6 ? ipv6 : ipv4; }
  // What a socket of a script is.
  Family socket_family() const { return version == IpVersion::ipv4 ? Family::ipv4 : Family::ipv6; }
};

// "--name=value". Errors and what is not known go to `problems`.
void apply_option(Scene& setup, const ScriptOption& option, Problems& problems);
// Tells of settings that do not go together.
void check_setup(const Scene& setup, Place place, Problems& problems);
// One command line, or several: "sysctl -w net.ipv4.tcp_sack=0; ip route …".
void apply_command(Scene& setup, const Command& command, Problems& problems);
// Both, as they stand at the head of `script`.
void apply_setup(Scene& setup, const Script& script, Problems& problems);

}  // namespace catenet::drill
