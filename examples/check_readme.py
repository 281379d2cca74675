#!/usr/bin/env python3
"""check_readme.py CATENET ROOT [--write]: holds the lab and the report that README.md shows to
examples/first.yaml and to what `catenet run` prints of it; only how long it took may differ. With
--write README.md gets both."""
import pathlib
import re
import subprocess
import sys
import tempfile



def block(name, language):
    return re.compile(rf"(<!-- {name}: begin -->\n```{language}\n)(.*?)"
                      rf"(```\n<!-- {name}: end -->)", re.S)


LAB = block("first.yaml", "yaml")
REPORT = block("its report", "")
TOOK = re.compile(r"s of the lab in [0-9.]+ s")


def report_of(catenet, lab):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([catenet, "run", lab], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"catenet run {lab} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        sys.exit(1)
    return done.stdout


def without_comments(lab):
    """The lab as the page shows it: the comment at its head is left out."""
    return re.sub(r"\A(#.*\n)*", "", lab)


def main():
    catenet, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
    lab = root / "examples" / "first.yaml"
    page = root / "README.md"
    text = page.read_text()
    wanted = [(LAB, without_comments(lab.read_text())), (REPORT, report_of(catenet, str(lab)))]
    same = True
    for marked, content in wanted:
        found = marked.search(text)
        if not found:
            print("README.md has lost the marks of a block:", marked.pattern[:40])
            return 1
        same = same and TOOK.sub("", found[2]) == TOOK.sub("", content)
        text = text[:found.start(2)] + content + text[found.end(2):]
    if "--write" in sys.argv:
        page.write_text(text)
    elif not same:
        print("README.md shows another lab or report; "
              "examples/check_readme.py CATENET ROOT --write mends it")
        return 1
    return 0


sys.exit(main())
