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
TAKEN = ("sleep 3; c=$(awk '/PPid/ {print $2}' /proc/$PPID/status); ls /proc/$c/fd | wc -l;"
         " awk '/VmRSS/ {print $2}' /proc/$c/status")


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
        (files, kilobytes), (later_files, later_kilobytes) = (
            [int(word) for word in said[step].split()] for step in taken)
        self.assertLessEqual(later_files, files + 2)
        self.assertLess(later_kilobytes, kilobytes * 1.2 + 2_000)


if __name__ == "__main__":
    main()
