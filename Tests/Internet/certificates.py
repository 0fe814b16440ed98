"""A certificate authority of the tests' own, and contexts for its servers."""

import ssl
import subprocess

EXTENSIONS = """
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:false
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


def make(folder, name, names=(), authority=None):
    """Makes `name.key` and `name.pem`: a certificate for names, or of an authority."""
    with open(f"{folder}/{name}.cnf", "w") as file:
        file.write("[req]\ndistinguished_name = dn\n[dn]\n")
        file.write(EXTENSIONS.format(names=",".join(f"DNS:{name}" for name in names or ["none.test"])))
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3"]
    words += ["-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", "-subj", f"/CN=Tests {name}"]
    words += ["-config", f"{folder}/{name}.cnf", "-extensions", "server" if authority else "authority"]
    if authority:
        words += ["-CA", f"{folder}/{authority}.pem", "-CAkey", f"{folder}/{authority}.key"]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(process):
    errors = process.communicate()[1]
    if process.returncode != 0:
        raise SystemExit(f"internet: {' '.join(process.args)}: {errors}")


def make_all(folder):
    finish(make(folder, "authority"))
    made = [
        make(folder, "good", ["allowed.test", "wild.test", "*.wild.test", "*.rebind.test"], "authority"),
        make(folder, "model", ["api.anthropic.com"], "authority"),
        make(folder, "evil", ["evil.test", "*.evil.test", "evilallowed.test", "allowed.test"], "authority"),
    ]
    for process in made:
        finish(process)


def context(folder, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    made.set_alpn_protocols(["http/1.1"])

    def remember(connection, server_name, _):
        connection.server_hostname_asked = server_name

    made.sni_callback = remember
    return made
