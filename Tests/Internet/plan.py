"""Who is where in the tests' internet: addresses, and the names that point to them.

Everything public lies in the networks that are reserved for documentation (RFC 5737, RFC 3849), which nobody routes.
"""

# Servers, all in the namespace "net".
RESOLVER = "198.51.100.53"  # the name server that home's resolv.conf names
ALLOWED = "198.51.100.10"  # allowed.test: web, SSH, git, packages
WILD = "198.51.100.11"  # *.wild.test and wild.test
WILD6 = "2001:db8:1::11"
MODEL = "198.51.100.20"  # api.anthropic.com, whose model is a script
EVIL = "198.51.100.66"  # evil.test: everything, and whatever reaches it is a leak
EVIL6 = "2001:db8:113::66"
PUBLIC_RESOLVER = "8.8.8.8"  # a resolver that everybody knows the address of: evil's, here
SHUT = "198.51.100.5"  # a host where nothing listens: connections are refused at once
SHUT_HIGH = "198.51.100.250"  # another one, for those who sort addresses the other way
SILENT = "198.51.100.7"  # nobody: packets vanish

# The user's machine, in the namespace "home". Its own services are a leak wherever a sandbox reaches them.
HOME = "203.0.113.10"
HOME6 = "2001:db8:2::10"
HOME_PRIVATE = {
    "bridge": "10.77.0.1",  # like an engine's bridge
    "lan": "192.168.77.5",
    "ten": "10.0.0.5",
    "metadata": "169.254.169.254",  # like a cloud's metadata service
    "shared": "100.64.0.1",
}
HOME_PORTS = [80, 7777]

# Where home and visitors (ordinary containers, for the controls) are connected.
HOME_ROUTER = "203.0.113.1"
HOME_ROUTER6 = "2001:db8:2::1"
VISITOR_ROUTER = "203.0.113.129"
VISITOR_ROUTER6 = "2001:db8:3::1"


def visitor(number):
    """The addresses of the visitor with a number, from 0."""
    return f"203.0.113.{130 + number}", f"2001:db8:3::{130 + number:x}"


# Names below rebind.test whose owner answers with an address that is not public.
REBIND = {
    "loopback": ["127.0.0.1"],
    "loopback-net": ["127.9.9.9"],
    "zero": ["0.0.0.0"],
    "bridge": [HOME_PRIVATE["bridge"]],
    "lan": [HOME_PRIVATE["lan"]],
    "ten": [HOME_PRIVATE["ten"]],
    "metadata": [HOME_PRIVATE["metadata"]],
    "shared": [HOME_PRIVATE["shared"]],
    "multicast": ["224.0.0.251"],
    "broadcast": ["255.255.255.255"],
    "reserved": ["240.0.0.1"],
    "synthetic": ["198.18.0.2"],
    "loopback6": ["::1"],
    "zero6": ["::"],
    "mapped": ["::ffff:127.0.0.1"],
    "mapped-ten": ["::ffff:10.0.0.5"],
    "unique-local": ["fd00::5"],
    "link-local": ["fe80::1"],
    "nat64": ["64:ff9b::7f00:1"],
    "sixtofour": ["2002:7f00:1::"],
    "own": [HOME],
    "own6": [HOME6],
    "alias": "loopback.rebind.test",
}
# Those that a dialler which does not look would really reach in "home".
REBIND_REACHABLE = [
    "loopback", "loopback-net", "zero", "bridge", "lan", "ten", "metadata", "shared", "loopback6", "zero6", "mapped",
    "mapped-ten", "own", "own6", "alias",
]

A, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, SVCB, HTTPS = 1, 5, 6, 12, 15, 16, 28, 33, 64, 65
ZONES = ["test", "in-addr.arpa", "ip6.arpa"]


def records():
    """All names: {name: [(type, value, seconds to live)]}. A name that begins with "*." stands for all below it."""
    table = {
        "allowed.test": [(A, ALLOWED, 60), (TXT, "allowed", 60), (HTTPS, ".", 60), (MX, "allowed.test", 60)],
        # The one real name: a program that has it built in is led here.
        "api.anthropic.com": [(A, MODEL, 60)],
        "wild.test": [(A, WILD, 60)],
        "*.wild.test": [(A, WILD, 60), (TXT, "wild", 60)],
        "dual.wild.test": [(A, WILD, 60), (AAAA, WILD6, 60)],
        "six.wild.test": [(AAAA, WILD6, 60)],
        "alias.wild.test": [(CNAME, "elsewhere.cdn.test", 60)],
        "elsewhere.cdn.test": [(A, WILD, 60)],
        # The first address that is tried does not answer, in whatever order they are tried.
        "first-shut.wild.test": [(A, SHUT, 60), (A, WILD, 60)],
        "last-shut.wild.test": [(A, WILD, 60), (A, SHUT_HIGH, 60)],
        "silent.wild.test": [(A, SILENT, 60)],
        "slow.wild.test": [(A, WILD, 60)],
        "evil.test": [(A, EVIL, 60), (AAAA, EVIL6, 60)],
        "*.evil.test": [(A, EVIL, 60), (AAAA, EVIL6, 60), (TXT, "from the tunnel", 0)],
        "evilallowed.test": [(A, EVIL, 60)],
        "*.allowed.test": [(A, EVIL, 60)],
        "notallowed.test": [(A, EVIL, 60)],
        "xn--llowed-9ra.test": [(A, EVIL, 60)],  # "àllowed"
        "public.rebind.test": [(A, ALLOWED, 60)],
        "mixed.rebind.test": [(A, "127.0.0.1", 60), (A, ALLOWED, 60), (A, HOME_PRIVATE["ten"], 60)],
        "*.changing.rebind.test": [(A, ALLOWED, 1)],
        "66.100.51.198.in-addr.arpa": [(PTR, "allowed.test", 60)],
    }
    for name, values in REBIND.items():
        if isinstance(values, str):
            table[f"{name}.rebind.test"] = [(CNAME, values, 60)]
        else:
            table[f"{name}.rebind.test"] = [(AAAA if ":" in value else A, value, 60) for value in values]
    return table


# How many seconds the answer to a name takes.
DELAYS = {"slow.wild.test": 2.0}
# Below these, the address of a name is another one from the second question on: its owner rebinds it.
CHANGES = {"changing.rebind.test": [(A, "127.0.0.1", 1)]}
