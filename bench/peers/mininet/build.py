"""Mininet, from Debian's package; nothing is built."""
import os
import pathlib
import shutil

from commands import Failed, output_of

HERE = pathlib.Path(__file__).resolve().parent


def program(*arguments):
    """Mininet's name with version, and what to run."""
    if os.geteuid() != 0:
        raise Failed("namespaces of the kernel are made by root alone")
    for tool, package in (("mnexec", "mininet"), ("brctl", "bridge-utils")):
        if not shutil.which(tool):
            raise Failed(f"{package} is not installed")
    version = output_of("dpkg-query", ["dpkg-query", "-W", "-f=${Version}", "mininet"])
    # Debian's own Python, which has Mininet's modules.
    return f"Mininet {version.split('-')[0]}", ["unshare", "--net", "/usr/bin/python3",
                                                HERE / "hosts.py", *arguments]
