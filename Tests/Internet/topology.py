"""Network namespaces: "net", where all servers are, and "home", where the user's machine is. Neither is connected to
anything but the other and visitors.

                  net  (all public servers, on lo)
    203.0.113.1 ──┴── 203.0.113.129
         │                  │ one link for each visitor
        home             visitors: ordinary containers
"""

import ctypes
import os
import re
import shutil
import subprocess

import plan

CLONE_NEWNET = 0x40000000


def run(*words, text=None):
    """Runs a program, whose failure is an error with its own words."""
    done = subprocess.run(words, input=text, text=True, capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"internet: {' '.join(words)}: {done.stderr.strip()}{text or ''}")


def enter(path):
    """Moves this thread into a network namespace; sockets stay in the one they were made in."""
    library = ctypes.CDLL(None, use_errno=True)
    with open(path) as space:
        if library.setns(space.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {path}")


def set_kernel(**values):
    """Sets net.* in the namespace of this thread (`ipv4__ip_forward=1`)."""
    for name, value in values.items():
        with open("/proc/sys/net/" + name.replace("__", "/"), "w") as file:
            file.write(str(value))


class Topology:
    def __init__(self, prefix):
        self.outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.net, self.home = f"{prefix}-net", f"{prefix}-home"
        self.visitors = 0

    def path(self, space):
        return f"/run/netns/{space}"

    def make(self):
        run("ip", "-batch", "-", text=f"netns add {self.net}\nnetns add {self.home}\n")
        servers = [plan.RESOLVER, plan.ALLOWED, plan.WILD, plan.MODEL, plan.EVIL, plan.PUBLIC_RESOLVER]
        servers += [plan.SHUT, plan.SHUT_HIGH]
        servers6 = [plan.WILD6, plan.EVIL6]
        lines = [
            f"link add home0 type veth peer name wan0 netns {self.home}",
            "link set lo up",
            "link set home0 up",
            f"address add {plan.HOME_ROUTER}/25 dev home0",
            f"address add {plan.HOME_ROUTER6}/64 dev home0 nodad",
            # What nobody has is dropped, not refused.
            "route add blackhole 198.51.100.0/24",
        ]
        lines += [f"address add {server}/32 dev lo" for server in servers]
        lines += [f"address add {server}/128 dev lo nodad" for server in servers6]
        # Visitors would reach the private addresses of home, if home's own services were all that is in their way.
        lines += [f"route add {address}/32 via {plan.HOME}" for address in plan.HOME_PRIVATE.values()]
        run("ip", "-n", self.net, "-batch", "-", text="\n".join(lines))
        lines = [
            "link set lo up",
            "link set wan0 up",
            f"address add {plan.HOME}/25 dev wan0",
            f"address add {plan.HOME6}/64 dev wan0 nodad",
            f"route add default via {plan.HOME_ROUTER}",
            f"route add default via {plan.HOME_ROUTER6}",
            "link add private0 type bridge",
            "link set private0 up",
        ]
        lines += [f"address add {address}/32 dev private0" for address in plan.HOME_PRIVATE.values()]
        run("ip", "-n", self.home, "-batch", "-", text="\n".join(lines))
        enter(self.path(self.net))
        set_kernel(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        # ip-netns(8): what `ip netns exec` binds over /etc.
        folder = f"/etc/netns/{self.home}"
        os.makedirs(folder)
        files = {
            "resolv.conf": f"nameserver {plan.RESOLVER}\noptions timeout:5 attempts:2\n",
            "hosts": "127.0.0.1 localhost\n::1 localhost\n",
            "nsswitch.conf": "hosts: files dns\n",
        }
        for name, text in files.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)

    def attach(self, process):
        """Connects the network namespace of a process, as `eth0`; its address there."""
        address, address6 = plan.visitor(self.visitors)
        link = f"visitor{self.visitors}"
        self.visitors += 1
        lines = [
            f"link add {link} type veth peer name eth0 netns {process}",
            f"link set {link} up",
            f"address add {plan.VISITOR_ROUTER}/32 dev {link}",
            f"address add {plan.VISITOR_ROUTER6}/128 dev {link} nodad",
            f"route add {address}/32 dev {link}",
            f"route add {address6}/128 dev {link}",
        ]
        run("ip", "-n", self.net, "-batch", "-", text="\n".join(lines))
        space = f"--net=/proc/{process}/ns/net"
        # Engines switch IPv6 off where they make no network.
        run("nsenter", space, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
        lines = [
            "link set eth0 up",
            f"address add {address}/32 dev eth0",
            f"address add {address6}/128 dev eth0 nodad",
            f"route add {plan.VISITOR_ROUTER}/32 dev eth0",
            f"route add {plan.VISITOR_ROUTER6}/128 dev eth0",
            f"route add default via {plan.VISITOR_ROUTER} src {address}",
            f"route add default via {plan.VISITOR_ROUTER6} src {address6}",
        ]
        run("nsenter", space, "ip", "-batch", "-", text="\n".join(lines))
        return address

    def remove(self):
        enter(f"/proc/self/fd/{self.outside}")
        shutil.rmtree(f"/etc/netns/{self.home}", ignore_errors=True)
        for space in (self.home, self.net):
            subprocess.run(["ip", "netns", "del", space], capture_output=True)

    @staticmethod
    def sweep():
        """Removes what programs left that were killed: the prefix holds their number."""
        for space in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
            owner = re.fullmatch(r"task-internet-(\d+)-(home|net)", space)
            if owner and not os.path.exists(f"/proc/{owner[1]}"):
                shutil.rmtree(f"/etc/netns/{space}", ignore_errors=True)
                subprocess.run(["ip", "netns", "del", space], capture_output=True)
