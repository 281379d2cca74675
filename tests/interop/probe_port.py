"""What the probes share: the port that they hear by scapy, and the targets that they are given."""
import contextlib
import logging
import threading

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
# pylint: disable=wrong-import-position
from scapy.all import AsyncSniffer

PORT = "eth0"


@contextlib.contextmanager
def hearing(hear, what):
    """Each frame that the filter `what` lets pass is told to `hear`."""
    started = threading.Event()
    sniffer = AsyncSniffer(iface=PORT, store=False, prn=hear, filter=what,
                           started_callback=started.set)
    sniffer.start()
    started.wait(20)
    yield
    sniffer.stop()


def targets(arguments):
    """(name, values) of arguments NAME=value,value…"""
    for argument in arguments:
        name, _, values = argument.partition("=")
        yield name, values.split(",")
