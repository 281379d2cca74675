#!/usr/bin/env python3
"""lint.py BUILD ROOT [--all]: clang-tidy over the longest source of each room and of tools/, or
with --all over every source there is. Without clang-tidy 19 it exits with 77: skipped."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77


def sources(build, root):
    """What the build compiles, the rooms' tests left out: (room, path)."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if not path.is_relative_to(root) or path.name.endswith("_test.cpp"):
            continue
        parts = path.relative_to(root).parts
        if parts[:2] == ("src", "catenet"):
            yield parts[2], path
        elif parts[0] == "tools":
            yield "tools", path


def longest_of_each(found):
    longest = {}
    for room, path in sorted(found):
        size = path.stat().st_size
        if size > longest.get(room, (0, None))[0]:
            longest[room] = (size, path)
    return [path for _, path in longest.values()]


def lint(build, path):
    done = subprocess.run(["clang-tidy-19", "-p", str(build), "--quiet", str(path)],
                          capture_output=True, text=True)
    return path, done.returncode, done.stdout.strip()


def main():
    build, root = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    if not shutil.which("clang-tidy-19"):
        print("skipped: clang-tidy-19 is not installed")
        return SKIPPED
    found = set(sources(build, root))
    chosen = sorted(path for _, path in found) if "--all" in sys.argv else longest_of_each(found)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, code, said in pool.map(lambda path: lint(build, path), chosen):
            if code != 0:
                failed += 1
                print(f"{path.relative_to(root)}:\n{said}\n")
    print(f"{len(chosen)} files, {failed} with findings")
    return 1 if failed or not chosen else 0


sys.exit(main())
