#include "catenet/trace/drop.hpp"

#include <array>

namespace catenet {

namespace {

struct Words {
  Drop reason;
  std::string_view name;
  std::string_view text;
};

// In the order of the enumerators; the compiler checks it below.
constexpr std::array words = {
    Words{Drop::link_down, "link_down", "the link was down"},
    Words{Drop::queue_full, "queue_full", "the queue was full"},
    Words{Drop::codel, "codel", "frames had been waiting too long, and CoDel dropped this one"},
    Words{Drop::red_early, "red_early",
          "RED dropped it early, by chance, as the average queue grew"},
    Words{Drop::red_forced, "red_forced", "the average queue was longer than RED allows"},
    Words{Drop::random_loss, "random_loss", "the link lost it at random"},
    Words{Drop::burst_loss, "burst_loss", "the link lost it in a burst"},
    Words{Drop::every_nth_loss, "every_nth_loss",
          "the link loses every n-th frame, and this was one"},
    Words{Drop::partitioned, "partitioned", "a partition separates the two ends"},
    Words{Drop::frame_too_long, "frame_too_long",
          "the frame was longer than the link's MTU allows"},
    Words{Drop::bad_fcs, "bad_fcs", "bit errors broke the frame check sequence"},
    Words{Drop::no_peer, "no_peer", "nothing is plugged in at the other end"},
    Words{Drop::same_port, "same_port", "the destination is on the port the frame came from"},
    Words{Drop::no_forwarding_port, "no_forwarding_port",
          "the switch had no port to forward it to"},
    Words{Drop::not_for_us, "not_for_us", "the frame was addressed to another station"},
    Words{Drop::unknown_ether_type, "unknown_ether_type", "nobody here speaks its EtherType"},
    Words{Drop::interface_down, "interface_down", "the interface was down"},
    Words{Drop::bad_ethernet_frame, "bad_ethernet_frame", "the Ethernet header was malformed"},
    Words{Drop::bad_arp, "bad_arp", "the ARP packet was malformed"},
    Words{Drop::bad_ip_header, "bad_ip_header", "the IP header was malformed"},
    Words{Drop::bad_ip_checksum, "bad_ip_checksum", "the IP header checksum was wrong"},
    Words{Drop::bad_ip_options, "bad_ip_options", "the IP options were malformed"},
    Words{Drop::martian_source, "martian_source", "the source address cannot be on this network"},
    Words{Drop::not_our_address, "not_our_address",
          "the destination is another host's, and this one does not forward"},
    Words{Drop::other_group, "other_group", "it went to a group that this host has not joined"},
    Words{Drop::broadcast_not_forwarded, "broadcast_not_forwarded",
          "link broadcasts are not forwarded"},
    Words{Drop::ttl_exceeded, "ttl_exceeded", "the TTL or hop limit ran out"},
    Words{Drop::no_route, "no_route", "no route leads to the destination"},
    Words{Drop::fragmentation_needed, "fragmentation_needed",
          "it was too long for the next link and may not be fragmented"},
    Words{Drop::fragment_overlap, "fragment_overlap", "the fragment overlaps another"},
    Words{Drop::fragment_duplicate, "fragment_duplicate", "the fragment was here already"},
    Words{Drop::fragment_bad, "fragment_bad", "the fragment's offset or length cannot be"},
    Words{Drop::reassembly_timeout, "reassembly_timeout",
          "the other fragments did not come in time"},
    Words{Drop::reassembly_memory, "reassembly_memory",
          "no memory was left to reassemble fragments"},
    Words{Drop::neighbour_unreachable, "neighbour_unreachable",
          "the next hop did not answer address resolution"},
    Words{Drop::neighbour_queue_full, "neighbour_queue_full",
          "too many packets were waiting for address resolution"},
    Words{Drop::unknown_protocol, "unknown_protocol", "nobody here speaks its protocol"},
    Words{Drop::bad_extension_header, "bad_extension_header",
          "an IPv6 extension header was malformed or not understood"},
    Words{Drop::bad_icmp, "bad_icmp", "the ICMP message was malformed"},
    Words{Drop::bad_ndp, "bad_ndp", "the Neighbour Discovery message was malformed"},
    Words{Drop::icmp_not_believed, "icmp_not_believed",
          "the ICMP message fits nothing this host sent, or its sender has no say in it"},
    Words{Drop::duplicate_address, "duplicate_address",
          "the address is not known to be unique yet"},
    Words{Drop::filtered, "filtered", "a filter rule refused it"},
    Words{Drop::bad_transport_header, "bad_transport_header", "the transport header was malformed"},
    Words{Drop::bad_transport_checksum, "bad_transport_checksum",
          "the transport checksum was wrong"},
    Words{Drop::no_socket, "no_socket", "no socket listens there"},
    Words{Drop::socket_buffer_full, "socket_buffer_full", "the socket's receive buffer was full"},
    Words{Drop::tcp_unacceptable, "tcp_unacceptable",
          "the segment was outside the window or too old"},
    Words{Drop::tcp_bad_ack, "tcp_bad_ack", "the segment acknowledges what was never sent"},
    Words{Drop::tcp_challenge, "tcp_challenge", "the segment was answered with a challenge ACK"},
    Words{Drop::tcp_closed, "tcp_closed", "the data came for a user who is gone"},
    Words{Drop::listen_overflow, "listen_overflow", "the listener's backlog was full"},
    Words{Drop::memory_limit, "memory_limit", "a memory limit was reached"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (static_cast<std::size_t>(words[i].reason) != i) return false;
  }
  return true;
}
static_assert(words.size() == static_cast<std::size_t>(Drop::count) && in_order());

}  // namespace

std::string_view drop_name(Drop reason) {
  const auto index = static_cast<std::size_t>(reason);
  return index < words.size() ? words[index].name : "unknown";
}

std::string_view drop_text(Drop reason) {
  const auto index = static_cast<std::size_t>(reason);
  return index < words.size() ? words[index].text : "for an unknown reason";
}

}  // namespace catenet
