"""In a namespace: answers one request with so many bytes, under CUBIC."""
import socket
import sys

size = int(sys.argv[1])
with socket.create_server(("0.0.0.0", 80)) as server:
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    peer, _ = server.accept()
with peer:
    peer.recv(65536)
    peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    block = bytes(256 * 1024)
    for left in range(size, 0, -len(block)):
        peer.sendall(block[:left])
    peer.shutdown(socket.SHUT_WR)
    while peer.recv(65536):
        pass
