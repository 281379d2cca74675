#!/usr/bin/env python3
"""Holds report.xml to the shape that readers of JUnit's XML take, and report.html to what a page
that needs nothing else may hold.

    report_files.py CATENET ROOT
"""
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

CATENET = ""
ROOT = pathlib.Path()
FIRST = "examples/first.yaml"
PAIR = "nodes: {a: , b: }\nlinks: [{name: line, endpoints: [a, b]}]\n"
FAILING = PAIR + """description: "</title><script>alert(1)</script>"
script:
  - {at: 0 s, on: a, run: "ping -c 1 b", name: "good"}
  - {at: 1 s, down: line}
  - {at: 2 s, on: a, run: "ping -c 1 b", name: "b & \\"c\\" <d>"}
expect:
  - {name: "a \\u202e \\u0007 <b>", counter: line.offered, max: 0}
  - {name: it held, counter: line.offered, min: 1}
"""
EMPTY = "nodes: {a: }\n"
# A broadcast goes round for ever.
STORM = """nodes: {a: , s: {kind: switch}, t: {kind: switch}, b: }
links: [{endpoints: [a, s]}, {endpoints: [s, t]}, {endpoints: [s, t]}, {endpoints: [t, b]}]
script: [{at: 0 s, on: a, run: "ping -c 1 b"}, {at: 9 s, on: a, run: "ping -c 1 b"}]
"""
MANY = PAIR + 'script: [{at: 0 s, on: a, run: "ping -c 1 b", every: 10 ms, times: 5000}]\n'
BIG = """nodes: {a: , b: {services: [{http: {files: {/x: {size: 100 MB}}}}]}}
links: [{endpoints: [a, b], impair: {rate: 100 Mbit, delay: 5 ms, loss: 0.1 %}}]
script: [{at: 0 s, on: a, run: "fetch -o /x http://b/x"}]
capture: none
"""
# As Jenkins' schema has them: what an element may hold, which attributes it must and may have.
SHAPE = {
    "testsuites": ({"testsuite"}, {"name", "tests", "failures", "errors", "time"}, set()),
    "testsuite": ({"properties", "testcase"},
                  {"name", "tests", "failures", "errors", "skipped", "time"}, set()),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, set()),
    "testcase": ({"failure", "error", "skipped", "system-out", "system-err"},
                 {"classname", "name", "time"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"message"}, set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}
VOID = {"meta", "br", "img", "input", "link", "hr"}
# Elements of SVG that stand alone.
LEAVES = {"path", "rect", "use"}


