#!/usr/bin/env python3
"""Kernel and Catenet as hosts and routers of one another: autoconfiguration, duplicate
addresses and redirects.

    kernel_segment_test.py CATENET [TEST…]"""
import os
import re

from kernel_lab import KernelLabs, Lab, NO_RATION, main, namespace, router

MAC = "02:00:00:00:00:07"
FORMED = "ff:fe00:7"  # its interface identifier (RFC 4291 appendix A)
FIRST = f"fe80::{FORMED}"
SECOND_MAC, SECOND = "02:00:00:00:00:08", "fe80::ff:fe00:8"


def until(condition):
    return f"until {condition}; do sleep 0.1; done"


class Slaac(KernelLabs):
    def test_kernel_forms_addresses_from_our_advertisements(self):
        self.need("ping")
        lab = Lab({"k": namespace(slaac=True, interfaces={"eth0": {"mac": MAC}}),
                   "r": router(advertise={"interval": "4 s", "lifetime": "1200 s"}), "far": {}},
                  [{"endpoints": ["k", "r"]}, {"endpoints": ["r", "far"]}])
        lab.step("k", until("ip -6 addr show dev eth0 scope global -tentative | grep -q dynamic"))
        address = lab.step("k", "ip -6 addr show dev eth0 scope global")
        route = lab.step("k", "ip -6 route show default")
        lab.step("k", "ping -6 -q -c 2 -i 0.1 -W 10 far")
        said = self.run_lab(lab)
        self.assertRegex(said[address], rf"fd00:0:0:1:0:{FORMED}/64|fd00::1:0:{FORMED}/64")
        valid = int(re.search(r"valid_lft (\d+)sec", said[address])[1])
        preferred = int(re.search(r"preferred_lft (\d+)sec", said[address])[1])
        # RFC 4861 section 6.2.1: 30 days and 7 days.
        self.assertLess(2_592_000 - valid, 120)
        self.assertLess(604_800 - preferred, 120)
        self.assertIn("via fe80::", said[route])
        self.assertIn("proto ra", said[route])
        self.assertLess(1200 - int(re.search(r"expires (\d+)sec", said[route])[1]), 120)

    RADVD = """
interface eth0 {{
  AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime {lifetime};
  AdvLinkMTU 1400; AdvCurHopLimit 33;
  prefix fd00:0:0:1::/64 {{ AdvValidLifetime 7200; AdvPreferredLifetime 3600; }};
  RDNSS fd00:0:0:1::53 {{ }};
  DNSSL lab.example {{ }};
  route fd00:77::/32 {{ }};
}};
"""

    def radvd(self, lifetime=1800):
        return ("cat > /tmp/c <<END\n" + self.RADVD.format(
            lifetime=lifetime) + "END\nexec radvd -n -C /tmp/c -p /tmp/pid -m stderr -u root")

    def lab_with_radvd(self):
        self.need("radvd", "ping")
        if os.geteuid() != 0:
            self.skipTest("radvd gives up root's groups, which an ordinary user's root cannot")
        return Lab({"k": namespace(forwarding=True), "far": namespace(),
                    "h": {"slaac": True, "interfaces": {"eth0": {"mac": MAC}}}},
                   [{"endpoints": ["k", "h"]}, {"endpoints": ["k", "far"]}])

    def test_ours_forms_addresses_from_radvd(self):
        lab = self.lab_with_radvd()
        lab.step("k", self.radvd(), background=True)
        heard = lab.step("k", until(f"ping -6 -c 1 -W 1 fd00:0:0:1:0:{FORMED}"))
        lab.step("h", "ping -6 -q -c 2 -i 0.1 k", stdout={"contains": " 0% packet loss"})
        # The default route, and what the router says of hop limit and MTU.
        lab.step("h", "ping -6 -q -c 2 -i 0.1 far", stdout={"contains": " 0% packet loss"})
        lab.step("h", "ping -6 -q -c 1 -M do -s 1353 -W 1 far", exit=1)
        lab.step("h", "ping -6 -q -c 1 -M do -s 1352 far")
        said = self.run_lab(lab)
        self.assertIn("ttl=33", said[heard])

    def test_router_that_retires_is_used_no_more(self):
        lab = self.lab_with_radvd()
        lab.step("k", self.radvd(), background=True, exit=0)
        lab.step("k", until(f"ping -6 -c 1 -W 1 fd00:0:0:1:0:{FORMED}"))
        lab.step("h", "ping -6 -q -c 1 far", stdout={"contains": " 0% packet loss"})
        # Its last words are a lifetime of 0 (RFC 4861 section 6.2.5).
        lab.step("k", "kill $(cat /tmp/pid); sleep 0.3")
        lab.step("h", "ping -6 -q -c 1 -W 1 far", exit=2)
        self.run_lab(lab)


