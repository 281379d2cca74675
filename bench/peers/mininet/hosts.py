#!/usr/bin/python3
"""N hosts of Mininet's on one kernel bridge: prints how long they take to stand. Needs root.

Runs in a network namespace of its own, so that the bridge and its ends of the hosts' wires are gone
with it; Mininet itself ends the shell of each host.
"""
import json
import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

# Nothing of the machine's settings is changed: they would be, the first time.
Mininet.inited = True


def main():
    start = time.monotonic()
    net = Mininet(topo=SingleSwitchTopo(int(sys.argv[1])), switch=LinuxBridge, controller=None,
                  autoSetMacs=True)
    try:
        net.start()
        print(json.dumps({"name": "mininet", "start_s": time.monotonic() - start}))
    finally:
        net.stop()


if __name__ == "__main__":
    main()
