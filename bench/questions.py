"""What bench/run asks: a function a question, which adds its rows to the table."""
import linux_grid
from peers.gvisor import build as gvisor
from peers.lwip import build as lwip
from peers.mininet import build as mininet
from peers.ns3 import build as ns3
from table import Bar
from through_kernel import iperf3, programs
from turns import Peer, in_turn, ours

MS_IN_S = 1_000


def at_least(ratio):
    return Bar("ratio", least=ratio)


def tcp_bulk(table, repeat):
    alone = "TCP bulk, single segments of MTU 1500, checksums on"
    both_4_mib = ("--window", 4 << 20)
    # Both for any x86-64; then lwIP made for this machine alone.
    for question, mine, family, find, flags, bar in (
            (alone, (2,), "lwIP", lwip.program, (), at_least(0.6)),
            (alone, (2,), "lwIP", lwip.program, lwip.NATIVE, at_least(1.25)),
            (f"{alone}, windows of 4 MiB", (2, *both_4_mib), "lwIP", lwip.program,
             lwip.NATIVE + lwip.WINDOW_4_MIB, at_least(5)),
            (alone, (2,), "gVisor", gvisor.program, ("bulk",), at_least(12)),
            ("TCP bulk, super-segments and deferred checksums", (4, "--offload"), "lwIP",
             lwip.program, lwip.NATIVE + lwip.WITHOUT_COPIES_AND_CHECKSUMS, at_least(2))):
        peer = Peer(table, family, find, *flags)
        a, b = in_turn(repeat, lambda arguments=mine: ours("tcp_bulk", *arguments), peer)
        table.add(question, "Gbit/s", a["gbit_per_s"], b.get("gbit_per_s"), peer.name, bar=bar)


def dumbbell(table, repeat):
    for flows, times in ((10, 20), (100, 40)):
        peer = Peer(table, "ns-3", ns3.program, "dumbbell", flows)
        a, b = in_turn(repeat, lambda n=flows: ours("dumbbell", n), peer, mine_at_least=7)
        question = f"dumbbell of {flows} CUBIC flows"
        table.add(f"{question}, a packet hop", "ns", a["ns_per_hop"], b.get("ns_per_hop"),
                  peer.name, better="less", bar=Bar("ours", most=500))
        add_wall_time(table, question, a, b, peer, at_least(times))
        # The same work: neither gains by sending less.
        table.add(f"{question}, goodput", "Mbit/s", a["goodput_mbit"], b.get("goodput_mbit"),
                  peer.name, bar=at_least(0.98))


def add_wall_time(table, question, mine, theirs, peer, bar):
    def in_ms(values):
        seconds = values.get("wall_s_per_sim_s")
        return seconds and seconds * MS_IN_S
    table.add(f"{question}, wall time a simulated second", "ms", in_ms(mine), in_ms(theirs),
              peer.name if in_ms(theirs) else None, better="less", bar=bar)


def star(table, repeat):
    # ns-3 does not come to the end of ten seconds of 10,000 hosts: there it stands alone.
    for hosts, peer_seconds in ((1_000, 10), (10_000, 0)):
        peer = Peer(table, "ns-3", ns3.program, "star", hosts, peer_seconds)
        a, b = in_turn(repeat, lambda n=hosts: ours("star", n, 10), peer)
        question = f"{hosts:,} hosts round a router"
        table.add(f"{question}, until they stand", "s", a["start_s"], b.get("start_s"), peer.name,
                  better="less", bar=at_least(10))
        table.add(f"{question}, resident memory as they stand", "MB", a["standing_mb"],
                  b.get("standing_mb"), peer.name, better="less", bar=at_least(2))
        if not peer_seconds:
            b = {}
        question += " that ping each other"
        table.add(f"{question}, resident memory after 10 s", "MB", a["run_mb"], b.get("run_mb"),
                  peer.name if b else None, better="less")
        add_wall_time(table, question, a, b, peer, at_least(10))
    # Half a minute with its end: once is enough.
    peer = Peer(table, "Mininet", mininet.program, 500)
    a, b = in_turn(1, lambda: ours("star", 500, 0), peer)
    table.add("500 hosts, until they stand: ours round a router, the peer's on a bridge", "s",
              a["start_s"], b.get("start_s"), peer.name, better="less")


def connections(table, repeat):
    # lwIP searches lists, so that its set-up of 30,000 takes half a minute: once is enough.
    peer = Peer(table, "lwIP", lwip.talk, "idle", 30_000)
    a, b = in_turn(1, lambda: ours("idle_connections", 30_000), peer)
    table.add("30,000 idle connections: until they stand", "s", a["setup_s"], b.get("setup_s"),
              peer.name, better="less", bar=at_least(100))
    other = Peer(table, "gVisor", gvisor.program, "idle", 30_000)
    a, c = in_turn(repeat, lambda: ours("idle_connections", 100_000), other)
    for key, when, name, theirs in (
            ("bytes_per_end", "that said nothing yet", peer.name, b),
            ("bytes_per_end", "that said nothing yet", other.name, c),
            ("bytes_per_end_spoken", "after a byte each way", None, {})):
        table.add(f"100,000 idle connections: resident memory an end {when}", "bytes", a[key],
                  theirs.get("bytes_per_end"), name, better="less", bar=Bar("ours", most=512))
    a, _ = in_turn(1, lambda: ours("idle_connections", 1_000_000))
    table.add("1,000,000 idle connections: resident memory of both ends", "MB", a["rss_mb"],
              better="less", bar=Bar("ours", most=2_147))
    a, _ = in_turn(repeat, lambda: ours("idle_connections", "--time-wait", 100_000))
    table.add("100,000 connections in TIME-WAIT: resident memory of each", "bytes",
              a["bytes_per_entry"], better="less", bar=Bar("ours", most=64))
    peer = Peer(table, "lwIP", lwip.talk, "talk")
    a, b = in_turn(repeat, lambda: ours("idle_connections", "--talk"), peer)
    table.add("exchanges of one byte on one connection", "1/s", a["exchanges_per_s"],
              b.get("exchanges_per_s"), peer.name, bar=at_least(1))
    question = "connections that carry one byte each way and close in order"
    table.add(question, "1/s", a["connections_per_s"], b.get("connections_per_s"), peer.name,
              bar=at_least(20))
    table.add(f"{question}, the peer's with a reset", "1/s", a["connections_per_s"],
              b.get("reset_per_s"), peer.name, bar=at_least(0.5))


def rooms(table, repeat):
    runs = [ours("rooms")["rooms"] for _ in range(repeat)]
    table.rooms = [min(costs, key=lambda cost: cost["ns"]) for costs in zip(*runs)]


def linux(table, repeat):
    linux_grid.measure_into(table, linux_grid.small_grid(), repeat)


def whole_linux_grid(table, repeat):
    linux_grid.measure_into(table, linux_grid.whole_grid(), repeat)


QUESTIONS = {"tcp_bulk": tcp_bulk, "dumbbell": dumbbell, "star": star,
             "idle_connections": connections, "iperf3": iperf3, "programs": programs,
             "rooms": rooms, "linux": linux, "linux_grid": whole_linux_grid}
BY_NAME_ALONE = ("linux_grid",)
# What a question builds, where that is not bench_ and its name.
TARGETS = dict.fromkeys(("iperf3", "programs", "linux", "linux_grid"), "catenet")


def asked(only):
    """The names of the questions."""
    return [name for name in QUESTIONS
            if only == name or (only is None and name not in BY_NAME_ALONE)]
