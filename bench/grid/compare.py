"""Runs the cells of a grid with every pairing and seed, and sets the medians side by side."""
import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import tempfile

from commands import ROOT, Failed
from grid import figures
from grid.cells import LIMIT_S, PAIRINGS, by_clock, lab_text
from grid.pool import Pool
from table import Bar

CATENET = ROOT / "build" / "release" / "tools" / "catenet"
BESIDE = ("ours", "linux")  # whose ratio the bars are of
MIXED = 3                   # seeds for one to the other, of which nothing is asked
# Mbit/s that all runs at once may carry, and their number: half of two cores.
BUDGET, WIDTH = 220, 16
WORST, MEDIAN = Bar("ours", least=0.95), Bar("ours", least=1.0)


def why_not():
    """Why there can be no namespaces that set CUBIC; None: there can."""
    if os.geteuid() != 0:
        return "an ordinary user's namespaces may not choose CUBIC; root's may"
    if not shutil.which("python3"):
        return "python3 is not installed"
    return None


@dataclasses.dataclass(frozen=True)
class Run:
    cell: object
    pairing: str
    seed: int
    wall: bool = False

    def name(self):
        return f"{self.pairing}, {self.cell.name()}, seed {self.seed}"

    def job(self, catenet, home):
        home.mkdir()
        file = home / "cell.yaml"
        file.write_text(lab_text(self.cell, self.pairing, self.seed, self.wall))
        command = [catenet, "run", "--quiet", "--no-capture", "--out", home, file]
        clock = by_clock(self.pairing, self.wall)
        load = self.cell.expected() if clock else BUDGET / 2  # the other half is for the rest
        return load, self.name(), command, LIMIT_S + 60, (self, home)

    def figures(self, home):
        try:
            with (home / "cell" / "run.json").open() as file:
                return figures.of_report(json.load(file), self.cell.transfer_bytes())
        except (OSError, ValueError, Failed) as failed:
            raise Failed(f"{self.name()}: {failed}") from None


def runs_of(cells, pairings, repeat, wall=False):
    """Those of one seed follow one another, so that all meet the same machine."""
    return [Run(cell, pairing, seed, wall) for cell in cells for seed in range(1, repeat + 1)
            for pairing in pairings if pairing in BESIDE or seed <= MIXED]


def measure(runs, catenet, tell):
    """{run: its figures}, and why others have none. A transfer that is cut off at its time limit
    counts with what it got across."""
    measured, failures = {}, []

    def done(tag, why):
        run, home = tag
        try:
            measured[run] = run.figures(home)
        except Failed as failed:
            failures.append(why or str(failed))
        shutil.rmtree(home)
        tell(len(measured) + len(failures), len(runs))
    with tempfile.TemporaryDirectory(prefix="catenet-grid-") as name:
        jobs = [run.job(catenet, pathlib.Path(name, str(i))) for i, run in enumerate(runs)]
        Pool(BUDGET, WIDTH).run_all(jobs, done)
    return {run: measured[run] for run in runs if run in measured}, failures


def rows_of(measured):
    """A row a cell, in the order of the runs: what was measured, medians by pairing, the ratio."""
    rows = {}
    for run, found in measured.items():
        row = rows.setdefault(run.cell, {name: [] for name in PAIRINGS})
        row[run.pairing].append(dict(found, seed=run.seed))
    return [row_of(cell, {name: runs for name, runs in by_pairing.items() if runs})
            for cell, by_pairing in rows.items()]


def row_of(cell, by_pairing):
    medians = {name: figures.medians(runs) for name, runs in by_pairing.items()}
    ours, linux = (medians.get(name, {}).get("goodput_mbit_per_s") for name in BESIDE)
    return dict(cell=dataclasses.asdict(cell), name=cell.name(), bytes=cell.transfer_bytes(),
                queue_bytes=cell.queue_bytes(), medians=medians, runs=by_pairing,
                ratio=ours / linux if ours and linux else None)


def add_to(table, rows):
    """The rows, and what their ratios come to beside the bars."""
    table.grid += rows
    ratios = [row["ratio"] for row in rows if row["ratio"] is not None]
    question = "goodput over an impaired link, Linux CUBIC's on the same being 1"
    for what, of, bar in ((f"least of {len(ratios)} cells", min, WORST),
                          ("median cell", statistics.median, MEDIAN)):
        table.add(f"{question}: {what}", "x Linux", of(ratios) if ratios else None, bar=bar)
