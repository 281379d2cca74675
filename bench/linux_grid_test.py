#!/usr/bin/env python3
"""The grid beside Linux: its cells and labs, what is read from a report, and the runs side by side.
With the path of catenet as its argument, the labs are held against it."""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import linux_grid  # noqa: E402
from commands import Failed  # noqa: E402
from grid import compare, figures  # noqa: E402
from grid.cells import FRAME, PAIRINGS, Cell, lab_text, small_grid, whole_grid  # noqa: E402
from grid.pool import Pool  # noqa: E402
from table import Table  # noqa: E402

CATENET = sys.argv.pop(1) if len(sys.argv) > 1 and "/" in sys.argv[1] else None
CELL = Cell(rate=10, delay=10, loss=1, reordered=1, queue=2)


class Cells(unittest.TestCase):
    def test_the_small_grid_is_a_part_of_the_whole(self):
        whole = whole_grid()
        self.assertEqual(len(set(whole)), len(whole))
        self.assertLess(set(small_grid()), set(whole))
        self.assertEqual({cell.rate for cell in small_grid()}, {cell.rate for cell in whole})

    def test_a_queue_has_room_for_some_frames_whatever_the_product(self):
        self.assertGreaterEqual(min(cell.queue_bytes() for cell in whole_grid()), 10 * FRAME)
        self.assertEqual(Cell(100, 50, 0, 0, 2).queue_bytes(), 2_500_000)

    def test_a_transfer_is_sized_by_what_loss_leaves(self):
        free, lossy = Cell(100, 50, 0, 0, 2), Cell(100, 50, 1, 0, 2)
        self.assertEqual(free.transfer_bytes(), 50_000_000)
        self.assertLess(lossy.expected(), 2)
        self.assertGreater(lossy.transfer_bytes() / 1448 * 0.01, 10, "losses enough to go by")


class Labs(unittest.TestCase):
    def test_each_end_stands_on_its_own_stack(self):
        for pairing, (sender, receiver) in PAIRINGS.items():
            lab = json.loads(lab_text(CELL, pairing, 3))
            self.assertEqual(lab["nodes"]["a"].get("kind") == "namespace", receiver == "linux")
            self.assertEqual(lab["nodes"]["b"].get("kind") == "namespace", sender == "linux")
            self.assertEqual((lab["time"], lab["seed"]),
                             ("virtual" if pairing == "ours" else "wall", 3))
        self.assertEqual(json.loads(lab_text(CELL, "ours", 1, wall=True))["time"], "wall")

    def test_data_alone_is_lost_and_reordered(self):
        link = json.loads(lab_text(CELL, "linux", 1))["links"][0]
        self.assertEqual(link["impair_forward"], {"rate": "10 Mbit", "delay": "10 ms"})
        self.assertEqual(link["impair_back"], {
            **link["impair_forward"], "loss": "1 %", "reorder": {"chance": "1 %", "by": "5 ms"},
            "queue": {"frames": 100_000, "bytes": f"{CELL.queue_bytes()} B"}})
        perfect = json.loads(lab_text(Cell(10, 10, 0, 0, 2), "linux", 1))["links"][0]
        self.assertEqual(set(perfect["impair_back"]), {"rate", "delay", "queue"})

    @unittest.skipUnless(CATENET, "the path of catenet is to be given")
    def test_catenet_takes_them_without_a_warning(self):
        for pairing in PAIRINGS:
            done = subprocess.run([CATENET, "validate", "-"], input=lab_text(CELL, pairing, 1),
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), pairing)

    @unittest.skipUnless(CATENET, "the path of catenet is to be given")
    def test_a_transfer_of_ours_is_measured_to_its_end(self):
        run = compare.Run(Cell(10, 10, 0, 0, 2), "ours", 1)
        measured, failures = compare.measure([run], CATENET, lambda *_: None)
        self.assertEqual(failures, [])
        self.assertTrue(measured[run]["complete"])
        self.assertLess(measured[run]["goodput_mbit_per_s"], 10)


def report(**way):
    seen = dict(port="b:eth0", segments=3, bytes=2500, retransmitted=1, lost=1, acked_bytes=2000,
                rtt_min="0.020000000", rtt_average="0.025000000",
                data=[[1_000_000_000, 1_100_000_000, 1, 2001, 2]],
                acks=[[1_500_000_000, 1_500_000_000, 1001, 1001, 1],
                      [2_000_000_000, 2_000_000_000, 2001, 2001, 1],
                      [9_000_000_000, 9_000_000_000, 2002, 2002, 1]])
    other = dict(first="0.1", b_to_a=dict(seen, data=[], bytes=0))
    return dict(connections=[other, dict(first="0.500000000", b_to_a=seen | way)],
                lag="events were late by 1.5 ms (mean), 2 ms (99 %), 3 ms (most); 4 wake-ups")