class ColdBoot(KernelLabs):
    """Both wake at once and look whether their addresses are unique; then each wants another's."""

    def test_kernel_finds_our_addresses_taken(self):
        self.need("ping", "arping")
        lab = Lab({"k": namespace(boot="cold"), "h": {"boot": "cold"}}, [{"endpoints": ["k", "h"]}])
        for family in (4, 6):
            lab.step("k", f"ping -{family} -q -c 1 -W 5 h")
            lab.step("h", f"ping -{family} -q -c 1 k")
        lab.step("k", "ip -6 addr show dev eth0", stdout={"not_contains": "dadfailed"})
        lab.step("k", "ip -6 addr add fd00:0:0:1::b/64 dev eth0; "
                 + until("ip -6 addr show dev eth0 to fd00:0:0:1::b | grep -q dadfailed"))
        lab.step("k", "arping -D -q -c 2 -w 5 -I eth0 10.0.1.11", exit=1)
        # Ours kept them.
        lab.step("k", "ip -6 addr del fd00:0:0:1::b/64 dev eth0; ping -6 -q -c 1 -W 5 h")
        lab.step("k", "ping -4 -q -c 1 -W 5 h")
        self.run_lab(lab)
        self.assertEqual(self.report["notes"], [])


class Redirect(KernelLabs):
    """One segment with two hosts and two routers; the second leads to far."""

    def lab(self, first, second, host):
        return Lab({"a": host, "r1": first, "r2": second, "far": {}, "sw": {"kind": "switch"}},
                   [{"endpoints": ["a", "sw"]}, {"endpoints": ["r1", "sw"]},
                    {"endpoints": ["r2", "sw"]}, {"endpoints": ["r2", "far"]}])

    def test_ours_redirects_the_kernel(self):
        self.need("ping")
        lab = self.lab(router(), router(), namespace())
        linklocal = lab.step("a", "ping -6 -c 1 -W 5 r1 > /dev/null; "
                             "ip -6 neigh show dev eth0; ip -6 route show default")
        lab.step("a", "ping -4 -c 3 -i 0.1 -W 5 far",
                 stdout={"contains": "Redirect Host"})
        route = lab.step("a", "ip -4 route get $(getent ahostsv4 far | awk '{print $1; exit}')")
        said = self.run_lab(lab)
        self.assertIn("via 10.0.1.2", said[route], said[linklocal])
        self.assertIn("redirected", said[route])

    # A redirect names a router by its link-local address, and comes from the sender's own (RFC 4861
    # section 8.1): routes have to say those.
    def lab6(self, first, second, host):
        first["interfaces"] = {"eth0": {"mac": MAC}}
        second["interfaces"] = {"eth0": {"mac": SECOND_MAC}}
        first["routes"] = [{"to": "fd00:0:0:2::/64", "via": SECOND, "interface": "eth0"}]
        host["routes"] = [{"to": "::/0", "via": FIRST, "interface": "eth0"}]
        return self.lab(first, second, host)

    def test_ours_redirects_the_kernel_over_ipv6(self):
        self.need("ping")
        lab = self.lab6(router(), router(), namespace())
        lab.step("a", "ping -6 -q -c 3 -i 0.2 -W 5 far",
                 stdout={"contains": " 0% packet loss"})
        lab.step("a", "ip -6 route get $(getent ahostsv6 far | awk '{print $1; exit}')",
                 stdout={"contains": f"via {SECOND} "})
        self.run_lab(lab)

    def test_kernel_redirects_ours(self):
        self.need("ping")
        lab = self.lab(namespace(forwarding=True), namespace(forwarding=True), {})
        lab.step("r1", NO_RATION)
        lab.step("a", "ping -4 -q -c 3 -i 0.1 far", stdout={"contains": " 0% packet loss"})
        lab.step("a", "traceroute -4 -n -q 1 far", stdout={"matches": r"^ ?1 +10\.0\.1\.2 "})
        self.run_lab(lab)

    def test_kernel_redirects_ours_over_ipv6(self):
        self.need("ping")
        lab = self.lab6(namespace(forwarding=True), namespace(forwarding=True), {})
        lab.step("r1", NO_RATION)
        lab.step("a", "ping -6 -q -c 3 -i 0.2 far", stdout={"contains": " 0% packet loss"})
        lab.step("a", "traceroute -6 -n -q 1 far", stdout={"matches": r"^ ?1 +fd00:0:0:1::2 "})
        self.run_lab(lab)


if __name__ == "__main__":
    main()
