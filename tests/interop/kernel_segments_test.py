#!/usr/bin/env python3
"""What the kernel's TCP and Catenet's answer to the same lone segments, to a port with a listener
and to one without. Where they differ, DIFFERENCES names the clause that allows what Catenet does.

    kernel_segments_test.py CATENET [TEST…]"""
import json

from kernel_lab import KernelLabs, Lab, main, namespace, with_script

PROBE = "tcp_probe.py"

# case, without its family: (the kernel's answer, ours, why both may be).
DIFFERENCES = {
    "syn_ece_cwr to open": (
        ("SAE", "own", "seq+len", True, "MSS"), ("SA", "own", "seq+len", True, "MSS"),
        "RFC 3168 section 6.1.1: a host that does not use ECN answers with neither flag"),
}


def short(answer):
    if answer is None:
        return None
    return (answer["flags"], answer["seq"], answer["ack"], answer["window"],
            " ".join(answer["options"]))


class Segments(KernelLabs):
    def test_lone_segments_are_answered_alike(self):
        self.need_scapy()
        nodes = {"p": with_script(PROBE), "k": namespace(), "o": {"services": ["echo"]},
                 "sw": {"kind": "switch"}}
        macs = {"k": "02:00:00:00:00:11", "o": "02:00:00:00:00:12"}
        for name, mac in macs.items():
            nodes[name]["interfaces"] = {"eth0": {"mac": mac}}
        lab = Lab(nodes, [{"endpoints": [n, "sw"]} for n in ("p", "k", "o")])
        lab.step("k", "exec python3 -c \"import socket, time; "
                 "s = socket.create_server(('::', 7), family=socket.AF_INET6, "
                 "dualstack_ipv6=True, backlog=200); time.sleep(100)\"", background=True)
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
