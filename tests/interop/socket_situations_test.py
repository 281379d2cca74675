#!/usr/bin/env python3
"""One program says what its sockets do: on the kernel's, over loopback, and on those of a lab
host, over the host's loopback and with its peer across a link. What each call gives is the same,
but for what socket_differences.py lists, which must differ as it says there."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from socket_differences import DIFFERENCES

CATENET = os.path.abspath(sys.argv[1])
LIMIT_S = 200
SOURCES = sorted(pathlib.Path(__file__).with_name("socket_probe").glob("*.c"))
PLACES = {"v4": "local 127.0.0.1", "v6": "local ::1", "across": "across 127.0.0.1"}


def answers(text):
    """{"situation: what": value}; the second of the same name is "… #2", and so on."""
    told, situations = {}, set()
    for line in text.splitlines():
        name, value = line.split("=", 1)
        situations.add(name.split(":")[0])
        key, count = name, 2
        while key in told:
            key, count = f"{name} #{count}", count + 1
        told[key] = value
    return told, situations


def differences(kernel, lab):
    keys = list(kernel) + [key for key in lab if key not in kernel]
    return {key: (kernel.get(key), lab.get(key)) for key in keys
            if kernel.get(key) != lab.get(key)}


class SocketSituations(unittest.TestCase):
    maxDiff = None


    @classmethod
    def setUpClass(cls):
        cls.cc = shutil.which("cc")
        if not cls.cc:
            raise unittest.SkipTest("there is no C compiler")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.folder = folder.name
        cls.probe = f"{folder.name}/socket_probe"
        subprocess.run([cls.cc, "-D_GNU_SOURCE", "-O1", "-pthread", "-o", cls.probe, *SOURCES],
                       check=True)
        cls.kernel = cls.ask_kernel()

    @classmethod
    def ask_kernel(cls):
        server = subprocess.Popen([cls.probe, "server"], stdout=subprocess.PIPE)
        try:
            asked = {place: subprocess.Popen([cls.probe, *how.split()], stdout=subprocess.PIPE)
                     for place, how in PLACES.items()}
            return {place: answers(process.communicate(timeout=LIMIT_S)[0].decode())
                    for place, process in asked.items()}
        finally:
            server.kill()
            server.wait()
            server.stdout.close()

    def ask_lab(self, as_nobody):
        """Each place has a host of its own."""
        hows = PLACES | {"across": "across 10.0.1.2"}
        nodes = {"server": {"programs": "real"}} | {place: {"programs": "real"} for place in hows}
        lab = {"name": "sockets", "nodes": nodes,
               "links": [{"endpoints": ["across", "server"]}, {"endpoints": ["v4", "v6"]}],
               "script": [{"name": "s", "at": "0 s", "on": "server",
                           "start": f"{self.probe} server"}]}
        for place, how in hows.items():
            lab["script"].append({"name": place, "at": "0 s", "on": place,
                                  "run": f"{self.probe} {how}", "timeout": f"{LIMIT_S} s"})
        nodes["across"]["addresses"] = ["10.0.1.1/24"]
        nodes["server"]["addresses"] = ["10.0.1.2/24"]
        path = pathlib.Path(self.folder, "lab.yaml")
        path.write_text(json.dumps(lab))
        user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        with tempfile.TemporaryDirectory() as where:
            os.chmod(where, 0o777)
            done = subprocess.run([*(user if as_nobody else []), CATENET, "run", path, "--json"],
                                  cwd=where, capture_output=True, timeout=LIMIT_S + 30, text=True)
        if done.returncode == 2:
            self.fail(done.stderr)
        if done.returncode == 3:
            self.skipTest(done.stderr.strip())
        said = {step["name"]: step for step in json.loads(done.stdout)["steps"]}
        return {place: answers(said[place]["stdout"]) for place in hows}

    def compare(self, as_nobody):
        lab = self.ask_lab(as_nobody)
        count = listed = 0
        for place in PLACES:
            kernel, situations = self.kernel[place]
            ours, _ = lab[place]
            found = differences(kernel, ours)
            expected = {key: value for key, (_, value) in DIFFERENCES[place].items()
                        if key.split(":")[0] in situations}
            count, listed = count + len(situations), listed + len(found)
            self.assertGreater(len(situations), 60)
            with self.subTest(place):
                unlisted = {k: v for k, v in found.items() if v[1] != expected.get(k, "same")}
                vanished = [k for k in expected if k not in found]
                self.assertEqual({}, unlisted, "differ, kernel first, and are not listed so")
                self.assertEqual([], vanished, "are listed and no longer differ")
        print(f"{count} socket situations, {sum(len(told) for told, _ in self.kernel.values())} "
              f"answers, {listed} differ as listed", file=sys.stderr)

    def test_answers_are_the_kernels(self):
        self.compare(as_nobody=False)

    def test_answers_are_the_kernels_for_an_ordinary_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root may become another user")
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        self.compare(as_nobody=True)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
