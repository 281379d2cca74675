#!/usr/bin/env python3
"""Holds Catenet's TCP beside Linux CUBIC over the same impaired Catenet links and prints the table.

linux_grid.py [--cells small|whole] [--match REGEX] [--pairings A,B] [--repeat N] [--wall]
              [--catenet FILE] [--json FILE]

bench/run does the same, after it has built catenet. Needs root. Exit status: 0 the bars were
reached, 1 one was not, 2 the command line is wrong, 3 this machine has no such namespaces, 4 a run
failed, 130 interrupted. Nothing is left behind.
"""
import argparse
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True

from arguments import count, writable  # noqa: E402
from commands import Failed, on_interrupt  # noqa: E402
from grid import compare  # noqa: E402
from grid.cells import PAIRINGS, small_grid, whole_grid  # noqa: E402
from table import Table  # noqa: E402

GRIDS = {"small": small_grid, "whole": whole_grid}


def tell(done, of):
    if sys.stderr.isatty() or done % 50 == 0 or done == of:
        print(f"\r{done} of {of} transfers", end="" if sys.stderr.isatty() and done < of else "\n",
              file=sys.stderr, flush=True)


def measure_into(table, cells, repeat, catenet=compare.CATENET, pairings=PAIRINGS, wall=False):
    reason = compare.why_not()
    if reason:
        table.left_out["Linux CUBIC"] = reason
        compare.add_to(table, [])
        return
    runs = compare.runs_of(cells, pairings, repeat, wall)
    measured, failures = compare.measure(runs, catenet, tell)
    compare.add_to(table, compare.rows_of(measured))
    if failures:
        raise Failed(f"{len(failures)} of {len(runs)} transfers failed: {failures[0]}")


def pattern(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}") from None


def command_line():
    parser = argparse.ArgumentParser(prog="linux_grid.py", description=__doc__.split("\n")[0])
    parser.add_argument("--cells", choices=GRIDS, default="small")
    parser.add_argument("--match", type=pattern, default="", metavar="REGEX",
                        help="of these, the cells in whose name it is found")
    parser.add_argument("--pairings", default=",".join(PAIRINGS), metavar="A,B",
                        help=f"of {', '.join(PAIRINGS)}")
    parser.add_argument("--repeat", type=count, default=3, metavar="N", help="seeds of each (3)")
    parser.add_argument("--wall", action="store_true", help="ours to ours by the clock too")
    parser.add_argument("--catenet", type=pathlib.Path, default=compare.CATENET, metavar="FILE")
    parser.add_argument("--json", type=writable, metavar="FILE", help="write what was measured")
    arguments = parser.parse_args()
    arguments.pairings = arguments.pairings.split(",")
    for name in arguments.pairings:
        if name not in PAIRINGS:
            parser.error(f"'{name}' is no pairing; there are {', '.join(PAIRINGS)}")
    return arguments


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    given = command_line()
    on_interrupt(interrupted)
    table, status = Table(), 0
    cells = [cell for cell in GRIDS[given.cells]() if re.search(given.match, cell.name())]
    try:
        measure_into(table, cells, given.repeat, given.catenet, given.pairings, given.wall)
    except Failed as failed:
        print(f"linux_grid.py: {failed}", file=sys.stderr)
        status = 4
    except KeyboardInterrupt:
        return 130
    table.print()
    if given.json:
        given.json.write_text(json.dumps(table.as_json(), indent=1) + "\n")
    if table.left_out:
        return 3
    return status or (1 if table.short() else 0)


if __name__ == "__main__":
    sys.exit(main())
