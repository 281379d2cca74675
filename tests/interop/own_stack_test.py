#!/usr/bin/env python3
"""Unmodified programs on the own stack of lab hosts (`programs: real`): fetched across routers,
ended with the lab, and by an ordinary user who may make no namespaces.

    own_stack_test.py CATENET [TEST…]"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from kernel_lab import CATENET, KernelLabs, Lab, main, namespace, router, run_catenet

HERE = pathlib.Path(__file__).resolve().parent
NOBODY = 65534
NGINX = ("pid w/nginx.pid; error_log stderr; events {} http { access_log off;"
         " client_body_temp_path w/tmp; proxy_temp_path w/tmp; fastcgi_temp_path w/tmp;"
         " uwsgi_temp_path w/tmp; scgi_temp_path w/tmp;"
         " server { listen 80; listen [::]:80; location / { alias '$PWD'/w/; } } }")
# Of random bytes some segment will begin with an end of line, which tshark calls malformed HTTP.
SERVE = ("mkdir -p w/tmp; tr -d '\\r\\n' < /dev/urandom | head -c %d > w/big; sha256sum w/big;"
         " echo '" + NGINX + "' > w/n.conf;"
         " exec nginx -p $PWD -c w/n.conf -g 'daemon off; master_process off;'")


def real(**settings):
    return {"programs": "real", **settings}


def two_routers(**settings):
    return Lab({"alice": real(), "r1": router(), "r2": router(), "web": real()},
               [{"endpoints": ["alice", "r1"]},
                {"endpoints": ["r1", "r2"], "impair": {"delay": "1 ms"}},
                {"endpoints": ["r2", "web"]}], **settings)


class RealPrograms(KernelLabs):
    @classmethod
    def setUpClass(cls):
        probe, _, _ = run_catenet(Lab({"a": real(), "b": {}}, [{"endpoints": ["a", "b"]}],
                                      script=[{"at": "0 s", "on": "a", "run": "true"}]), "probe")
        if probe.returncode == 3:
            raise unittest.SkipTest(probe.stderr.strip())


class OwnStack(RealPrograms):
    def serve_and_fetch(self, lab, size):
        lab.step("web", SERVE % size, background=True)
        lab.act(wait={"on": "web", "port": 80}, timeout="20 s")
        return lab.step("alice", "curl -sS -m 50 http://web/big | sha256sum")

    def test_curl_fetches_from_nginx_across_two_routers(self):
        self.need("curl", "nginx")
        lab = two_routers()
        fetched = self.serve_and_fetch(lab, 10_000_000)
        said = self.run_lab(lab)
        self.assertEqual(said[fetched].split()[0], said["s0"].split()[0])

    def test_ordinary_user_without_namespaces_fetches_100_mb(self):
        self.need("curl", "nginx", "cc", "setpriv")
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        lab = two_routers(capture="none")
        fetched = self.serve_and_fetch(lab, 100_000_000)
        with tempfile.TemporaryDirectory() as folder:
            denier, file = pathlib.Path(folder) / "without", pathlib.Path(folder) / "x.yaml"
            subprocess.run(["cc", HERE / "samples" / "without_namespaces.c", "-o", denier],
                           check=True)
            shutil.copy(CATENET, folder)
            file.write_text(lab.text())
            for each in (folder, denier, file):
                os.chmod(each, 0o777)
            done = subprocess.run(
                ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", denier,
                 pathlib.Path(folder) / "catenet", "run", file, "--out", folder],
                capture_output=True, text=True, timeout=110, check=False, cwd=folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        sums = set(re.findall(r"[0-9a-f]{64}", done.stdout))
        self.assertEqual(len(sums), 1, f"{fetched}: {done.stdout}")

    def test_programs_find_their_host(self):
        lab = two_routers()
        name = lab.step("alice", "uname -n; cat /etc/hostname")
        address = lab.step("alice", "getent ahostsv4 web | head -1", stdout={"contains": "10.0."})
        self.run_lab(lab)
        self.assertEqual(self.said(name), "alice\nalice\n")
        self.assertNotIn("127.", self.said(address))

    def said(self, name):
        return next(s["stdout"] for s in self.report["steps"] if s["name"] == name)

    def test_ping_and_traceroute_of_the_machine(self):
        self.need("ping", "traceroute")
        lab = two_routers()
        lab.step("alice", "ping -c 2 -i 0.2 web", stdout={"contains": "2 received"})
        hops = lab.step("alice", "traceroute -n -q 1 web")
        self.run_lab(lab)
        self.assertEqual(len(self.said(hops).strip().splitlines()), 4)

    def test_refused_is_refused(self):
        self.need("curl")
        lab = two_routers()
        lab.step("alice", "curl -sS -m 9 http://web:81/", exit=7,
                 stderr={"contains": "Couldn't connect"})
        self.run_lab(lab)


class Textbook(RealPrograms):
    """Plain C as it stands in books prints just what it prints on the kernel's stack."""

    # Compiled where they run: the temporary folder of a namespace is its own.
    NAMES = ("hello_server.c", "hello_client.c", "tcp_sniffer.c")
    RUN = "cc -w {}/{}.c -o {} && exec ./{} {}"

    def printed(self, node, folder):
        """What server, client and sniffer print; the sniffer hears the client's host."""
        self.need("cc")
        lab = Lab({"a": node(), "r": router(), "b": node()},
                  [{"endpoints": ["a", "r"]},
                   {"endpoints": ["r", "b"], "impair": {"delay": "5 ms"}}])

        def run(name, words):
            return self.RUN.format(folder, name, name, name, words)
        sniffer = lab.step("a", run("tcp_sniffer", "7000"), background=True, exit=0)
        server = lab.step("b", run("hello_server", "7000"), background=True, exit=0)
        lab.act(wait={"on": "b", "port": 7000})
        client = lab.step("a", f"sleep 0.5; {run('hello_client', 'b 7000 hello')}")
        lab.step("a", "sleep 0.3")
        said = self.run_lab(lab)
        return [said[step] for step in (server, client, sniffer)]

    def test_hello_and_sniffer(self):
        server, client, sniffer = self.printed(real, HERE / "samples")
        self.assertEqual(server, "Connection from 10.0.1.10\nHere is the message: hello\n")
        self.assertEqual(client, "Connecting to 10.0.2.10\nI got your message\n")
        self.assertEqual(sniffer.splitlines()[:2], ["ready", "10.0.2.10 SA 0 bytes"])
        self.assertIn("10.0.2.10 AP 18 bytes", sniffer)

    def test_the_same_on_the_kernel(self):
        lab = Lab({"n": namespace(), "h": {}}, [{"endpoints": ["n", "h"]}])
        probe, _, _ = run_catenet(lab, "probe")
        if probe.returncode == 3:
            self.skipTest(probe.stderr.strip())
        files = {f"/run/{name}": (HERE / "samples" / name).read_text() for name in self.NAMES}
        mine = self.printed(real, HERE / "samples")
        kernel = self.printed(lambda: namespace(files=files), "/run")
        self.assertEqual(mine[:2], kernel[:2])
        self.assertEqual(set(mine[2].splitlines()), set(kernel[2].splitlines()))


