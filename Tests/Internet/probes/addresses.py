"""Attempts to reach addresses: by number, by names whose owners lie, by protocols that are not TCP."""

import os
import socket

import plan
from attempt import attempt, curl, each, ending, main, run, tcp

HOSTS = [address for address in os.environ.get("PROBE_HOSTS", "").split(",") if address]


@each("direct", {
    "http": ("-4", f"http://{plan.EVIL}/"),
    "http-no-proxy": ("--noproxy", "*", f"http://{plan.EVIL}/"),
    "https": ("-k", f"https://{plan.EVIL}/"),
    "metadata": ("http://169.254.169.254/",),
    "private": (f"http://{plan.HOME_PRIVATE['ten']}/",),
    "home": (f"http://{plan.HOME}/",),
    "home-ipv6": ("-g", f"http://[{plan.HOME6}]/"),
    "home-bridge": (f"http://{plan.HOME_PRIVATE['bridge']}/",),
    "home-lan": (f"http://{plan.HOME_PRIVATE['lan']}/",),
    "resolver-over-https": ("-k", "https://8.8.8.8/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB"),
})
def direct(*arguments):
    return curl(*arguments)


@each("banner", {
    "evil-22": (plan.EVIL, 22),
    "evil-7777": (plan.EVIL, 7777),
    "home-7777": (plan.HOME, 7777),
    "bridge-7777": (plan.HOME_PRIVATE["bridge"], 7777),
    "lan-7777": (plan.HOME_PRIVATE["lan"], 7777),
})
def banner(address, port):
    return tcp(address, port)


@attempt
def link_local():
    """The router's and everybody's link-local address, over every interface."""
    results = []
    for _, name in socket.if_nameindex():
        for address in ("fe80::1", "ff02::1"):
            try:
                results.append(tcp(f"{address}%{name}", 7777, family=socket.AF_INET6))
            except OSError as error:
                results.append(ending(error))
    return max(results)


@each("host-name", {name: name for name in ("host.docker.internal", "host.containers.internal", "gateway.docker.internal")})
def host_name(name):
    return tcp(name, 7777)


# Addresses of the machine that the engine runs on, and of other containers: `address:port`.
@each("host", {address: address for address in HOSTS})
def host(address):
    name, _, port = address.rpartition(":")
    return tcp(name, int(port))


@each("rebind", {name: name for name in [*plan.REBIND, "mixed", "public"]})
def rebind(name):
    return tcp(f"{name}.rebind.test", 7777)


@each("rebind-http", {name: name for name in plan.REBIND_REACHABLE})
def rebind_http(name):
    return curl(f"http://{name}.rebind.test/")


# Ways to write a host: `allowed.test` and port 80 are allowed, and nothing else of these.
@each("written", {
    "octal": "http://0306.063.0144.0102/",
    "hexadecimal": "http://0xc6336442/",
    "decimal": "http://3325256770/",
    "loopback": "http://127.0.0.1/",
    "loopback-decimal": "http://2130706433/",
    "loopback-hexadecimal": "http://0x7f000001/",
    "loopback-short": "http://127.1/",
    "loopback-6": "http://[::1]/",
    "zero": "http://0.0.0.0/",
    "zero-6": "http://[::]/",
    "localhost": "http://localhost/",
    "localhost-dot": "http://localhost./",
    "mapped": f"http://[::ffff:{plan.EVIL}]/",
    "zone": "http://[fe80::1%25lo]/",
    "user": "http://allowed.test@evil.test/",
    "password": "http://allowed.test:80@evil.test/",
    "fragment": "http://evil.test#@allowed.test/",
    "port-overflow": "http://allowed.test:65616/",
    "encoded-dot": "http://evil%2etest/",
    "encoded-nul": "http://allowed.test%00.evil.test/",
    "full-width": "http://ｅｖｉｌ.test/",
    "ideographic-dot": "http://evil。test/",
    "look-alike": "http://àllowed.test/",
    "look-alike-encoded": "http://xn--llowed-9ra.test/",
    "longer": "http://allowed.test.evil.test/",
    "below": "http://x.allowed.test/",
    "double-dot": "http://allowed..test/",
    "leading-dot": "http://.allowed.test/",
    "underscore": "http://allowed_test/",
    "suffix": "http://notallowed.test/",
    "short": "http://allowed/",
    "wildcard": "http://*.wild.test/",
})
def written(address):
    # Globbing is curl's own; what matters is what leaves.
    return curl("-g", address)


@each("written-well", {
    "upper-case": "http://ALLOWED.TEST/",
    "final-dot": "http://allowed.test./",
    "port": "http://allowed.test:80/",
})
def written_well(address):
    return curl(address)


def datagram(address, port, family=socket.AF_INET, protocol=0):
    with socket.socket(family, socket.SOCK_DGRAM, protocol) as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        channel.settimeout(1)
        channel.connect((address, port))
        channel.send(b"probe")
        channel.send(b"probe")
        return f"reached {channel.recv(100).decode('latin-1')}"


@each("datagram", {
    "quic": (plan.EVIL, 443),
    "mdns": (plan.EVIL, 5353),
    "other": (plan.EVIL, 7777),
    "ipv6": (plan.EVIL6, 443, socket.AF_INET6),
    "allowed-name": ("allowed.test", 443),
    "multicast": ("224.0.0.251", 5353),
    "broadcast": ("255.255.255.255", 7777),
    "lite": (plan.EVIL, 443, socket.AF_INET, 136),
})
def sent(*arguments):
    return datagram(*arguments)


@attempt
def ping():
    """An answer may come from the sandbox's own kernel; the journal tells whether a packet left."""
    code, output = run("ping", "-c", "2", "-i", "0.2", "-W", "1", plan.EVIL)
    return f"reached {output}" if "bytes from" in output else f"closed {code} {output}"


@each("protocol", {
    "mptcp": (socket.SOCK_STREAM, 262),
    "sctp": (socket.SOCK_STREAM, 132),
    "sctp-packets": (socket.SOCK_SEQPACKET, 132),
    "dccp": (6, 33),
})
def protocol(kind, number):
    with socket.socket(socket.AF_INET, kind, number) as channel:
        channel.settimeout(3)
        channel.connect((plan.EVIL, 7777))
        data = channel.recv(100)
    return f"reached {data}" if data else "closed end"


@attempt
def fast_open():
    with socket.socket() as channel:
        channel.settimeout(3)
        channel.sendto(b"GET / HTTP/1.0\r\n\r\n", socket.MSG_FASTOPEN, (plan.EVIL, 80))
        data = channel.recv(100)
    return f"reached {data}" if data else "closed end"


if __name__ == "__main__":
    main()
