"""Says line by line what becomes of the network while others change it.

    live.py watch HOST PORT     reads a stream of a banner service, and says when it ends
    live.py ask HOST PORT       one connection to a banner service or, on ports 80 and 443, one request
    live.py idle HOST PORT N    holds as many connections as it gets, of N, and says how many
    live.py names N             asks for N names that do not exist, as fast as it can
"""

import os
import re
import socket
import struct
import sys
import time

from attempt import connected, curl, ending, tcp


def say(name, value):
    print(f"@{name}={value}", flush=True)


def watch(host, port):
    connection = connected(host, int(port))
    connection.sendall(b"stream\n" if int(port) == 7777 else f"GET /stream HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    first = True
    try:
        while connection.recv(4096):
            if first:
                say("watching", "yes")
                first = False
        say("watched", "closed end")
    except OSError as error:
        say("watched", ending(error))
    say("ended", f"{time.time():.3f}")


def ask(host, port):
    try:
        scheme = {"80": "http", "443": "https"}.get(port)
        say("asked", curl(f"{scheme}://{host}/") if scheme else tcp(host, int(port)))
    except OSError as error:
        say("asked", ending(error))


def idle(host, port, count):
    held = []
    for _ in range(int(count)):
        try:
            connection = connected(host, int(port))
            connection.settimeout(0.2)
            held.append(connection)
        except OSError:
            pass
    # Those that the gateway does not want are closed by now.
    time.sleep(1)
    open_ones = 0
    for connection in held:
        connection.setblocking(False)
        try:
            open_ones += len(connection.recv(100)) > 0
        except BlockingIOError:
            open_ones += 1
        except OSError:
            pass
    say("tried", count)
    say("held", open_ones)
    time.sleep(30)


def names(count):
    with open("/etc/resolv.conf") as file:
        server = re.search(r"nameserver\s+(\S+)", file.read())[1]
    channel = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
    channel.connect((server, 53))
    for number in range(int(count)):
        label = f"n{number}".encode()
        try:
            channel.send(
                struct.pack("!HHHHHH", number & 65535, 0x0100, 1, 0, 0, 0) + bytes([len(label)]) + label
                + b"\x04evil\x04test\0\0\1\0\1")
        except OSError:
            pass
    say("sent", count)


{"watch": watch, "ask": ask, "idle": idle, "names": names}[sys.argv[1]](*sys.argv[2:])
