"""What probes are made of. A probe is a program that attempts things, and prints a line `@name=result` for each. It runs in
sandboxes and, as the control, in ordinary containers of the same image. Results begin with one of these words:

    reached   bytes of the other side came back, and what they were
    refused   somebody on the way said no in words, and which
    closed    it ended with an error and without a byte
    silent    nothing came for a while (PROBE_PATIENCE, five seconds)
    failed    the attempt itself went wrong
"""

import concurrent.futures
import errno
import fnmatch
import os
import socket
import subprocess
import sys
import time
import traceback

PATIENCE = int(os.environ.get("PROBE_PATIENCE", "5"))
HERE = os.path.dirname(os.path.abspath(__file__))
AUTHORITY = f"{HERE}/authority.pem"
# Whoever answers says which of these it is.
SERVERS = ("allowed", "wild", "evil", "home")
found = {}
alone = set()


def attempt(function=None, name=None, only_named=False):
    """Registers an attempt; it runs unless others are named, or only when named."""

    def register(function):
        found[name or function.__name__] = function
        if only_named:
            alone.add(name or function.__name__)
        return function

    return register(function) if function else register


def each(prefix, values):
    """Registers an attempt for each of several values: {name: arguments}."""

    def register(function):
        for name, arguments in values.items():
            arguments = arguments if isinstance(arguments, tuple) else (arguments,)
            found[f"{prefix}:{name}"] = lambda arguments=arguments: function(*arguments)
        return function

    return register


def printable(data):
    if isinstance(data, bytes):
        data = data.decode("latin-1")
    return "".join(letter if " " <= letter <= "~" else "?" for letter in data)[:200]


def ending(error):
    """The result that an exception is."""
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "silent"
    if isinstance(error, socket.gaierror):
        return f"closed name {error.strerror}"
    if isinstance(error, OSError) and error.errno:
        return f"closed {errno.errorcode.get(error.errno, error.errno)}"
    return f"failed {type(error).__name__}: {printable(str(error))}"


def main():
    """Carries out the attempts that are named, `prefix*` for all that begin so; without names all."""
    wanted = sys.argv[1:] or [name for name in found if name not in alone]
    names = [name for name in found if any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted)]

    def carry_out(name):
        started = time.monotonic()
        try:
            result = found[name]()
        except OSError as error:
            result = ending(error)
        except Exception as error:
            traceback.print_exc()
            result = ending(error)
        return name, result, time.monotonic() - started

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        for done in concurrent.futures.as_completed([pool.submit(carry_out, name) for name in names]):
            name, result, seconds = done.result()
            print(f"@{name}={printable(str(result))}", flush=True)
            if seconds > PATIENCE:
                print(f"@{name}.seconds={seconds:.1f}", flush=True)
    print("@finished=yes", flush=True)


def run(*words, seconds=PATIENCE, text=None, folder=None, **environment):
    """A program's exit code (None where it took too long) and output, errors last."""
    try:
        done = subprocess.run(
            words, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, text=True, cwd=folder,
            errors="replace", env=dict(os.environ, **environment), stdin=subprocess.DEVNULL if text is None else None)
    except subprocess.TimeoutExpired as error:
        return None, (error.stdout or b"").decode("latin-1")
    except FileNotFoundError as error:
        return 127, str(error)
    return done.returncode, done.stdout


def curl(*arguments, seconds=PATIENCE):
    """Asks with curl; who answered."""
    code, output = run(
        "curl", "-sS", "-m", str(seconds), "--cacert", AUTHORITY, "-w", "\n%{http_code}", *arguments,
        seconds=seconds + 2)
    body, _, status = output.rpartition("\n")
    for server in SERVERS:
        if body.startswith(server + " ") or body.startswith("banner " + server):
            return "reached " + body
    if code == 28 or code is None:
        return "silent"
    if code == 0:
        return f"refused {status} {body}"
    return f"closed {code} {body}"


def connected(host, port, family=socket.AF_INET, protocol=0):
    """A TCP connection to a host."""
    connection = socket.socket(family, socket.SOCK_STREAM, protocol)
    connection.settimeout(PATIENCE)
    connection.connect((host, port))
    return connection


def tcp(host, port, *pieces, family=socket.AF_INET, protocol=0, pause=0.0):
    """Connects, sends pieces with a pause before each, and reads what comes first."""
    with connected(host, port, family, protocol) as connection:
        for piece in pieces:
            time.sleep(pause)
            connection.sendall(piece)
        data = connection.recv(4096)
    return f"reached {printable(data)}" if data else "closed end"


def http(host, port, *pieces, pause=0.0, seconds=1.0):
    """Sends pieces of HTTP and reads until the end or until nothing comes for a while; all that came."""
    data = b""
    with connected(host, port) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            connection.settimeout(seconds)
            while more := connection.recv(65536):
                data += more
        except OSError as error:
            if not data:
                return ending(error)
    return described(data)


def described(data):
    """What an answer in HTTP says: every server that it is from, or the status line of a refusal."""
    bodies = [line for line in data.split(b"\n") if line.startswith(tuple(f"{name} ".encode() for name in SERVERS))]
    if bodies:
        return "reached " + printable(b" | ".join(bodies))
    if data.startswith(b"HTTP/"):
        return "refused " + printable(data.split(b"\r\n")[0][9:])
    return f"reached {printable(data)}" if data else "closed end"


def dig(*arguments):
    """Asks with dig: the status and the answers."""
    code, output = run("dig", "+tries=1", "+time=2", "+noall", "+comments", "+answer", *arguments)
    if code == 9 or code is None:
        return "silent" if "timed out" in output else f"closed {output.strip()}"
    status = output.partition("status: ")[2].partition(",")[0]
    answers = [" ".join(line.split()[3:]) for line in output.splitlines() if line and not line.startswith(";")]
    return f"{'reached' if answers else 'closed'} {status} {'; '.join(answers)}".strip()
