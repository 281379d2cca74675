#!/usr/bin/python3
"""Opens a connection for each case to each of the given targets, fetches a page by it, says one odd
segment and then a byte in order, and prints, as JSON, what came back to each of the two.

    tcp_connection_probe.py TARGET=v4,v6,mac…

The kernel here opens the connections and then hears no more of them: all that comes is filtered
away from its sockets. Of an answer: its flags, its numbers, counted from where the connection
stood, and its options but for the timestamp's values."""
import ctypes
import json
import socket
import struct
import sys
import time

from probe_port import PORT, hearing, targets
from scapy.all import Ether, IP, IPv6, TCP, conf, get_if_hwaddr

SERVER = 7
SO_ATTACH_FILTER = 26
FAR = 2**29  # more than any window
REQUEST = b"GET /page HTTP/1.1\r\nHost: lab\r\n\r\n"


def cases(window):
    """Name: flags, where its sequence and acknowledgment numbers are to what would be in order, its
    text, and other fields; `ts`: what its timestamp is to the one in order, None: there is none."""
    ten = b"0123456789"
    return {
        "data": ("PA", 0, 0, ten, {}),
        "data_old": ("PA", -20, 0, ten, {}),
        "data_half_old": ("PA", -5, 0, ten, {}),
        "data_with_gap": ("PA", 100, 0, ten, {}),
        "data_beyond_window": ("PA", window + 1000, 0, ten, {}),
        "data_far_away": ("PA", FAR, 0, ten, {}),
        "data_without_ack": ("P", 0, 0, ten, {}),
        "data_old_ack": ("PA", 0, -100, ten, {}),
        "data_ack_of_what_was_not_sent": ("PA", 0, 1000, ten, {}),
        "data_wrong_checksum": ("PA", 0, 0, ten, {"chksum": 1}),
        "data_short_offset": ("PA", 0, 0, ten, {"dataofs": 4}),
        "keep_alive": ("A", -1, 0, b"", {}),
        "keep_alive_with_garbage": ("A", -1, 0, b"g", {}),
        "ack_again": ("A", 0, 0, b"", {}),
        "ack_old": ("A", 0, -100, b"", {}),
        "ack_ancient": ("A", 0, -FAR, b"", {}),
        "ack_of_what_was_not_sent": ("A", 0, 1000, b"", {}),
        "ack_beyond_window": ("A", window + 1000, 0, b"", {}),
        "syn": ("S", 10, 0, b"", {}),
        "syn_in_order": ("S", 0, 0, b"", {}),
        "syn_first_again": ("S", -1, 0, b"", {}),
        "syn_beyond_window": ("S", window + 1000, 0, b"", {}),
        "syn_ack": ("SA", 10, 0, b"", {}),
        "syn_ack_in_order": ("SA", 0, 0, b"", {}),
        "rst": ("R", 0, 0, b"", {}),
        "rst_ack": ("RA", 0, 0, b"", {}),
        "rst_ack_of_what_was_not_sent": ("RA", 0, 1000, b"", {}),
        "rst_in_window": ("R", 10, 0, b"", {}),
        "rst_ack_in_window": ("RA", 10, 0, b"", {}),
        "rst_old": ("R", -10, 0, b"", {}),
        "rst_beyond_window": ("R", window + 1000, 0, b"", {}),
        "rst_syn_in_window": ("RS", 10, 0, b"", {}),
        "fin_with_gap": ("FA", 10, 0, b"", {}),
        "fin_beyond_window": ("FA", window + 1000, 0, b"", {}),
        "fin_without_ack": ("F", 0, 0, b"", {}),
        "fin_ack_of_what_was_not_sent": ("FA", 0, 1000, b"", {}),
        "christmas": ("FSRPAU", 0, 0, ten, {}),
        "christmas_in_window": ("FSRPAU", 10, 0, ten, {}),
        "nothing": ("", 0, 0, b"", {}),
        "old_timestamp_data": ("PA", 0, 0, ten, {"ts": -5000}),
        "old_timestamp_ack": ("A", 0, 0, b"", {"ts": -5000}),
        "old_timestamp_syn": ("S", 0, 0, b"", {"ts": -5000}),
        "old_timestamp_fin": ("FA", 0, 0, b"", {"ts": -5000}),
        "old_timestamp_rst": ("R", 0, 0, b"", {"ts": -5000}),
        "old_timestamp_rst_in_window": ("R", 10, 0, b"", {"ts": -5000}),
        "no_timestamp_data": ("PA", 0, 0, ten, {"ts": None}),
        "no_timestamp_rst": ("R", 0, 0, b"", {"ts": None}),
        "urgent": ("PAU", 0, 0, ten, {"urgptr": 10}),
        "urgent_pointer_0": ("PAU", 0, 0, ten, {"urgptr": 0}),
        "urgent_pointer_beyond_text": ("PAU", 0, 0, ten, {"urgptr": 500}),
        "urgent_pointer_65535": ("PAU", 0, 0, ten, {"urgptr": 65535}),
        "urgent_without_text": ("AU", 0, 0, b"", {"urgptr": 1}),
        "urgent_pointer_without_flag": ("PA", 0, 0, ten, {"urgptr": 3}),
        "urgent_without_ack": ("PU", 0, 0, ten, {"urgptr": 3}),
        "urgent_beyond_window": ("PAU", window + 1000, 0, ten, {"urgptr": 3}),
    }


