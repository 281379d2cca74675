#!/usr/bin/env python3
"""Writes docs/conformance.md from three things:

- the names of the tests: TEST(Rfc9293, s3_10_7_4_unacceptable_segment_is_acked) holds section
  3.10.7.4 of RFC 9293, TEST(Rfc9293, must_40_...) its MUST-40;
- the first comments of the packet scripts: "// RFC 9293 3.5, figure 6: ...", "// RFC 9293
  MUST-40: ...";
- tests/rfc/requirements/rfcN.txt, which lists what an RFC asks of a host:

      MUST-40 3.8.6.3
      An acknowledgement waits less than half a second.
      test Rfc9293.s3_8_6_3_lone_segment_is_acked_within_the_delay
      test delayed_ack/one_small_segment_waits.pkt

  A first line is "NUMBER SECTION", or "SECTION LEVEL" where the RFC has no numbers (STEP: a step of
  an algorithm, for which it has no such word). Below what is asked stands what holds it, or
  "elsewhere: ..." where it is not a host's to show, or "otherwise: ..." where we choose not to.
  What is named for a number belongs to it unasked.

With --check, fails when the page is not what these say. It always fails where a requirement has
neither test nor reason, or names a test that is not there."""
import collections
import pathlib
import re
import sys

TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.M)
SUITE = re.compile(r"Rfc(\d+)")
CLAUSE = re.compile(r"^(s\d+(?:_\d+)*|eqn\d+|appendix_[a-z]\d*|must_?\d+|shld_?\d+|may_?\d+"
                    r"|rec_?\d+|rule_?\d+\w?)_(.*)$", re.I)
NUMBERED = re.compile(r"^(must|shld|may|rec)_(\d+)((?:_and_\d+)*)_")
SCRIPT = re.compile(r"\bRFC (\d+)(?: ((?:MUST|SHLD|MAY|REC)-\d+|\d+(?:\.\d+)*))?")
NUMBERS = re.compile(r"\b(?:MUST|SHLD|MAY|REC)-\d+")
HEAD = re.compile(r"^(?:((MUST|SHLD|MAY|REC)-\d+) )?([\dA-F]+(?:\.\d+)*)"
                  r"(?: (MUST|MUST NOT|SHOULD|SHOULD NOT|MAY|RECOMMENDED|STEP))?$")
LEVELS = {"MUST": "MUST", "SHLD": "SHOULD", "MAY": "MAY", "REC": "RECOMMENDED"}

Held = collections.namedtuple("Held", "name clause outcome path")


class Requirement:
    def __init__(self, number, section, level, line):
        self.number, self.section, self.level, self.line = number, section, level, line
        self.asked = ""
        self.tests, self.reasons = [], []


def clause_and_outcome(name):
    match = CLAUSE.match(name)
    if not match:
        return "", name.replace("_", " ")
    clause = match[1].lower()
    section = clause.startswith("s") and clause[1].isdigit()
    clause = "§" + clause[1:].replace("_", ".") if section else clause.replace("_", " ")
    if numbered := NUMBERED.match(name):
        return clause.upper().replace(" ", "-"), name[numbered.end():].replace("_", " ")
    return clause, match[2].replace("_", " ")


def head_of(path):
    lines = path.read_text().split("\n")
    head = []
    while lines and lines[0].startswith("//"):
        head.append(lines.pop(0)[2:].strip())
    return " ".join(head)


def of_script(head):
    """(rfc, clause) of each RFC that the comment at the head of a script names."""
    for rfc, clause in SCRIPT.findall(head):
        section = clause[:1].isdigit()
        yield int(rfc), "§" + clause if section else clause


class Tree:
    """Every test, by its name as a requirement calls it, and by RFC."""

    def __init__(self, root):
        self.by_name = {}
        self.by_rfc = collections.defaultdict(list)
        self.by_number = collections.defaultdict(list)
        paths = sorted((root / "src").rglob("*_test.cpp")) + sorted((root / "tests").rglob("*.cpp"))
        for path in paths:
            for suite, name in TEST.findall(path.read_text()):
                self.add_test(suite, name, path.relative_to(root).as_posix())
        for path in sorted((root / "tests" / "script").rglob("*.pkt")):
            self.add_script(path, path.relative_to(root).as_posix())

    def add_test(self, suite, name, path):
        held = Held(f"{suite}.{name}", *clause_and_outcome(name), path)
        self.by_name[held.name] = held
        rfc = SUITE.match(suite)
        if not rfc:
            return
        self.by_rfc[int(rfc[1])].append(held)
        match = NUMBERED.match(name)
        if match:
            for number in [match[2]] + match[3].split("_and_")[1:]:
                self.by_number[int(rfc[1]), f"{match[1].upper()}-{number}"].append(held)

    def add_script(self, path, relative):
        name = f"{path.parent.name}/{path.name}"
        outcome = f"{path.parent.name}: {path.stem}".replace("_", " ")
        self.by_name[name] = Held(name, "", outcome, relative)
        head = head_of(path)
        for rfc, clause in of_script(head):
            self.by_rfc[rfc].append(Held(name, clause, outcome, relative))
        if re.search(r"\bRFC 9293\b", head):
            for number in NUMBERS.findall(head):
                self.by_number[9293, number].append(self.by_name[name])


