"""Web servers: plain text that says who answers, streams, large files, git repositories, package indexes."""

import asyncio
import json
import os
import re
import ssl
import urllib.parse

from streams import SecureStream, Stream

LINE = re.compile(rb"\r\n")


class Web:
    """One server's contents.

    name: who it says it is.
    folder: what `/files/` and the package indexes are served from; `folder/git` has repositories.
    """

    def __init__(self, journal, name, folder=None):
        self.journal, self.name, self.folder = journal, name, folder

    async def serve(self, stream, where):
        """Answers requests until the other side has had enough."""
        try:
            while await self.one(stream, where):
                pass
        except (EOFError, OSError, ssl.SSLError, ValueError):
            pass

    async def one(self, stream, where):
        """Answers one request. It understands more than it should, as the server does that a smuggler looks for."""
        head = (await stream.read_until(re.compile(rb"\r?\n\r?\n"))).decode("latin-1")
        lines = re.split(r"\r\n|\n|\r", head)
        method, target, version = (lines[0].split(" ") + ["", ""])[:3]
        fields = [line.partition(":")[::2] for line in lines[1:] if line]
        headers = {name.strip().lower(): value.strip() for name, value in fields}
        self.journal.note(
            "request", **where, method=method, target=target, host=headers.get("host", ""), server=self.name)
        if method == "GET" and not version:
            await stream.send(f"{self.name} HTTP/0.9\n".encode())
            return False
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            await self.reply(stream, "505 HTTP Version Not Supported", b"")
            return False
        body = await self.body(stream, headers)
        # An absolute form names the host itself (RFC 9112, 3.2.2).
        path = urllib.parse.urlsplit(target).path if "://" in target else target
        path, _, query = path.partition("?")
        query = query or urllib.parse.urlsplit(target).query
        await self.route(stream, method, path, query, headers, body)
        return headers.get("connection", "").lower() != "close" and version == "HTTP/1.1"

    async def body(self, stream, headers):
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b""
            while size := int((await stream.read_until(LINE)).split(b";")[0], 16):
                body += await stream.read_exactly(size)
                await stream.read_exactly(2)
            await stream.read_until(LINE)
            return body
        return await stream.read_exactly(int(headers.get("content-length", 0)))

    async def route(self, stream, method, path, query, headers, body):
        if path == "/stream":
            await stream.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while True:
                await stream.send(b"more\n")
                await asyncio.sleep(0.05)
        if path == "/bytes":
            size = int(query)
            await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            block = b"0123456789abcdef" * 4096
            while size > 0:
                await stream.send(block[:size])
                size -= len(block)
        elif path == "/length":
            await self.reply(stream, "200 OK", b"%d\n" % len(body))
        elif path.startswith("/git/") and self.folder:
            await self.git(stream, method, path[4:], query, headers, body)
        elif path.startswith(("/simple/", "/debian/", "/files/")) and self.folder:
            await self.file(stream, path)
        else:
            host = headers.get("host", "")
            await self.reply(stream, "200 OK", f"{self.name} {json.dumps(host)} {path}\n".encode())

    async def reply(self, stream, status, body, kind="text/plain"):
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        await stream.send(head.encode() + body)

    async def file(self, stream, path):
        full = os.path.normpath(self.folder + urllib.parse.unquote(path))
        if os.path.isdir(full):
            full += "/index.html"
        if not full.startswith(self.folder + "/") or not os.path.isfile(full):
            return await self.reply(stream, "404 Not Found", b"")
        with open(full, "rb") as file:
            kind = "text/html" if full.endswith(".html") else "application/octet-stream"
            await self.reply(stream, "200 OK", file.read(), kind)

    async def git(self, stream, method, path, query, headers, body):
        """git-http-backend(1), a CGI program."""
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": f"{self.folder}/git", "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method,
            "CONTENT_TYPE": headers.get("content-type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
        }
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate(body)
        head, _, content = output.partition(b"\r\n\r\n")
        fields = [line.partition(":")[::2] for line in head.decode("latin-1").split("\r\n")]
        answer = {name.lower(): value.strip() for name, value in fields}
        await self.reply(stream, answer.get("status", "200 OK"), content, answer.get("content-type", "text/plain"))


def plain(web):
    async def serve(reader, writer, where):
        await web.serve(Stream(reader, writer), where)

    return serve


def secure(web, context):
    async def serve(reader, writer, where):
        stream = SecureStream(reader, writer, context)
        try:
            await stream.handshake()
        except (ssl.SSLError, OSError, EOFError) as error:
            web.journal.note("tls-failed", **where, reason=str(error))
            return
        name = getattr(stream.tls, "server_hostname_asked", None)
        web.journal.note("tls", **where, host=name or "")
        await web.serve(stream, where)
        await stream.close()

    return serve
