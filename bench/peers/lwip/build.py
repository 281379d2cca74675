"""lwIP's bulk transfer, optimised in full for this machine."""
import pathlib
import re

from commands import KEPT, compiled
from peers.lwip import source

HERE = pathlib.Path(__file__).resolve().parent
LEFT_OUT = ("dns.c", "dhcp.c", "autoip.c")


def program():
    """Its name with version, and what to run."""
    folder = KEPT / "lwip"
    if not list(folder.glob("lwip-*/src")):
        source.fetch(folder)
    tree = next(folder.glob("lwip-*/src"))
    core = [p for part in ("core", "core/ipv4") for p in sorted((tree / part).glob("*.c"))
            if p.name not in LEFT_OUT]
    command = ["gcc", "-std=gnu11", "-w", "-O3", "-march=native", f"-I{HERE}", f"-I{tree}/include",
               HERE / "bulk.c", *core, tree / "netif" / "ethernet.c"]
    own = [p for p in HERE.rglob("*.[ch]")]
    version = re.search(r"lwip-([\d.]*\d)", tree.parent.name)
    return f"lwIP {version[1] if version else ''}".strip(), [
        compiled("lwIP", command, folder / "bulk", own)]