def parse(path, problems):
    """A requirements file: (title, requirements)."""
    title, found = "", []
    for number, line in enumerate(path.read_text().split("\n"), 1):
        where = f"{path.name}:{number}"
        if line.startswith("# "):
            title = title or line[2:]
        elif match := HEAD.match(line):
            level = match[4] or (LEVELS[match[2]] if match[2] else "")
            if not level:
                problems.append(f"{where}: neither a number nor a level: {line}")
            found.append(Requirement(match[1], "§" + match[3], level, where))
        elif line.startswith("test "):
            found[-1].tests.append(line[5:].strip())
        elif line.startswith(("elsewhere: ", "otherwise: ")):
            found[-1].reasons.append(line)
        elif line.strip():
            target = found[-1]
            if target.reasons:
                target.reasons[-1] += " " + line.strip()
            elif target.tests:
                problems.append(f"{where}: not a test, a reason or a requirement: {line}")
            else:
                target.asked = f"{target.asked} {line.strip()}".strip()
    return title, found


def judge(rfc, requirement, tree, problems):
    """What the page says of a requirement, and the names of the tests that hold it."""
    held = list(tree.by_number.get((rfc, requirement.number), []))
    for name in requirement.tests:
        if name not in tree.by_name:
            problems.append(f"{requirement.line}: no such test: {name}")
        elif tree.by_name[name] not in held:
            held.append(tree.by_name[name])
    if not requirement.asked:
        problems.append(f"{requirement.line}: does not say what is asked")
    if not held and not requirement.reasons:
        problems.append(f"{requirement.line}: neither a test nor a reason")
    says = [f"{h.outcome} ({h.path})" for h in held]
    for reason in requirement.reasons:
        kind, why = reason.split(": ", 1)
        verdict = "not a host's to show" if kind == "elsewhere" else "chosen otherwise"
        says.append(f"{verdict}: {why}")
    return "<br>".join(says), {h.name for h in held}


def requirements_table(rfc, path, tree, problems, counts):
    title, requirements = parse(path, problems)
    out = [f"{title}.", "", "| clause | level | what is asked | verdict |",
           "| --- | --- | --- | --- |"]
    used = set()
    for requirement in requirements:
        verdict, names = judge(rfc, requirement, tree, problems)
        used |= names
        kinds = {reason.split(":")[0] for reason in requirement.reasons}
        otherwise = "partly" if names else "otherwise"
        counts[otherwise if "otherwise" in kinds else "held" if names else "elsewhere"] += 1
        clause = f"{requirement.number} {requirement.section}" if requirement.number \
            else requirement.section
        out.append(f"| {clause} | {requirement.level} | {requirement.asked} | {verdict} |")
    numbers = [r.number for r in requirements if r.number]
    for number in sorted({n for n in numbers if numbers.count(n) > 1}):
        problems.append(f"{path.name}: {number} stands there twice")
    for (other, number), tests in tree.by_number.items():
        if other == rfc and number not in numbers:
            problems.append(f"{path.name}: {tests[0].name} is named for {number}, not listed here")
    return out + [""], used


def page(root, problems):
    tree = Tree(root)
    listed = {int(path.stem[3:]): path
              for path in (root / "tests" / "rfc" / "requirements").glob("rfc*.txt")}
    counts = collections.Counter()
    body = []
    for rfc in sorted(set(tree.by_rfc) | set(listed)):
        body += [f"## RFC {rfc}", ""]
        rows, used = tree.by_rfc.get(rfc, []), set()
        if rfc in listed:
            table, used = requirements_table(rfc, listed[rfc], tree, problems, counts)
            body += table
        rows = [row for row in rows if row.name not in used]
        if not rows:
            continue
        if used:
            body += ["Besides:", ""]
        body += ["| clause | what holds | test |", "| --- | --- | --- |"]
        body += [f"| {row.clause} | {row.outcome} | {row.path} |" for row in rows]
        body.append("")
    total = sum(len(rows) for rows in tree.by_rfc.values())
    listed_total = sum(counts.values())
    out = ["# Conformance", "",
           "Generated by `scripts/conformance.py` from the tests' names, the packet scripts'",
           "comments, and the lists of requirements in `tests/rfc/requirements`; a test that is",
           "named here runs in every `./test`, so the page cannot claim what does not run. What an",
           "RFC asks and no row names is not claimed.", "",
           f"{total} clauses of {len(tree.by_rfc)} RFCs. Of {listed_total} requirements that are"
           f" listed one by one, {counts['held']} are",
           f"held by tests, {counts['partly']} in part, {counts['otherwise']} are chosen otherwise,"
           f" and {counts['elsewhere']} are not a host's to show.",
           "A level of STEP: the RFC describes it without such a word.", ""]
    return "\n".join(out + body)


def main():
    check = "--check" in sys.argv
    root = pathlib.Path([a for a in sys.argv[1:] if not a.startswith("--")][0])
    target = root / "docs" / "conformance.md"
    problems = []
    text = page(root, problems)
    if not check:
        target.write_text(text)
    elif not target.exists() or target.read_text() != text:
        problems.append("docs/conformance.md is not what it should be; "
                        "run scripts/conformance.py .")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


sys.exit(main())
