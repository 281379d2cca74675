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
        return dict(rows=self.rows, rooms=self.rooms, left_out=self.left_out)

    def print(self):
        if self.rows:
            print_aligned([["question", "unit", "ours", "peer's", "peer", "ratio", "bar", ""]] + [
                [row["question"], row["unit"], number(row["ours"]), number(row["peer"]),
                 row["peer_name"] or "-", number(row["ratio"]), row["bar"] or "-", row["verdict"]]
                for row in self.rows], right={2, 3, 5})
            print("ratio: how many times better ours is than the peer's")
        if self.rooms:
            print("\nWhat one packet costs in each room\n")
            print_aligned([["room", "what", "ns"]] + [
                [cost["room"], cost["what"], f"{cost['ns']:.1f}"]
                for cost in self.rooms], right={2})
        for peer, reason in self.left_out.items():
            print(f"\n{peer} was not measured: {reason}")


def print_aligned(lines, right):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [cell.rjust(width) if i in right else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())
