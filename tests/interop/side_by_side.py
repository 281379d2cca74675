"""A probe says the same odd things to a server in a namespace of the kernel and to one of
Catenet's, and their answers are compared."""
import json

from kernel_lab import KernelLabs, Lab, namespace, with_script


class SideBySide(KernelLabs):
    def compare(self, probe, server, service, short, differences):
        """The kernel runs the command `server`, Catenet `service`, both at port 7; `probe` prints
        {case: {"k": answer, "o": answer}}, a case's first word being its family's number. Answers
        are compared as `short` tells them. differences: {case without family: (the kernel's
        answer, ours, why both may be)}."""
        self.need_scapy()
        nodes = {"p": with_script(probe), "k": namespace(), "o": {"services": [service]},
                 "sw": {"kind": "switch"}}
        macs = {"k": "02:00:00:00:00:11", "o": "02:00:00:00:00:12"}
        for name, mac in macs.items():
            nodes[name]["interfaces"] = {"eth0": {"mac": mac}}
        lab = Lab(nodes, [{"endpoints": [n, "sw"]} for n in ("p", "k", "o")])
        lab.step("k", server, background=True)
        lab.step("k", "until python3 -c \"import socket; socket.create_connection(('::1', 7))\""
                 " 2>/dev/null; do sleep 0.05; done")
        for name in "ko":
            lab.step("p", f"ping -4 -q -c 1 -W 5 {name} && ping -6 -q -c 1 -W 5 {name}")
        targets = " ".join(f"{name}=10.0.1.{11 + i},fd00:0:0:1::{11 + i:x},{macs[name]}"
                           for i, name in enumerate("ko"))
        said = lab.step("p", f"/usr/bin/python3 /run/{probe} {targets}")
        # The probes themselves are malformed.
        out = self.run_lab(lab, drops_alone=True)
        for case, answers in json.loads(out[said]).items():
            kernel, ours = short(answers["k"]), short(answers["o"])
            with self.subTest(case):
                if case[2:] in differences:
                    *both, why = differences[case[2:]]
                    self.assertEqual([kernel, ours], both, why)
                else:
                    self.assertEqual(ours, kernel)
