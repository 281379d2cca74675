#!/usr/bin/env python3
"""What the machine's own tools say of a lab host that they run on, against the lab's plan: ip,
ifconfig, getent, ping and others, a program of C and one of Python; as root and as nobody."""
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from kernel_lab import CATENET, LIMIT_S, Lab, main, router

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
HERE = pathlib.Path(__file__).parent
STEPS = {  # by the program that they need
    "addr": "ip -j addr", "addr6": "ip -j -6 addr", "link": "ip -j -s link",
    "one": "ip -j link show dev eth1", "no_such": "ip link show dev eth9 || true",
    "route": "ip -j route", "route6": "ip -j -6 route", "local": "ip -j route show table local",
    "get": "ip -j route get {web}", "get6": "ip -j route get {web6}",
    "own": "ip -j route get {own}",
    "neigh": "ip -j neigh", "rule": "ip -j rule",
    "change": "ip addr add 192.0.2.1/24 dev eth0 2>&1 || true; ip addr show dev eth0",
    "getent": "getent hosts web", "getent_all": "getent ahosts web; getent ahostsv4 web",
    "hostname": "hostname", "uname": "uname -n",
    "cat": "cat /etc/hostname /proc/sys/kernel/hostname /proc/net/dev /etc/nsswitch.conf;"
           " cat /proc/net/tcp 2>&1 || true",
    "ifconfig": "ifconfig -a; ifconfig eth1 192.0.2.1 2>&1 || true",
    "netstat": "netstat -rn; netstat -i", "arp": "arp -n",
    "traceroute": "traceroute -n -q 1 {web}",
    "nameindex": "/usr/bin/python3 -c 'import socket; print(socket.if_nameindex())'",
    "netlink": "/usr/bin/python3 {folder}/host_face_probe.py netlink",
    "daemons": "/usr/bin/python3 {folder}/host_face_probe.py daemons",
    "devices": "/usr/bin/python3 {folder}/host_face_probe.py devices eth0 {web}",
    "scoped": "/usr/bin/python3 {folder}/host_face_probe.py scoped eth1 {side}",
    "c": "{folder}/host_face",
}


def link_local(mac):
    octets = [int(part, 16) for part in mac.split(":")]
    octets = [octets[0] ^ 2, *octets[1:3], 0xff, 0xfe, *octets[3:]]
    return str(ipaddress.IPv6Address(bytes([0xfe, 0x80, *[0] * 6, *octets])))


def catenet(user, *words):
    """As an ordinary user in its own environment: nothing of root's is in the way."""
    done = subprocess.run([*user, CATENET, *words], capture_output=True, text=True, check=False,
                          timeout=LIMIT_S, env={"PATH": PATH, "TMPDIR": "/tmp"})
    return done


