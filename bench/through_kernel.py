"""Questions of real time, where the kernel takes part: iperf3 through labs, and the machine's own
programs on hosts of a lab."""
import os
import pathlib
import shutil
import sys

from commands import ROOT, Failed, figures
from table import Bar
from turns import Peer, in_turn, median


def goodput(*words):
    return [sys.executable, ROOT / "bench" / "goodput.py", *words]


def no_goodput():
    """Why nothing can be measured with iperf3; None: it can."""
    if os.geteuid() != 0:
        return "namespaces of the kernel are made by root alone"
    if not pathlib.Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    if not shutil.which("iperf3"):
        return "iperf3 is not installed"
    return None


# What a peer is called in the table.
NAMES = {"plain": "TAP forwarder, plain", "offload": "TAP forwarder, offload",
         "slirp4netns": "slirp4netns", "pasta": "pasta, its best of three"}


def find(tool, way):
    if tool in ("slirp4netns", "pasta") and not shutil.which(tool):
        raise Failed(f"{tool} is not installed")
    return NAMES[tool], goodput(tool, way)


def questions():
    """A question, its lab and how that is run, the way; beside it what is to be reached of whom."""
    def least(ratio):
        return Bar("ratio", least=ratio)
    switch = "two namespaces through a Catenet switch"
    ends = (("offload", least(0.8)), ("slirp4netns", least(10)), ("pasta", least(2)))
    return (
        (switch, "switch", "lab", "forth", (("offload", least(0.9)),)),
        (f"{switch}, each frame impaired and captured", "impaired", "captured", "forth",
         (("plain", least(1.5)),)),
        ("from a namespace to a Catenet host", "forth", "lab", "forth", ends),
        ("from a Catenet host to a namespace", "back", "lab", "back", ends))


def iperf3(table, repeat):
    reason = no_goodput()
    if reason:
        table.left_out["iperf3"] = reason
    for question, lab, how, way, peers in questions():
        command = goodput(how, ROOT / "bench" / "iperf3" / f"{lab}.yaml")
        for tool, bar in peers:
            a, b = {}, {}
            if not reason:
                peer = Peer(table, NAMES[tool], find, tool, way)
                a, b = in_turn(repeat, lambda c=command: figures("iperf3", c), peer, of=median)
            table.add(f"iperf3, MTU 1500, {question}", "Gbit/s", a.get("gbit_per_s"),
                      b.get("gbit_per_s"), NAMES[tool], bar=bar)


def programs(table, repeat):
    """Unmodified programs on two hosts' own stacks, beside the kernel's stack over veth."""
    def measure(*words):
        return [sys.executable, ROOT / "bench" / "real_programs.py", *words]

    def found(name, *tools, command=()):
        for tool in tools:
            if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
                raise Failed(f"{tool} is not installed")
        if reason := no_goodput():
            raise Failed(reason)
        return name, command
    rows = (("iperf3 between programs on hosts' own stacks", "gbit_per_s", "Gbit/s", ("iperf3",),
             measure("bulk", "own"),
             (("veth", measure("bulk", "veth"), Bar("ratio", least=0.5)),
              ("slirp4netns", goodput("slirp4netns", "forth"), Bar("ratio", least=2)))),
            ("wrk at nginx, on hosts' own stacks", "requests_per_s", "1/s", ("wrk", "nginx"),
             measure("wrk", "own"), (("veth", measure("wrk", "veth"), Bar("ratio", least=0.25)),)))
    for question, figure, unit, tools, mine, peers in rows:
        for name, command, bar in peers:
            peer = Peer(table, name, lambda n=name, c=command, t=tools: found(n, *t, command=c))
            if not peer.command:
                table.add(question, unit, None, None, name, bar=bar)
                continue
            a, b = in_turn(repeat, lambda c=mine: figures("catenet", c), peer, of=median)
            table.add(question, unit, a.get(figure), b.get(figure), name, bar=bar)
    a, _ = in_turn(repeat, lambda: figures("catenet", measure("calls")), of=median)
    table.add("a call that a host answers, on one processor: the median", "us", a["call_us"],
              better="less", bar=Bar("ours", most=10))
