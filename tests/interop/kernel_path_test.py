#!/usr/bin/env python3
"""Pings of every length, traceroutes and path MTU discovery between the kernel and Catenet, with
routers of either on the way.

    kernel_path_test.py CATENET [TEST…]"""
from kernel_lab import KernelLabs, Lab, NO_RATION, main, namespace, router

EDGES = [*range(1452, 1486), *range(2940, 2971), 8000, 65507]


class Ping(KernelLabs):
    def setUp(self):
        self.need("ping")
        self.lab = Lab({"k": namespace(), "h": {}}, [{"endpoints": ["k", "h"]}])

    def test_kernel_is_answered_at_every_length(self):
        loop = ("for s in {sizes}; do ping -{family} -q -c 1 -W 10 -M {how} -s $s h >/dev/null"
                " || echo lost $s; done")
        for family, edge in ((4, 1472), (6, 1452)):
            for how in ("dont", "want"):
                self.lab.step("k", loop.format(sizes=" ".join(map(str, EDGES)), family=family,
                                               how=how), stdout={"equals": ""})
            fits = " ".join(str(s) for s in EDGES if s <= edge)
            self.lab.step("k", loop.format(sizes=fits, family=family, how="do"),
                          stdout={"equals": ""})
            self.lab.step("k", f"ping -{family} -q -c 1 -W 1 -M do -s {edge + 1} h", exit=1)
        self.run_lab(self.lab)

    def test_kernel_answers_ours_at_every_length(self):
        for family, edge in ((4, 1472), (6, 1452)):
            for size in EDGES:
                self.lab.step("h", f"ping -{family} -q -c 1 -s {size} k",
                              stdout={"contains": " 0% packet loss"})
            self.lab.step("h", f"ping -{family} -q -c 1 -M do -s {edge} k")
            self.lab.step("h", f"ping -{family} -q -c 1 -W 1 -M do -s {edge + 1} k", exit=1)
        self.run_lab(self.lab)


def chain(*kinds):
    """n0 — n1 — …, as many as there are kinds."""
    nodes = {f"n{i}": kind for i, kind in enumerate(kinds)}
    return Lab(nodes, [{"endpoints": [f"n{i}", f"n{i + 1}"]} for i in range(len(kinds) - 1)])


class Traceroute(KernelLabs):
    # By the subnets of a chain: the near port of each router, then the target.
    WAYS = {4: ["10.0.1.1", "10.0.2.2", "10.0.3.10"],
            6: ["fd00:0:0:1::1", "fd00:0:0:2::2", "fd00:0:0:3::a"]}

    def trace(self, lab, kinds):
        names = {}
        for node in lab.nodes:
            if lab.nodes[node].get("kind") == "namespace":
                lab.step(node, NO_RATION)
        for family in (4, 6):
            for kind in kinds:
                name = lab.step("n0", f"traceroute -{family} -n -q 1 -w 3 {kind} n3")
                names[name] = family
        said = self.run_lab(lab)
        for name, family in names.items():
            hops = [line.split()[1] for line in said[name].splitlines()[1:]]
            self.assertEqual([h.replace("fd00:0:0:", "fd00::").replace("fd00::", "fd00:0:0:")
                              for h in hops], self.WAYS[family], said[name])

    def test_kernel_sees_our_routers_and_the_kernel_behind_them(self):
        self.need("traceroute")
        self.trace(chain(namespace(), router(), router(), namespace()), ("", "-I", "-T -p 9"))

    def test_kernel_sees_our_routers_and_our_host_behind_them(self):
        self.need("traceroute")
        self.trace(chain(namespace(), router(), router(), {}), ("", "-I", "-T -p 9"))

    def test_ours_sees_the_kernels_routers_and_the_kernel_behind_them(self):
        forwards = namespace(forwarding=True)
        self.trace(chain({}, forwards, forwards, namespace()), ("", "-I", "-T -p 9"))

    def test_ours_is_told_by_the_kernels_router_that_there_is_no_way(self):
        forwards = namespace(forwarding=True)
        lab = chain({}, forwards, namespace())
        lab.step("n1", NO_RATION)
        for to, said in (("203.0.113.1", "Destination Net Unreachable"),
                         ("10.0.2.99", "Destination Host Unreachable"),
                         ("2001:db8:1::1", "Destination unreachable: No route"),
                         ("fd00:0:0:2::99", "Destination unreachable: Address unreachable")):
            lab.step("n0", f"ping -c 1 -W 8 {to}", exit=1, stdout={"contains": said})
        self.run_lab(lab)


