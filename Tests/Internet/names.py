"""An authoritative name server. Its entries in the journal are the truth about which questions got out."""

import asyncio
import socket
import struct

import plan

NAMES = {1: "A", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 64: "SVCB", 65: "HTTPS"}


def encode_name(name):
    labels = [label.encode("latin-1") for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_value(kind, value):
    if kind == plan.A:
        return socket.inet_pton(socket.AF_INET, value)
    if kind == plan.AAAA:
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == plan.TXT:
        return bytes([len(value)]) + value.encode()
    if kind in (plan.SVCB, plan.HTTPS):
        return struct.pack("!H", 1) + encode_name(value)
    if kind == plan.MX:
        return struct.pack("!H", 10) + encode_name(value)
    return encode_name(value)


class NameServer:
    def __init__(self, journal):
        self.journal = journal
        self.records = plan.records()
        self.asked = {}

    def find(self, name, kind):
        """The records of a name, or None where there is no such name."""
        if name in self.records:
            return self.records[name]
        labels = name.split(".")
        changed = plan.CHANGES.get(".".join(labels[1:]))
        if changed is not None and kind == plan.A:
            self.asked[name] = self.asked.get(name, 0) + 1
            if self.asked[name] > 1:
                return changed
        for depth in range(1, len(labels)):
            found = self.records.get("*." + ".".join(labels[depth:]))
            if found is not None:
                return found
        # A name that others are below of exists, and has nothing.
        return [] if any(other.endswith("." + name) for other in self.records) else None

    def answer(self, message, server, client, transport):
        """The answer to a message, or None where it gets none; and after how many seconds it comes."""
        if len(message) < 17 or message[2] & 0x80:
            self.journal.note("dns", address=server, client=client, transport=transport, name="", type="malformed")
            return None, 0
        labels, offset = [], 12
        while offset < len(message) and 0 < message[offset] < 64:
            labels.append(message[offset + 1 : offset + 1 + message[offset]].decode("latin-1"))
            offset += 1 + message[offset]
        offset += 1
        if offset + 4 > len(message):
            return None, 0
        kind = struct.unpack("!H", message[offset : offset + 2])[0]
        question = message[12 : offset + 4]
        name = ".".join(labels).lower()
        self.journal.note(
            "dns", address=server, client=client, transport=transport, name=name, type=NAMES.get(kind, str(kind)))
        answers, code = [], 0
        found = self.find(name, kind)
        for _ in range(8):
            if found is None:
                code = 3
                break
            matching = [entry for entry in found if entry[0] in (kind, plan.CNAME)]
            answers += [(name, *entry) for entry in matching]
            if not matching or matching[0][0] != plan.CNAME or kind == plan.CNAME:
                break
            name = matching[0][1]
            found = self.find(name, kind)
        # QR, AA, RD as asked, RA.
        flags = 0x8400 | (message[2] & 1) << 8 | 0x80 | code
        reply = message[:2] + struct.pack("!HHHHH", flags, 1, len(answers), 0, 0) + question
        for owner, answer_kind, value, life in answers:
            data = encode_value(answer_kind, value)
            reply += encode_name(owner) + struct.pack("!HHIH", answer_kind, 1, life, len(data)) + data
        return reply, plan.DELAYS.get(".".join(labels).lower(), 0)

    async def serve_stream(self, reader, writer):
        server, client = writer.get_extra_info("sockname")[0], writer.get_extra_info("peername")[0]
        try:
            while True:
                length = struct.unpack("!H", await reader.readexactly(2))[0]
                reply, delay = self.answer(await reader.readexactly(length), server, client, "tcp")
                await asyncio.sleep(delay)
                if reply is None:
                    break
                writer.write(struct.pack("!H", len(reply)) + reply)
        except (asyncio.IncompleteReadError, OSError):
            pass
        writer.close()

    async def start(self, address):
        await asyncio.start_server(self.serve_stream, address, 53)
        loop, server = asyncio.get_running_loop(), self

        class Datagrams(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, client):
                reply, delay = server.answer(data, address, client[0], "udp")
                if reply is not None:
                    loop.call_later(delay, self.transport.sendto, reply, client)

        await loop.create_datagram_endpoint(Datagrams, local_addr=(address, 53))
