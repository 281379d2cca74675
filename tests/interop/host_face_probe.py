"""Run on a lab host, as `host_face_probe.py WHAT …`: asks the host about itself by the calls that
programs use, and prints a line a fact."""
import errno
import fcntl
import socket
import struct
import sys

RTM_GETLINK, RTM_GETADDR, RTM_NEWADDR = 18, 22, 20
REQUEST, DUMP = 1, 0x300
DONE, ERROR = 3, 2
IP_PKTINFO, PORT = 8, 7_777
SIOCATMARK = 0x8905


def request(kind, flags, body=b"\0" * 16, sequence=1):
    return struct.pack("=IHHII", 16 + len(body), kind, flags, sequence, 0) + body


def messages(datagram):
    while len(datagram) >= 16:
        size, kind, flags, sequence, port = struct.unpack_from("=IHHII", datagram)
        yield kind, flags, sequence, port, datagram[16:size]
        datagram = datagram[(size + 3) & ~3:]


def kinds_until_done(receive):
    kinds = []
    while DONE not in kinds:
        kinds += [message[0] for message in messages(receive())]
    return kinds


def netlink():
    """All ways to talk to a netlink socket."""
    talk = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    talk.settimeout(5)
    talk.bind((0, 0))
    print("bound", talk.getsockname()[0] > 0)
    talk.sendto(request(RTM_GETLINK, REQUEST | DUMP), (0, 0))
    size = talk.recv_into(bytearray(1), 1, socket.MSG_PEEK | socket.MSG_TRUNC)
    whole, _, flags, sender = talk.recvmsg(65_536)
    print("peeked", size == len(whole), "flags", flags, "from", sender)
    print("port", {m[3] for m in messages(whole)} == {talk.getsockname()[0]})
    talk.send(request(RTM_GETADDR, REQUEST | DUMP))
    print("plain", kinds_until_done(lambda: talk.recv(65_536)).count(20))
    talk.sendmsg([request(RTM_GETADDR, REQUEST | DUMP)], [], 0, (0, 0))
    print("named", kinds_until_done(lambda: talk.recvfrom(65_536)[0]).count(20))
    talk.sendto(request(RTM_GETLINK, REQUEST | DUMP), (0, 0))
    cut = talk.recvmsg(20)
    print("cut", len(cut[0]), cut[2] == socket.MSG_TRUNC)
    for kind, *_, body in messages(try_change(talk)):
        print("change", kind == ERROR, errno.errorcode[-struct.unpack_from("=i", body)[0]])
    talk.setblocking(False)
    try:
        talk.recvmsg(10)
    except BlockingIOError:
        print("nothing more")
    refused(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    refused(socket.AF_PACKET, socket.SOCK_RAW, 0)


def daemons():
    """The machine's, which would know its names."""
    for path in ("/var/run/nscd/socket", "/run/nscd/socket"):
        talk = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        print("daemon", errno.errorcode[talk.connect_ex(path)])


def try_change(talk):
    talk.sendto(request(RTM_NEWADDR, REQUEST), (0, 0))
    return talk.recv(65_536)


def refused(*arguments):
    try:
        socket.socket(*arguments).close()
        print("opened", *arguments)
    except OSError as error:
        print("refused", errno.errorcode[error.errno])


def devices(name, peer):
    """SO_BINDTODEVICE, IP_PKTINFO, and link-local addresses with a scope."""
    index = socket.if_nametoindex(name)
    talk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    talk.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
    print("device", talk.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16))
    try:
        talk.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth9")
    except OSError as error:
        print("no device", errno.errorcode[error.errno])
    talk.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    talk.settimeout(5)
    talk.sendto(b"hello", (peer, PORT))
    _, control, _, _ = talk.recvmsg(100, 100)
    print("came by", struct.unpack_from("=i", control[0][2])[0] == index)
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.settimeout(5)
    scoped = link_local_of(name)
    six.bind((scoped, 0, 0, index))
    print("scope", six.getsockname()[3] == index)
    for request_number, what in ((0x8946, "ethtool"), (0x8b01, "wireless"), (0x8910, "name")):
        try:
            told = fcntl.ioctl(talk, request_number, struct.pack("16si20x", name.encode(), index))
            print(what, told[:16].rstrip(b"\0").decode())
        except OSError as error:
            print(what, error.errno == errno.EOPNOTSUPP)
    stream = socket.create_connection((peer, PORT), 5)
    print("mark", struct.unpack("=i", fcntl.ioctl(stream, SIOCATMARK, b"\xff" * 4))[0])


def link_local_of(name):
    with open("/proc/net/if_inet6", encoding="ascii") as table:
        for line in table:
            digits, *_, device = line.split()
            if device == name and digits.startswith("fe80"):
                return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits))
    raise LookupError(name)


def echo():
    """What arrives goes back, by whatever way it came. That it listens tells that it is ready."""
    talk = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    talk.bind(("::", PORT))
    ready = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    ready.bind(("::", PORT))
    ready.listen()
    while True:
        data, sender = talk.recvfrom(100)
        talk.sendto(data, sender)


def scoped(name, peer):
    """To a neighbour's link-local address, which is nothing without its interface."""
    index = socket.if_nametoindex(name)
    talk = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    talk.settimeout(5)
    talk.sendto(b"here", (peer, PORT, 0, index))
    data, sender = talk.recvfrom(100)
    print("scoped", data.decode(), sender[0].split("%")[0] == peer, sender[3] == index)
    stream = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    stream.settimeout(5)
    stream.connect((peer, PORT, 0, index))
    print("stream", stream.getpeername()[3] == index, stream.getsockname()[3] == index)


if __name__ == "__main__":
    WHAT = {each.__name__: each for each in (netlink, daemons, devices, echo, scoped)}
    WHAT[sys.argv[1]](*sys.argv[2:])
