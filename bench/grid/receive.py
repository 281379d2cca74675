"""In a namespace: asks for a file of so many bytes and reads it to the end."""
import socket
import sys

host, size = sys.argv[1], int(sys.argv[2])
with socket.create_connection((host, 80)) as peer:
    peer.sendall(b"GET /text HTTP/1.0\r\n\r\n")
    got = 0
    buffer = bytearray(256 * 1024)
    while read := peer.recv_into(buffer):
        got += read
sys.exit(0 if got > size else f"{got} bytes came of {size}")
