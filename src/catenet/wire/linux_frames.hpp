// Frames that two Linux 6 hosts sent each other over an Ethernet pair without offloads: what the
// tests of this room parse and must be able to write again byte for byte. Above each stands what
// tcpdump says of it.
#pragma once

#include <array>
#include <string_view>

namespace catenet::wire::testing {

struct LinuxFrame {
  std::string_view name;
  std::string_view hex;
};

// clang-format off
// IP6 :: > ff02::16: HBH ICMP6, multicast listener report v2, 1 group record(s), length 28
inline constexpr LinuxFrame mld_report_v2{
    "mld_report_v2",
    "3333 0000 0016 0200 0000 0001 86dd 6000 0000 0024 0001 0000 0000 0000 0000 0000 "
    "0000 0000 0000 ff02 0000 0000 0000 0000 0000 0000 0016 3a00 0502 0000 0100 8f00 "
    "6f89 0000 0001 0400 0000 ff02 0000 0000 0000 0000 0001 ff00 0001 "};

// IP6 :: > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has fe80::ff:fe00:2, length 32
inline constexpr LinuxFrame duplicate_address_solicitation{
    "duplicate_address_solicitation",
    "3333 ff00 0002 0200 0000 0002 86dd 6000 0000 0020 3aff 0000 0000 0000 0000 0000 "
    "0000 0000 0000 ff02 0000 0000 0000 0000 0001 ff00 0002 8700 3ea0 0000 0000 fe80 "
    "0000 0000 0000 0000 00ff fe00 0002 0e01 2ae9 9338 7258 "};

// IP6 fe80::ff:fe00:2 > ff02::2: ICMP6, router solicitation, length 16
inline constexpr LinuxFrame router_solicitation{
    "router_solicitation",
    "3333 0000 0002 0200 0000 0002 86dd 6000 0000 0010 3aff fe80 0000 0000 0000 0000 "
    "00ff fe00 0002 ff02 0000 0000 0000 0000 0000 0000 0002 8500 7b2a 0000 0000 0101 "
    "0200 0000 0002 "};

// ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28
inline constexpr LinuxFrame arp_request{
    "arp_request",
    "ffff ffff ffff 0200 0000 0001 0806 0001 0800 0604 0001 0200 0000 0001 0a00 0001 "
    "0000 0000 0000 0a00 0002 "};

// ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28
inline constexpr LinuxFrame arp_reply{
    "arp_reply",
    "0200 0000 0001 0200 0000 0002 0806 0001 0800 0604 0002 0200 0000 0002 0a00 0002 "
    "0200 0000 0001 0a00 0001 "};

// IP 10.0.0.1.38508 > 10.0.0.2.8080: Flags [S], seq 2271109162, win 64240, options [mss
// 1460,sackOK,TS val 3207581552 ecr 0,nop,wscale 10], length 0
inline constexpr LinuxFrame tcp4_syn{
    "tcp4_syn",
    "0200 0000 0002 0200 0000 0001 0800 4500 003c c003 4000 4006 66b6 0a00 0001 0a00 "
    "0002 966c 1f90 875e 602a 0000 0000 a002 faf0 0ce4 0000 0204 05b4 0402 080a bf2f "
    "cf70 0000 0000 0103 030a "};

// IP 10.0.0.2.8080 > 10.0.0.1.38508: Flags [S.], seq 3639848761, ack 2271109163, win 65160,
// options [mss 1460,sackOK,TS val 3533376176 ecr 3207581552,nop,wscale 10], length 0
inline constexpr LinuxFrame tcp4_syn_ack{
    "tcp4_syn_ack",
    "0200 0000 0001 0200 0000 0002 0800 4500 003c 0000 4000 4006 26ba 0a00 0002 0a00 "
    "0001 1f90 966c d8f3 af39 875e 602b a012 fe88 a3c1 0000 0204 05b4 0402 080a d29b "
    "0ab0 bf2f cf70 0103 030a "};

// IP 10.0.0.1.38508 > 10.0.0.2.8080: Flags [P.], seq 1:6, ack 1, win 63, options [nop,nop,TS val
// 3207581552 ecr 3533376176], length 5: HTTP
inline constexpr LinuxFrame tcp4_data{
    "tcp4_data",
    "02 0000 0000 0202 0000 0000 0108 0045 0000 39c0 0540 0040 0666 b70a 0000 010a "
    "0000 0296 6c1f 9087 5e60 2bd8 f3af 3a80 1800 3f8c fb00 0001 0108 0abf 2fcf 70d2 "
    "9b0a b068 656c 6c6f "};

// IP 10.0.0.1.44334 > 10.0.0.2.53: domain [length 3 < 12] (invalid)
inline constexpr LinuxFrame udp4{
    "udp4",
    "02 0000 0000 0202 0000 0000 0108 0045 0000 1f85 1540 0040 11a1 b60a 0000 010a "
    "0000 02ad 2e00 3500 0b7a 0f61 6263 "};

// IP 10.0.0.2 > 10.0.0.1: ICMP 10.0.0.2 udp port 53 unreachable, length 39
inline constexpr LinuxFrame icmp4_port_unreachable{
    "icmp4_port_unreachable",
    "02 0000 0000 0102 0000 0000 0208 0045 c000 3b16 6800 0040 014f 980a 0000 020a "
    "0000 0103 0311 1c00 0000 0045 0000 1f85 1540 0040 11a1 b60a 0000 010a 0000 02ad "
    "2e00 3500 0b7a 0f61 6263 "};

// IP6 2001:db8::1 > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has 2001:db8::2, length 32
inline constexpr LinuxFrame neighbour_solicitation{
    "neighbour_solicitation",
    "3333 ff00 0002 0200 0000 0001 86dd 6000 0000 0020 3aff 2001 0db8 0000 0000 0000 "
    "0000 0000 0001 ff02 0000 0000 0000 0000 0001 ff00 0002 8700 1c27 0000 0000 2001 "
    "0db8 0000 0000 0000 0000 0000 0002 0101 0200 0000 0001 "};

// IP6 2001:db8::2 > 2001:db8::1: ICMP6, neighbor advertisement, tgt is 2001:db8::2, length 32
inline constexpr LinuxFrame neighbour_advertisement{
    "neighbour_advertisement",
    "0200 0000 0001 0200 0000 0002 86dd 6000 0000 0020 3aff 2001 0db8 0000 0000 0000 "
    "0000 0000 0002 2001 0db8 0000 0000 0000 0000 0000 0001 8800 8a71 6000 0000 2001 "
    "0db8 0000 0000 0000 0000 0000 0002 0201 0200 0000 0002 "};

// IP6 2001:db8::1.45510 > 2001:db8::2.8080: Flags [S], seq 289036766, win 64800, options [mss
// 1440,sackOK,TS val 624960627 ecr 0,nop,wscale 10], length 0
inline constexpr LinuxFrame tcp6_syn{
    "tcp6_syn",
    "0200 0000 0002 0200 0000 0001 86dd 6001 c288 0028 0640 2001 0db8 0000 0000 0000 "
    "0000 0000 0001 2001 0db8 0000 0000 0000 0000 0000 0002 b1c6 1f90 113a 59de 0000 "
    "0000 a002 fd20 6959 0000 0204 05a0 0402 080a 2540 2473 0000 0000 0103 030a "};

// IP6 2001:db8::1.45510 > 2001:db8::2.8080: Flags [P.], seq 1:6, ack 1, win 64, options
// [nop,nop,TS val 624960627 ecr 2752476335], length 5: HTTP
inline constexpr LinuxFrame tcp6_data{
    "tcp6_data",
    "02 0000 0000 0202 0000 0000 0186 dd60 01c2 8800 2506 4020 010d b800 0000 0000 "
    "0000 0000 0000 0120 010d b800 0000 0000 0000 0000 0000 02b1 c61f 9011 3a59 df8b "
    "40de 0780 1800 40ce fe00 0001 0108 0a25 4024 73a4 0f74 af68 656c 6c6f "};

// IP6 2001:db8::1.34303 > 2001:db8::2.53: domain [length 3 < 12] (invalid)
inline constexpr LinuxFrame udp6{
    "udp6",
    "02 0000 0000 0202 0000 0000 0186 dd60 0ee2 7100 0b11 4020 010d b800 0000 0000 "
    "0000 0000 0000 0120 010d b800 0000 0000 0000 0000 0000 0285 ff00 3500 0b59 cc61 "
    "6263 "};

// IP6 2001:db8::2 > 2001:db8::1: ICMP6, destination unreachable, unreachable port, 2001:db8::2
// udp port 53, length 59
inline constexpr LinuxFrame icmp6_port_unreachable{
    "icmp6_port_unreachable",
    "02 0000 0000 0102 0000 0000 0286 dd60 06c8 2100 3b3a 4020 010d b800 0000 0000 "
    "0000 0000 0000 0220 010d b800 0000 0000 0000 0000 0000 0101 044f 6200 0000 0060 "
    "0ee2 7100 0b11 4020 010d b800 0000 0000 0000 0000 0000 0120 010d b800 0000 0000 "
    "0000 0000 0000 0285 ff00 3500 0b59 cc61 6263 "};

// clang-format on

inline constexpr std::array linux_frames = {
    mld_report_v2,
    duplicate_address_solicitation,
    router_solicitation,
    arp_request,
    arp_reply,
    tcp4_syn,
    tcp4_syn_ack,
    tcp4_data,
    udp4,
    icmp4_port_unreachable,
    neighbour_solicitation,
    neighbour_advertisement,
    tcp6_syn,
    tcp6_data,
    udp6,
    icmp6_port_unreachable,
};

}  // namespace catenet::wire::testing
