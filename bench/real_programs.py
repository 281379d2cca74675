#!/usr/bin/env python3
"""Measures programs of the machine and prints one line of JSON. Needs root for the peers.

real_programs.py bulk|wrk own|veth   iperf3, or wrk at nginx, for three seconds: on two hosts' own
                                     stacks, or in two namespaces of the kernel joined by veth
real_programs.py calls               what a call costs that a host answers, on one processor
"""
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from commands import KEPT, ROOT, Failed, compiled, on_interrupt, output_of  # noqa: E402
from goodput import CATENET, gbit_per_s, inside, ip, iperf3, namespace, running  # noqa: E402
from goodput import succeeds, wait_for  # noqa: E402

HERE = ROOT / "bench" / "programs"
WRK = "wrk -t 1 -c 32 -d 3s http://{}/"


def own(server, port, client):
    """What the client prints, on a host beside the one that the server is on."""
    lab = {"name": "programs", "capture": "none",
           "nodes": {"a": {"programs": "real"}, "b": {"programs": "real"}},
           "links": [{"endpoints": ["a", "b"]}],
           "script": [{"name": "server", "at": "0 s", "on": "b", "start": server},
                      {"name": "up", "at": "0 s", "wait": {"on": "b", "port": port}},
                      {"name": "client", "after": "up", "on": "a", "run": client,
                       "timeout": "30 s"}]}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "lab.yaml"
        file.write_text(json.dumps(lab))
        text = output_of("catenet", [CATENET, "run", "--no-files", "--json", file])
    return next(one for one in json.loads(text)["steps"] if one["name"] == "client")["stdout"]


@contextlib.contextmanager
def veth():
    with namespace("a") as a, namespace("b") as b:
        ip("link", "add", "v0", "netns", a, "type", "veth", "peer", "name", "v0", "netns", b)
        for space, address in ((a, "10.8.0.1/24"), (b, "10.8.0.2/24")):
            ip("-n", space, "addr", "add", address, "dev", "v0")
            ip("-n", space, "link", "set", "v0", "up")
        yield a, b


def bulk(where):
    if where == "own":
        return {"gbit_per_s": gbit_per_s(own("iperf3 -s", 5201, "iperf3 -4 -c b -t 3 -J"))}
    with veth() as (a, b):
        return {"gbit_per_s": iperf3(b, a, "10.8.0.2", False)}


def requests_per_s(text):
    found = re.search(r"Requests/sec:\s*([\d.]+)", text)
    if not found:
        raise Failed(f"wrk said no figure: {text.strip()[-200:]}")
    return {"requests_per_s": float(found[1])}


def wrk(where):
    conf = HERE / "nginx.conf"
    if where == "own":
        server = f"mkdir -p t; exec nginx -p $PWD -c {conf}"
        return requests_per_s(own(server, 80, WRK.format("b")))
    with veth() as (a, b), tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "t").mkdir()
        quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with running("nginx", inside(b, "nginx", "-p", folder, "-c", conf), **quiet):
            wait_for(lambda: succeeds(inside(a, "curl", "-s", "http://10.8.0.2/")))
            return requests_per_s(output_of("wrk", inside(a, *WRK.format("10.8.0.2").split())))


def calls():
    source = HERE / "calls.c"
    made = compiled("calls", ["cc", "-O2", source], KEPT / "calls", [source])
    lab = {"name": "calls", "capture": "none", "nodes": {"a": {"programs": "real"}, "b": {}},
           "links": [{"endpoints": ["a", "b"]}],
           "script": [{"name": "client", "at": "0 s", "on": "a", "run": str(made)}]}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "lab.yaml"
        file.write_text(json.dumps(lab))
        text = output_of("catenet", ["taskset", "-c", "1", CATENET, "run", "--no-files", "--json",
                                     file])
    said = json.loads(json.loads(text)["steps"][0]["stdout"])
    return {"call_us": said["median_ns"] / 1e3, "call_p99_us": said["p99_ns"] / 1e3}


def stop(*_):
    raise Failed("interrupted")


def main():
    on_interrupt(stop)
    words = sys.argv[1:]
    try:
        if words == ["calls"]:
            figures = calls()
        elif len(words) == 2 and words[0] in ("bulk", "wrk") and words[1] in ("own", "veth"):
            figures = (bulk if words[0] == "bulk" else wrk)(words[1])
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 4
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
