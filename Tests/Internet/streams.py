"""Streams for the servers: plain ones, and TLS over them. The TLS is done by hand, so that a connection is in the journal
when it is accepted, not only when somebody has said hello."""

import asyncio
import ssl


class Stream:
    """A connection, with what is left of what was read."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.rest = reader, writer, b""

    async def receive(self):
        """Some bytes; none at the end."""
        if self.rest:
            data, self.rest = self.rest, b""
            return data
        return await self.reader.read(65536)

    async def read_exactly(self, count):
        data = b""
        while len(data) < count:
            more = await self.receive()
            if not more:
                raise EOFError
            data += more
        data, self.rest = data[:count], data[count:] + self.rest
        return data

    async def read_until(self, end, limit=65536):
        """All up to and with what a pattern matches."""
        data = b""
        while not (match := end.search(data)):
            more = await self.receive()
            if not more or len(data) > limit:
                raise EOFError(data)
            data += more
        self.rest = data[match.end() :] + self.rest
        return data[: match.end()]

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def close(self):
        self.writer.close()


class SecureStream(Stream):
    def __init__(self, reader, writer, context):
        super().__init__(reader, writer)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    async def handshake(self):
        await self.carry_on(self.tls.do_handshake)

    async def receive(self):
        if self.rest:
            data, self.rest = self.rest, b""
            return data
        try:
            return await self.carry_on(self.tls.read, 65536)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def send(self, data):
        for start in range(0, len(data), 65536):
            await self.carry_on(self.tls.write, data[start : start + 65536])

    async def close(self):
        try:
            await asyncio.wait_for(self.carry_on(self.tls.unwrap), 0.2)
        except (ssl.SSLError, OSError, asyncio.TimeoutError):
            pass
        self.writer.close()

    async def carry_on(self, operation, *arguments):
        """Does something, with as many bytes from and to the other side as it takes."""
        while True:
            try:
                result = operation(*arguments)
            except ssl.SSLWantReadError:
                await self.flush()
                data = await self.reader.read(65536)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()
                continue
            finally:
                await self.flush()
            return result

    async def flush(self):
        data = self.outgoing.read()
        if data:
            self.writer.write(data)
            await self.writer.drain()