def narrow(first, second, third, fourth, mtu, **web):
    """n0 — n1 — narrow — n2 — n3 (which serves)."""
    lab = chain(first, second, third, {**fourth, **web})
    for end in (0, 1):
        lab.links[1]["endpoints"][end] = {"node": f"n{end + 1}", "interface": "narrow", "mtu": mtu}
    return lab


SERVES = {"services": [{"http": {"files": {"/big": {"size": "1 MB"}}}}]}


class PathMtu(KernelLabs):
    def test_tracepath_finds_the_narrow_link_behind_our_routers(self):
        self.need("tracepath")
        lab = narrow(namespace(), router(), router(), {}, 1300)
        names = [lab.step("n0", f"tracepath -{family} -n -m 6 n3") for family in (4, 6)]
        said = self.run_lab(lab)
        for name in names:
            self.assertIn("pmtu 1300", said[name])
            self.assertIn("reached", said[name])

    def test_ours_finds_the_narrow_link_behind_the_kernels_routers(self):
        forwards = namespace(forwarding=True)
        lab = narrow({}, forwards, forwards, namespace(), 1300)
        for node in ("n1", "n2", "n3"):
            lab.step(node, NO_RATION)
        for family in (4, 6):
            lab.step("n0", f"traceroute -{family} --mtu -n -w 3 -q 1 n3",
                     stdout={"contains": "F=1300"})
            # The first is lost to what is learned of it, or fragmented.
            lab.step("n0", f"ping -{family} -q -c 3 -i 0.1 -s 1400 n3",
                     stdout={"matches": "[23] received"})
        self.run_lab(lab)

    def fetch_kernel_to_ours(self, mtu, *flags, forward=None, families=(4, 6)):
        self.need("curl")
        forward = forward or router()
        lab = narrow(namespace(), forward, forward, SERVES, mtu)
        for family in families:
            lab.step("n0", f"curl -{family} -sS -m 30 -o /dev/null -w '%{{size_download}}' "
                     "http://n3/big", stdout={"equals": "1000000"})
        if forward["kind"] == "namespace":
            lab.step("n1", NO_RATION)
        self.run_lab(lab, *flags)

    def test_our_server_fits_its_segments_to_our_narrow_link(self):
        self.fetch_kernel_to_ours(1280)

    def test_our_server_fits_its_segments_without_offload(self):
        self.fetch_kernel_to_ours(1300, "--no-offload")

    def test_our_server_fits_its_segments_to_the_kernels_narrow_link(self):
        self.fetch_kernel_to_ours(1300, forward=namespace(forwarding=True))

    def test_our_server_fits_its_segments_to_a_link_of_576(self):
        lab = narrow(namespace(), router(), router(), SERVES, 576)
        lab.settings["families"] = ["ipv4"]
        lab.step("n0", "curl -4 -sS -m 30 -o /dev/null -w '%{size_download}' http://n3/big",
                 stdout={"equals": "1000000"})
        self.run_lab(lab)

    def fetch_ours_from_kernel(self, forward, *flags):
        self.need("python3")
        lab = narrow({}, forward, forward, namespace(), 1280)
        lab.step("n3", "cd /tmp; head -c 1000000 /dev/zero > big; "
                 "exec python3 -m http.server --bind :: 80", background=True)
        lab.step("n3", "until python3 -c \"import socket; socket.create_connection(('::1', 80))\""
                 " 2>/dev/null; do sleep 0.05; done")
        for family in (4, 6):
            lab.step("n0", f"fetch -{family} -q --digest sha256 http://n3/big",
                     stdout={"contains": "1000000"})
        self.run_lab(lab, *flags)

    def test_kernels_server_fits_its_segments_to_our_narrow_link(self):
        self.fetch_ours_from_kernel(router())

    def test_kernels_server_fits_its_segments_without_offload(self):
        self.fetch_ours_from_kernel(router(), "--no-offload")

    def test_our_client_is_served_through_the_kernels_narrow_link(self):
        self.fetch_ours_from_kernel(namespace(forwarding=True))


if __name__ == "__main__":
    main()
