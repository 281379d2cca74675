#!/usr/bin/env python3
"""What `catenet drill` prints, and how it ends.

    drill_command.py CATENET DOCS
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CATENET = ""
DOCS = pathlib.Path()
GOOD = "0 < S 0:0(0) win 5\n+0 > R. 0:0(0) ack 1\n"
FAILING = "0 < S 0:0(0) win 5\n+0 > R. 0:0(0) ack 2\n"
BEYOND = "0 epoll_create(1) = 3\n"


class Drill(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def script(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def drill(self, *arguments):
        done = subprocess.run([CATENET, "drill", *arguments], cwd=self.folder, text=True,
                              capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_one_that_passes(self):
        code, out, error = self.drill(self.script("a.pkt", GOOD))
        self.assertEqual((code, error), (0, ""))
        self.assertRegex(out, r"^passed +a\.pkt +2 events, 2 packets, 0 s\n$")

    def test_one_that_fails(self):
        code, out, error = self.drill(self.script("a.pkt", FAILING))
        self.assertEqual(code, 1)
        self.assertTrue(out.startswith("failed"))
        self.assertIn("a.pkt:2: another packet\n", error)
        self.assertIn("    ack: 2 was expected, 1 came\n", error)

    def test_folders_in_the_order_of_names(self):
        self.script("f/b.pkt", FAILING)
        self.script("f/a/c.pkt", GOOD)
        self.script("f/a/notes.txt", "no script")
        code, out, _ = self.drill("f")
        self.assertEqual(code, 1)
        self.assertEqual(re.findall(r"f/\S+", out), ["f/a/c.pkt", "f/b.pkt"])
        self.assertTrue(out.endswith("1 passed, 1 failed, 0 unsupported, 0 bad\n"))

    def test_what_cannot_run_ends_with_2(self):
        self.script("good.pkt", GOOD)
        for name, text in (("a.pkt", BEYOND), ("b.pkt", "nonsense\n"), ("c.pkt", "")):
            code, _, error = self.drill("good.pkt", self.script(name, text))
            self.assertEqual(code, 2, error)
            self.assertIn(name, error)
        self.assertEqual(self.drill("missing.pkt")[0], 2)
        (self.folder / "empty").mkdir()
        self.assertEqual(self.drill("empty")[0], 2)
        self.assertEqual(self.drill()[0], 2)

    def test_json_has_every_script(self):
        names = [self.script("a.pkt", GOOD), self.script("b.pkt", FAILING),
                 self.script("c.pkt", BEYOND)]
        code, out, error = self.drill("--json", *names)
        self.assertEqual((code, error), (2, ""))
        document = json.loads(out)
        self.assertEqual([s["verdict"] for s in document["scripts"]],
                         ["passed", "failed", "unsupported"])
        self.assertEqual((document["passed"], document["failed"]), (1, 1))
        self.assertEqual(document["scripts"][1]["line"], 2)
        self.assertIn("another packet", document["scripts"][1]["text"])

    def test_events_are_printed_as_they_happen(self):
        _, out, _ = self.drill("-v", self.script("a.pkt", GOOD))
        self.assertTrue(out.startswith("0.000000 < S 0:0(0) win 5\n"
                                       "0.000000 > R. 0:0(0) ack 1 win 0\n"))

    def test_strict_looks_at_what_is_left(self):
        name = self.script("a.pkt", "0 < S 0:0(0) win 5\n")
        self.assertEqual(self.drill(name)[0], 0)
        self.assertEqual(self.drill("--strict", name)[0], 1)

    def test_the_page_shows_a_script_that_passes(self):
        page = (DOCS / "drill.md").read_text()
        example = page.split("```\n")[1]
        code, _, error = self.drill("--strict", self.script("page.pkt", example))
        self.assertEqual(code, 0, error)


if __name__ == "__main__":
    CATENET = sys.argv.pop(1)
    DOCS = pathlib.Path(sys.argv.pop(1))
    unittest.main()
