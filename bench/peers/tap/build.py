"""The minimal forwarder between two TAPs."""
import pathlib

from commands import KEPT, compiled

HERE = pathlib.Path(__file__).resolve().parent


def program():
    source = HERE / "forward.c"
    return compiled("the forwarder", ["gcc", "-O3", "-march=native", source],
                    KEPT / "tap" / "forward", [source])
