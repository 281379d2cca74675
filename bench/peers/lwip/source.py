"""Debian's source package of lwIP, fetched without changing anything on the machine: apt-get is
given the machine's own archives as deb-src, with lists and cache in a folder that goes again."""
import pathlib
import re
import shutil
import tempfile

from commands import KEPT, Failed, output_of


def one_line(text):
    for options, uri, suite, components in re.findall(
            r"^deb\s+(\[.*?\]\s+)?(\S+)\s+(\S+)\s+(.*)$", text, re.MULTILINE):
        if "main" in components.split():
            yield f"deb-src {options}{uri} {suite} main"


def deb822(text):
    """As sources.list(5) has it: stanzas of fields, with comments and continued lines."""
    text = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    for stanza in re.split(r"\n\s*\n", text):
        fields = {name.lower(): value.split() for name, value in
                  re.findall(r"^([\w-]+):(.*\n?(?:[ \t].*\n?)*)", stanza, re.MULTILINE)}
        if "deb" not in fields.get("types", []) or "main" not in fields.get("components", []):
            continue
        if fields.get("enabled") == ["no"]:
            continue
        keys = [word for word in fields.get("signed-by", []) if word.startswith("/")]
        options = f"[signed-by={','.join(keys)}] " if keys else ""
        for uri in fields.get("uris", []):
            for suite in fields.get("suites", []):
                yield f"deb-src {options}{uri} {suite} main"


def archives(etc=pathlib.Path("/etc/apt")):
    """The archives that the machine has its packages from, as lines that offer their sources."""
    readers = {".list": one_line, ".sources": deb822}
    lines = []
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*"))]:
        if path.suffix in readers and path.is_file():
            lines += [one for one in readers[path.suffix](path.read_text()) if one not in lines]
    if not lines:
        raise Failed("no archive of Debian is configured in /etc/apt")
    return lines


def private_apt(folder):
    """apt-get with sources, lists and cache in `folder`."""
    for name in ("lists/partial", "cache/archives/partial", "source"):
        (folder / name).mkdir(parents=True)
    (folder / "list").write_text("\n".join(archives()) + "\n")
    (folder / "conf").write_text(
        "#clear APT::Update::Post-Invoke;\n"
        "#clear APT::Update::Post-Invoke-Success;\n"
        f'Dir::Etc::sourcelist "{folder}/list";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        f'Dir::State::lists "{folder}/lists";\n'
        f'Dir::Cache "{folder}/cache";\n')
    return ["apt-get", "-c", folder / "conf"]


def fetch(into):
    """Puts lwip-VERSION/ into the folder."""
    if not shutil.which("dpkg-source"):
        raise Failed("dpkg-dev is not installed")
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix="apt-") as name:
        folder = pathlib.Path(name)
        apt = private_apt(folder)
        trouble = None
        try:
            output_of("apt-get update", [*apt, "update", "--error-on=any"])
        except Failed as failed:
            trouble = failed  # perhaps of another archive than the one that has lwIP
        try:
            output_of("apt-get source lwip", [*apt, "source", "lwip"], cwd=folder / "source")
        except Failed as failed:
            raise trouble or failed
        source = next((folder / "source").glob("lwip-*/src"), None)
        if not source:
            raise Failed("the source package of lwIP has no src/")
        source.parent.rename(into / source.parent.name)
