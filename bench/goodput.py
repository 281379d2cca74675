#!/usr/bin/env python3
"""Measures one way with iperf3 for three seconds and prints {"gbit_per_s": …}. Needs root.

goodput.py lab|captured FILE            a lab's step called iperf3; with the files that the lab
                                        leaves, which go again
goodput.py plain|offload forth|back     two namespaces and the minimal forwarder
goodput.py slirp4netns|pasta forth|back a namespace and another that is its "host"; of pasta the
                                        best of CUBIC, BBR, and CUBIC in a window of 256 KiB

`back`: the far end sends. Nothing leaves the machine, and nothing is left behind: also not by one
that was killed, whose namespaces and files the next one takes away.
"""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from commands import KEPT, ROOT, Failed, end, on_interrupt, output_of, start  # noqa: E402
from peers.tap import build as tap  # noqa: E402

PREFIX = "catenet-bench-"
CAPTURED = "captured-"
CATENET = ROOT / "build" / "release" / "tools" / "catenet"


def ip(*words):
    output_of("ip " + " ".join(words), ["ip", *words])


def ended(owner):
    return not pathlib.Path("/proc", owner).exists()


def remove_leftovers():
    for entry in pathlib.Path("/run/netns").glob(PREFIX + "*"):
        if ended(entry.name.removeprefix(PREFIX).split("-")[0]):
            with contextlib.suppress(Failed):
                ip("netns", "del", entry.name)
    for folder in KEPT.glob(CAPTURED + "*"):
        if ended(folder.name.removeprefix(CAPTURED).split("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def namespace(name):
    name = f"{PREFIX}{os.getpid()}-{name}"
    try:
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        with contextlib.suppress(Failed):
            ip("netns", "del", name)


@contextlib.contextmanager
def running(name, command, **options):
    process = start(name, command, **options)
    try:
        yield process
    finally:
        end(process)


def inside(space, *command):
    return ["ip", "netns", "exec", space, *command]


def wait_for(what, seconds=10):
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise Failed("the path did not come up")
        time.sleep(0.05)


def succeeds(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


def gbit_per_s(text):
    document = json.loads(text)
    if "error" in document:
        raise Failed(f"iperf3: {document['error']}")
    return document["end"]["sum_received"]["bits_per_second"] / 1e9


CUBIC = ("-C", "cubic")
# pasta loses what comes faster than it reads, and how CUBIC recovers is then all that is measured.
PASTA = (CUBIC, ("-C", "bbr"), (*CUBIC, "-w", "256k"))


def one_run(client, words, how):
    try:
        return gbit_per_s(output_of("iperf3", inside(client, *words, *how)))
    except Failed:  # not everybody may choose
        return gbit_per_s(output_of("iperf3", inside(client, *words)))


def iperf3(server, client, address, back, hows=(CUBIC,)):
    """What `client` measures with `server`, which it reaches under `address`: the best."""
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with running("iperf3", inside(server, "iperf3", "-s"), **quiet):
        words = ["iperf3", "-4", "-c", address]
        wait_for(lambda: succeeds(inside(client, *words, "-k", "1")))
        words += ["-t", "3", "-J", *(["-R"] if back else [])]
        return max(one_run(client, words, how) for how in hows)


def lab(file, *files):
    text = output_of("catenet", [CATENET, "run", *(files or ["--no-files"]), "--json", file])
    step = next(one for one in json.loads(text)["steps"] if one["name"] == "iperf3")
    return gbit_per_s(step["stdout"])


def captured(file):
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix=f"{CAPTURED}{os.getpid()}-") as folder:
        return lab(file, "--out", folder)


def forwarder(how, back):
    with namespace("a") as a, namespace("b") as b:
        command = [tap.program(), a, b, how]
        with running("the forwarder", command, stdout=subprocess.PIPE) as process:
            if process.stdout.readline() != "ready\n":
                raise Failed("the forwarder did not begin")
            for space, address in ((a, "10.8.0.1/24"), (b, "10.8.0.2/24")):
                ip("-n", space, "addr", "add", address, "dev", "tap0")
                ip("-n", space, "link", "set", "tap0", "up")
            return iperf3(b, a, "10.8.0.2", back)


def slirp4netns(back):
    with namespace("host") as host, namespace("guest") as guest:
        command = inside(host, "slirp4netns", "--configure", "--mtu=1500", "--netns-type=path",
                         f"/run/netns/{guest}", "tap0")
        with running("slirp4netns", command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            return iperf3(host, guest, "10.0.2.2", back)


def pasta(back):
    with namespace("host") as host, namespace("guest") as guest:
        # It copies an interface with a default route, which need not lead anywhere.
        ip("-n", host, "link", "add", "out", "type", "veth", "peer", "name", "far")
        for end_name in ("out", "far"):
            ip("-n", host, "link", "set", end_name, "up")
        ip("-n", host, "addr", "add", "192.0.2.10/24", "dev", "out")
        ip("-n", host, "route", "add", "default", "via", "192.0.2.1")
        command = inside(host, "pasta", "-f", "--runas", "0:0", "--config-net", "--mtu", "1500",
                         "-t", "none", "-u", "none", "-T", "none", "-U", "none",
                         "--netns", f"/run/netns/{guest}")
        with running("pasta", command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            return iperf3(host, guest, "192.0.2.1", back, PASTA)


def measure(what, argument):
    remove_leftovers()
    if what in ("lab", "captured"):
        return (lab if what == "lab" else captured)(argument)
    back = argument == "back"
    if what == "slirp4netns":
        return slirp4netns(back)
    return pasta(back) if what == "pasta" else forwarder(what, back)


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    on_interrupt(interrupted)
    try:
        print(json.dumps({"gbit_per_s": measure(*sys.argv[1:])}))
    except (Failed, ValueError, KeyError) as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
