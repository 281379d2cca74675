"""Labs with namespaces of the kernel in them: written as data, run by `catenet run`, their captures
held against tshark. What the tests of *_test.py in this folder stand on."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from capture_faults import faults_of

CATENET = sys.argv[1] if len(sys.argv) > 1 else "catenet"
LIMIT_S = 280
# The kernel rations its errors, and which probe gets none would be luck.
NO_RATION = ("echo 0 > /proc/sys/net/ipv4/icmp_ratelimit;"
             "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit")


def namespace(**settings):
    return {"kind": "namespace", **settings}


def with_script(script, **settings):
    """A namespace that has the probe beside this file: where that lies, /tmp perhaps, the
    namespace has a place of its own."""
    files = {f"/run/{name}": pathlib.Path(__file__).with_name(name).read_text()
             for name in (script, "probe_port.py")}
    return namespace(files=files, **settings)


def router(**settings):
    return {"kind": "router", **settings}


class Lab:
    """Nodes and links as the lab file has them; steps follow one another as they were added."""

    def __init__(self, nodes, links, **settings):
        self.nodes, self.links, self.settings, self.script = nodes, links, settings, []

    def step(self, on, run, after=None, background=False, timeout="60 s", **expect):
        """Returns the step's name. `after`: that of another step, instead of the last one's."""
        step = {"name": f"s{len(self.script)}", "on": on}
        step |= {"start": run} if background else {"run": run, "timeout": timeout}
        return self.add(step, after, expect)

    def act(self, **what):
        return self.add({"name": f"s{len(self.script)}", **what}, None, {})

    def add(self, step, after, expect):
        waiting = [s["name"] for s in self.script if "start" not in s]
        if after or waiting:
            step["after"] = after or waiting[-1]
        else:
            step["at"] = "0 s"
        if expect:
            step["expect"] = expect
        self.script.append(step)
        return step["name"]

    def text(self):
        return json.dumps({"nodes": self.nodes, "links": self.links, "script": self.script,
                           **self.settings}, indent=1)


class KernelLabs(unittest.TestCase):
    longMessage = True

    @classmethod
    def setUpClass(cls):
        probe = run_catenet(Lab({"n": namespace(), "h": {}}, [{"endpoints": ["n", "h"]}]), "probe")
        if probe[0].returncode == 3:
            raise unittest.SkipTest(probe[0].stderr.strip())

    def need(self, *programs):
        for program in programs:
            if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
                self.skipTest(f"{program} is not installed")

    def need_scapy(self):
        if subprocess.run(["/usr/bin/python3", "-c", "import scapy"], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("scapy (python3-scapy) is not installed")

    def run_lab(self, lab, *flags, drops_alone=False):
        """What each step printed, by its name. Everything has to hold, the capture too, of which
        drops alone are looked at where malformed packets are sent on purpose (`drops_alone`)."""
        done, report, faults = run_catenet(lab, self.id(), *flags, drops_alone=drops_alone)
        told = "\n".join(f"{s['text']}: {s['status']}\n{s['stdout']}{s['stderr']}{s['faults']}"
                         for s in report.get("steps", []))
        self.assertEqual(done.returncode, 0, f"{done.stderr}\n{told}\n{report.get('expectations')}")
        self.assertTrue(report["books"]["balance"])
        self.assertEqual(faults, [], "faults of the capture")
        self.report = report
        return {step["name"]: step["stdout"] for step in report["steps"]}


def run_catenet(lab, name, *flags, drops_alone=False):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "x.yaml"
        file.write_text(lab.text())
        done = subprocess.run([CATENET, "run", str(file), "--out", folder, "--json", *flags],
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        keep_for_reading(folder, name)
        report = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        capture, summary = (pathlib.Path(folder) / "x" / n for n in ("lab.pcapng", "run.json"))
        faults = faults_of(str(capture), summary, drops_alone) if capture.exists() else []
        return done, report, faults


def keep_for_reading(folder, name):
    """Where CATENET_KEEP names a folder, labs and captures stay there."""
    if keep := os.environ.get("CATENET_KEEP"):
        shutil.copytree(folder, pathlib.Path(keep) / name, dirs_exist_ok=True)


def main():
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