class Face:
    """One lab, in which every tool runs once; each test looks at what one of them printed."""
    user = []

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        os.chmod(cls.folder, 0o777)
        cls.lay_out_programs()
        lab = Lab({"alice": {"programs": "real"}, "r1": router(), "web": {"programs": "real"},
                   "side": {"programs": "real"}},
                  [{"endpoints": [{"node": "alice"}, {"node": "r1"}]},
                   {"endpoints": ["r1", "web"]},
                   {"endpoints": [{"node": "alice", "mtu": 1400}, {"node": "side", "mtu": 1400}]}],
                  name="face")
        cls.plan = cls.plan_of(lab)
        cls.add_steps(lab)
        file = pathlib.Path(cls.folder) / "face.yaml"
        file.write_text(lab.text())
        done = catenet(cls.user, "run", str(file), "--out", cls.folder, "--json")
        if done.returncode == 3:
            raise unittest.SkipTest(done.stderr.strip())
        assert done.stdout.startswith("{"), done.stderr
        report = json.loads(done.stdout)
        cls.notes = "\n".join(report["notes"])
        cls.printed = {step["name"]: step["stdout"] for step in report["steps"]}
        cls.told = "\n".join(f"{s['name']}: {s['status']}\n{s['stdout']}{s['stderr']}"
                             for s in report["steps"])
        assert done.returncode == 0, f"{done.stderr}\n{cls.told}"

    @classmethod
    def lay_out_programs(cls):
        shutil.copy(HERE / "host_face_probe.py", cls.folder)
        if compiler := shutil.which("cc"):
            program = f"{cls.folder}/host_face"
            subprocess.run([compiler, "-o", program, HERE / "host_face.c"], check=True)
            os.chmod(program, 0o755)

    @classmethod
    def plan_of(cls, lab):
        file = pathlib.Path(cls.folder) / "plan.yaml"
        file.write_text(lab.text())
        done = catenet([], "validate", "--plan", "--json", str(file))
        assert done.returncode == 0, done.stderr
        nodes = {node["name"]: node for node in json.loads(done.stdout)["nodes"]}
        return {name: node["interfaces"] for name, node in nodes.items()}

    @classmethod
    def addresses(cls, node, index, version):
        """Those that the plan gives an interface, the link-local one among them."""
        interface = cls.plan[node][index]
        given = [ipaddress.ip_interface(text) for text in interface["addresses"]]
        own = [ipaddress.ip_interface(link_local(interface["mac"]) + "/64")]
        return {str(a) for a in given + own if a.version == version}

    @classmethod
    def address(cls, node, version=4, index=0):
        return str(ipaddress.ip_interface(next(
            text for text in cls.plan[node][index]["addresses"]
            if ipaddress.ip_interface(text).version == version)).ip)

    @classmethod
    def add_steps(cls, lab):
        words = {"folder": cls.folder, "web": cls.address("web"), "web6": cls.address("web", 6),
                 "own": cls.address("alice"), "side": link_local(cls.plan["side"][0]["mac"])}
        for node in ("web", "side"):
            lab.step(node, f"/usr/bin/python3 {cls.folder}/host_face_probe.py echo",
                     background=True)
            lab.act(wait={"on": node, "port": 7_777})
        lab.step("alice", "ping -c 1 -W 5 web; ping -c 1 -w 5 -I eth1 side")
        pinged = lab.script[-1]["name"] = "ping"
        lab.step("alice", "ping6 -c 1 -w 5 web", after=pinged)
        last = lab.script[-1]["name"] = "ping6"
        for name, command in STEPS.items():
            program = command.format(**words).split()[0]
            if not shutil.which(program, path=PATH):
                continue
            lab.step("alice", command.format(**words), after=last)
            last = lab.script[-1]["name"] = name

    def said(self, step):
        if step not in self.printed:
            self.skipTest(f"what {step} needs is not installed")
        return self.printed[step]

    def data(self, step):
        return json.loads(self.said(step) or "[]")

    def interfaces(self, step):
        return {each["ifname"]: each for each in self.data(step)}

    def assert_addresses(self, told, *versions):
        for index, name in enumerate(("eth0", "eth1")):
            given = {f"{a['local']}/{a['prefixlen']}" for a in told[name]["addr_info"]}
            planned = set().union(*(self.addresses("alice", index, v) for v in versions))
            self.assertEqual(given, planned, name)

    def test_ip_addr_tells_the_plans_addresses(self):
        told = self.interfaces("addr")
        self.assertEqual(list(told), ["lo", "eth0", "eth1"])
        self.assertEqual([told[name]["ifindex"] for name in told], [1, 2, 3])
        self.assert_addresses(told, 4, 6)
        self.assertEqual({a["local"] for a in told["lo"]["addr_info"]}, {"127.0.0.1", "::1"})
        self.assert_addresses(self.interfaces("addr6"), 6)

    def test_ip_link_tells_the_plans_macs_and_mtus(self):
        told = self.interfaces("link")
        for index, name in enumerate(("eth0", "eth1")):
            planned = self.plan["alice"][index]
            self.assertEqual(told[name]["address"], planned["mac"])
            self.assertEqual(told[name]["mtu"], planned["mtu"])
            self.assertIn("UP", told[name]["flags"])
            self.assertGreater(told[name]["stats64"]["tx"]["packets"], 0, name)
        self.assertEqual(told["eth1"]["mtu"], 1400)
        self.assertEqual(list(self.interfaces("one")), ["eth1"])
        self.assertEqual(self.said("no_such"), "")

    def test_ip_route_tells_the_plans_routes(self):
        routes = {r["dst"]: r for r in self.data("route")}
        gateway = self.address("r1")
        self.assertEqual((routes["default"]["gateway"], routes["default"]["dev"]),
                         (gateway, "eth0"))
        for index, name in enumerate(("eth0", "eth1")):
            own = ipaddress.ip_interface(self.plan["alice"][index]["addresses"][0])
            link = routes[str(own.network)]
            self.assertEqual((link["dev"], link["prefsrc"], link["protocol"]),
                             (name, str(own.ip), "kernel"))
        six = {r["dst"]: r for r in self.data("route6")}
        self.assertEqual(six["default"]["gateway"], link_local(self.plan["r1"][0]["mac"]))
        local = {r["dst"] for r in self.data("local") if r["type"] == "local"}
        self.assertTrue({self.address("alice"), self.address("alice", 4, 1)} <= local, local)
        self.assertEqual(self.data("rule"), [])

    def test_ip_route_get_finds_the_way(self):
        way = self.data("get")[0]
        self.assertEqual((way["dst"], way["gateway"], way["dev"], way["prefsrc"]),
                         (self.address("web"), self.address("r1"), "eth0", self.address("alice")))
        six = self.data("get6")[0]
        self.assertEqual((six["dst"], six["dev"], six["prefsrc"]),
                         (self.address("web", 6), "eth0", self.address("alice", 6)))
        own = self.data("own")[0]
        self.assertEqual((own["type"], own["dev"]), ("local", "lo"))

    def test_ip_neigh_and_arp_know_who_was_spoken_to(self):
        known = {n["dst"]: n for n in self.data("neigh")}
        for node, name in (("r1", "eth0"), ("side", "eth1")):
            entry = known[self.address(node)]
            self.assertEqual((entry["lladdr"], entry["dev"]), (self.plan[node][0]["mac"], name))
        for line in (self.address("r1"), self.plan["r1"][0]["mac"]):
            self.assertIn(line, self.said("arp"))

    def test_changes_are_refused_and_noted(self):
        self.assertIn("Operation not permitted", self.said("change"))
        self.assertNotIn("192.0.2.1", self.said("change"))
        self.assertEqual(self.notes.count("RTM_NEWADDR"), 1, self.notes)
        self.assertNotIn("RTM_NEWLINK", self.notes)

    def test_names_are_the_labs(self):
        self.assertEqual(self.said("getent").split(), [self.address("web", 6), "web"])
        words = set(self.said("getent_all").split())
        self.assertTrue({self.address("web"), self.address("web", 6)} <= words, words)
        self.assertEqual(self.said("daemons"), "daemon ECONNREFUSED\n" * 2)
        self.assertEqual((self.said("hostname"), self.said("uname")), ("alice\n", "alice\n"))

    def test_files_are_the_hosts(self):
        said = self.said("cat")
        self.assertTrue(said.startswith("alice\nalice\n"), said)
        self.assertEqual(re.findall(r"^ *(\w+):(?= +\d)", said, re.M), ["lo", "eth0", "eth1"])
        self.assertIn("hosts: files dns", said)
        self.assertIn("No such file", said)

    def test_ifconfig_tells_the_same(self):
        said = self.said("ifconfig")
        blocks = {block.split(":")[0]: block for block in said.split("\n\n")}
        for index, name in enumerate(("eth0", "eth1")):
            planned = self.plan["alice"][index]
            for text in (self.address("alice", 4, index), planned["mac"],
                         f"mtu {planned['mtu']}", link_local(planned["mac"])):
                self.assertIn(text, blocks[name])
        self.assertIn("Operation not permitted", said)

    def test_netstat_shows_the_routes(self):
        said = self.said("netstat")
        self.assertRegex(said, rf"0\.0\.0\.0 +{re.escape(self.address('r1'))} .*eth0")
        self.assertRegex(said, r"eth1 +1400 ")

    def test_ping_and_traceroute_reach(self):
        self.assertEqual(self.said("ping").count(" 0% packet loss"), 2, self.said("ping"))
        self.assertIn(f"from {self.address('alice', 4, 1)} eth1", self.said("ping"))
        self.assertIn(" 0% packet loss", self.said("ping6"))
        hops = re.findall(r"^ *\d+ +(\S+)", self.said("traceroute"), re.M)
        self.assertEqual(hops, [self.address("r1"), self.address("web")])

    def test_python_counts_the_interfaces(self):
        self.assertEqual(self.said("nameindex"), "[(1, 'lo'), (2, 'eth0'), (3, 'eth1')]\n")

    def test_netlink_sockets_behave(self):
        self.assertEqual(self.said("netlink").splitlines(), [
            "bound True", "peeked True flags 0 from (0, 0)", "port True", "plain 8", "named 8",
            "cut 20 True", "change True EPERM", "nothing more",
            "refused EPROTONOSUPPORT", "refused EAFNOSUPPORT"])

    def test_sockets_know_their_interfaces(self):
        self.assertEqual(self.said("devices").splitlines(), [
            "device b'eth0\\x00'", "no device ENODEV", "came by True", "scope True",
            "ethtool True", "wireless True", "name eth0", "mark 0"])
        self.assertEqual(self.said("scoped"), "scoped here True True\nstream True True\n")

    def test_program_of_c_finds_the_same(self):
        said = set(self.said("c").splitlines())
        for index, name in enumerate(("eth0", "eth1")):
            number = index + 2
            self.assertIn(f"interface {number} {name}", said)
            self.assertIn(f"mtu {name} {self.plan['alice'][index]['mtu']}", said)
            self.assertIn(f"first {name} {self.address('alice', 4, index)}", said)
            given = {line.split()[2].replace(f"%{name}", "") for line in said
                     if line.startswith(f"address {name} ")}
            planned = self.addresses("alice", index, 4) | self.addresses("alice", index, 6)
            self.assertEqual(given, planned)


class FaceForThisUser(Face, unittest.TestCase):
    pass


class FaceForNobody(Face, unittest.TestCase):
    user = NOBODY

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            raise unittest.SkipTest("only root becomes nobody, by setpriv")
        super().setUpClass()


if __name__ == "__main__":
    main()
