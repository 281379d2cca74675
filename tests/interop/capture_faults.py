#!/usr/bin/env python3
"""What is wrong with a capture, a line each: frames that tshark calls malformed or whose checksum
is wrong, and drops without their reason.

    capture_faults.py CAPTURE [--report RUN.JSON] [--drops-alone] [--unchecked6]

`--report`: the run's, whose ports have to have as many drops, by reason, as the capture has.
`--drops-alone`: where malformed frames were sent on purpose. `--unchecked6`: IPv6 datagrams without
checksum are no fault."""
import argparse
import collections
import json
import mmap
import pathlib
import re
import shutil
import struct
import subprocess
import sys

# An ICMP error quotes the beginning of a packet, whose checksum tshark cannot judge.
WRONG = ("_ws.malformed || ip.checksum.status == 0 || icmp.checksum.status == 0 || "
         "icmpv6.checksum.status == 0 || (!icmp && !icmpv6 && "
         "(tcp.checksum.status == 0 || udp.checksum.status == 0))")
# Each segment by itself: of several ports' segments tshark would join the same message several
# times, and of a long message that takes minutes.
OPTIONS = ("tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "ip.check_checksum:TRUE",
           "tcp.desegment_tcp_streams:FALSE")
DROPS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "drops.md"
INTERFACE, PACKET = 1, 6  # blocks
COMMENT, NAME = 1, 2  # options


def tshark_faults(capture, unchecked6):
    if not shutil.which("tshark"):
        return []
    words = ["tshark", "-n", "-r", capture, "-Y", WRONG]
    for preference in OPTIONS + ("udp.ignore_ipv6_zero_checksum:TRUE",) * unchecked6:
        words += ["-o", preference]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() + (done.stderr.splitlines() if done.returncode else [])


def option(data, at, end, wanted):
    while at + 4 <= end:
        code, size = struct.unpack_from("<HH", data, at)
        if code == wanted:
            return data[at + 4:at + 4 + size].decode()
        if code == 0:
            return None
        at += 4 + (size + 3 & ~3)
    return None


def comments(data):
    """Of each frame that has one: its port's name and the comment."""
    ports, at = [], 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        end = at + size - 4
        if kind == INTERFACE:
            ports.append(option(data, at + 16, end, NAME))
        elif kind == PACKET:
            port, _, _, length = struct.unpack_from("<IIII", data, at + 8)
            text = option(data, at + 28 + (length + 3 & ~3), end, COMMENT)
            if text is not None:
                yield ports[port], text
        at += size


def drop_faults(capture, report):
    known = set(re.findall(r"^\| `(\w+)` \|", DROPS.read_text(), re.M))
    told, faults = collections.Counter(), []
    with open(capture, "rb") as file, \
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for port, text in comments(data):
            said = re.match(r"dropped: (\w+) — ", text)
            if said and said[1] in known:
                told[port, said[1]] += 1
            else:
                faults.append(f"{port}: {text!r} is no reason of {DROPS.name}")
    if report:
        ports = json.loads(pathlib.Path(report).read_text())["ports"]
        counted = {(port["name"], reason): n for port in ports
                   for reason, n in port["dropped"].items()}
        for port, reason in sorted(counted.keys() | told.keys()):
            # What came for other stations is only captured where it is asked for.
            if reason != "not_for_us" and counted.get((port, reason), 0) != told[port, reason]:
                faults.append(f"{port}: {counted.get((port, reason), 0)} dropped as {reason}, "
                              f"{told[port, reason]} in the capture")
    return faults


def faults_of(capture, report=None, drops_alone=False, unchecked6=False):
    faults = [] if drops_alone else tshark_faults(capture, unchecked6)
    return faults + drop_faults(capture, report)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("capture")
    parser.add_argument("--report")
    parser.add_argument("--drops-alone", action="store_true")
    parser.add_argument("--unchecked6", action="store_true")
    args = parser.parse_args()
    faults = faults_of(args.capture, args.report, args.drops_alone, args.unchecked6)
    print("\n".join(faults[:50]), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
