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
    },
    "No data with a SYN by MSG_FASTOPEN": {
        "connect-fast-open: sendto": "EOPNOTSUPP",
    },
    ("A refused connect that is tried again by the same descriptor gets a Unix socket of its own, "
     "which epoll has not been told of"): {
        "epoll-refused-again: connected": "none",
    },
    "What comes after shutdown(SHUT_RD) is not read": {
        "shutdown-reading: recv then": "0",
    },
    "One waits at the Unix socket and one in TCP, however few listen was told of": {
        "accept-backlog: connected of 0": "2",
    },
    "A listener is a Unix socket as well; who connects to it as such is turned away": {
        "accept-stranger: is a Unix socket": "1",
    },
    ("seccomp gives a trapped call up for any signal: one that never blocks may end "
     "so, if the handler does not restart calls"): {
        "signal-eintr: interrupted": "1",
    },
    "MSG_MORE does not keep a datagram open, and recvmmsg does not say how much time is left": {
        "message-more: arrives": "3",
        "message-several: less is left": "0",
    },
    "A datagram whose source cannot be told is not taken from the queue": {
        "message-arguments: then": "3",
        "message-arguments: then #2": "3",
    },
    "What is written without a trapped call is not refused for its number of segments": {
        "message-segments: too many by the option": "3000",
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
        "options-datagram: UDP_CORK": "ENOPROTOOPT",
        "options-datagram: UDP_CORK set": "ENOPROTOOPT",
        "options-datagram: UDP_GRO": "ENOPROTOOPT",
        "options-datagram: UDP_GRO set": "ENOPROTOOPT",
        "options-of-sockets: SO_PEERCRED": "ENOPROTOOPT",
        "options-of-sockets: SO_COOKIE": "ENOPROTOOPT",
        "options-of-sockets: SO_MEMINFO": "ENOPROTOOPT",
        "options-of-sockets: SO_PEERNAME": "ENOPROTOOPT",
        "options-of-sockets: SO_PASSCRED": "ENOPROTOOPT",
        "options-of-sockets: SO_PASSCRED set": "ENOPROTOOPT",
        "options-of-sockets: SO_ZEROCOPY set": "ENOPROTOOPT",
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
