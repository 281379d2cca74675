"""Where a program finds another answer on a lab host than on the kernel, and why."""

# {reason: {"situation: what": the lab host's answer}}, in all places, and in one alone.
EVERYWHERE = {
    ("A Unix socket has other words where the kernel answers without asking us: not "
     "connected, nobody there, reset"): {
        "connect-refused-later-read: recv": "ECONNRESET",
        "fresh: recv": "EINVAL",
        "fresh: send": "ENOTCONN",
        "close-by-peer-sends: recv": "ECONNRESET",
        "reset-write: send": "EPIPE",
        "reset-write: recv": "ECONNRESET",
        "listener: recv": "EINVAL",
        "listener: send": "ENOTCONN",
        "udp-refused: recv": "ECONNRESET",
        "udp-refused-send: send again": "ECONNRESET",
        "udp-error-queue: recv": "ECONNRESET",
    },
    ("A blocking connect that gave up leaves a socket that polls as a fresh one, until it "
     "is connected"): {
        "connect-send-timeout: poll": "OUT|HUP",
    },
    "AF_UNSPEC does not dissolve a stream's connection": {
        "connect-unspecified: connect": "EISCONN",
        "connect-unspecified: getpeername": "0",
        "connect-unspecified: peer receives": "EISCONN",
        "connect-unspecified: connect elsewhere": "EISCONN",
        "connect-unspecified: peer accepts": "EISCONN",
        "connect-unspecified: peer then receives": "EISCONN",
    },
    ("shutdown of a socket that is not connected, or listens, changes less of what poll "
     "tells; a listener that was shut listens no more"): {
        "shutdown-wrong: fresh poll": "OUT|HUP",
        "listener-shutdown: poll": "IN|RDHUP",
        "listener-shutdown: listen again": "EINVAL",
    },
    ("Where lab hosts themselves bind otherwise: groups, V6ONLY with mapped addresses, "
     "beside TIME-WAIT, AF_UNSPEC"): {
        "bind-wrong: many": "EADDRNOTAVAIL",
        "bind-mapped: connect v6 only": "EAFNOSUPPORT",
        "bind-mapped: bind v6 only": "EAFNOSUPPORT",
        "bind-time-wait: bind": "0",
    },
    "A Unix stream does not know MSG_TRUNC, nor does its poll heed SO_RCVLOWAT": {
        "data-trunc: stored": "x",
        "data-low-water: poll three": "1",
    },
    "Requests that the lab host does not know, or the kernel answers for the Unix socket": {
        "data-queued: no such request": "EOPNOTSUPP",
        "data-queued: SIOCOUTQ of listener": "0",
    },
    "A Unix socket names its peer, and refuses an address given beside the bytes": {
        "data-vectors: name": "8",
        "data-names: size": "8",
        "data-names: sendto": "EISCONN",
        "data-names: peer receives": "EISCONN",
    },
    "An urgent byte makes a Unix socket readable": {
        "select: select urgent": "3",
        "select: urgent sets": "111",
    },
    ("What is written to a datagram socket without a peer, or is longer than a datagram "
     "can be, is taken and lost"): {
        "udp-unconnected: send": "1",
        "udp-unconnected: write": "1",
        "udp-dissolve: send": "1",
    },
    "That another program's datagram socket is closed is noticed seconds later": {
        "udp-closed-by-peer: poll": "OUT",
        "udp-closed-by-peer: recv": "EAGAIN",
    },
    "Options that lab hosts do not have, or have other defaults of": {
        "options-datagram: 1": "ENOPROTOOPT",
        "options-datagram: 1 set": "ENOPROTOOPT",
        "options-structured: TCP_CONGESTION": "ENOPROTOOPT",
        "options-structured: name": ", 32 bytes",
        "options-structured: no such": "ENOPROTOOPT",
        "options-structured: reno": "ENOPROTOOPT",
    },
}
ONLY_V4 = {
    ("What is written to a datagram socket without a peer, or is longer than a datagram "
     "can be, is taken and lost"): {
        "udp-too-long: send": "65508",
    },
    "Options that lab hosts do not have, or have other defaults of": {
        "options-ip: IP_MTU_DISCOVER": "0, 4 bytes",
        "options-ip: IP_FREEBIND": "ENOPROTOOPT",
        "options-ip: IP_FREEBIND set": "ENOPROTOOPT",
    },
}
ONLY_V6 = {
    ("Where lab hosts themselves bind otherwise: groups, V6ONLY with mapped addresses, "
     "beside TIME-WAIT, AF_UNSPEC"): {
        "connect-malformed: other family": "EINVAL",
        "connect-malformed: AF_UNIX": "EINVAL",
        "bind-wrong: AF_UNSPEC": "0",
        "bind-wrong: bind": "EINVAL",
    },
    ("What is written to a datagram socket without a peer, or is longer than a datagram "
     "can be, is taken and lost"): {
        "udp-too-long: send": "65528",
    },
    "Options that lab hosts do not have, or have other defaults of": {
        "options-ip: IP_TTL": "5, 4 bytes",
    },
}


def listed(*tables):
    return {key: (why, answer) for table in tables for why, answers in table.items()
            for key, answer in answers.items()}


# Not every situation is tried across a link.
DIFFERENCES = {"v4": listed(EVERYWHERE, ONLY_V4), "v6": listed(EVERYWHERE, ONLY_V6),
               "across": listed(EVERYWHERE, ONLY_V4)}
