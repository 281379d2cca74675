#!/usr/bin/python3
"""Sends the same lone TCP segments to each of the given targets and prints, as JSON, what each
answered first.

    tcp_probe.py TARGET=v4,v6,mac…

A segment is told from others by its source port. Of an answer: its flags, what its sequence and
acknowledgment numbers are to the segment's own, whether it offers a window, and its options."""
import json
import sys
import time

from probe_port import PORT, hearing, targets
from scapy.all import Ether, IP, IPv6, TCP, conf, get_if_addr, get_if_hwaddr, in6_getifaddr

OPEN, CLOSED = 7, 45009
SEQ, ACK = 1_000_000, 5_000_000


def segments():
    """Name: fields, options and payload of a segment to each of the two ports."""
    mss = [("MSS", 1460)]
    return {
        "syn": ("S", mss, b""), "syn_without_options": ("S", [], b""),
        "syn_with_text": ("S", mss, b"hello"), "syn_fin": ("SF", mss, b""),
        "syn_rst": ("SR", mss, b""), "syn_ack": ("SA", mss, b""), "syn_psh_urg": ("SPU", mss, b""),
        "syn_with_all_options": ("S", [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)),
                                       ("NOP", None), ("WScale", 7)], b""),
        "syn_scale_15": ("S", [("MSS", 1460), ("NOP", None), ("WScale", 15)], b""),
        "syn_timestamps_alone": ("S", [("Timestamp", (1, 0))], b""),
        "syn_sack_alone": ("S", [("SAckOK", b"")], b""),
        "syn_unknown_option": ("S", [("MSS", 1460), (77, b"abcd")], b""),
        "syn_ece_cwr": ("SEC", mss, b""),
        "ack": ("A", [], b""), "ack_with_text": ("PA", [], b"hello"), "fin": ("F", [], b""),
        "fin_ack": ("FA", [], b""), "none": ("", [], b""), "none_with_text": ("", [], b"hello"),
        "rst": ("R", [], b""), "rst_ack": ("RA", [], b""), "christmas": ("FSRPAU", [], b""),
        "psh_urg": ("PU", [], b"hello"), "fin_psh_urg": ("FPU", [], b""),
        "bad_checksum": ("S", mss, b""), "short_offset": ("S", mss, b""),
        "long_offset": ("S", [], b""),
    }


def relation(number, own, length):
    names = {0: "zero", SEQ: "seq", ACK: "ack", (SEQ + length) % 2**32: "seq+len"}
    return names.get(number, "other") if own else names.get(number, "own")


class Probe:
    def __init__(self):
        self.sent, self.answers = {}, {}
        self.mac = get_if_hwaddr(PORT)
        self.mine = {4: get_if_addr(PORT),
                     6: next(a for a, s, n in in6_getifaddr() if n == PORT and s == 0)}
        self.socket = conf.L2socket(iface=PORT)

    def send(self, target, version, to, mac, case, port):
        flags, options, text = segments()[case]
        number = 20000 + len(self.sent)
        extra = {"bad_checksum": {"chksum": 1}, "short_offset": {"dataofs": 4},
                 "long_offset": {"dataofs": 15}}.get(case, {})
        ip = (IP if version == 4 else IPv6)(src=self.mine[version], dst=to)
        tcp = TCP(sport=number, dport=port, flags=flags, seq=SEQ, window=8192,
                  ack=ACK if "A" in flags else 0, options=options, **extra)
        name = f"{version} {case} to {'open' if port == OPEN else 'closed'}"
        length = len(text) + ("S" in flags) + ("F" in flags)
        self.sent[number] = (name, target, length)
        self.socket.send(Ether(src=self.mac, dst=mac) / ip / tcp / text)
        time.sleep(0.002)

    def hear(self, frame):
        if frame[Ether].dst != self.mac or TCP not in frame:
            return
        tcp = frame[TCP]
        if tcp.dport not in self.sent or tcp.dport in self.answers:
            return
        length = self.sent[tcp.dport][2]
        self.answers[tcp.dport] = {
            "flags": str(tcp.flags), "seq": relation(tcp.seq, False, length),
            "ack": relation(tcp.ack, True, length), "window": tcp.window > 0,
            "options": [str(kind) for kind, _ in tcp.options if kind not in ("NOP", "EOL")]}


def main():
    probe = Probe()
    with hearing(probe.hear, "tcp or ip6 proto 6"):
        for target, (v4, v6, mac) in targets(sys.argv[1:]):
            for case in segments():
                for version, to in ((4, v4), (6, v6)):
                    for port in (OPEN, CLOSED):
                        probe.send(target, version, to, mac, case, port)
        time.sleep(1)
    said = {}
    for number, (name, target, _) in probe.sent.items():
        said.setdefault(name, {})[target] = probe.answers.get(number)
    print(json.dumps(said))


main()
