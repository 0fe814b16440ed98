"""Attempts to use an allowed name's connection for another one, by what is said in the ClientHello."""

import os
import ssl
import struct
import time

import plan
from attempt import AUTHORITY, attempt, connected, curl, each, ending, main, printable


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def server_name(name):
    """The extension server_name (RFC 6066, 3)."""
    return struct.pack("!H", 0) + vector(2, vector(2, b"\0" + vector(2, name.encode())))


def hello(*extensions):
    """A ClientHello (RFC 8446, 4.1.2) that every TLS 1.2 server answers."""
    fixed = [
        struct.pack("!H", 10) + vector(2, vector(2, struct.pack("!HH", 29, 23))),  # supported_groups
        struct.pack("!H", 11) + vector(2, b"\1\0"),  # ec_point_formats
        struct.pack("!H", 13) + vector(2, vector(2, struct.pack("!HHH", 0x0403, 0x0804, 0x0401))),
    ]
    suites = struct.pack("!HHH", 0xC02B, 0xC02F, 0xC02C)
    body = b"\3\3" + os.urandom(32) + vector(1, os.urandom(32)) + vector(2, suites) + b"\1\0"
    body += vector(2, b"".join(fixed + list(extensions)))
    return b"\1" + vector(3, body)


def records(message, size=16384):
    """A handshake message in records of at most a size."""
    pieces = [message[start : start + size] for start in range(0, len(message), size)]
    return b"".join(b"\x16\3\1" + vector(2, piece) for piece in pieces)


def answer(connection):
    data = connection.recv(4096)
    if not data:
        return "closed end"
    if data[0] == 0x15 and len(data) >= 7:
        return f"refused alert {data[6]}"
    if data[0] == 0x16:
        return "reached handshake"
    return f"reached {printable(data)}"


def say(data, host="allowed.test", pause=0.0, piecewise=False):
    with connected(host, 443) as connection:
        time.sleep(pause)
        if piecewise:
            for byte in data:
                connection.sendall(bytes([byte]))
                time.sleep(0.001)
        else:
            connection.sendall(data)
        return answer(connection)


HONEST, OTHER = server_name("allowed.test"), server_name("evil.test")
ENCRYPTED = struct.pack("!H", 0xFE0D) + vector(2, b"\0" + struct.pack("!HHB", 1, 1, 7) + vector(2, b"k" * 32) + vector(2, b"p" * 64))


@each("hello", {
    "honest": records(hello(HONEST)),
    "other-name": records(hello(OTHER)),
    "no-name": records(hello()),
    "two-extensions": records(hello(HONEST, OTHER)),
    "two-extensions-other-first": records(hello(OTHER, HONEST)),
    "two-names": records(hello(
        struct.pack("!H", 0) + vector(2, vector(2, b"\0" + vector(2, b"allowed.test") + b"\0" + vector(2, b"evil.test"))))),
    "empty-name": records(hello(server_name(""))),
    "name-with-nul": records(hello(server_name("allowed.test\0.evil.test"))),
    "name-as-prefix": records(hello(server_name("allowed.test.evil.test"))),
    "address-as-name": records(hello(server_name(plan.EVIL))),
    "encrypted": records(hello(OTHER, ENCRYPTED)),
    "records-of-64": records(hello(HONEST), 64),
    "records-of-64-other-name": records(hello(OTHER), 64),
    "records-of-1": records(hello(HONEST), 1),
    "records-of-1-other-name": records(hello(OTHER), 1),
    "text": b"GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
    "ssh": b"SSH-2.0-probe\r\n",
    "old-form": b"\x80\x2e\1\0\2\0\x15\0\0\0\x10" + b"\0" * 40,
    "other-record-inside": records(hello(HONEST)[:20]) + b"\x17\3\3\0\1x",
})
def said(data):
    return say(data)


@each("bytewise", {"honest": HONEST, "other-name": OTHER})
def bytewise(name):
    return say(records(hello(name)), piecewise=True)


@each("late", {"honest": HONEST, "other-name": OTHER})
def late(name):
    """Who waits long enough looks like a client that lets the server speak first."""
    return say(records(hello(name)), pause=0.6)


@attempt(only_named=True)
def very_late():
    try:
        return say(records(hello(OTHER)), pause=20)
    except OSError as error:
        return ending(error)


@attempt
def nothing_said():
    """Nothing is dialled for who says nothing."""
    with connected("allowed.test", 443) as connection:
        connection.settimeout(1)
        return answer(connection)


@attempt
def bytewise_to_the_end():
    """A whole request over a connection whose hello came in the smallest pieces."""
    context = ssl.create_default_context(cafile=AUTHORITY)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="allowed.test")
    with connected("allowed.test", 443) as connection:
        def until_done(operation, *arguments):
            while True:
                try:
                    result = operation(*arguments)
                except ssl.SSLWantReadError:
                    result = None
                for byte in outgoing.read():
                    connection.sendall(bytes([byte]))
                if result is not None:
                    return result
                incoming.write(connection.recv(65536))

        def shake():
            tls.do_handshake()
            return True

        until_done(shake)
        until_done(tls.write, b"GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n")
        data = until_done(tls.read, 65536)
    return "reached " + printable(data.split(b"\r\n\r\n")[-1])


@attempt
def false_address():
    """The allowed name, looked up by the agent itself."""
    return curl("-k", "--resolve", f"allowed.test:443:{plan.EVIL}", "https://allowed.test/")


@attempt
def fronted():
    return curl("-k", "--connect-to", "evil.test:443:allowed.test:443", "https://evil.test/")


@attempt
def fronted_by_address():
    return curl("-k", "--connect-to", f"{plan.EVIL}:443:allowed.test:443", f"https://{plan.EVIL}/")


if __name__ == "__main__":
    main()