class Connection:
    def __init__(self, version, to, number):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.bind(("", number))
        self.version, self.to, self.number = version, to, number
        self.seq = self.ack = self.timestamp = self.echo = None
        self.window = self.scale = 0
        self.answers = []

    def open(self):
        self.socket.settimeout(10)
        self.socket.connect((self.to, SERVER))
        self.mine = self.socket.getsockname()[0]
        self.socket.sendall(REQUEST)
        if not self.socket.recv(10_000).startswith(b"HTTP/1.1 200"):
            sys.exit(f"{self.to} has no page")

    def stop_hearing(self):
        nothing = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # BPF: return 0
        program = struct.pack("HP", 1, ctypes.addressof(nothing))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    def hear_opening(self, tcp, ours):
        """Sees handshake, request and page pass."""
        options = dict(tcp.options)
        if not ours and "S" in tcp.flags:
            self.scale = options["WScale"]
        elif not ours:
            self.window = tcp.window << self.scale
        elif "S" not in tcp.flags:
            self.seq, self.ack = tcp.seq + len(tcp.payload), tcp.ack
            self.timestamp, self.echo = options["Timestamp"]

    def hear(self, tcp):
        options = [f"{kind} {self.relative(blocks)}" if kind == "SAck" else kind
                   for kind, blocks in tcp.options if kind not in ("NOP", "EOL")]
        reset = "R" in tcp.flags
        self.answers.append({
            "flags": str(tcp.flags), "seq": signed(tcp.seq - self.ack),
            "ack": signed(tcp.ack - self.seq) if "A" in tcp.flags else None,
            "window": tcp.window > 0 and not reset, "options": options})

    def relative(self, blocks):
        return [signed(edge - self.seq) for edge in blocks]


def signed(number):
    return (number + 2**31) % 2**32 - 2**31


class Probe:
    def __init__(self):
        self.connections, self.names = {}, {}
        self.mac = get_if_hwaddr(PORT)
        self.wire = conf.L2socket(iface=PORT)
        self.opening = True
        self.heard = 0  # frames

    def settle(self):
        """Until nothing has come for a second: whoever hears may be behind."""
        heard = None
        while heard != self.heard:
            heard = self.heard
            time.sleep(1)

    def connect(self, target, version, to, mac):
        for case in cases(0):
            number = 20000 + len(self.connections)
            connection = self.connections[number] = Connection(version, to, number)
            self.names[number] = (target, mac, case)
            connection.open()
            # The port keeps a few hundred frames for whoever hears.
            patience = time.monotonic() + 20
            while connection.timestamp is None and time.monotonic() < patience:
                time.sleep(0.002)

    def hear(self, frame):
        self.heard += 1
        if TCP not in frame:
            return
        tcp, ours = frame[TCP], frame[Ether].src == self.mac
        connection = self.connections.get(tcp.sport if ours else tcp.dport)
        if connection is None:
            return
        if self.opening:
            connection.hear_opening(tcp, ours)
        elif not ours:
            connection.hear(tcp)

    def say(self, number, flags, seq, ack, text, more):
        connection, more = self.connections[number], dict(more)
        options, late = [], more.pop("ts", 0)
        if late is not None:
            stamp = (connection.timestamp + 1 + late) % 2**32
            options = [("NOP", None), ("NOP", None), ("Timestamp", (stamp, connection.echo))]
        ip = (IP if connection.version == 4 else IPv6)(src=connection.mine, dst=connection.to)
        tcp = TCP(sport=number, dport=SERVER, flags=flags, window=500, options=options,
                  seq=(connection.seq + seq) % 2**32,
                  ack=(connection.ack + ack) % 2**32 if "A" in flags else 0, **more)
        self.wire.send(Ether(src=self.mac, dst=self.names[number][1]) / ip / tcp / text)

    def say_all(self, segment):
        """On every connection its segment; what each was answered."""
        for number, connection in self.connections.items():
            connection.answers = []
            self.say(number, *segment(self.names[number][2], connection))
            time.sleep(0.005)
        self.settle()
        return {number: c.answers for number, c in self.connections.items()}


def main():
    probe = Probe()
    with hearing(probe.hear, "tcp or ip6 proto 6"):
        for target, (v4, v6, mac) in targets(sys.argv[1:]):
            for version, to in ((4, v4), (6, v6)):
                probe.connect(target, version, to, mac)
        probe.settle()  # the last acknowledgment may be a delayed one
        for connection in probe.connections.values():
            connection.stop_hearing()
        probe.opening = False
        odd = probe.say_all(lambda case, c: cases(c.window)[case])
        then = probe.say_all(lambda _, __: ("PA", 0, 0, b"x", {"ts": 1}))
    said = {}
    for number, (target, _, case) in probe.names.items():
        name = f"{probe.connections[number].version} {case}"
        said.setdefault(name, {})[target] = [odd[number], then[number]]
    print(json.dumps(said))


main()
