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
# A transfer is as large as the link should take so many seconds for: more where loss leaves little
# of the rate, so that there are losses enough to go by.
WORTH_S, WORTH_OF_LOSS_S = 4, 12
LIMIT_S = 30                # a transfer that takes longer is cut off
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
        worth_s = WORTH_S if self.expected() > self.rate / 2 else WORTH_OF_LOSS_S
        return round(self.expected() * 1e6 / 8 * worth_s)


def whole_grid():
    """Small queues only where they, and not loss, hold the window down; reordering and heavy loss
    apart from one another."""
    luck = ((0, 0, 0.5), (0, 0, 2), (0.1, 0, 0.5), (0.1, 0, 2), (1, 0, 2), (3, 0, 2),
            (0, 1, 0.5), (0, 1, 2), (0.1, 1, 2), (1, 1, 2))
    return [Cell(rate, delay, *rest)
            for rate, delay, rest in itertools.product((10, 100), (1, 10, 50), luck)]


def small_grid():
    """What tells most in a few minutes."""
    luck = ((0, 0, 0.5), (1, 0, 2), (0, 1, 2))
    return [Cell(rate, delay, *rest)
            for rate, delay, rest in itertools.product((10, 100), (10, 50), luck)]


def lab_text(cell, pairing, seed, wall=False):
    """`b` sends and `a` receives. Without a namespace of the kernel time is virtual, unless `wall`:
    then it is the clock's all the same."""
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
        "time": "wall" if wall or "linux" in (sender, receiver) else "virtual",
        "nodes": {"a": a, "b": b}, "links": [link(cell)], "script": script}, indent=1)


def link(cell):
    there = {"rate": f"{cell.rate} Mbit", "delay": f"{cell.delay} ms"}
    data = {**there, "queue": {"frames": 100_000, "bytes": f"{cell.queue_bytes()} B"}}
    if cell.loss:
        data["loss"] = f"{cell.loss:g} %"
    if cell.reordered:
        data["reorder"] = {"chance": f"{cell.reordered:g} %", "by": f"{LATER_MS} ms"}
    return {"endpoints": ["a", "b"], "impair_forward": there, "impair_back": data}
