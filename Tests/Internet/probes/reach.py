"""What the policy allows, and what is just beside it."""

import hashlib
import socket
import threading
import time

import plan
from attempt import AUTHORITY, attempt, connected, curl, described, each, http, main, run, tcp


@each("allowed", {
    "https": "https://allowed.test/",
    "http": "http://allowed.test/",
    "wildcard": "https://a.wild.test/",
    "upper-case": "https://ALLOWED.Test/",
    "final-dot": "https://allowed.test./",
    "two-families": "https://dual.wild.test/",
    "only-ipv6": "https://six.wild.test/",
    "alias": "https://alias.wild.test/",
    "first-address-shut": "https://first-shut.wild.test/",
    "last-address-shut": "https://last-shut.wild.test/",
})
def asked(address):
    return curl(address)


@attempt
def ssh_banner():
    return tcp("allowed.test", 22)


@attempt
def netcat_banner():
    code, output = run("sh", "-c", "nc -w 3 allowed.test 22 </dev/null | head -c 12")
    return f"reached {output}" if output.startswith("SSH-2.0-") else f"closed {code} {output}"


@attempt
def ipv4_only_curl():
    return curl("-4", "https://allowed.test/")


@attempt
def address_by_configured_family():
    addresses = socket.getaddrinfo("allowed.test", 443, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
    return f"reached {addresses[0][4][0]}"


@attempt
def half_close():
    with connected("public.rebind.test", 7777) as connection:
        banner = connection.recv(100)
        connection.sendall(b"x" * 100000)
        connection.shutdown(socket.SHUT_WR)
        data = b""
        while more := connection.recv(65536):
            data += more
    return f"reached {banner.decode().strip()} {data.count(b'x')} {data[-11:].decode().strip()}"


@attempt
def large_download():
    code, output = run(
        "sh", "-c", f"curl -sS -m 20 --cacert {AUTHORITY} https://allowed.test/bytes?20000000 | sha256sum", seconds=25)
    block = b"0123456789abcdef" * 4096
    expected = hashlib.sha256((block * 306)[:20000000]).hexdigest()
    return f"reached {output.split()[0] == expected}"


@attempt
def large_upload():
    code, output = run(
        "sh", "-c",
        f"head -c 5000000 /dev/zero | curl -sS -m 20 --cacert {AUTHORITY} --data-binary @- https://allowed.test/length",
        seconds=25)
    return f"reached {output.strip()}"


@attempt
def many_at_once():
    done = []

    def one():
        done.append(http("allowed.test", 80, b"GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n\r\n", seconds=5))

    threads = [threading.Thread(target=one) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return f"reached {sum(result.startswith('reached allowed') for result in done)}"


@attempt
def own_service():
    with socket.create_server(("127.0.0.1", 8000)) as listener:
        def serve():
            client, _ = listener.accept()
            client.recv(1000)
            client.sendall(b"HTTP/1.0 200 OK\r\n\r\nhome of its own\n")
            client.close()

        threading.Thread(target=serve, daemon=True).start()
        return curl("http://127.0.0.1:8000/")


@each("beside", {
    "other-name": ("https://evil.test/", "-k"),
    "address-of-allowed": (f"http://{plan.ALLOWED}/",),
    "address-of-allowed-tls": (f"https://{plan.ALLOWED}/", "-k"),
    "other-port": ("http://allowed.test:8080/",),
    "other-port-tls": ("https://allowed.test:8443/",),
    "apex-of-wildcard": ("https://wild.test/",),
    "longer-name": ("https://evilallowed.test/", "-k"),
    "name-as-prefix": ("https://allowed.test.evil.test/", "-k"),
    "name-below": ("https://a.allowed.test/", "-k"),
    "wildcard-on-other-port": ("http://a.wild.test/",),
    "ipv6-address": (f"http://[{plan.EVIL6}]/", "-g"),
    "ipv6-address-tls": (f"https://[{plan.EVIL6}]/", "-g", "-k"),
})
def refused(address, *options):
    return curl(*options, address)


@attempt
def mapped_address():
    return tcp(f"::ffff:{plan.EVIL}", 22, family=socket.AF_INET6)


@attempt
def connect_method():
    return http("allowed.test", 80, b"CONNECT allowed.test:8443 HTTP/1.1\r\nHost: allowed.test:8443\r\n\r\n")


@attempt
def answers_quickly():
    """How long it takes to learn that there is no such name: an agent must not wait for minutes."""
    started = time.monotonic()
    code, _ = run("curl", "-sS", "https://evil.test/", seconds=30)
    return f"closed {code}" if time.monotonic() - started < 2 else "silent"


if __name__ == "__main__":
    main()