class Page(html.parser.HTMLParser):
    """A page whose elements all end where they should, and what of it a test asks about."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.faults, self.tags = [], [], [], [], []
        self.images = []
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"open at the end: {self.open}")

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        for name, value in attributes:
            if name.startswith("on") or name in ("src", "srcset", "action", "style", "data"):
                self.faults.append(f"<{tag} {name}=...>")
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)
        if tag == "svg" and "aria-hidden" not in given:
            self.images.append(given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        if tag not in LEAVES:
            self.faults.append(f"<{tag}/>")
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> within {self.open}")
        else:
            self.open.pop()


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_lab(self, text=None, code=0):
        """Runs a lab, or the first example, and gives the folder that it wrote."""
        lab = ROOT / FIRST
        if text:
            lab = self.folder / "x.yaml"
            lab.write_text(text)
        done = subprocess.run([CATENET, "run", lab, "-q"], cwd=self.folder, capture_output=True,
                              text=True, timeout=200, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return self.folder / "out" / ("x" if text else "first")

    def suite(self, folder):
        """The suite of a report that has been held to the schema's shape."""
        root = ElementTree.fromstring((folder / "report.xml").read_bytes())
        self.assertEqual(root.tag, "testsuites")
        for element in root.iter():
            children, must, may = SHAPE[element.tag]
            self.assertLessEqual({child.tag for child in element}, children, element.tag)
            self.assertLessEqual(must, set(element.attrib), element.tag)
            self.assertLessEqual(set(element.attrib), must | may, element.tag)
            if "time" in element.attrib:
                self.assertRegex(element.attrib["time"], r"^\d+\.\d{9}$")
        self.assertEqual(len(root), 1)
        suite = root[0]
        self.assertEqual(suite[0].tag, "properties")
        cases = suite.findall("testcase")
        self.assertEqual(int(suite.get("tests")), len(cases))
        counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
        for attribute, tag in counts.items():
            found = sum(case.find(tag) is not None for case in cases)
            self.assertEqual(int(suite.get(attribute)), found, attribute)
        names = [(case.get("classname"), case.get("name")) for case in cases]
        self.assertEqual(len(set(names)), len(names), "two cases have one name")
        for case in cases:
            self.assertLessEqual(sum(child.tag in ("failure", "error", "skipped")
                                     for child in case), 1)
        return suite

    def page(self, folder):
        """A page that has been held to be whole and to need nothing else."""
        text = (folder / "report.html").read_bytes().decode("utf-8")
        self.assertTrue(text.startswith("<!doctype html>\n<html lang=\"en\">"))
        page = Page(text)
        self.assertEqual(page.faults, [])
        self.assertEqual(len(page.ids), len(set(page.ids)), "an id is there twice")
        for link in page.links:
            self.assertTrue(link.startswith("#"), link)
            self.assertIn(link[1:], page.ids)
        for tag in ("script", "link", "iframe", "object", "embed", "img", "image", "base", "form"):
            self.assertNotIn(tag, page.tags)
        style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
        self.assertNotIn("@import", style)
        self.assertNotIn("@font-face", style)
        self.assertEqual(set(re.findall(r"url\([^)]*\)", text)) - {"url(#hatch)"}, set())
        for image in page.images:
            self.assertEqual(image.get("role"), "img")
            self.assertTrue(image.get("aria-label"))
        # Outside of what programs printed there is no address of anything.
        quiet = re.sub(r"<(pre|code|bdi|text|title|li|p)\b.*?</\1>", "", text, flags=re.S)
        self.assertNotRegex(re.sub(r'aria-label="[^"]*"', "", quiet), r"(https?:)?//")
        return text

    def test_first_lab(self):
        out = self.run_lab()
        suite = self.suite(out)
        self.assertEqual((suite.get("failures"), suite.get("errors")), ("0", "0"))
        names = {p.get("name"): p.get("value") for p in suite.iter("property")}
        run = json.loads((out / "run.json").read_text())
        self.assertEqual((names["seed"], names["event_hash"]), ("1", run["event_hash"]))
        page = self.page(out)
        for part in ["Hello from a lab", run["event_hash"], 'id="tcp-1"', "they balance"]:
            self.assertIn(part, page)

    def test_same_seed_gives_the_same_bytes(self):
        first = {}
        for _ in range(2):
            out = self.run_lab()
            for name in ["report.html", "report.xml", "run.json"]:
                text = (out / name).read_bytes()
                self.assertEqual(first.setdefault(name, text), text, name)

    def test_failures_are_told_and_nothing_is_markup(self):
        out = self.run_lab(FAILING, code=1)
        suite = self.suite(out)
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("6", "2"))
        failed = [case for case in suite.iter("testcase") if case.find("failure") is not None]
        self.assertEqual(failed[0].get("name"), 'b & "c" <d>: a: ping -c 1 b')
        self.assertIn("it exited with", failed[0].find("failure").get("message"))
        self.assertEqual(failed[1].get("name"), "a \\u202e \\x07 <b>")
        page = self.page(out)
        self.assertIn("✗ FAILED", page)
        self.assertIn("a \\u202e \\x07 &lt;b&gt;", page)

    def test_run_that_is_broken_off_is_an_error(self):
        out = self.run_lab(STORM, code=2)
        suite = self.suite(out)
        self.assertEqual(suite.get("errors"), "1")
        self.assertIn("broken off", suite.find("testcase/error").get("message"))
        self.assertEqual(suite.get("skipped"), "1")
        self.assertIn("✗ broken off", self.page(out))

    def test_empty_lab(self):
        out = self.run_lab(EMPTY)
        self.assertEqual(self.suite(out).get("tests"), "2")
        self.page(out)

    def test_thousands_of_steps_make_a_page_of_bounded_size(self):
        out = self.run_lab(MANY)
        self.assertEqual(self.suite(out).get("tests"), "5002")
        self.assertLess(len(self.page(out)), 1_000_000)

    def test_big_transfer_makes_a_page_of_bounded_size(self):
        out = self.run_lab(BIG)
        self.suite(out)
        self.assertLess(len(self.page(out)), 200_000)
        run = json.loads((out / "run.json").read_text())
        way = run["connections"][0]["b_to_a"]
        self.assertGreater(way["bytes"], 100_000_000)
        self.assertGreater(way["retransmitted"], 0)
        self.assertLessEqual(max(len(way[name]) for name in ("data", "acks", "window")), 512)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    CATENET = os.path.abspath(sys.argv.pop(1))
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
