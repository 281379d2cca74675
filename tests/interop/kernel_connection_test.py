#!/usr/bin/env python3
"""What the kernel's TCP and Catenet's answer to the same odd segments inside connections, and to a
byte in order behind each. Where they differ, DIFFERENCES names the clause that allows what Catenet
does.

    kernel_connection_test.py CATENET [TEST…]"""
import json

from kernel_lab import KernelLabs, Lab, main, namespace, with_script

PROBE = "tcp_connection_probe.py"
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


class Connections(KernelLabs):
    def test_odd_segments_are_answered_alike(self):
        self.need_scapy()
        nodes = {"p": with_script(PROBE), "k": namespace(),
                 "o": {"services": [{"http": {"port": 7, "files": {"/page": "x" * 200}}}]},
                 "sw": {"kind": "switch"}}
        macs = {"k": "02:00:00:00:00:11", "o": "02:00:00:00:00:12"}
        for name, mac in macs.items():
            nodes[name]["interfaces"] = {"eth0": {"mac": mac}}
        lab = Lab(nodes, [{"endpoints": [n, "sw"]} for n in ("p", "k", "o")])
        lab.step("k", f"exec python3 - <<'END'\n{SERVER}END\n", background=True)
        lab.step("k", "until python3 -c \"import socket; socket.create_connection(('::1', 7))\""
                 " 2>/dev/null; do sleep 0.05; done")
        for name in "ko":
            lab.step("p", f"ping -4 -q -c 1 -W 5 {name} && ping -6 -q -c 1 -W 5 {name}")
        targets = " ".join(f"{name}=10.0.1.{11 + i},fd00:0:0:1::{11 + i:x},{macs[name]}"
                           for i, name in enumerate("ko"))
        said = lab.step("p", f"/usr/bin/python3 /run/{PROBE} {targets}")
        # The probes themselves are malformed.
        out = self.run_lab(lab, drops_alone=True)
        for case, answers in json.loads(out[said]).items():
            kernel, ours = short(answers["k"]), short(answers["o"])
            with self.subTest(case):
                if case[2:] in DIFFERENCES:
                    self.assertEqual((kernel, ours), DIFFERENCES[case[2:]][:2],
                                     DIFFERENCES[case[2:]][2])
                else:
                    self.assertEqual(ours, kernel)


if __name__ == "__main__":
    main()
