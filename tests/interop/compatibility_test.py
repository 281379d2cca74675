#!/usr/bin/env python3
"""Programs as Debian has them, client and server on two hosts with a router between, on the stack
of a lab host (`programs: real`) and on the kernel's (`kind: namespace`), and the table of them in
docs/programs.md.

    compatibility_test.py CATENET TABLE [TEST…]     holds TABLE's verdicts against what is seen
    compatibility_test.py CATENET --write TABLE     writes what is seen there
    compatibility_test.py CATENET --only REGEX      tries programs that are so called, and tells"""
import concurrent.futures
import glob
import json
import os
import pathlib
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from compatibility_cases import CASES
from compatibility_samples import compile_sample
from kernel_lab import CATENET, Lab, router

MODES = ("real", "namespace")
TITLES = {"real": "`programs: real`", "namespace": "`kind: namespace`"}
BEGIN, END = "<!-- compatibility: begin -->", "<!-- compatibility: end -->"
LIMIT_S = 60
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
PRIVATE = ("/tmp/", "/var/tmp/", "/run/", "/var/log/", "/dev/shm/")  # of a namespace


def ordinary_user():
    """Who runs what need not be root's: the caller, or somebody with a shell where that is root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    shells = pathlib.Path("/etc/shells").read_text().split()
    users = [u for u in pwd.getpwall() if u.pw_uid != 0 and u.pw_shell in shells]
    return users[0] if users else pwd.getpwnam("nobody")


def seen_by_all(folder):
    """Whether those who run programs find what the test writes there: in a namespace, which has a
    /tmp of its own, too, and other users where the test is root's."""
    way = [pathlib.Path(folder), *pathlib.Path(folder).parents]
    return (os.access(folder, os.W_OK) and not (folder + "/").startswith(PRIVATE)
            and (os.getuid() != 0 or all(place.stat().st_mode & 0o001 for place in way)))


class Machine:
    """What this machine has, and the samples compiled for it."""

    def __init__(self):
        self.user = ordinary_user()
        self.postgres = next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin"))), "/none")
        self.folders = [tempfile.TemporaryDirectory(prefix="catenet-samples-")]
        self.catenet = shutil.copy(shutil.which(CATENET) or CATENET, self.folders[0].name)
        self.lock, self.compiled = threading.Lock(), {}
        places = (os.getcwd(), str(pathlib.Path.home()), "/opt")
        self.seen = next(filter(seen_by_all, places), None)
        self.folders.append(tempfile.TemporaryDirectory(prefix=".samples-", dir=self.seen))
        self.bins = dict(zip(MODES, (pathlib.Path(f.name) for f in self.folders)))
        for folder in self.bins.values():
            folder.chmod(0o755)

    def close(self):
        for folder in self.folders:
            folder.cleanup()

    def sample(self, name):
        """Why there is none, or nothing."""
        with self.lock:
            if name not in self.compiled:
                self.compiled[name] = compile_sample(name, self.bins["real"])
                shutil.copytree(self.bins["real"], self.bins["namespace"], dirs_exist_ok=True,
                                ignore=shutil.ignore_patterns("catenet"))
                for file in (f for b in self.bins.values() for f in b.iterdir()):
                    file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
        return self.compiled[name]

    def fill(self, text, mode):
        return text.replace("{bin}", str(self.bins[mode])).replace("{postgres}", self.postgres)

    def why_not(self, case, mode):
        """Why the case cannot be tried here, or nothing."""
        for program in case.needs:
            if not shutil.which(self.fill(program, mode), path=PATH):
                return f"{program} is not installed"
        if mode == "namespace" and os.getuid() != 0 and (case.ordinary or case.switches):
            return "a namespace of an ordinary user has no other user than root"
        if mode == "namespace" and case.samples and not self.seen:
            return "no folder for the samples that a namespace sees"
        return next(filter(None, map(self.sample, case.samples)), None)

    def command(self, text, case, mode):
        text = self.fill(text, mode)
        if mode == "real" or not case.ordinary:
            return text
        uid, gid = self.user.pw_uid, self.user.pw_gid
        return (f"mkdir -p w; chown {uid}:{gid} w; cd w; export HOME=$PWD; exec setpriv"
                f" --reuid={uid} --regid={gid} --clear-groups sh -c {shlex.quote(text)}")

    def run(self, lab, mode):
        """As an ordinary user, unless it is about the kernel's namespaces."""
        asked = {}
        if mode == "real" and os.getuid() == 0:
            asked = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        environment = {**os.environ, "PATH": PATH.replace(os.environ.get("PYENV_ROOT", "\n"), "")}
        return subprocess.run([self.catenet, "run", "-", "--json", "--no-files"], cwd="/",
                              input=lab.text(), env=environment, capture_output=True, text=True,
                              timeout=LIMIT_S, check=False, **asked)


