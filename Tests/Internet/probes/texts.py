"""Attempts to use an allowed name's connection for another one, by what is said in HTTP."""

import plan
from attempt import attempt, curl, each, http, main


def request(*lines, body=b"", end=b"\r\n"):
    return end.join(line.encode("latin-1") if isinstance(line, str) else line for line in lines) + end + end + body


HONEST = request("GET /honest HTTP/1.1", "Host: allowed.test")
OTHER = request("GET /other HTTP/1.1", "Host: evil.test")


@each("honest", {
    "one": (HONEST,),
    "two": (HONEST + HONEST,),
    "later": (HONEST, HONEST),
    "length": (request("POST / HTTP/1.1", "Host: allowed.test", "Content-Length: 4", body=b"abcd") + HONEST,),
    "chunked": (request("POST / HTTP/1.1", "Host: allowed.test", "Transfer-Encoding: chunked", body=b"4\r\nabcd\r\n0\r\n\r\n") + HONEST,),
    "port": (request("GET /honest HTTP/1.1", "Host: allowed.test:80"),),
    "case": (request("GET /honest HTTP/1.1", "hOST: Allowed.TEST"),),
    "bytewise": tuple(bytes([byte]) for byte in HONEST),
})
def honest(*pieces):
    return http("allowed.test", 80, *pieces, pause=0.01 if len(pieces) > 2 else 0.3)


@each("other", {
    "host": (OTHER,),
    "pipelined": (HONEST + OTHER,),
    "later": (HONEST, OTHER),
    "after-body": (request("POST / HTTP/1.1", "Host: allowed.test", "Content-Length: 4", body=b"abcd") + OTHER,),
    "after-chunks": (request("POST / HTTP/1.1", "Host: allowed.test", "Transfer-Encoding: chunked", body=b"4\r\nabcd\r\n0\r\n\r\n") + OTHER,),
    "hidden-by-length-and-chunks": (request("POST / HTTP/1.1", "Host: allowed.test", f"Content-Length: {len(OTHER) + 5}", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + OTHER),),
    "hidden-by-two-lengths": (request("POST / HTTP/1.1", "Host: allowed.test", f"Content-Length: {len(OTHER)}", "Content-Length: 0", body=OTHER),),
    "hidden-by-odd-coding": (request("POST / HTTP/1.1", "Host: allowed.test", f"Content-Length: {len(OTHER) + 5}", "Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + OTHER),),
    "hidden-by-space": (request("POST / HTTP/1.1", "Host: allowed.test", f"Content-Length: {len(OTHER) + 5}", "Transfer-Encoding : chunked", body=b"0\r\n\r\n" + OTHER),),
    "two-hosts": (request("GET /other HTTP/1.1", "Host: allowed.test", "Host: evil.test"),),
    "two-hosts-other-first": (request("GET /other HTTP/1.1", "Host: evil.test", "Host: allowed.test"),),
    "folded": (request("GET /other HTTP/1.1", "Host: allowed.test", " evil.test"),),
    "folded-before": (request("GET /other HTTP/1.1", "X: y", " Host: allowed.test", "Host: evil.test"),),
    "space-before-colon": (request("GET /other HTTP/1.1", "Host : evil.test", "Host: allowed.test"),),
    "list": (request("GET /other HTTP/1.1", "Host: allowed.test, evil.test"),),
    "user": (request("GET /other HTTP/1.1", "Host: allowed.test@evil.test"),),
    "nul": (request("GET /other HTTP/1.1", "Host: allowed.test\0.evil.test"),),
    "bare-line-feeds": (request("GET /other HTTP/1.1", "Host: evil.test", end=b"\n"),),
    "bare-carriage-returns": (request("GET /other HTTP/1.1", "X: y\rHost: evil.test", "Host: allowed.test"),),
    "absolute": (request("GET http://evil.test/other HTTP/1.1", "Host: evil.test"),),
    "absolute-and-host": (request("GET http://evil.test/other HTTP/1.1", "Host: allowed.test"),),
    "no-host": (request("GET /other HTTP/1.1"),),
    "no-host-1.0": (request("GET /other HTTP/1.0"),),
    "host-1.0": (request("GET /other HTTP/1.0", "Host: evil.test"),),
    "empty-host": (request("GET /other HTTP/1.1", "Host:"),),
    "other-port": (request("GET /other HTTP/1.1", "Host: allowed.test:8080"),),
    "address": (request("GET /other HTTP/1.1", f"Host: {plan.EVIL}"),),
    "upgrade": (request("GET /other HTTP/1.1", "Host: allowed.test", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),),
    "connect": (request("CONNECT evil.test:443 HTTP/1.1", "Host: evil.test:443"),),
    "connect-allowed": (request("CONNECT allowed.test:443 HTTP/1.1", "Host: allowed.test"),),
    "http2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",),
    "http0.9": (b"GET /other\r\n\r\n",),
    "random": (bytes(range(128, 256)) * 4 + b"\r\n\r\n",),
    "tls": (b"\x16\3\1\0\5hello",),
    "banner": (b"SSH-2.0-probe\r\n",),
})
def other(*pieces):
    return http("allowed.test", 80, *pieces, pause=1.0 if len(pieces) > 1 else 0)


@attempt
def absolute_form():
    """The allowed host in the target, another in the field: RFC 9112, 3.2.2 says that the target counts."""
    return http("allowed.test", 80, request("GET http://allowed.test/absolute HTTP/1.1", "Host: evil.test"))


@attempt
def curl_host():
    return curl("-H", "Host: evil.test", "http://allowed.test/other")


@attempt
def no_body_after_refusal():
    """What a refused request carries stays here."""
    return http("allowed.test", 80, request(
        "POST /other HTTP/1.1", "Host: evil.test", "Content-Length: 14", body=b"secret-content"))


if __name__ == "__main__":
    main()
