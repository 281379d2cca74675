"""The grid: which links a transfer is tried over, how large it is there, and the lab of one run.

A cell is a link between two nodes. Rate and delay are of both directions; the queue, and what loses
and reorders frames, of the one that the data takes.
"""
import dataclasses
import itertools
import json
import math
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
FRAME = 1514                # bytes that a full segment takes in a queue
SEGMENT = 1448              # of text in it, beside timestamps
WORTH_S = 4                 # a transfer is as large as the link should take so many seconds for;
LOSSES = 20                 # where loss leaves less than half of the rate, as has so many losses,
LOSSY_S = (8, 24)           # but takes between these seconds
LIMIT_S = 30                # a transfer that takes longer is cut off
# By Mbit/s, in ms. A queue must outlast what a busy machine takes to run a namespace's program: at
# 100 Mbit/s and less than 10 ms the kernel would be blamed for that.
DELAYS = {10: (1, 10, 50), 100: (10, 20, 50)}
LATER_MS = 5                # a frame that is held back arrives so much later

# Who sends and who receives: "ours" on a lab host, "linux" in a namespace of the kernel.
PAIRINGS = {"ours": ("ours", "ours"), "linux": ("linux", "linux"),
            "ours_to_linux": ("ours", "linux"), "linux_to_ours": ("linux", "ours")}


@dataclasses.dataclass(frozen=True)
class Cell:
    rate: int               # Mbit/s
    delay: int              # ms one way
    loss: float             # per cent
    reordered: float        # per cent
    queue: float            # bandwidth-delay products

    def name(self):
        return (f"{self.rate} Mbit/s, {self.delay} ms, loss {self.loss:g} %, "
                f"reordered {self.reordered:g} %, queue {self.queue:g} BDP")

    def queue_bytes(self):
        """The product is taken as twenty frames where it is less."""
        product = self.rate * 1_000_000 / 8 * self.delay * 2 / 1_000
        return round(self.queue * max(product, 20 * FRAME))

    def expected(self):
        """Mbit/s: the rate, or what loss leaves of it, roughly: MSS / RTT * sqrt(3 / 2p)."""
        if self.loss == 0:
            return self.rate
        round_trip_s = self.delay * 2 / 1_000 + 2 * FRAME * 8 / (self.rate * 1e6)
        limit = SEGMENT * 8 * math.sqrt(1.5 / (self.loss / 100)) / round_trip_s / 1e6
        return min(self.rate, limit)

    def transfer_bytes(self):
        second = self.expected() * 1e6 / 8
        if self.expected() > self.rate / 2:
            return round(second * WORTH_S)
        least, most = (second * seconds for seconds in LOSSY_S)
        return round(min(max(least, LOSSES / (self.loss / 100) * SEGMENT), most))


def cells(delays, luck):
    return [Cell(rate, delay, *rest) for rate in delays
            for delay, rest in itertools.product(delays[rate], luck)]


def whole_grid():
    """Small queues only where they, and not loss, hold the window down; reordering and heavy loss
    apart from one another."""
    luck = ((0, 0, 0.5), (0, 0, 2), (0.1, 0, 0.5), (0.1, 0, 2), (1, 0, 2), (3, 0, 2),
            (0, 1, 0.5), (0, 1, 2), (0.1, 1, 2), (1, 1, 2))
    return cells(DELAYS, luck)


def small_grid():
    """What tells most in a few minutes."""
    luck = ((0, 0, 0.5), (1, 0, 2), (0, 1, 2))
    return cells({rate: delays[1:] for rate, delays in DELAYS.items()}, luck)


def by_clock(pairing, wall=False):
    return wall or "linux" in PAIRINGS[pairing]


def lab_text(cell, pairing, seed, wall=False):
    """`b` sends and `a` receives. Time is the clock's where there is a namespace of the kernel, or
    `wall` wants it; otherwise virtual."""
    sender, receiver = PAIRINGS[pairing]
    size = cell.transfer_bytes()
    b = {"services": [{"http": {"files": {"/text": {"size": f"{size} B"}}}}]}
    a, fetch = {}, "fetch -q -O /text http://b/text"
    script = []
    if sender == "linux":
        b = {"kind": "namespace", "files": {"/run/send.py": (HERE / "send.py").read_text()}}
        script += [{"name": "send", "at": "0 s", "on": "b",
                    "start": f"exec python3 /run/send.py {size}", "expect": {"exit": 0}}]
    if receiver == "linux":
        a = {"kind": "namespace", "files": {"/run/receive.py": (HERE / "receive.py").read_text()}}
        fetch = f"exec python3 /run/receive.py b {size}"
    script += [{"name": "ready", "at": "0 s", "wait": {"on": "b", "port": 80}},
               {"name": "transfer", "after": "ready", "delay": "100 ms", "on": "a", "run": fetch,
                "timeout": f"{LIMIT_S} s"},
               # The last acknowledgements are to be seen too.
               {"after": "transfer", "delay": f"{4 * cell.delay + 100} ms", "wait": "transfer"}]
    return json.dumps({
        "name": "cell", "seed": seed, "families": ["ipv4"],
        "time": "wall" if by_clock(pairing, wall) else "virtual",
        "nodes": {"a": a, "b": b}, "links": [link(cell)], "script": script}, indent=1)


def link(cell):
    there = {"rate": f"{cell.rate} Mbit", "delay": f"{cell.delay} ms"}
    data = {**there, "queue": {"frames": 100_000, "bytes": f"{cell.queue_bytes()} B"}}
    if cell.loss:
        data["loss"] = f"{cell.loss:g} %"
    if cell.reordered:
        data["reorder"] = {"chance": f"{cell.reordered:g} %", "by": f"{LATER_MS} ms"}
    return {"endpoints": ["a", "b"], "impair_forward": there, "impair_back": data}
