"""A small internet in network namespaces, for tests. `Tests/Internet/README.md` describes it.

    internet.py [FOLDER]

Makes everything, prints one line of JSON that says where it is, and obeys commands on standard input, each answered
with a line of JSON:

    mark NAME        writes a mark into the journal, after all that came before
    attach PROCESS   connects the network namespace of a process as a visitor, and says its address

At the end of standard input, or when told to end, it removes everything that it made.
"""

import asyncio
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import certificates
import contents
import plan
import raw
from journal import Journal, Sniffer
from model import Model
from names import NameServer
from topology import Topology, enter
from web import Web, plain, secure


class Internet:
    def __init__(self, folder):
        self.folder = folder
        self.topology = Topology(f"task-internet-{os.getpid()}")
        self.journal = Journal(f"{folder}/journal")
        self.closing = asyncio.Event()
        self.tasks = set()

    def listener(self, serve, address, port):
        """What notes a connection and its end, and serves it in between."""

        async def accepted(reader, writer):
            here, there = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
            where = {"address": address, "port": port, "client": there[0], "clientPort": there[1]}
            if here and address in ("0.0.0.0", "::"):
                where["address"] = here[0]
            self.journal.note("accept", **where)
            self.tasks.add(asyncio.current_task())
            try:
                await serve(reader, writer, where)
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                self.tasks.discard(asyncio.current_task())
                self.journal.note("close", **where)
                writer.close()

        return accepted

    async def listen(self, serve, address, *ports):
        for port in ports:
            await asyncio.start_server(self.listener(serve, address, port), address, port, backlog=4096)

    async def datagrams(self, address, *ports):
        for port in ports:
            await asyncio.get_running_loop().create_datagram_endpoint(
                lambda port=port: raw.Datagrams(self.journal, address, port), local_addr=(address, port))

    async def start(self):
        names = NameServer(self.journal)
        for address in (plan.RESOLVER, plan.EVIL, plan.PUBLIC_RESOLVER):
            await names.start(address)
        good, bad, model = (certificates.context(self.folder, name) for name in ("good", "evil", "model"))
        allowed = Web(self.journal, "allowed", self.folder)
        await self.listen(plain(allowed), plan.ALLOWED, 80, 8080)
        await self.listen(secure(allowed, good), plan.ALLOWED, 443, 8443)
        self.ssh = asyncio.create_task(raw.listen_ssh(self.journal, self.folder, plan.ALLOWED))
        await self.listen(raw.banner("allowed"), plan.ALLOWED, 7777)
        await self.listen(secure(Model(self.journal, "model"), model), plan.MODEL, 443)
        for address in (plan.WILD, plan.WILD6):
            wild = Web(self.journal, "wild")
            await self.listen(plain(wild), address, 80)
            await self.listen(secure(wild, good), address, 443)
            await self.listen(raw.banner("wild"), address, 7777)
        for address in (plan.EVIL, plan.EVIL6, plan.PUBLIC_RESOLVER):
            evil = Web(self.journal, "evil")
            await self.listen(plain(evil), address, 80, 8080)
            await self.listen(secure(evil, bad), address, 443, 8443)
            await self.listen(raw.banner("evil"), address, 22, 7777)
            await self.datagrams(address, 443, 5353, 7777)
        self.sniffer = Sniffer(self.journal)
        asyncio.get_running_loop().add_reader(self.sniffer, self.sniffer.drain)
        # Sockets stay in the namespace that they were made in.
        await asyncio.sleep(0)
        enter(self.topology.path(self.topology.home))
        home = Web(self.journal, "home")
        for address in ("0.0.0.0", "::"):
            await self.listen(plain(home), address, 80)
            await self.listen(raw.banner("home"), address, 7777)
        enter(self.topology.path(self.topology.net))

    async def obey(self, line):
        command, _, argument = line.strip().partition(" ")
        if command == "mark":
            # What has arrived by now is noted first.
            await asyncio.sleep(0.03)
            self.sniffer.drain()
            self.journal.note("mark", text=argument)
            return {"mark": argument}
        if command == "attach":
            return {"address": self.topology.attach(int(argument))}
        return {"error": f"unknown command: {command}"}

    async def run(self):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.closing.set)
        commands = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        await self.start()
        say(self.description())

        async def listen():
            while line := await commands.readline():
                try:
                    say(await self.obey(line.decode()))
                except SystemExit as error:
                    say({"error": str(error)})
            self.closing.set()

        listening = asyncio.create_task(listen())
        await self.closing.wait()
        listening.cancel()

    def description(self):
        return {
            "home": self.topology.home, "net": self.topology.net, "folder": self.folder,
            "authority": f"{self.folder}/authority.pem", "journal": f"{self.folder}/journal",
        }


def say(value):
    print(json.dumps(value), flush=True)


def main():
    if os.geteuid() != 0:
        raise SystemExit("internet: network namespaces need root")
    for program in ("ip", "nsenter", "openssl", "git", "dropbear", "dropbearkey", "dropbearconvert", "dpkg-deb"):
        if shutil.which(program) is None:
            raise SystemExit(f"internet: '{program}' is missing; install it with .ci/engines test-tools")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 65536), limit))
    Topology.sweep()
    given = sys.argv[1] if len(sys.argv) > 1 else None
    folder = given or tempfile.mkdtemp(prefix="task-internet-", dir="/var/tmp")
    os.makedirs(folder, exist_ok=True)
    asyncio.run(serve(folder, given is None))


async def serve(folder, own):
    internet = Internet(folder)
    try:
        with ThreadPoolExecutor() as pool:
            work = [pool.submit(certificates.make_all, folder), pool.submit(contents.make_all, folder)]
            internet.topology.make()
            for item in work:
                item.result()
        await internet.run()
    finally:
        internet.topology.remove()
        if own:
            shutil.rmtree(folder, ignore_errors=True)


main()
