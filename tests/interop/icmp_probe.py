#!/usr/bin/python3
"""Sends the same odd packets to each of the given targets and prints, as JSON, what each answered.

    icmp_probe.py SECONDS FIRST HOST=v4,v6,mac… ROUTER=v4,v6,mac,behind4,behind6…

Of an answer: its type and code, the field beside them, its hop limit and traffic class, how many
bytes it quotes, and whether those are the bytes that were sent. An answer is told from others by
the IPv4 identification or IPv6 flow label that it quotes, which is the case's number."""
import json
import sys
import threading
import time

from probe_port import PORT, hearing, targets
from scapy.all import (Ether, ICMP, IP, IPOption, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Pad1, Raw, UDP,
                       conf, get_if_hwaddr, raw)
from scapy.layers.inet6 import HBHOptUnknown, ICMPv6EchoRequest, ICMPv6DestUnreach

LONG = b"x" * 1400


def options4(number):
    """Of one target's host: the IP header's fields, and what it carries."""
    closed = UDP(sport=number, dport=9) / b"data"
    return {
        "closed_port": ({}, closed),
        "closed_port_long": ({}, UDP(sport=number, dport=9) / LONG),
        "closed_port_ttl_1": ({"ttl": 1}, closed),
        "closed_port_tos": ({"tos": 0x48}, closed),
        "unknown_protocol": ({"proto": 253}, Raw(b"data" * 4)),
        "option_of_length_1": ({"options": IPOption(b"\x07\x01\x04\x00")}, closed),
        "option_of_length_0": ({"options": IPOption(b"\x07\x00\x04\x00")}, closed),
        "option_beyond_header": ({"options": IPOption(b"\x01\x01\x07\x0b")}, closed),
        "record_route_pointer_3": ({"options": IPOption(b"\x07\x07\x03" + bytes(5))}, closed),
        "record_route_full": ({"options": IPOption(b"\x07\x07\x08" + bytes(5))}, closed),
        "timestamp_pointer_4": ({"options": IPOption(b"\x44\x08\x04\x00" + bytes(4))}, closed),
        "timestamp_overflow_15": ({"options": IPOption(b"\x44\x08\x09\xf0" + bytes(4))}, closed),
        "unknown_option": ({"options": IPOption(b"\x5e\x04\x00\x00")}, closed),
        "fragment_not_first": ({"proto": 253, "frag": 10}, Raw(b"data" * 4)),
        "error_about_error": ({}, ICMP(type=3, code=1) / IP(proto=253) / Raw(b"data" * 2)),
        "unknown_icmp_type": ({}, ICMP(type=100) / Raw(b"data" * 2)),
        "checksum_wrong": ({"chksum": 1}, closed),
        "udp_checksum_wrong": ({}, UDP(sport=number, dport=9, chksum=1) / b"data"),
        "udp_shorter_than_header": ({}, UDP(sport=number, dport=9, len=4) / b"data"),
        "only_first_fragment": ({"flags": "MF"}, UDP(sport=number, dport=9, len=100) / (b"x" * 24)),
        "only_second_fragment": ({"frag": 3, "proto": 17}, Raw(b"x" * 24)),
    }


