"""lwIP's bulk transfer and its many connections, optimised in full."""
import pathlib
import re

from commands import KEPT, compiled
from peers.lwip import source

HERE = pathlib.Path(__file__).resolve().parent
LEFT_OUT = ("dns.c", "dhcp.c", "autoip.c")


# Beside -O3. What a name says of each, where a reader has to know it.
NATIVE = ("-march=native",)
WINDOW_4_MIB = ("-DWINDOW=4194304",)
WITHOUT_COPIES_AND_CHECKSUMS = ("-DZERO_COPY=1", "-DCHECKSUMS=0")
SAID = {"-march=native": "-march=native", "-DWINDOW=4194304": "4 MiB", "-DZERO_COPY=1": "zero-copy",
        "-DCHECKSUMS=0": "no checksums"}


def program(*flags, source_name="bulk", arguments=()):
    """Its name with version, and what to run."""
    folder = KEPT / "lwip"
    if not list(folder.glob("lwip-*/src")):
        source.fetch(folder)
    tree = next(folder.glob("lwip-*/src"))
    core = [p for part in ("core", "core/ipv4") for p in sorted((tree / part).glob("*.c"))
            if p.name not in LEFT_OUT]
    command = ["gcc", "-std=gnu11", "-w", "-O3", *flags, f"-I{HERE}", f"-I{tree}/include",
               HERE / f"{source_name}.c", *core, tree / "netif" / "ethernet.c"]
    own = [p for p in HERE.rglob("*.[ch]")]
    version = re.search(r"lwip-([\d.]*\d)", tree.parent.name)
    name = f"lwIP {version[1]}" if version else "lwIP"
    name = ", ".join([name, *(SAID[flag] for flag in flags if flag in SAID)])
    made = folder / "".join([source_name, *flags]).replace("=", "-")
    return name, [compiled("lwIP", command, made, own), *arguments]


def talk(*arguments):
    """The same of many connections: every one of its own allocation."""
    return program("-DMEMP_MEM_MALLOC=1", source_name="talk", arguments=arguments)
