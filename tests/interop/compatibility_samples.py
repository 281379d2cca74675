"""Programs of samples/ beside this file, compiled into a folder for as long as the test runs."""
import os
import pathlib
import shutil
import subprocess
import sys

SOURCES = pathlib.Path(__file__).with_name("samples")
CFLAGS = ["-O1", "-pthread"]


def packaged(*libraries):
    """What the compiler is told of them; None where one is not installed."""
    done = subprocess.run(["pkg-config", "--cflags", "--libs", *libraries], capture_output=True,
                          text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else None


def c_sample(name, *libraries):
    flags = packaged(*libraries)
    source, out = str(SOURCES / f"{name}.c"), name
    return flags and ["gcc", *CFLAGS, source, "-o", out, *flags]


def cpp_sample(name, *libraries):
    flags = packaged(*libraries) if libraries else []
    if flags is None or not libraries and not pathlib.Path("/usr/include/boost/asio.hpp").exists():
        return None
    return ["g++", "-std=c++17", "-fPIC", *CFLAGS, str(SOURCES / f"{name}.cpp"), "-o", name, *flags]


# What each is compiled by; None where the library is not installed.
COMPILERS = {
    "libevent": lambda: c_sample("echo_libevent", "libevent"),
    "libuv": lambda: c_sample("echo_libuv", "libuv"),
    "asio": lambda: cpp_sample("echo_asio"),
    "qt": lambda: cpp_sample("echo_qt", "Qt5Network"),
    "go": lambda: ["go", "build", "-o", "echo_go", str(SOURCES / "echo.go")],
    "java": lambda: ["javac", "-d", ".", str(SOURCES / "Echo.java")],
    "ssh-key": lambda: ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key"],
    "scripts": lambda: ["cp", *map(str, SOURCES.glob("*.[pj][ys]")), "."],
}


def compile_sample(name, folder):
    """Into `folder`. Returns why not, or nothing."""
    command = COMPILERS[name]()
    if command is None:
        return f"the library of the sample for {name} is not installed"
    if not shutil.which(command[0]):
        return f"{command[0]} is not installed"
    environment = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off",
                   "GOCACHE": str(folder / "go-cache"), "GOFLAGS": "-p=1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stderr}")
    shutil.rmtree(folder / "go-cache", ignore_errors=True)
    return None
