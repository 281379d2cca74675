"""A lab that stays up, for tests: each has a folder and a lab of its own, and whatever fails,
nothing is left of it."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

CATENET = sys.argv[1]
LIMIT_S = 60

LAB = """
name: live
nodes:
  bob: {programs: real}
  ann: {programs: real}
  carol: {}
  r1: {kind: router}
  web: {services: [{http: {files: {/hello: "Hello\\n"}}}]}
links:
  - {endpoints: [bob, r1]}
  - {endpoints: [ann, r1]}
  - {endpoints: [carol, r1]}
  - {endpoints: [web, r1], name: wan}
"""


def descendants(pid):
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                parents[int(entry.name)] = int(stat[1])
    family = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in family} - family
        if not more:
            return family - {pid}
        family |= more


def is_alive(pid):
    with contextlib.suppress(OSError):
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state not in "ZX"
    return False


def has_a_socket(pid):
    with contextlib.suppress(OSError):
        folder = pathlib.Path(f"/proc/{pid}/fd")
        return any(os.readlink(fd).startswith("socket:") for fd in folder.iterdir())
    return False


def wait_until(holds, what):
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came about that {what}")
        time.sleep(0.02)


class Live(unittest.TestCase):
    lab = LAB

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="live-lab-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.homes = self.folder / "tmp"
        self.homes.mkdir()
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.folder),
                            "TMPDIR": str(self.homes)}
        self.family = set()
        self.addCleanup(self.end_all)
        (self.folder / "lab.yaml").write_text(self.lab)

    def end_all(self):
        """Whatever failed: first as a user would, then all that was ever seen of it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run([CATENET, "down"], env=self.environment, capture_output=True, timeout=10)
        for pid in self.family:
            if is_alive(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def catenet(self, *words, expect=0, **options):
        done = subprocess.run([CATENET, *words], env=self.environment, cwd=self.folder,
                              capture_output=True, text=True, timeout=LIMIT_S, **options)
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"{words}: {done.stdout}{done.stderr}")
        return done

    def begin(self, *words, **options):
        """A catenet that goes on beside the test, and is killed with it."""
        process = subprocess.Popen([CATENET, *words], env=self.environment, cwd=self.folder,
                                   stdin=options.pop("stdin", subprocess.DEVNULL),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

        def clean():
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
        self.addCleanup(clean)
        return process

    def up(self, *words):
        """The lab's own process."""
        before = set(self.labs())
        self.catenet("up", "--detach", "lab.yaml", *words)
        new = [pid for pid in self.labs() if pid not in before]
        self.assertEqual(len(new), 1)
        self.family |= {new[0]} | descendants(new[0]) | self.keepers()
        return new[0]

    def labs(self):
        """Processes whose working directory is the test's: the labs, none else stays there."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and os.readlink(entry / "cwd") == str(self.folder):
                    if is_alive(int(entry.name)) and not self.is_keeper(int(entry.name)):
                        found.append(int(entry.name))
        return found

    @staticmethod
    def is_keeper(pid):
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "catenet-keeper"

    def keepers(self):
        """By the lock that they hold."""
        found = set()
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and self.is_keeper(int(entry.name)):
                    held = [os.readlink(fd) for fd in (entry / "fd").iterdir()]
                    if any(name.startswith(str(self.folder)) for name in held):
                        found.add(int(entry.name))
        return found

    def processes(self):
        return json.loads(self.catenet("ps", "--json").stdout)

    def runs(self, command):
        return [row for row in self.processes() if row["command"] == command]

    def assert_nothing_left(self):
        wait_until(lambda: not any(is_alive(pid) for pid in self.family),
                   f"all have ended: {[p for p in self.family if is_alive(p)]}")
        wait_until(lambda: not (self.folder / "catenet").exists(), "its socket is gone")
        wait_until(lambda: not list(self.homes.iterdir()), "the programs' folders are gone")
