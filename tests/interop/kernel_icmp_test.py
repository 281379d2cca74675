#!/usr/bin/env python3
"""What the kernel and Catenet answer to the same odd packets on the same segment, field by field.
Where they differ, DIFFERENCES names the clause that allows what Catenet does.

    kernel_icmp_test.py CATENET [TEST…]"""
import json

from kernel_lab import KernelLabs, Lab, NO_RATION, main, namespace, router, with_script

PROBE = "icmp_probe.py"
FIRST = 100  # of the prober's addresses: one a case, so that none is rationed
CASES = 60

# case: (the kernel's answers, ours, why both may be), an answer as in `short`.
DIFFERENCES = {
    "4 closed_port_tos": (
        [(3, 3, 0, 0xc8, 32, True)], [(3, 3, 0, 0xc0, 32, True)],
        "RFC 1349 section 5.1: an error has the default type of service"),
    "4 class_e": (
        [(3, 0, 0, 0xc0, 32, True)], [],
        "RFC 1812 section 5.3.7: what no router carries is discarded, route or none"),
    "6 atomic_fragment": (
        [(1, 4, 0, 0, 60, True)], [(1, 4, 0, 0, 52, False)],
        "RFC 8200 section 4.5: a reassembled packet has no Fragment header, and that is quoted"),
}


def short(answer):
    """What of an answer is compared."""
    return (answer["type"], answer["code"], answer["field"], answer["class"],
            answer["quoted"], answer["same"])

# Forty datagrams to ports that nobody has; prints how many errors came back.
FORTY = """
import socket, sys, time
family = socket.AF_INET if sys.argv[2] == "4" else socket.AF_INET6
def heard():
    titles, numbers = [l.split() for l in open("/proc/net/snmp") if l.startswith("Icmp: ")]
    six = dict(l.split() for l in open("/proc/net/snmp6"))
    return int(numbers[titles.index("InDestUnreachs")]) + int(six["Icmp6InDestUnreachs"])
s = socket.socket(family, socket.SOCK_DGRAM)
to = socket.getaddrinfo(sys.argv[1], 0, family)[0][4][0]
before = heard()
for port in range(9000, 9040):
    s.sendto(b"", (to, port))
end = time.monotonic() + 10
while heard() == before and time.monotonic() < end:
    time.sleep(0.05)
time.sleep(0.3)
print(heard() - before)
"""


class Icmp(KernelLabs):
    def probe(self, kernel, ours, behind, wait_s):
        self.need_scapy()
        nodes = {"p": with_script(PROBE, interfaces={"eth0": {"address": ["10.0.1.250/24",
                                                                          "fd00:0:0:1::250/64"]}}),
                 "k": {**kernel, "interfaces": {"eth0": {"mac": "02:00:00:00:00:11"}}},
                 "o": {**ours, "interfaces": {"eth0": {"mac": "02:00:00:00:00:12"}}},
                 "sw": {"kind": "switch"}}
        links = [{"endpoints": [n, "sw"]} for n in ("p", "k", "o")]
        extra = {"k": "", "o": ""}
        addresses = {"k": ("10.0.1.11", "fd00:0:0:1::11"), "o": ("10.0.1.12", "fd00:0:0:1::12")}
        for name, (v4, v6) in addresses.items():
            nodes[name]["interfaces"]["eth0"]["address"] = [v4 + "/24", v6 + "/64"]
        if behind:
            for number, name in enumerate("ko", 2):
                nodes["b" + name] = {}
                ends = ((name, "narrow"), ("b" + name, "eth0"))
                links.append({"endpoints": [{"node": node, "interface": port, "mtu": 1300}
                                            for node, port in ends]})
                extra[name] = f",10.0.{number}.10,fd00:0:0:{number}::a"
        lab = Lab(nodes, links)
        lab.step("k", NO_RATION)
        lab.step("p", f"for i in $(seq {FIRST} {FIRST + CASES}); do"
                 " echo addr add 10.0.1.$i/24 dev eth0; done | ip -batch -;"
                 f"for i in $(seq {FIRST} {FIRST + CASES}); do"
                 " echo addr add fd00:0:0:1::$i/64 dev eth0 nodad; done | ip -6 -batch -")
        targets = " ".join(f"{name}={addresses[name][0]},{addresses[name][1]},"
                           f"02:00:00:00:00:1{number}{extra[name]}"
                           for number, name in enumerate("ko", 1))
        said = lab.step("p", f"/usr/bin/python3 /run/{PROBE} {wait_s} {FIRST} {targets}",
                        timeout=f"{int(wait_s) + 60} s")
        # The probes themselves are malformed.
        out = self.run_lab(lab, drops_alone=True)
        return json.loads(out[said])

    def compare(self, said):
        for case, answers in said.items():
            kernel, ours = ([short(a) for a in answers[who]] for who in "ko")
            with self.subTest(case):
                if case in DIFFERENCES:
                    self.assertEqual((kernel, ours), DIFFERENCES[case][:2], DIFFERENCES[case][2])
                else:
                    self.assertEqual(ours, kernel)
                for answer in answers["o"]:
                    # RFC 1812 section 4.3.2.3, RFC 1122 section 3.2.1.7: long enough to come back.
                    self.assertGreaterEqual(answer["hop_limit"], 64)

    def test_hosts_answer_alike(self):
        # Until the last fragments have been given up: RFC 8200 section 4.5 has 60 s.
        said = self.probe(namespace(), {}, False, 64)
        self.compare(said)
        for case in ("4 only_first_fragment", "6 only_first_fragment"):
            self.assertEqual([(a["type"], a["code"]) for a in said[case]["o"]],
                             [(11, 1) if case[0] == "4" else (3, 1)], case)

    def test_routers_answer_alike(self):
        self.compare(self.probe(namespace(forwarding=True), router(), True, 5))

    def test_errors_are_rationed_alike(self):
        self.need("python3")
        lab = Lab({"p": namespace(), "k": namespace(), "o": {}, "sw": {"kind": "switch"}},
                  [{"endpoints": [n, "sw"]} for n in ("p", "k", "o")])
        names = {}
        for family in (4, 6):
            for target in ("k", "o"):
                lab.step("p", f"ping -{family} -q -c 1 -W 5 {target}")
                names[family, target] = lab.step(
                    "p", f"python3 - {target} {family} <<'END'\n{FORTY}END\n")
        said = self.run_lab(lab)
        for key, name in names.items():
            # A burst of 6, and one a second after it.
            self.assertIn(int(said[name]), range(5, 10), key)


if __name__ == "__main__":
    main()
