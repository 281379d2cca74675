"""What the words of a command line are taken for."""
import argparse
import pathlib


def count(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of runs; 1 or more would be")
    return int(text)


def writable(text):
    """Known before anything is measured, and without touching what the file holds."""
    path = pathlib.Path(text)
    there = path.exists()
    try:
        with path.open("a"):
            pass
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot write {text}: {error.strerror}") from None
    if not there:
        path.unlink()
    return path
