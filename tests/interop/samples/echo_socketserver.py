"""TCP and UDP echo on socketserver, in threads; blocking sockets ask.

    echo_socketserver.py serve PORT | ask HOST PORT"""
import socket
import socketserver
import sys
import threading

MESSAGE = bytes(range(256)) * 4000


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, via = self.request
        via.sendto(data, self.client_address)


class StreamServer(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True


class DatagramServer(socketserver.ThreadingUDPServer):
    address_family = socket.AF_INET6


def serve(port):
    datagrams = DatagramServer(("::", port), Datagram)
    threading.Thread(target=datagrams.serve_forever, daemon=True).start()
    StreamServer(("::", port), Stream).serve_forever()


def ask(family, host, port):
    with socket.create_connection((host, port), timeout=20) as stream:
        threading.Thread(target=stream.sendall, args=(MESSAGE,)).start()
        data = bytearray()
        while len(data) < len(MESSAGE):
            data += stream.recv(65536)
    with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(10)
        datagrams.sendto(MESSAGE[:1000], (host, port))
        heard, _ = datagrams.recvfrom(2000)
    print("echoed" if data == MESSAGE and heard == MESSAGE[:1000] else "changed", len(data))


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    for version in (socket.AF_INET, socket.AF_INET6):
        address = socket.getaddrinfo(sys.argv[2], 0, version)[0][4][0]
        ask(version, address, int(sys.argv[3]))
