"""Programs on Debian's ns-3 library."""
import pathlib

from commands import KEPT, Failed, compiled, output_of

HERE = pathlib.Path(__file__).resolve().parent
LIBRARIES = ("point-to-point", "applications", "internet-apps", "internet", "traffic-control",
             "network", "core")


def program(name, *arguments):
    """ns-3's name with version, and what to run."""
    if not pathlib.Path("/usr/include/ns3/core-module.h").exists():
        raise Failed("libns3-dev is not installed")
    source = HERE / f"{name}.cc"
    command = ["g++", "-std=c++17", "-w", "-O3", "-march=native", source,
               *(f"-lns3-{library}" for library in LIBRARIES)]
    made = compiled(f"ns-3's {name}", command, KEPT / "ns3" / name, [source, HERE / "measure.hpp"])
    version = output_of("dpkg-query", ["dpkg-query", "-W", "-f=${Version}", "libns3-dev"])
    return f"ns-3 {version.split('-')[0]}", [made, *arguments]
