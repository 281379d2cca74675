"""TCP and UDP echo on asyncio.    echo_asyncio.py serve PORT | ask HOST PORT"""
import asyncio
import sys

MESSAGE = bytes(range(256)) * 4000


async def answer(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self):
        self.heard = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if self.transport.get_extra_info("peername"):
            self.heard.set_result(data)
        else:
            self.transport.sendto(data, addr)


async def serve(port):
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Datagrams, local_addr=("::", port))
    server = await asyncio.start_server(answer, None, port)
    await server.serve_forever()


async def ask(host, port):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(MESSAGE)
    writer.write_eof()
    data = await reader.read()
    writer.close()
    await writer.wait_closed()
    _, datagrams = await asyncio.get_running_loop().create_datagram_endpoint(
        Datagrams, remote_addr=(host, port))
    datagrams.transport.sendto(MESSAGE[:1000])
    heard = await asyncio.wait_for(datagrams.heard, 10)
    print("echoed" if data == MESSAGE and heard == MESSAGE[:1000] else "changed", len(data))


if sys.argv[1] == "serve":
    asyncio.run(serve(int(sys.argv[2])))
else:
    asyncio.run(ask(sys.argv[2], int(sys.argv[3])))
