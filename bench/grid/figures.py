"""What one run's report says of its transfer: seen at the sender's port, whoever the sender is."""
import re
import statistics

from commands import Failed

SUMMED = ("goodput_mbit_per_s", "seconds", "retransmitted")


def all_acknowledged_ns(way):
    """When the last byte of text was acknowledged; the SYN has sequence number 0. None: never."""
    for first, last, low, high, count in way["acks"]:
        if high > way["acked_bytes"]:
            return last
    return None


def late_us(lag):
    """Of a run by the clock: how late its events were in the mean."""
    match = re.search(r"late by ([\d.]+) (ns|us|ms|s) \(mean\)", lag or "")
    return match and float(match[1]) * {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}[match[2]]


def of_report(report, size):
    """Goodput counts from the first text sent, the completion time from the SYN."""
    carried = [c for c in report["connections"] if c["b_to_a"]["data"]]
    if not carried:
        raise Failed("no connection carried anything")
    connection = max(carried, key=lambda c: c["b_to_a"]["bytes"])
    way = connection["b_to_a"]
    end_ns = all_acknowledged_ns(way)
    if end_ns is None or way["acked_bytes"] == 0:
        raise Failed("nothing was acknowledged")
    begin_ns = way["data"][0][0]
    return dict(
        complete=way["acked_bytes"] >= size,
        goodput_mbit_per_s=way["acked_bytes"] * 8e3 / (end_ns - begin_ns),
        seconds=end_ns / 1e9 - float(connection["first"]),
        retransmitted=way["retransmitted"], lost=way["lost"], segments=way["segments"],
        rtt_min_ms=float(way["rtt_min"]) * 1e3, rtt_average_ms=float(way["rtt_average"]) * 1e3,
        late_us=late_us(report.get("lag")))


def medians(runs):
    return {name: statistics.median(run[name] for run in runs) for name in SUMMED}
