#!/usr/bin/env python3
"""What the kernel's TCP and Catenet's answer to the same lone segments, to a port with a listener
and to one without. Where they differ, DIFFERENCES names the clause that allows what Catenet does.

    kernel_segments_test.py CATENET [TEST…]"""
from kernel_lab import main
from side_by_side import SideBySide

# case, without its family: (the kernel's answer, ours, why both may be).
DIFFERENCES = {}


def short(answer):
    if answer is None:
        return None
    return (answer["flags"], answer["seq"], answer["ack"], answer["window"],
            " ".join(answer["options"]))


class Segments(SideBySide):
    def test_lone_segments_are_answered_alike(self):
        self.compare("tcp_probe.py", "exec python3 -c \"import socket, time; "
                     "s = socket.create_server(('::', 7), family=socket.AF_INET6, "
                     "dualstack_ipv6=True, backlog=200); time.sleep(100)\"", "echo", short,
                     DIFFERENCES)


if __name__ == "__main__":
    main()
