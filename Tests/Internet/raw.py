"""Services that are not web servers: a banner and an echo, an SSH server, datagrams."""

import asyncio
import socket


def banner(name):
    """Says who it is, then returns what it gets; after the end of that, it says how much it was."""

    async def serve(reader, writer, where):
        writer.write(f"banner {name}\n".encode())
        total = 0
        while data := await reader.read(65536):
            total += len(data)
            if data.startswith(b"stream"):
                while True:
                    writer.write(b"more\n")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            writer.write(data)
            await writer.drain()
        writer.write(f"end {total}\n".encode())
        await writer.drain()

    return serve


async def listen_ssh(journal, folder, address):
    """Gives each connection to a dropbear(8) of its own. It looks for authorised keys in the home of root, so it gets one
    of the tests' own, in a mount namespace of its own."""
    script = (
        'mount --make-rprivate / && mount --bind "$0/ssh" /root && exec dropbear -i -s -r "$0/host.key" '
        '-c "git-upload-pack \\"$0/git/sample.git\\""'
    )
    listener = socket.create_server((address, 22), backlog=64)
    listener.setblocking(False)

    async def serve(connection, client):
        where = {"address": address, "port": 22, "client": client[0], "clientPort": client[1]}
        journal.note("accept", **where)
        connection.setblocking(True)
        with connection:
            process = await asyncio.create_subprocess_exec(
                "unshare", "--mount", "sh", "-c", script, folder, stdin=connection, stdout=connection,
                stderr=asyncio.subprocess.DEVNULL)
        await process.wait()
        journal.note("close", **where)

    served = set()
    while True:
        task = asyncio.create_task(serve(*await asyncio.get_running_loop().sock_accept(listener)))
        served.add(task)
        task.add_done_callback(served.discard)


class Datagrams(asyncio.DatagramProtocol):
    """Returns every datagram, and notes it."""

    def __init__(self, journal, address, port):
        self.journal, self.address, self.port = journal, address, port

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, client):
        self.journal.note(
            "datagram", address=self.address, port=self.port, client=client[0], text=data[:64].decode("latin-1"))
        self.transport.sendto(data, client)
