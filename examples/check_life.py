#!/usr/bin/env python3
"""check_life.py PROGRAM ROOT [--write]: holds ARCHITECTURE.md's life of a packet to what the
program prints, and every function named in it to the sources: each must be defined, and be called
by the function it stands under unless a `~` says that it is reached through an event or a pointer.
With --write the page gets the program's output."""
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"(<!-- life of a packet: begin -->\n```\n)(.*?)"
                   r"(```\n<!-- life of a packet: end -->)", re.S)
STEP = re.compile(r"^(~?)( +)(\w+)::(\w+)(?=\s|$)")


def definitions(sources, owner, name):
    """The bodies of every function called name of owner: Owner::name(…) {…} or inside the class."""
    found = []
    outside = re.compile(r"(?:\b%s(?:<\w+>)?::|%s::\w+::)%s\(" % (owner, owner, name))
    inside = re.compile(r"^ *(?:[\w:<>&*,]+ )+%s\(" % name, re.M)
    declares = re.compile(r"\b(?:class|struct|namespace) (?:\w+::)?%s\b" % owner)
    for text in sources:
        if f"{name}(" not in text:
            continue
        places = [m.start() for m in outside.finditer(text)]
        if declares.search(text):
            places += [m.start() for m in inside.finditer(text)]
        for start in places:
            body = body_at(text, start)
            if body:
                found.append(body)
    return found


def body_at(text, start):
    """From the signature at start to its closing brace; nothing for a call or a declaration."""
    brace, semicolon = text.find("{", start), text.find(";", start)
    if brace < 0 or 0 <= semicolon < brace:
        return ""
    depth = 0
    for at in range(brace, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[brace:at + 1]
    return ""


def problems(walk, sources):
    stack = []  # (indent, name, bodies)
    for line in walk.split("\n"):
        step = STEP.match(line)
        if not step:
            continue
        pointer, spaces, owner, name = step.groups()
        indent = len(pointer) + len(spaces)
        bodies = definitions(sources, owner, name)
        if not bodies:
            yield f"{owner}::{name} is nowhere defined"
        while stack and stack[-1][0] >= indent:
            stack.pop()
        if stack and not pointer:
            caller = stack[-1]
            call = re.compile(r"\b%s(?:<\w+>)?\(" % name)
            if not any(call.search(body) for body in caller[2]):
                yield f"{caller[1]} does not call {owner}::{name}"
        stack.append((indent, f"{owner}::{name}", bodies))


def main():
    program, root = sys.argv[1], pathlib.Path(sys.argv[2])
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    page = root / "ARCHITECTURE.md"
    text = page.read_text()
    block = BLOCK.search(text)
    if not block:
        print("ARCHITECTURE.md has no life of a packet")
        return 1
    if "--write" in sys.argv:
        page.write_text(text[:block.start(2)] + printed + text[block.end(2):])
        return 0
    sources = [p.read_text() for p in sorted((root / "src").rglob("*.[ch]pp"))
               if "_test" not in p.name]
    found = list(problems(printed, sources))
    if block[2] != printed:
        found.append("ARCHITECTURE.md does not show what life_of_a_packet prints; "
                     "examples/check_life.py PROGRAM ROOT --write mends it")
    print("\n".join(found) or "as the program prints it; every function is there, under its caller")
    return 1 if found else 0


sys.exit(main())
