#!/usr/bin/env python3
"""Holds the tree to its own taste: lengths, the include graph, the clock rule, words that mark
unfinished work."""
import pathlib
import re
import sys

ROOMS = ["base", "time", "wire", "packet", "trace", "engine", "link", "ip", "udp", "tunnel",
         "congestion", "tcp", "sctp", "host", "coro", "socket", "service", "drill", "routing", "os",
         "program", "lab", "view"]
WITH_OS = {"os", "program", "view"}
CLOCKS = re.compile(r"(steady|system|high_resolution)_clock|gettimeofday|clock_gettime"
                    r"|std::random_device|\bs?rand\(")
LINUX = re.compile(r"#include <(sys/|linux/|net/|netinet/|arpa/|unistd\.h|fcntl\.h|poll\.h"
                   r"|signal\.h|pthread|thread|mutex|atomic)")
# "What it waits for now" is not a promise to do better.
UNFINISHED = re.compile(r"TODO|FIXME|XXX|[Nn]ot (yet )?implemented|[Pp]laceholder"
                        r"|\b[Ss]tub(bed)?\b|(?<!waits )\bfor now\b")
LIBM = re.compile(r"#include <(cmath|math\.h|random)>")
MAX_COLUMNS, MAX_FILE, MAX_FUNCTION, P90_FUNCTION = 100, 600, 70, 30

problems = []


def report(path, line, text):
    problems.append(f"{path}:{line}: {text}")


def check_lines(path, room, lines):
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS and "://" not in line and 'R"' not in line:
            report(path, number, f"{len(line)} columns; {MAX_COLUMNS} at most")
        if UNFINISHED.search(line):
            report(path, number, "a word that marks unfinished work: " + line.strip()[:60])
        if room and room not in WITH_OS:
            if CLOCKS.search(line):
                report(path, number, "a clock or unseeded randomness outside os/ and program/")
            if LINUX.search(line):
                report(path, number, "an operating system or thread header "
                       "outside os/, program/ and view/")
            if LIBM.search(line) and not path.name.endswith("_test.cpp"):
                report(path, number, "libm or <random>: their bits differ between machines")


def check_includes(path, room, lines):
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include "catenet/(\w+)/', line)
        if match and ROOMS.index(match[1]) > ROOMS.index(room):
            report(path, number, f"{room}/ includes {match[1]}/, which lies above it")
        if re.match(r'#include "(?!catenet/)', line):
            report(path, number, 'include as "catenet/<room>/<file>"')


def functions(lines):
    """Yields (line, length) of brace-balanced function bodies, by clang-format's layout."""
    opener = re.compile(r"^(\s*)[^\s#/{}].*\)[^;]*\{$")
    control = re.compile(r"^\s*(if|for|while|switch|else|do|case|catch|namespace|return|\} else)\b")
    index = 0
    while index < len(lines):
        match = opener.match(lines[index])
        lone = None
        if match and not control.match(lines[index]):
            indent = match[1]
            start = index
            # A signature that was broken over lines ends here; its body closes at its own indent.
            while start > 0 and re.match(r"^\s{4,}\S", lines[start]) and lines[start - 1].strip() \
                    and not lines[start - 1].rstrip().endswith((";", "}", "{", ":")):
                start -= 1
                indent = re.match(r"^\s*", lines[start])[0]
            for end in range(index + 1, len(lines)):
                if lines[end].rstrip() in (indent + "}", indent + "};"):
                    lone = (start + 1, end - start + 1)
                    break
        if lone:
            yield lone
            index = lone[0] + lone[1] - 1
        else:
            index += 1


def main(root):
    lengths = []
    top = pathlib.Path(root)
    files = [p for folder in ("src", "tools", "tests", "bench", "examples", "scripts")
             for p in (top / folder).rglob("*") if p.suffix in (".cpp", ".hpp", ".py", ".sh")]
    for path in sorted(files):
        lines = path.read_text().split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        parts = path.relative_to(top).parts
        room = parts[2] if parts[:2] == ("src", "catenet") else None
        if path.resolve() != pathlib.Path(__file__).resolve():
            check_lines(path, room, lines)
        if room:
            check_includes(path, room, lines)
        if len(lines) > MAX_FILE:
            report(path, 1, f"{len(lines)} lines; {MAX_FILE} at most: which noun is missing?")
        if path.suffix in (".cpp", ".hpp"):
            for line, length in functions(lines):
                lengths.append(length)
                if length > MAX_FUNCTION:
                    report(path, line, f"a function of {length} lines; {MAX_FUNCTION} at most")
    lengths.sort()
    p90 = lengths[len(lengths) * 9 // 10] if lengths else 0
    if p90 > P90_FUNCTION:
        report(top, 0, f"nine functions in ten have up to {p90} lines; {P90_FUNCTION} at most")
    if problems:
        print("\n".join(problems))
    print(f"{len(files)} files, {len(lengths)} functions, p90 {p90} lines, "
          f"{len(problems)} problems")
    return 1 if problems else 0


sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