class Killed(RealPrograms):
    """Whoever is killed: no process, socket or file is left."""

    MARK = f"{os.getpid()}"

    def left_of_it(self):
        left = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"sleep 77{self.MARK}".encode() in command.replace(b"\0", b" "):
                left.append(entry.name)
        return left + list(pathlib.Path(tempfile.gettempdir()).glob(f"catenet-a{self.MARK}-*"))

    def start(self, folder):
        lab = Lab({f"a{self.MARK}": real(), "b": {}}, [{"endpoints": [f"a{self.MARK}", "b"]}])
        lab.step(f"a{self.MARK}", f"(setsid sleep 77{self.MARK} &); sleep 77{self.MARK}")
        file = pathlib.Path(folder) / "x.yaml"
        file.write_text(lab.text())
        process = subprocess.Popen([CATENET, "run", file, "--out", folder],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.until(lambda: len(self.left_of_it()) >= 3)
        return process

    def until(self, holds):
        deadline = time.monotonic() + 20
        while not holds():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def test_catenet(self):
        with tempfile.TemporaryDirectory() as folder:
            self.start(folder).kill()
            self.until(lambda: not self.left_of_it())

    def test_guard(self):
        with tempfile.TemporaryDirectory() as folder:
            process = self.start(folder)
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            for child in children.split():
                os.kill(int(child), signal.SIGKILL)
            said, _ = process.communicate(timeout=20)
            self.assertIn("its household was ended from outside", said)
            self.until(lambda: not self.left_of_it())


if __name__ == "__main__":
    main()
