#!/usr/bin/env python3
"""catenet's verbs on the machine itself, beside curl, wget, python, ping and traceroute. Over
loopback, and in namespaces of its own where it may make them."""
import hashlib
import http.server
import os
import pathlib
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

CATENET = sys.argv[1]
LIMIT_S = 120
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def need(program):
    if not shutil.which(program):
        raise unittest.SkipTest(f"{program} is not installed")


def need_root():
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root may do this")


def run(*words, **options):
    return subprocess.run(words, capture_output=True, timeout=LIMIT_S, **options)


def text(done):
    return done.stdout.decode()


class Served:
    """`catenet serve …` on a free port, until the end of the block."""

    def __init__(self, *words, limit=None):
        self.words, self.limit = words, limit

    def __enter__(self):
        set_limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, self.limit)) \
            if self.limit else None
        self.process = subprocess.Popen([CATENET, "serve", *self.words, "--port", "0"],
                                        stdout=subprocess.PIPE, preexec_fn=set_limit)
        self.said = self.process.stdout.readline().decode()
        self.port = int(re.search(r":(\d+),", self.said)[1])
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(LIMIT_S)
        self.process.stdout.close()
        assert code == 0, f"serve ended with {code}"

    def cpu_ticks(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1]
        return sum(int(n) for n in fields.split()[11:13])


