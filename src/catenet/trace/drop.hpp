// Every way a frame can end other than delivered: one named reason each, counted, and written
// beside the frame in a capture. "Why was my packet dropped?" always has an answer.
#pragma once

#include <string_view>

#include "catenet/base/types.hpp"

namespace catenet {

enum class Drop : u8 {
  // On a link.
  link_down,
  queue_full,
  codel,       // waited too long, for too long
  red_early,   // by chance, as the average queue grew
  red_forced,  // the average queue was too long
  random_loss,
  burst_loss,
  every_nth_loss,
  partitioned,
  frame_too_long,  // over the link's MTU
  bad_fcs,
  no_peer,  // nothing is plugged in at the other end
  // In a switch.
  same_port,  // the destination is where the frame came from
  no_forwarding_port,
  // In a host, link layer.
  not_for_us,  // unicast to another station
  unknown_ether_type,
  interface_down,
  bad_ethernet_frame,
  bad_arp,
  // In a host, network layer.
  bad_ip_header,
  bad_ip_checksum,
  bad_ip_options,
  martian_source,
  not_our_address,  // and we do not forward
  other_group,      // one that we are not in: nothing is lost by it
  broadcast_not_forwarded,
  ttl_exceeded,
  no_route,
  fragmentation_needed,
  fragment_overlap,
  fragment_duplicate,  // here already, and the same
  fragment_bad,
  reassembly_timeout,
  reassembly_memory,
  neighbour_unreachable,
  neighbour_queue_full,
  unknown_protocol,
  bad_extension_header,
  bad_icmp,
  bad_ndp,
  icmp_not_believed,  // it does not fit what this host sent, or its sender has no say
  duplicate_address,  // from or to an address that is not ours yet
  filtered,
  // In a host, transport layer.
  bad_transport_header,
  bad_transport_checksum,
  no_socket,
  socket_buffer_full,
  tcp_unacceptable,  // outside the window, or failing PAWS
  tcp_bad_ack,
  tcp_challenge,  // RFC 5961 answered it with a challenge ACK
  tcp_closed,     // data for a user who is gone
  listen_overflow,
  memory_limit,
  count,
};

// The name that counters, captures and lab files use: "queue full" is `queue_full`.
std::string_view drop_name(Drop reason);
// A sentence for people: what happened.
std::string_view drop_text(Drop reason);

}  // namespace catenet
