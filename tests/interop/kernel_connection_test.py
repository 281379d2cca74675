#!/usr/bin/env python3
"""What the kernel's TCP and Catenet's answer to the same odd segments inside connections, and to a
byte in order behind each. Where they differ, DIFFERENCES names the clause that allows what Catenet
does.

    kernel_connection_test.py CATENET [TEST…]"""
from kernel_lab import main
from side_by_side import SideBySide

# Answers each connection's first request and then leaves it alone.
SERVER = """
import socket, threading
answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: 200\\r\\n\\r\\n" + b"x" * 200
def serve(peer):
    peer.recv(1000)
    peer.sendall(answer)
server = socket.create_server(("::", 7), family=socket.AF_INET6, dualstack_ipv6=True, backlog=500)
kept = []
while True:
    kept.append(server.accept()[0])
    threading.Thread(target=serve, args=(kept[-1],)).start()
"""

# case, without its family: (the kernel's answers, ours, why both may be).
DIFFERENCES = {
    "fin_with_gap": (
        ("A 0/0 Timestamp,SAck [10, 11]", "A 0/1 Timestamp,SAck [10, 11]"),
        ("A 0/0 Timestamp", "A 0/1 Timestamp"),
        "RFC 2018 section 3: blocks are of data; the FIN is held, and not reported as such"),
    "no_timestamp_data": (
        ("A 0/10 Timestamp", "A 0/10 Timestamp,SAck [0, 1]"), ("", "A 0/1 Timestamp"),
        "RFC 7323 section 3.2: a segment without its timestamp should be dropped in silence"),
}


def short(answers):
    return tuple(" ".join(f"{a['flags']} {a['seq']}/{a['ack']}"
                          f"{'' if a['window'] else ' win 0'} {','.join(a['options'])}"
                          for a in told) for told in answers)


class Connections(SideBySide):
    def test_odd_segments_are_answered_alike(self):
        self.compare("tcp_connection_probe.py", f"exec python3 - <<'END'\n{SERVER}END\n",
                     {"http": {"port": 7, "files": {"/page": "x" * 200}}}, short, DIFFERENCES)


if __name__ == "__main__":
    main()
