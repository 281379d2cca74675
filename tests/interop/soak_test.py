#!/usr/bin/env python3
"""Much at once, much in a row and much through one connection between programs on hosts' own
stacks, twice: the second time takes no more memory or descriptors of Catenet than the first.

    soak_test.py CATENET [TEST…]"""
import pathlib
import subprocess
import tempfile

from kernel_lab import Lab, main
from own_stack_test import RealPrograms, real

HERE = pathlib.Path(__file__).resolve().parent
AT_ONCE, IN_A_ROW, MEGABYTES = 1_000, 50_000, 5_000
# What Catenet has, the parent of the guard that is the parent of the shell.
KILOBYTES = ("c=$(awk '/PPid/ {print $2}' /proc/$PPID/status);"
             " awk '/VmRSS/ {print $2}' /proc/$c/status")
TAKEN = f"sleep 3; {KILOBYTES}; ls /proc/$c/fd | wc -l"
# Datagrams go to and fro, each awaited for an hour at most.
WAITING = """python3 -c '
import os, socket, struct, sys
ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for end in ends:
    end.bind(("127.0.0.1", 0))
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 3600, 0))
child = os.fork()
mine, other = ends if child else ends[::-1]
there = other.getsockname()
for _ in range(%d):
    if child: mine.sendto(b"x", there)
    mine.recvfrom(1)
    if not child: mine.sendto(b"x", there)
if child: os.waitpid(child, 0)
'"""


class Soak(RealPrograms):
    def test_second_round_takes_no_more_than_the_first(self):
        self.need("cc")
        with tempfile.TemporaryDirectory() as folder:
            soak = pathlib.Path(folder) / "soak"
            subprocess.run(["cc", "-O2", HERE / "samples" / "soak.c", "-o", soak], check=True)
            lab = Lab({"a": real(), "b": real()}, [{"endpoints": ["a", "b"]}], capture="none")
            lab.step("b", f"{soak} server 80", background=True)
            lab.act(wait={"on": "b", "port": 80})
            taken = []
            for _ in range(2):
                for work in (f"many b 80 {AT_ONCE}", f"row b 80 {IN_A_ROW}",
                             f"bulk b 80 {MEGABYTES}"):
                    lab.step("a", f"{soak} {work}", timeout="100 s", stdout={"equals": "done\n"})
                taken.append(lab.step("a", TAKEN))
            said = self.run_lab(lab)
        (kilobytes, files), (later_kilobytes, later_files) = (
            [int(word) for word in said[step].split()] for step in taken)
        self.assertLessEqual(later_files, files + 2)
        self.assertLess(later_kilobytes, kilobytes * 1.2 + 2_000)

    def test_calls_that_may_wait_long_leave_nothing_behind(self):
        lab = Lab({"a": real(), "b": real()}, [{"endpoints": ["a", "b"]}], capture="none")
        step = lab.step("a", f"{WAITING % 500}; {KILOBYTES}; {WAITING % 5_000}; {KILOBYTES}",
                        timeout="60 s")
        before, after = (int(word) for word in self.run_lab(lab)[step].split())
        self.assertLess(after, before + 2_000)


if __name__ == "__main__":
    main()
