"""What bench/run prints and writes: a row a question."""


class Bar:
    """What a row has to reach."""

    def __init__(self, of, least=None, most=None):
        self.of, self.least, self.most = of, least, most

    def reached(self, row):
        value = row[self.of]
        if value is None:
            return None
        return value >= self.least if self.most is None else value <= self.most

    def text(self):
        return f"{self.of} >= {self.least}" if self.most is None else f"{self.of} <= {self.most}"


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.{2 if abs(value) >= 1 else 3}f}"


class Table:
    def __init__(self):
        self.rows = []
        self.rooms = []
        self.grid = []  # rows of grid/compare.py
        self.left_out = {}  # a peer, and why it was not measured

    def add(self, question, unit, ours, peer=None, peer_name=None, better="more", bar=None):
        """`ratio` says how many times better ours is than the peer's."""
        ratio = None
        if peer and ours:
            ratio = ours / peer if better == "more" else peer / ours
        row = dict(question=question, unit=unit, ours=ours, peer=peer, peer_name=peer_name,
                   ratio=ratio, bar=bar and bar.text(), verdict="")
        if bar and bar.reached(row) is not None:
            row["verdict"] = "reached" if bar.reached(row) else "SHORT"
        self.rows.append(row)

    def short(self):
        return any(row["verdict"] == "SHORT" for row in self.rows)

    def as_json(self):
        return dict(rows=self.rows, grid=self.grid, rooms=self.rooms, left_out=self.left_out)

    def print(self):
        if self.grid:
            print_grid(self.grid)
        if self.rows:
            print_aligned([["question", "unit", "ours", "peer's", "peer", "ratio", "bar", ""]] + [
                [row["question"], row["unit"], number(row["ours"]), number(row["peer"]),
                 row["peer_name"] or "-", number(row["ratio"]), row["bar"] or "-", row["verdict"]]
                for row in self.rows], right={2, 3, 5})
            print("ratio: how many times better ours is than the peer's. Of iperf3 and Linux the "
                  "median of the runs,\nof all other times and rates the run that took least, ours "
                  "and the peer's alike.")
        if self.rooms:
            print("\nWhat one packet costs in each room\n")
            print_aligned([["room", "what", "ns"]] + [
                [cost["room"], cost["what"], f"{cost['ns']:.1f}"]
                for cost in self.rooms], right={2})
        for peer, reason in self.left_out.items():
            print(f"\n{peer} was not measured: {reason}")


def print_grid(rows):
    """Medians of each cell: ours to ours beside Linux to Linux, then one to the other."""
    def shown(row, name, pairing):
        return number(row["medians"].get(pairing, {}).get(name))

    def line(row):
        cell, both = row["cell"], ("ours", "linux")
        return ([f"{cell['rate']}", f"{cell['delay']}", f"{cell['loss']:g}",
                 f"{cell['reordered']:g}", f"{cell['queue']:g}"]
                + [shown(row, "goodput_mbit_per_s", who) for who in both] + [number(row["ratio"])]
                + [shown(row, name, who) for name in ("retransmitted", "seconds") for who in both]
                + [shown(row, "goodput_mbit_per_s", who)
                   for who in ("ours_to_linux", "linux_to_ours")])
    heads = ["Mbit/s", "ms", "loss %", "reord. %", "BDP", "ours", "Linux", "ratio", "again",
             "Linux", "s", "Linux", "o>L", "L>o"]
    print_aligned([heads, *map(line, rows)], right=set(range(len(heads))))
    late = [run["late_us"] for row in rows for runs in row["runs"].values() for run in runs]
    print("goodput in Mbit/s, segments sent again, seconds to completion; o>L: ours to Linux\n"
          f"runs by the clock were late by {number(max(filter(None, late), default=None))} us in "
          "the mean at most\n")


def print_aligned(lines, right):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [cell.rjust(width) if i in right else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())
