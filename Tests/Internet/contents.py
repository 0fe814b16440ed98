"""What programs fetch from allowed.test: a git repository (by HTTPS and by SSH), a Python package, a Debian package."""

import hashlib
import os
import subprocess
import zipfile


def run(*words, folder=None, text=None):
    environment = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")
    done = subprocess.run(words, cwd=folder, input=text, text=True, capture_output=True, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"internet: {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def make_repository(folder):
    """`git/sample.git`: one commit with one file."""
    bare = f"{folder}/git/sample.git"
    commit = "commit refs/heads/main\ncommitter Test <test@example.invalid> 1700000000 +0000\ndata 5\nfirst\n"
    content = "from the internet\n"
    run("git", "init", "-q", "--bare", "-b", "main", bare)
    run("git", "fast-import", "--quiet", folder=bare, text=f"{commit}M 100644 inline sample.txt\ndata <<end\n{content}end\n")


def make_keys(folder):
    """`host.key` of the SSH server, and `client.key` in OpenSSH's form for those who may come."""
    run("dropbearkey", "-t", "ed25519", "-f", f"{folder}/host.key")
    public = run("dropbearkey", "-t", "ed25519", "-f", f"{folder}/client.dropbear")
    run("dropbearconvert", "dropbear", "openssh", f"{folder}/client.dropbear", f"{folder}/client.key")
    line = next(line for line in public.splitlines() if line.startswith("ssh-ed25519 "))
    write(f"{folder}/ssh/.ssh/authorized_keys", line + "\n")
    for path, mode in (("ssh", 0o700), ("ssh/.ssh", 0o700), ("ssh/.ssh/authorized_keys", 0o600)):
        os.chmod(f"{folder}/{path}", mode)


def make_wheel(folder):
    """`simple/sample/`: an index page (PEP 503) and a wheel (PEP 427)."""
    wheel = "sample-1.0-py3-none-any.whl"
    os.makedirs(f"{folder}/simple/sample")
    information = "sample-1.0.dist-info"
    files = {
        "sample.py": "word = 'from the internet'\n",
        f"{information}/METADATA": "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{information}/RECORD": "",
    }
    with zipfile.ZipFile(f"{folder}/simple/sample/{wheel}", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    write(f"{folder}/simple/sample/index.html", f'<!DOCTYPE html><html><body><a href="{wheel}">{wheel}</a></body></html>')


def make_package(folder):
    """`debian/`: a flat repository (sources.list(5)) with one package."""
    tree = f"{folder}/package"
    control = "Package: sample\nVersion: 1.0\nArchitecture: all\nMaintainer: Test <test@example.invalid>\n"
    description = "Description: a sample\n"
    write(f"{tree}/DEBIAN/control", control + description)
    write(f"{tree}/usr/share/sample/sample.txt", "from the internet\n")
    os.makedirs(f"{folder}/debian")
    run("dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, f"{folder}/debian/sample_1.0_all.deb")
    with open(f"{folder}/debian/sample_1.0_all.deb", "rb") as file:
        package = file.read()
    digest = hashlib.sha256(package).hexdigest()
    place = f"Filename: ./sample_1.0_all.deb\nSize: {len(package)}\nSHA256: {digest}\n"
    index = control + place + description + "\n"
    write(f"{folder}/debian/Packages", index)
    digest = hashlib.sha256(index.encode()).hexdigest()
    write(
        f"{folder}/debian/Release",
        f"Origin: Tests\nSuite: sample\nDate: Sat, 01 Jan 2022 00:00:00 UTC\nSHA256:\n {digest} {len(index)} Packages\n")


def make_all(folder):
    make_repository(folder)
    make_keys(folder)
    make_wheel(folder)
    make_package(folder)