def options6(number):
    closed = UDP(sport=number, dport=9) / b"data"

    def destination(kind, **more):
        return IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=kind, optdata=b"ab")], **more)

    def hop(kind):
        return IPv6ExtHdrHopByHop(options=[HBHOptUnknown(otype=kind, optdata=b"ab")])

    def routing(kind, left):
        return IPv6ExtHdrRouting(type=kind, segleft=left, addresses=["fd00:99::1"])

    first = IPv6ExtHdrFragment(m=1, id=number, nh=17)
    return {
        "closed_port": ({}, closed),
        "closed_port_long": ({}, UDP(sport=number, dport=9) / LONG),
        "closed_port_hop_limit_1": ({"hlim": 1}, closed),
        "closed_port_class": ({"tc": 0x48}, closed),
        "unknown_next_header": ({"nh": 253}, Raw(b"data" * 4)),
        "unknown_next_header_behind_options":
            ({}, IPv6ExtHdrDestOpt(options=[Pad1()] * 6, nh=253) / Raw(b"data" * 4)),
        "no_next_header": ({"nh": 59}, Raw(b"data")),
        "destination_option_skip": ({}, destination(0x1e) / closed),
        "destination_option_discard": ({}, destination(0x5e) / closed),
        "destination_option_tell": ({}, destination(0x9e) / closed),
        "destination_option_tell_unicast": ({}, destination(0xde) / closed),
        "hop_option_tell": ({}, hop(0x9e) / closed),
        "hop_option_discard": ({}, hop(0x5e) / closed),
        "hop_by_hop_not_first": ({}, IPv6ExtHdrDestOpt(options=[Pad1()] * 6) / hop(0x1e) / closed),
        "routing_unknown_type_left": ({}, routing(77, 1) / closed),
        "routing_unknown_type_done": ({}, routing(77, 0) / closed),
        "routing_type_0_left": ({}, routing(0, 1) / closed),
        "fragment_of_odd_length": ({}, first / Raw(raw(closed) + b"x" * 9)),
        "fragment_beyond_65535":
            ({}, IPv6ExtHdrFragment(m=0, offset=8190, id=number, nh=17) / Raw(b"x" * 64)),
        "atomic_fragment": ({}, IPv6ExtHdrFragment(m=0, id=number) / closed),
        "first_fragment_without_transport":
            ({}, IPv6ExtHdrFragment(m=1, id=number, nh=60) / Raw(bytes([17, 1]) + bytes(6))),
        "error_about_error": ({}, ICMPv6DestUnreach(code=1) / IPv6(nh=253) / Raw(b"data" * 2)),
        "unknown_error_type": ({"nh": 58}, Raw(b"\x64\x00\x00\x00" + b"data")),
        "unknown_information_type": ({"nh": 58}, Raw(b"\xc8\x00\x00\x00" + b"data")),
        "udp_checksum_zero": ({}, UDP(sport=number, dport=9, chksum=0) / b"data"),
        "only_first_fragment": ({}, first / UDP(sport=number, dport=9, len=100) / (b"x" * 24)),
        "only_second_fragment":
            ({}, IPv6ExtHdrFragment(m=0, offset=3, id=number, nh=17) / Raw(b"x" * 24)),
    }


def forwarded4(number, behind):
    closed = UDP(sport=number, dport=9) / b"data"
    return {
        "ttl_1": ({"dst": behind, "ttl": 1}, closed),
        "ttl_0": ({"dst": behind, "ttl": 0}, closed),
        "ttl_1_not_first": ({"dst": behind, "ttl": 1, "frag": 10, "proto": 17}, Raw(b"x" * 16)),
        "ttl_1_error": ({"dst": behind, "ttl": 1}, ICMP(type=3, code=1) / IP() / Raw(b"x" * 8)),
        "ttl_1_long": ({"dst": behind, "ttl": 1}, UDP(sport=number, dport=9) / LONG),
        "no_route": ({"dst": "203.0.113.1"}, closed),
        "too_long_df": ({"dst": behind, "flags": "DF"}, UDP(sport=number, dport=9) / LONG),
        "bad_option": ({"dst": behind, "options": IPOption(b"\x07\x07\x03" + bytes(5))}, closed),
        "nobody_there": ({"dst": behind.rsplit(".", 1)[0] + ".77"}, closed),
        "class_e": ({"dst": "250.1.2.3"}, closed),
        "to_loopback": ({"dst": "127.0.0.9"}, closed),
        "from_loopback": ({"dst": behind, "src": "127.0.0.9", "ttl": 1}, closed),
    }