def lab_of(case, mode, machine):
    kind = {"programs": "real"} if mode == "real" else {"kind": "namespace"}
    lab = Lab({"c": kind, "r": router(), "s": kind},
              [{"endpoints": ["c", "r"]}, {"endpoints": ["r", "s"], "impair": {"delay": "1 ms"}}])
    if case.serve:
        lab.step("s", machine.command(case.serve, case, mode), background=True)
    if case.port:
        lab.act(wait={"on": "s", "port": case.port}, timeout="10 s")
    for command, matches in case.ask:
        lab.step("c", machine.command(command, case, mode), timeout="20 s",
                 stdout={"matches": matches})
    return lab


def tell(report):
    return "\n".join(f"{s['text']}: {s['status']} {s['exit']}\n{s['stdout'][-2000:]}"
                     f"{s['stderr'][-2000:]}{s['faults']}" for s in report.get("steps", []))


class Verdict:
    """`works`, or not, or `skipped` for a reason."""

    def __init__(self, case, mode, machine):
        self.case, self.mode, self.works, self.told = case, mode, False, ""
        self.skipped = machine.why_not(case, mode)
        if self.skipped:
            return
        try:
            done = machine.run(lab_of(case, mode, machine), mode)
        except subprocess.TimeoutExpired:
            self.told = f"the lab did not end within {LIMIT_S} s"
            return
        if done.returncode == 3:
            self.skipped = done.stderr.strip()
        self.works = done.returncode == 0
        report = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        self.told = f"{done.stderr}\n{tell(report)}"

    def text(self):
        if self.works:
            return "works"
        return f"no: {self.case.fails.get(self.mode, 'for a reason not yet known')}"


def try_all(cases, machine, then=lambda verdict: None):
    """The verdicts by name and mode, two at a time."""
    def one(what):
        verdict = Verdict(*what, machine)
        then(verdict)
        return verdict
    with concurrent.futures.ThreadPoolExecutor(2) as several:
        return list(several.map(one, [(case, mode) for case in cases for mode in MODES]))


def table_of(verdicts):
    lines = ["| program | what was tried | " + " | ".join(TITLES[m] for m in MODES) + " |",
             "| --- | --- | --- | --- |"]
    seen = {(v.case.name, v.mode): v for v in verdicts}
    for case in CASES:
        words = [case.name, case.shown, *(seen[case.name, mode].text() for mode in MODES)]
        lines.append("| " + " | ".join(words) + " |")
    return "\n".join(lines)


def rows_of(text):
    """What a table says of each program: (what was tried, the verdicts in the modes' order)."""
    between = text.split(BEGIN)[1].split(END)[0].strip().split("\n")[2:]
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in between)
    return {name: (shown, verdicts) for name, shown, *verdicts in rows}


class Compatibility(unittest.TestCase):
    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.machine = Machine()
        cls.addClassCleanup(cls.machine.close)
        cls.verdicts = {(v.case.name, v.mode): v for v in try_all(CASES, cls.machine)}
        cls.rows = rows_of(TABLE.read_text())

    def check(self, case, mode):
        verdict = self.verdicts[case.name, mode]
        if verdict.skipped:
            self.skipTest(verdict.skipped)
        self.assertIn(case.name, self.rows, f"{TABLE} does not have it")
        said = self.rows[case.name][1][MODES.index(mode)]
        self.assertEqual(said, verdict.text(), f"{TABLE}: {case.name}\n{verdict.told}")

    def test_table_lists_what_is_tried(self):
        self.assertEqual([(name, shown) for name, (shown, _) in self.rows.items()],
                         [(case.name, case.shown) for case in CASES])


def add_tests():
    for case in CASES:
        for mode in MODES:
            name = re.sub(r"\W+", "_", f"test_{case.name}_{mode}")
            setattr(Compatibility, name, lambda self, c=case, m=mode: self.check(c, m))


def try_and_tell(cases):
    machine = Machine()
    try:
        return try_all(cases, machine, lambda v: print(
            f"{v.case.name} ({v.mode}): {v.skipped or v.text()}"
            f"{'' if v.works or v.skipped else v.told}", flush=True))
    finally:
        machine.close()


def write(file):
    verdicts = try_and_tell(CASES)
    if missing := [v.skipped for v in verdicts if v.skipped]:
        sys.exit(f"Not written, because something is missing: {missing}")
    before, after = file.read_text().split(BEGIN)[0], file.read_text().split(END)[1]
    file.write_text(f"{before}{BEGIN}\n{table_of(verdicts)}\n{END}{after}")


if __name__ == "__main__":
    if sys.argv[2] == "--only":
        try_and_tell([case for case in CASES if re.search(sys.argv[3], case.name)])
    elif sys.argv[2] == "--write":
        write(pathlib.Path(sys.argv[3]))
    else:
        TABLE = pathlib.Path(sys.argv[2])
        add_tests()
        unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