class Site(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.site = pathlib.Path(folder.name)
        self.numbers = "".join(f"{n}\n" for n in range(100_000)).encode()
        (self.site / "numbers.txt").write_bytes(self.numbers)
        (self.site / "index.html").write_text("<h1>here</h1>")
        (self.site / "sub").mkdir()
        (self.site / "sub" / "a b.txt").write_text("x")


class ServeHttp(Site):
    def test_curl_fetches_whole_and_in_part(self):
        need("curl")
        with Served("http", str(self.site)) as web:
            for host in ("127.0.0.1", "[::1]"):
                url = f"http://{host}:{web.port}/"
                self.assertEqual(run("curl", "-s", url + "numbers.txt").stdout, self.numbers)
                self.assertEqual(run("curl", "-s", "-r", "10-19", url + "numbers.txt").stdout,
                                 self.numbers[10:20])
                head = text(run("curl", "-sI", url + "numbers.txt"))
                self.assertTrue(head.startswith("HTTP/1.1 200 OK"))
                self.assertIn(f"Content-Length: {len(self.numbers)}", head)
                self.assertEqual(text(run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                                          url + "none")), "404")
                self.assertIn("a%20b.txt", text(run("curl", "-s", url + "sub/")))
                two = run("curl", "-sv", url, url + "numbers.txt")
                self.assertIn(b"Re-using existing connection", two.stderr)

    def test_wget_fetches_and_mirrors(self):
        need("wget")
        with Served("http", str(self.site)) as web, tempfile.TemporaryDirectory() as out:
            url = f"http://127.0.0.1:{web.port}/"
            self.assertEqual(run("wget", "-qO-", url + "numbers.txt").stdout, self.numbers)
            part = pathlib.Path(out) / "numbers.txt"
            part.write_bytes(self.numbers[:1000])
            self.assertEqual(run("wget", "-qc", url + "numbers.txt", cwd=out).returncode, 0)
            self.assertEqual(part.read_bytes(), self.numbers)
            self.assertEqual(run("wget", "-q", url + "none", cwd=out).returncode, 8)
            self.assertEqual(run("wget", "-qr", "-np", url + "sub/", cwd=out).returncode, 0)
            self.assertTrue((pathlib.Path(out) / f"127.0.0.1:{web.port}/sub/a b.txt").exists())

    def test_nothing_outside_the_folder_is_served(self):
        (self.site / "out").symlink_to("/etc/passwd")
        with Served("http", str(self.site)) as web:
            for path in ("/out", "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"):
                with socket.create_connection(("127.0.0.1", web.port)) as peer:
                    peer.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                    self.assertIn(b" 404 ", peer.makefile("rb").readline(), path)

    def test_thousand_connections_at_a_time(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY and hard < 4096:
            raise unittest.SkipTest(f"only {hard} descriptors may be had")
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, soft)
        with Served("http", str(self.site)) as web:
            peers = [socket.create_connection(("127.0.0.1", web.port), LIMIT_S)
                     for _ in range(1000)]
            for peer in peers:
                peer.sendall(b"GET /numbers.txt HTTP/1.0\r\n\r\n")
            for peer in peers:
                with peer, peer.makefile("rb") as answer:
                    self.assertTrue(answer.read().endswith(self.numbers[-1000:]))

    def test_whoever_is_let_in_is_served(self):
        with Served("http", str(self.site), limit=(20, 20)) as web:
            most = int(re.search(r"at most (\d+) connections", web.said)[1])
            self.assertGreater(most, 4)
            peers = [socket.create_connection(("127.0.0.1", web.port), LIMIT_S)
                     for _ in range(most + 4)]
            for peer in peers[most:]:
                with peer, peer.makefile("rb") as answer:
                    self.assertTrue(answer.readline().startswith(b"HTTP/1.1 503"))
            for peer in peers[:most]:
                peer.sendall(b"GET /numbers.txt HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertTrue(peer.recv(65536).startswith(b"HTTP/1.1 200"))
            for peer in peers[:most]:
                peer.close()

    def test_too_few_descriptors_are_told_before_anything_is_served(self):
        served = []
        for most in range(5, 20):
            for words in ["http", str(self.site)], ["echo"]:
                # Served for as long as standard output is read.
                with subprocess.Popen([CATENET, "serve", *words, "--port", "0"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      preexec_fn=lambda m=most: resource.setrlimit(
                                          resource.RLIMIT_NOFILE, (m, m))) as server:
                    said = server.stdout.readline()
                    if said:
                        server.send_signal(signal.SIGTERM)
                    error = server.stderr.read().decode()
                    code = server.wait(LIMIT_S)
                self.assertEqual(code, 0 if said else 3, error)
                self.assertEqual("too few open files" in error or "Too many open files" in error,
                                 not said, error)
            served.append(bool(said))
        self.assertEqual((served[0], served[-1]), (False, True))

    def test_descriptors_that_run_out_end_nothing(self):
        with Served("http", str(self.site), limit=(40, 40)) as web:
            idle = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(80)]
            before = web.cpu_ticks()
            self.assertFalse(select.select([idle[60]], [], [], 0.5)[0] and web.process.poll())
            self.assertLess(web.cpu_ticks() - before, 25, "it turns in circles")
            for peer in idle:
                peer.close()
            with socket.create_connection(("127.0.0.1", web.port), LIMIT_S) as peer:
                peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
                self.assertIn(b"<h1>here</h1>", peer.makefile("rb").read())

    def test_reset_and_slow_clients_harm_nobody(self):
        with Served("http", str(self.site)) as web:
            slow = socket.socket()
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", web.port))
            slow.sendall(b"GET /numbers.txt HTTP/1.0\r\n\r\n" * 3)
            for _ in range(20):
                peer = socket.create_connection(("127.0.0.1", web.port))
                peer.sendall(b"GET /numbers.txt HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.close()
            got = run(CATENET, "fetch", "-q", f"http://127.0.0.1:{web.port}/numbers.txt")
            self.assertEqual(got.stdout, self.numbers)
            with slow, slow.makefile("rb") as answer:
                while answer.readline() != b"\r\n":
                    pass
                self.assertEqual(answer.read(len(self.numbers)), self.numbers)

    def test_gibibyte_arrives_whole(self):
        if shutil.disk_usage(self.site).free < 4 << 30:
            raise unittest.SkipTest("not enough room on the disk")
        digest = hashlib.sha256()
        with open(self.site / "big", "wb") as big:
            for n in range(1024):
                block = hashlib.sha256(str(n).encode()).digest() * 32_768
                big.write(block)
                digest.update(block)
        with Served("http", str(self.site)) as web:
            got = run(CATENET, "fetch", "-q", "--digest", "sha256",
                      f"http://127.0.0.1:{web.port}/big")
            self.assertEqual(got.returncode, 0, got.stderr)
            self.assertTrue(text(got).startswith(f"{digest.hexdigest()}  {1 << 30} "))

    def test_port_that_cannot_be_had_is_told(self):
        with Served("http", str(self.site)) as web:
            taken = run(CATENET, "serve", "http", str(self.site), "--port", str(web.port))
        self.assertEqual((taken.returncode, taken.stderr.decode()),
                         (3, f"catenet: port {web.port} is taken\n"))
        bad = run(CATENET, "serve", "http", str(self.site / "none"))
        self.assertEqual(bad.returncode, 2)
        self.assertEqual(run(CATENET, "serve", "http", ".", "--bind", "web").returncode, 2)
        self.assertEqual(run(CATENET, "serve", "http", ".", "--port", "65536").returncode, 2)
        strange = run(CATENET, "serve", "echo", "--port", "0", "--bind", "192.0.2.1")
        self.assertEqual(strange.returncode, 3)
        self.assertIn(b"no address 192.0.2.1", strange.stderr)


class ServeEcho(unittest.TestCase):
    def test_bytes_come_back(self):
        with Served("echo") as echo:
            for host in ("127.0.0.1", "::1"):
                with socket.create_connection((host, echo.port), LIMIT_S) as peer:
                    peer.sendall(b"x" * 100_000)
                    peer.shutdown(socket.SHUT_WR)
                    self.assertEqual(len(peer.makefile("rb").read()), 100_000)
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                with socket.socket(family, socket.SOCK_DGRAM) as peer:
                    peer.settimeout(LIMIT_S)
                    peer.sendto(b"hello", (host, echo.port))
                    self.assertEqual(peer.recvfrom(100)[0], b"hello")


class Fetch(Site):
    def test_from_pythons_server(self):
        site = str(self.site)

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=site)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://localhost:{server.server_port}/"
            got = run(CATENET, "fetch", "-4", "-o", "page.txt", url + "numbers.txt", cwd=site)
            self.assertEqual(got.returncode, 0, got.stderr)
            self.assertEqual((self.site / "page.txt").read_bytes(), self.numbers)
            self.assertEqual(run(CATENET, "fetch", url + "none").returncode, 8)
            self.assertEqual(run(CATENET, "fetch", "-o", "/none/x", url).returncode, 3)
            server.shutdown()
        self.assertEqual(run(CATENET, "fetch", url).returncode, 4)
        self.assertEqual(run(CATENET, "fetch").returncode, 2)

    def test_output_that_nobody_reads_ends_it(self):
        with Served("http", str(self.site)) as web:
            piped = '"$0" fetch -q "$1" | head -c 1; exit "${PIPESTATUS[0]}"'
            got = run("bash", "-c", piped, CATENET, f"http://127.0.0.1:{web.port}/numbers.txt")
        self.assertEqual(got.returncode, 3)
        self.assertIn(b"cannot write to standard output: Broken pipe", got.stderr)


def shape(output):
    """What ping prints, without what differs between two runs."""
    output = re.sub(r"time=[\d.]+ ms", "time=T ms", output)
    output = re.sub(r"time \d+ms", "time Tms", output)
    return re.sub(r"= [\d./]+ ms", "= R ms", output)


class Ping(unittest.TestCase):
    def test_prints_what_ping_prints(self):
        need_root()
        need("ping")
        for words in (["-c", "3", "-i", "0.05", "127.0.0.1"], ["-c", "2", "-i", "0.05", "::1"],
                      ["-c", "1", "-s", "8", "127.0.0.1"], ["-q", "-c", "1", "-n", "127.0.0.1"],
                      ["-c", "1", "-I", "lo", "127.0.0.1"],
                      ["-c", "1", "-I", "127.0.0.1", "127.0.0.1"]):
            ours, theirs = run(CATENET, "ping", *words), run("ping", *words)
            self.assertEqual(shape(text(ours)), shape(text(theirs)))
            self.assertEqual(ours.returncode, theirs.returncode)

    def test_kernel_tells_the_time_and_no_mask(self):
        need_root()
        done = run(CATENET, "ping", "-c", "2", "-i", "0.05", "--timestamp", "127.0.0.1")
        self.assertEqual(done.returncode, 0, done.stderr)
        times = re.findall(r"^20 bytes from 127\.0\.0\.1: icmp_seq=\d ttl=64 time=[\d.]+ ms "
                           r"originate=(\d+) receive=(\d+) transmit=(\d+)$", text(done), re.M)
        self.assertEqual(len(times), 2, text(done))
        day_ms = 86_400_000
        for originate, receive, transmit in (map(int, row) for row in times):
            self.assertEqual(transmit, receive)
            # One clock gave both, rounded down by each.
            self.assertLess((receive - originate + 1) % day_ms, 60_000)
        # Linux leaves RFC 950 to others.
        self.assertEqual(run(CATENET, "ping", "-c", "1", "-W", "0.2", "--address",
                             "127.0.0.1").returncode, 1)

    def test_address_of_the_other_family_is_refused(self):
        need_root()
        for source, target in ("::1", "127.0.0.1"), ("127.0.0.1", "::1"):
            done = run(CATENET, "ping", "-c", "1", "-I", source, target)
            self.assertEqual((done.returncode, done.stdout.count(b"bytes from")), (2, 0), done)

    def test_interrupted_prints_its_statistics(self):
        need_root()
        ping = subprocess.Popen([CATENET, "ping", "127.0.0.1"], stdout=subprocess.PIPE)
        with ping.stdout as out:
            for _ in range(2):
                out.readline()
            ping.send_signal(signal.SIGINT)
            self.assertIn(b"1 packets transmitted, 1 received, 0% packet loss", out.read())
        self.assertEqual(ping.wait(LIMIT_S), 0)


class Namespaces(unittest.TestCase):
    """here 10.9.0.1 — 10.9.0.2 middle 10.9.1.1 — 10.9.1.2 there, and fd09:: the same."""

    def setUp(self):
        need_root()
        need("ip")
        self.names = {name: f"catenet-{os.getpid()}-{name}" for name in ("here", "middle", "there")}
        for name in self.names.values():
            if run("ip", "netns", "add", name).returncode != 0:
                raise unittest.SkipTest("network namespaces cannot be made here")
            self.addCleanup(run, "ip", "netns", "del", name)
            self.ip(name, "link set lo up")
        for subnet, (a, b) in enumerate((("here", "middle"), ("middle", "there"))):
            self.ip(self.names[a], f"link add to-{b} type veth peer to-{a} netns {self.names[b]}")
            for side, (mine, other) in enumerate(((a, b), (b, a)), 1):
                name = self.names[mine]
                self.ip(name, f"addr add 10.9.{subnet}.{side}/24 dev to-{other}")
                self.ip(name, f"addr add fd09:{subnet}::{side}/64 dev to-{other} nodad")
                self.ip(name, f"link set to-{other} up")
        for name, v4, v6 in (("here", "10.9.0.2", "fd09:0::2"), ("there", "10.9.1.1", "fd09:1::1")):
            self.ip(self.names[name], f"route add default via {v4}")
            self.ip(self.names[name], f"-6 route add default via {v6}")
        for knob in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.set("middle", knob, "1")
        # Else the kernel rations its errors, and which probe gets none is luck.
        for name in ("middle", "there"):
            self.set(name, "net/ipv4/icmp_ratelimit", "0")
            self.set(name, "net/ipv6/icmp/ratelimit", "0")

    def ip(self, name, words):
        done = run("ip", "-n", name, *words.split())
        if done.returncode != 0:
            raise unittest.SkipTest(f"ip {words}: {done.stderr.decode()}")

    def inside(self, name, *words):
        return run("ip", "netns", "exec", self.names[name], *words)

    def set(self, name, knob, value):
        done = self.inside(name, "sh", "-c", f"echo '{value}' > /proc/sys/{knob}")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_traceroute_names_both_hops(self):
        for target, middle in (("10.9.1.2", "10.9.0.2"), ("fd09:1::2", "fd09::2")):
            for kind in ([], ["-I"], ["-T"]):
                done = self.inside("here", CATENET, "traceroute", "-n", *kind, target)
                self.assertEqual(done.returncode, 0, done.stderr)
                hops = text(done).splitlines()[1:]
                self.assertEqual([hop.split()[:2] for hop in hops], [["1", middle], ["2", target]],
                                 (kind, text(done)))
                self.assertNotIn("*", text(done))

    def test_traceroute_prints_what_traceroute_prints(self):
        need("traceroute")
        for words in (["-n", "10.9.1.2"], ["-n", "-I", "fd09:1::2"], ["-n", "-m", "1", "10.9.1.2"]):
            ours = self.inside("here", CATENET, "traceroute", *words)
            theirs = self.inside("here", "traceroute", *words)
            self.assertEqual(*(re.sub(r"[\d.]+ ms", "T ms", text(done)) for done in (ours, theirs)))

    def test_errors_on_the_way_are_told(self):
        need("ping")
        for words in (["-c", "1", "-t", "1", "10.9.1.2"], ["-c", "1", "-t", "1", "fd09:1::2"],
                      ["-c", "2", "-i", "0.2", "-R", "10.9.1.2"]):
            ours, theirs = (self.inside("here", *ping, *words) for ping in
                            ((CATENET, "ping"), ("ping",)))
            self.assertEqual(shape(text(ours)), shape(text(theirs)))
            self.assertEqual(ours.returncode, theirs.returncode)

    def test_nobody_pings_where_the_range_allows_it(self):
        need("setpriv")
        for target in ("10.9.1.2", "fd09:1::2"):
            ping = [*NOBODY, CATENET, "ping", "-c", "2", "-i", "0.2", "-n", target]
            self.set("here", "net/ipv4/ping_group_range", "1 0")
            refused = self.inside("here", *ping)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn(b"net.ipv4.ping_group_range", refused.stderr)
            self.set("here", "net/ipv4/ping_group_range", "0 2147483647")
            allowed = self.inside("here", *ping)
            self.assertEqual(allowed.returncode, 0, allowed.stderr)
            self.assertIn(f"64 bytes from {target}: icmp_seq=2 ttl=63 time=", text(allowed))
            short = self.inside("here", *NOBODY, CATENET, "ping", "-c", "1", "-t", "1", target)
            self.assertIn("icmp_seq=1 Time", text(short))
            echoes = self.inside("here", *NOBODY, CATENET, "traceroute", "-n", "-I", target)
            self.assertEqual([hop.split()[0] for hop in text(echoes).splitlines()[1:]], ["1", "2"])

    def test_nobody_traces_with_datagrams_and_not_with_syns(self):
        need("setpriv")
        done = self.inside("here", *NOBODY, CATENET, "traceroute", "-n", "10.9.1.2")
        self.assertEqual([hop.split()[1] for hop in text(done).splitlines()[1:]],
                         ["10.9.0.2", "10.9.1.2"])
        refused = self.inside("here", *NOBODY, CATENET, "traceroute", "-T", "10.9.1.2")
        self.assertEqual(refused.returncode, 3)

    def test_low_port_needs_root(self):
        need("setpriv")
        refused = self.inside("here", *NOBODY, CATENET, "serve", "echo")
        self.assertEqual((refused.returncode, refused.stderr.decode()), (
            3, "catenet: port 7 needs root (net.ipv4.ip_unprivileged_port_start is 1024)\n"))


class Words(unittest.TestCase):
    def test_help_lists_the_verbs(self):
        listed = text(run(CATENET, "--help"))
        for verb in ("fetch", "ping", "traceroute", "serve"):
            self.assertRegex(listed, rf"(?m)^  {verb} ")
        self.assertEqual(run(CATENET, "serve").returncode, 2)
        self.assertEqual(run(CATENET, "ping").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