def forwarded6(number, behind):
    closed = UDP(sport=number, dport=9) / b"data"
    return {
        "hop_limit_1": ({"dst": behind, "hlim": 1}, closed),
        "hop_limit_0": ({"dst": behind, "hlim": 0}, closed),
        "no_route": ({"dst": "2001:db8:dead::1"}, closed),
        "too_long": ({"dst": behind}, UDP(sport=number, dport=9) / LONG),
        "hop_option_tell": ({"dst": behind}, IPv6ExtHdrHopByHop(
            options=[HBHOptUnknown(otype=0x9e, optdata=b"ab")]) / closed),
        "nobody_there": ({"dst": behind.rsplit(":", 1)[0] + ":77"}, closed),
        "link_local_source": ({"dst": behind, "src": "fe80::1234"}, closed),
        "to_loopback": ({"dst": "::1"}, closed),
    }


class Probe:
    def __init__(self, first):
        self.sent, self.answers, self.lock = {}, {}, threading.Lock()
        self.first, self.own = first, 0
        self.mac = get_if_hwaddr(PORT)
        self.socket = conf.L2socket(iface=PORT)

    # A source of its own for each case, so that no answer is rationed.
    def own4(self):
        self.own += 1
        return f"10.0.1.{self.first + self.own % 60}"

    def own6(self):
        self.own += 1
        return f"fd00:0:0:1::{self.first + self.own % 60}"

    def send4(self, key, mac, target, case):
        fields, carried = case
        number = len(self.sent) + 1
        packet = IP(**{"id": number, "src": self.own4(), "dst": target, **fields}) / carried
        self.send(number, key, mac, packet)

    def send6(self, key, mac, target, case):
        fields, carried = case
        number = len(self.sent) + 1
        packet = IPv6(**{"fl": number, "src": self.own6(), "dst": target, **fields}) / carried
        self.send(number, key, mac, packet)

    def send(self, number, key, mac, packet):
        self.sent[number] = (key, raw(packet))
        self.socket.send(Ether(src=self.mac, dst=mac) / packet)
        time.sleep(0.002)

    def hear(self, frame):
        data = raw(frame)[14:]
        if frame[Ether].dst != self.mac or len(data) < 28:
            return
        version = data[0] >> 4
        size = (data[0] & 15) * 4 if version == 4 else 40
        quoted = data[size + 8:]
        if version == 4 and data[9] == 1 and len(quoted) >= 20:
            number = int.from_bytes(quoted[4:6], "big")
        elif version == 6 and data[6] == 58 and len(quoted) >= 40:
            number = int.from_bytes(quoted[1:4], "big") & 0xFFFFF
        else:
            return
        key, sent = self.sent.get(number, (None, b""))
        if key is None:
            return
        with self.lock:
            self.answers.setdefault(key, []).append(
                self.described(version, data, size, quoted, sent))

    @staticmethod
    def described(version, data, size, quoted, sent):
        icmp = data[size:]
        same = quoted == sent[:len(quoted)]
        if version == 4 and not same:  # a router's TTL and checksum, or recorded routes
            same = quoted[:8] == sent[:8] and quoted[12:] == sent[12:len(quoted)] and "but TTL"
        return {"type": icmp[0], "code": icmp[1],
                "field": int.from_bytes(icmp[4:8], "big"),
                "hop_limit": data[8] if version == 4 else data[7],
                "class": data[1] if version == 4 else (data[0] & 15) << 4 | data[1] >> 4,
                "quoted": len(quoted), "same": same}


def main():
    probe = Probe(int(sys.argv[2]))
    number = 40000
    with hearing(probe.hear, "icmp or icmp6"):
        for name, (v4, v6, mac, *behind) in targets(sys.argv[3:]):
            if behind:
                cases4, cases6 = forwarded4(number, behind[0]), forwarded6(number, behind[1])
            else:
                cases4, cases6 = options4(number), options6(number)
            for case, packet in cases4.items():
                probe.send4((name, "4 " + case), mac, v4, packet)
            for case, packet in cases6.items():
                probe.send6((name, "6 " + case), mac, v6, packet)
        time.sleep(float(sys.argv[1]))
    said = {}
    for key, _ in probe.sent.values():
        name, case = key
        said.setdefault(case, {})[name] = probe.answers.get(key, [])
    print(json.dumps(said))


main()
