"""Ours and a peer's in turn, and what is taken of the runs.

What runs on one thread in virtual time, and so the peers beside it, executes the same instructions
in each run: what differs is what else the machine did. Of such runs the least time counts, ours
and the peer's alike. Where the kernel takes part it is the median."""
import statistics

from commands import ROOT, Failed, figures


def ours(program, *arguments):
    name = f"bench_{program}"
    return figures(name, [ROOT / "build" / "release" / "bench" / name, *arguments])


class Peer:
    """A program not written here. Once it fails it is left out, with the reason in the table."""

    def __init__(self, table, family, find, *arguments):
        self.table, self.family, self.name, self.command = table, family, None, None
        try:
            self.name, self.command = find(*arguments)
        except (Failed, OSError) as failed:
            self.leave_out(failed)

    def leave_out(self, failed):
        self.name = self.command = None
        self.table.left_out.setdefault(self.family, str(failed))

    def figures(self):
        try:
            return self.command and figures(self.name, self.command)
        except Failed as failed:
            self.leave_out(failed)
            return None


def median(_, values):
    return statistics.median(values)


def least_time(name, values):
    """What is a time or a rate by its name; of all else the median."""
    if name.endswith("_per_s"):
        return max(values)
    if name.endswith("_s") or name.startswith("ns_per_"):
        return min(values)
    return statistics.median(values)


def summary(runs, of):
    if None in runs:
        return {}
    return {name: of(name, [run[name] for run in runs])
            for name, value in runs[0].items() if isinstance(value, (int, float))}


def in_turn(repeat, mine, peer=None, of=least_time, mine_at_least=0):
    """Ours and the peer's figures, A B A B, by name; the peer's are {} if it failed. Where the peer
    takes long, ours alone may run more often."""
    pairs = [(mine(), peer.figures() if peer else None) for _ in range(repeat)]
    more = [mine() for _ in range(mine_at_least - repeat)]
    return summary([a for a, _ in pairs] + more, of), summary([b for _, b in pairs], of)