class Figures(unittest.TestCase):
    def test_time_ends_as_all_text_is_acknowledged_whenever_the_fin_is(self):
        found = figures.of_report(report(), 2000)
        self.assertAlmostEqual(found["goodput_mbit_per_s"], 0.016)
        self.assertEqual((found["seconds"], found["retransmitted"]), (1.5, 1))
        self.assertEqual((found["late_us"], found["complete"]), (1500, True))

    def test_a_transfer_that_was_cut_off_says_so(self):
        self.assertFalse(figures.of_report(report(), 2001)["complete"])

    def test_without_text_there_are_no_figures(self):
        for connections in ([], report()["connections"][:1], report(acks=[])["connections"]):
            with self.assertRaises(Failed):
                figures.of_report(dict(connections=connections), 1)

    def test_virtual_time_is_never_late(self):
        self.assertIsNone(figures.late_us(None))
        self.assertEqual(figures.late_us("events were late by 80 us (mean), 2 ms (99 %)"), 80)


class Runs(unittest.TestCase):
    def jobs(self, *jobs):
        return [(load, name, ["sh", "-c", script], limit_s, name)
                for name, load, script, limit_s in jobs]

    def test_reasons_are_told_of_those_that_fail(self):
        told = {}
        Pool(10, 4).run_all(self.jobs(("good", 1, "true", 60),
                                      ("bad", 1, "echo 'error: no: luck' >&2; exit 3", 60),
                                      ("slow", 1, "sleep 600", 0)), told.__setitem__)
        self.assertIsNone(told["good"])
        self.assertEqual(told["bad"], "bad ended with 3: error: no: luck")
        self.assertEqual(told["slow"], "slow did not end within 0 s")

    def test_loads_and_number_have_their_bounds(self):
        pool = Pool(10, 2)
        one = unittest.mock.Mock(load=6)
        self.assertTrue(pool.fits((11,), []), "one that alone is too much")
        self.assertTrue(pool.fits((4,), [one]))
        self.assertFalse(pool.fits((5,), [one]))
        self.assertFalse(pool.fits((0,), [one, one]))

    def test_an_interrupt_leaves_nothing_running(self):
        with tempfile.TemporaryDirectory() as name:
            pid = pathlib.Path(name) / "pid"

            def interrupted(*_):
                raise KeyboardInterrupt
            with self.assertRaises(KeyboardInterrupt):
                Pool(10, 2).run_all(self.jobs(
                    ("lasting", 1, f"echo $$ > {pid}.x; mv {pid}.x {pid}; exec sleep 600", 60),
                    ("first", 1, f"until [ -e {pid} ]; do :; done", 60)), interrupted)
            self.assertFalse(pathlib.Path("/proc", pid.read_text().strip()).exists())


def measured(**goodputs):
    """Runs of one cell with these Mbit/s by seed."""
    return {compare.Run(CELL, pairing, seed): dict(goodput_mbit_per_s=value, seconds=1.0,
                                                   retransmitted=seed, late_us=None)
            for pairing, values in goodputs.items() for seed, value in enumerate(values, 1)}


class SideBySide(unittest.TestCase):
    def test_the_ratio_is_of_medians(self):
        row, = compare.rows_of(measured(ours=[1, 9, 8], linux=[10, 10, 2]))
        self.assertEqual(row["ratio"], 0.8)
        self.assertEqual(row["medians"]["ours"]["retransmitted"], 2)
        self.assertEqual([run["seed"] for run in row["runs"]["linux"]], [1, 2, 3])

    def test_the_bars_are_of_the_least_and_of_the_median(self):
        for ours, verdicts in ((9.6, ["reached", "SHORT"]), (10, ["reached", "reached"]),
                               (9.4, ["SHORT", "SHORT"])):
            table = Table()
            compare.add_to(table, compare.rows_of(measured(ours=[ours], linux=[10])))
            self.assertEqual([row["verdict"] for row in table.rows], verdicts)

    def test_the_table_has_a_line_a_cell_and_gaps_for_what_was_not_measured(self):
        table, printed = Table(), io.StringIO()
        compare.add_to(table, compare.rows_of(measured(ours=[9], linux=[10])))
        with contextlib.redirect_stdout(printed):
            table.print()
        line = next(line for line in printed.getvalue().splitlines() if "0.900" in line)
        self.assertEqual(line.split(), ["10", "10", "1", "1", "2", "9.00", "10.00", "0.900", "1.00",
                                        "1.00", "1.00", "1.00", "-", "-"])
        json.dumps(table.as_json())

    def test_mixed_pairings_take_fewer_seeds(self):
        runs = compare.runs_of([CELL], PAIRINGS, 7)
        self.assertEqual([sum(run.pairing == name for run in runs) for name in PAIRINGS],
                         [7, 7, compare.MIXED, compare.MIXED])

    def test_a_machine_without_namespaces_is_said(self):
        table = Table()
        with unittest.mock.patch.object(compare.os, "geteuid", lambda: 1000):
            linux_grid.measure_into(table, small_grid(), 1)
        self.assertIn("root", table.left_out["Linux CUBIC"])
        self.assertEqual([row["verdict"] for row in table.rows], ["", ""])


class CommandLine(unittest.TestCase):
    def test_what_is_wrong_is_said(self):
        for words, why in ((["--pairings", "ours,x"], "'x' is no pairing"),
                           (["--repeat", "0"], "1 or more"), (["--match", "("], "no regular")):
            done = subprocess.run([HERE / "linux_grid.py", *words], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main()
