"""Running what is measured and what makes it. Whatever goes wrong is a Failed whose text says what
and why. A child is in a session of its own, so that all it started can be ended with it."""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "peers"
LONGEST_S = 900


class Failed(Exception):
    pass


def end(process):
    """Ends a child and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(timeout=5)


def start(name, command, **options):
    try:
        return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                start_new_session=True, text=True, **options)
    except OSError as error:
        raise Failed(f"{name} cannot be started: {error}") from None


def last_words(text):
    """The line of `text` that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"^E:|\b(error|fatal)\b.*:", line)]
    return (errors[:1] or lines[-1:] or ["it said nothing"])[0][:240]


def output_of(name, command, **options):
    """What `command` prints."""
    pipe = subprocess.PIPE
    process = start(name, command, stdout=pipe, stderr=pipe, **options)
    try:
        printed, complaints = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        raise Failed(f"{name} did not end within {LONGEST_S} s") from None
    finally:
        if process.poll() is None:
            end(process)
    if process.returncode < 0:
        raise Failed(f"{name} was ended by {signal.Signals(-process.returncode).name}")
    if process.returncode > 0:
        raise Failed(f"{name} failed: {last_words(complaints + printed)}")
    return printed


def figures(name, command):
    """The line of JSON that a program of ours prints."""
    printed = output_of(name, command)
    try:
        return json.loads(printed)
    except ValueError:
        raise Failed(f"{name} printed no figures: {last_words(printed)}") from None


def status_of(command):
    """The exit status of `command`, whose output is shown."""
    process = start(str(command[0]), command)
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            end(process)


def on_interrupt(handler):
    """Unless the signal is ignored, as under nohup."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


@contextlib.contextmanager
def uninterrupted():
    """For what must not stop half-way: an interrupt counts at the end."""
    seen = []
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    on_interrupt(lambda *_: seen.append(True))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if seen:
        raise KeyboardInterrupt


def compiled(name, command, program, sources, last=()):
    """`program`, made by `command` unless it is younger than all of `sources`. `last` is what the
    command has behind its output."""
    if program.exists() and all(s.stat().st_mtime < program.stat().st_mtime for s in sources):
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    unfinished = program.with_suffix(".part")
    output_of(f"compiling {name}", [*command, "-o", unfinished, *last])
    return unfinished.replace(program)
