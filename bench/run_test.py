#!/usr/bin/env python3
"""What bench/run does around the measuring: its command line, its table, peers that cannot be had,
and where it looks for Debian's sources."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import questions  # noqa: E402
import through_kernel  # noqa: E402
from commands import Failed, figures, output_of  # noqa: E402
from peers.lwip import source  # noqa: E402
from table import Bar, Table  # noqa: E402
from turns import Peer, in_turn, least_time, median, summary  # noqa: E402

ONE_LINE = """\
# deb http://old.example/debian buster main
deb [arch=amd64 signed-by=/keys/a.gpg] http://a.example/debian bookworm main contrib
deb http://a.example/debian bookworm-updates main
deb http://a.example/extra bookworm contrib
deb-src http://a.example/debian bookworm main
"""
DEB822 = """\
Types: deb
# a comment
URIs: http://b.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/b.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://c.example/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
"""


class Archives(unittest.TestCase):
    def test_both_formats_offer_their_sources(self):
        with tempfile.TemporaryDirectory() as name:
            etc = pathlib.Path(name)
            (etc / "sources.list.d").mkdir()
            (etc / "sources.list").write_text(ONE_LINE)
            (etc / "sources.list.d" / "debian.sources").write_text(DEB822)
            (etc / "sources.list.d" / "off.list.disabled").write_text("deb http://x.example x main")
            self.assertEqual(source.archives(etc), [
                "deb-src [arch=amd64 signed-by=/keys/a.gpg] http://a.example/debian bookworm main",
                "deb-src http://a.example/debian bookworm-updates main",
                "deb-src [signed-by=/keys/b.gpg] http://b.example/debian bookworm main",
                "deb-src [signed-by=/keys/b.gpg] http://b.example/debian bookworm-updates main",
                "deb-src http://c.example/debian bookworm main",
            ])

    def test_a_machine_without_any_is_said(self):
        with tempfile.TemporaryDirectory() as name, self.assertRaisesRegex(Failed, "/etc/apt"):
            source.archives(pathlib.Path(name))


class Rows(unittest.TestCase):
    def test_ratio_says_how_many_times_better_ours_is(self):
        table = Table()
        table.add("a rate", "Gbit/s", 6.0, 10.0, "peer", bar=Bar("ratio", least=0.6))
        table.add("a cost", "ns", 400.0, 800.0, "peer", better="less", bar=Bar("ours", most=500))
        self.assertEqual([row["ratio"] for row in table.rows], [0.6, 2.0])
        self.assertEqual([row["verdict"] for row in table.rows], ["reached", "reached"])
        self.assertFalse(table.short())

    def test_only_a_missed_bar_is_short(self):
        table = Table()
        table.add("without a peer", "Gbit/s", 6.0, bar=Bar("ratio", least=0.6))
        self.assertFalse(table.short())
        table.add("too slow", "ns", 501.0, bar=Bar("ours", most=500))
        self.assertTrue(table.short())


class Peers(unittest.TestCase):
    def test_one_that_cannot_be_had_has_no_figures_and_a_reason(self):
        def find():
            raise Failed("there is none")
        table = Table()
        ours, theirs = in_turn(2, lambda: {"ns": 3}, Peer(table, "it", find))
        self.assertEqual((ours, theirs), ({"ns": 3}, {}))
        self.assertEqual(table.left_out, {"it": "there is none"})

    def test_one_that_fails_is_left_out(self):
        table = Table()
        peer = Peer(table, "it", lambda: ("it 1.0", ["sh", "-c", "echo why >&2; exit 9"]))
        self.assertEqual(in_turn(2, lambda: {"ns": 3}, peer)[1], {})
        self.assertEqual(table.left_out, {"it": "it 1.0 failed: why"})


class Turns(unittest.TestCase):
    RUNS = [{"name": "x", "gbit_per_s": g, "setup_s": t, "ns_per_hop": n, "wall_s_per_sim_s": w,
             "bytes_per_end": b}
            for g, t, n, w, b in ((3, 5, 7, 0.1, 470), (4, 6, 8, 0.3, 480), (1, 9, 6, 0.2, 490))]

    def test_of_times_the_least_counts_and_of_rates_the_greatest(self):
        self.assertEqual(summary(self.RUNS, least_time),
                         {"gbit_per_s": 4, "setup_s": 5, "ns_per_hop": 6, "wall_s_per_sim_s": 0.1,
                          "bytes_per_end": 480})

    def test_where_the_kernel_takes_part_the_median_counts(self):
        self.assertEqual(summary(self.RUNS, median),
                         {"gbit_per_s": 3, "setup_s": 6, "ns_per_hop": 7, "wall_s_per_sim_s": 0.2,
                          "bytes_per_end": 480})

    def test_ours_alone_may_run_more_often(self):
        runs = []
        peer = Peer(Table(), "it", lambda: ("it", ["sh", "-c", 'echo "{\\"ns\\": 1}"']))
        mine, theirs = in_turn(2, lambda: runs.append(0) or {"setup_s": 9 - len(runs)}, peer,
                               mine_at_least=7)
        self.assertEqual((len(runs), mine, theirs), (7, {"setup_s": 2}, {"ns": 1}))
        in_turn(9, lambda: runs.append(0) or {"setup_s": 1}, mine_at_least=7)
        self.assertEqual(len(runs), 16)


class Questions(unittest.TestCase):
    def test_all_are_asked_but_what_is_asked_by_name_alone(self):
        self.assertEqual(questions.asked("linux_grid"), ["linux_grid"])
        self.assertEqual(set(questions.QUESTIONS) - set(questions.asked(None)), {"linux_grid"})

    def test_each_is_described(self):
        text = (HERE.parent / "docs" / "performance.md").read_text()
        for name in questions.QUESTIONS:
            self.assertTrue(re.search(rf"\n\|[^|]*`{name}`", text), name)

    def test_what_the_peer_does_not_finish_has_no_ratio(self):
        table = Table()
        peer = Peer(table, "it", lambda: ("it", ["true"]))
        mine = {"wall_s_per_sim_s": 0.2}
        questions.add_wall_time(table, "x", mine, {}, peer, Bar("ratio", least=10))
        questions.add_wall_time(table, "x", mine, {"wall_s_per_sim_s": 3.0}, peer,
                                Bar("ratio", least=10))
        self.assertEqual([(row["ours"], row["peer_name"], row["verdict"]) for row in table.rows],
                         [(200, None, ""), (200, "it", "reached")])


class Goodput(unittest.TestCase):
    def test_rows_are_named_with_the_reason_where_nothing_can_be_measured(self):
        table = Table()
        with unittest.mock.patch.object(through_kernel.os, "geteuid", lambda: 1000):
            through_kernel.iperf3(table, 1)
        self.assertIn("root", table.left_out["iperf3"])
        self.assertEqual({row["ours"] for row in table.rows}, {None})
        self.assertEqual([row["bar"] for row in table.rows if "switch" in row["question"]],
                         ["ratio >= 0.9", "ratio >= 1.5"])
        self.assertFalse(table.short())

    def test_each_lab_is_there(self):
        for _, lab, how, _, peers in through_kernel.questions():
            self.assertTrue((HERE / "iperf3" / f"{lab}.yaml").exists(), lab)
            self.assertEqual("capture:" in (HERE / "iperf3" / f"{lab}.yaml").read_text(),
                             how == "captured")
            self.assertLessEqual({tool for tool, _ in peers}, set(through_kernel.NAMES))


class Commands(unittest.TestCase):
    def test_each_way_to_fail_is_said(self):
        for command, why in ((["sh", "-c", "kill -SEGV $$"], "was ended by SIGSEGV"),
                             (["/nowhere/x"], "cannot be started: .*No such file"),
                             (["sh", "-c", "echo 'x: error: y' >&2; echo z >&2; exit 1"],
                              "failed: x: error: y")):
            with self.assertRaisesRegex(Failed, "^it " + why):
                output_of("it", command)
        with self.assertRaisesRegex(Failed, "^it printed no figures: hello"):
            figures("it", ["echo", "hello"])


class CommandLine(unittest.TestCase):
    def refused(self, *arguments):
        done = subprocess.run([HERE / "run", *arguments], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        return done.stderr

    def test_what_is_wrong_is_said_before_anything_is_done(self):
        self.assertIn("choose from 'tcp_bulk'", self.refused("--only", "nothing"))
        self.assertIn("cannot write /nowhere/x: No such", self.refused("--json", "/nowhere/x"))
        self.assertIn("cannot write /: Is a directory", self.refused("--json", "/"))
        self.assertIn("1 or more", self.refused("--repeat", "0"))

    def test_a_result_file_is_not_touched_before_the_end(self):
        with tempfile.TemporaryDirectory() as name:
            old, new = pathlib.Path(name) / "old", pathlib.Path(name) / "new"
            old.write_text("before")
            self.refused("--json", str(old), "--repeat", "0")
            self.refused("--json", str(new), "--repeat", "0")
            self.assertEqual((old.read_text(), new.exists()), ("before", False))


if __name__ == "__main__":
    unittest.main()
