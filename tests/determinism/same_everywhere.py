#!/usr/bin/env python3
"""Runs a lab and storm seeds in many environments: the same must be printed, byte for byte.

    same_everywhere.py CATENET LAB
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PLAIN_LIBRARY = ("glibc.cpu.hwcaps=-AVX512F,-AVX2_Usable,-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FMA,"
                 "-FMA_Usable,-SSE4_2,-SSSE3,-Fast_Unaligned_Copy")
OTHER_THRESHOLDS = ("glibc.cpu.x86_non_temporal_threshold=0x4040:"
                    "glibc.malloc.tcache_count=0")
# What is set in the environment of a run; every one starts from almost nothing.
ENVIRONMENTS = {
    "nothing set": {},
    "C library without its fast variants": {"GLIBC_TUNABLES": PLAIN_LIBRARY},
    "other thresholds in the C library": {"GLIBC_TUNABLES": OTHER_THRESHOLDS},
    "fresh memory full of ones": {"MALLOC_PERTURB_": "1"},
    "fresh memory full of zeros": {"MALLOC_PERTURB_": "255"},
    "big blocks mapped one by one": {"MALLOC_MMAP_THRESHOLD_": "4096"},
    "German": {"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"},
    "Turkish": {"LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"},
    "UTF-8": {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
    "bytes": {"LANG": "C", "LC_ALL": "C"},
    "another time zone": {"TZ": "Asia/Kathmandu"},
    "a large environment": {"PADDING": "x" * 50_000},
}


def run(command, environment, folder):
    base = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    done = subprocess.run(command, env=base | environment, cwd=folder, capture_output=True,
                          timeout=250)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} exited with {done.returncode}:\n"
                 f"{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout


def first_difference(a, b):
    lines_a, lines_b = a.decode().split("\n"), b.decode().split("\n")
    for number, (line_a, line_b) in enumerate(zip(lines_a, lines_b), 1):
        if line_a != line_b:
            return f"line {number}: {line_a.strip()} / {line_b.strip()}"
    return "one ends before the other"


def main(catenet, lab):
    commands = {
        "lab": [catenet, "run", lab, "--json", "--no-files"],
        "lab without offload": [catenet, "run", lab, "--json", "--no-files", "--no-offload"],
        "storm": [catenet, "storm", "--hash", "--seeds", "20"],
    }
    variants = [(name, [], environment) for name, environment in ENVIRONMENTS.items()]
    fixed = [shutil.which("setarch"), "-R"]
    if fixed[0] and subprocess.run([*fixed, "true"], capture_output=True).returncode == 0:
        variants.append(("addresses not random", fixed, {}))
    failed = 0
    with tempfile.TemporaryDirectory() as elsewhere:
        for what, command in commands.items():
            wanted = run(command, {}, pathlib.Path.cwd())
            if what != "storm" and not json.loads(wanted)["passed"]:
                sys.exit(f"{what}: the run itself did not pass")
            for name, prefix, environment in variants:
                found = run([*prefix, *command], environment, elsewhere)
                if found != wanted:
                    failed += 1
                    where = first_difference(wanted, found)
                    print(f"{what}, {name}: another run came out, {where}")
    print(f"{len(commands)} commands in {len(variants)} environments: {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
