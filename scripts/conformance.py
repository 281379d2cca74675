#!/usr/bin/env python3
"""Writes docs/conformance.md from the names of the tests:
TEST(Rfc9293, s3_10_7_4_unacceptable_segment_is_acked) holds section 3.10.7.4 of RFC 9293. With
--check, fails when the page is not what the tests say."""
import collections
import pathlib
import re
import sys

TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*Rfc(\d+)\w*\s*,\s*(\w+)\s*\)", re.M)
CLAUSE = re.compile(r"^(s\d+(?:_\d+)*|eqn\d+|appendix_[a-z]\d*|must_?\d+|shld_?\d+|may_?\d+"
                    r"|rule_?\d+\w?)_(.*)$", re.I)


def clause_and_outcome(name):
    match = CLAUSE.match(name)
    if not match:
        return "", name.replace("_", " ")
    clause = match[1].lower()
    section = clause.startswith("s") and clause[1].isdigit()
    clause = "§" + clause[1:].replace("_", ".") if section else clause.replace("_", " ")
    return clause, match[2].replace("_", " ")


def page(root):
    found = collections.defaultdict(list)
    paths = sorted((root / "src").rglob("*_test.cpp")) + sorted((root / "tests").rglob("*.cpp"))
    for path in paths:
        for rfc, name in TEST.findall(path.read_text()):
            found[int(rfc)].append((*clause_and_outcome(name), path.relative_to(root).as_posix()))
    total = sum(len(rows) for rows in found.values())
    out = ["# Conformance", "",
           "Generated from the tests' names by `scripts/conformance.py`; a row is a test that runs",
           "in every `./test`, so the page cannot claim what does not run. What an RFC asks and no",
           "row names is not claimed.", "",
           f"{total} clauses of {len(found)} RFCs.", ""]
    for rfc in sorted(found):
        out += [f"## RFC {rfc}", "", "| clause | what holds | test |", "| --- | --- | --- |"]
        out += [f"| {clause} | {outcome} | {path} |" for clause, outcome, path in found[rfc]]
        out.append("")
    return "\n".join(out)


def main():
    check = "--check" in sys.argv
    root = pathlib.Path([a for a in sys.argv[1:] if not a.startswith("--")][0])
    target = root / "docs" / "conformance.md"
    text = page(root)
    if not check:
        target.write_text(text)
        return 0
    if not target.exists() or target.read_text() != text:
        print("docs/conformance.md is not what the tests say; run scripts/conformance.py .")
        return 1
    return 0


sys.exit(main())
