"""Programs that know nothing of proxies."""

import os
import shutil
import tempfile
import urllib.request

from attempt import AUTHORITY, HERE, attempt, main, run

SSH = "ssh -i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes"
folder = tempfile.mkdtemp()


def content(path):
    with open(path) as file:
        return f"reached {file.read()}"


@attempt
def git_over_https():
    code, output = run(
        "git", "clone", "-q", "https://allowed.test/git/sample.git", f"{folder}/https", seconds=20,
        GIT_SSL_CAINFO=AUTHORITY)
    return content(f"{folder}/https/sample.txt") if code == 0 else f"closed {code} {output}"


@attempt
def git_over_https_other():
    code, output = run(
        "git", "clone", "-q", "https://evil.test/git/sample.git", f"{folder}/other", seconds=20, GIT_SSL_CAINFO=AUTHORITY)
    return f"closed {code} {output}"


@attempt
def git_over_ssh():
    # ssh refuses a key that others may read, and git keeps no modes.
    key = f"{folder}/key"
    shutil.copyfile(f"{HERE}/client.key", key)
    os.chmod(key, 0o600)
    code, output = run(
        "git", "clone", "-q", "ssh://root@allowed.test/sample.git", f"{folder}/ssh", seconds=20,
        GIT_SSH_COMMAND=SSH.format(key=key))
    return content(f"{folder}/ssh/sample.txt") if code == 0 else f"closed {code} {output}"


@attempt
def curl():
    code, output = run("curl", "-sS", "--cacert", AUTHORITY, "https://allowed.test/")
    return f"reached {output}" if code == 0 else f"closed {code} {output}"


@attempt
def pip_download():
    code, output = run(
        "pip", "--disable-pip-version-check", "--no-cache-dir", "download", "-q", "--cert", AUTHORITY,
        "--index-url", "https://allowed.test/simple/", "-d", f"{folder}/wheels", "sample", seconds=30)
    return f"reached {os.listdir(f'{folder}/wheels')[0]}" if code == 0 else f"closed {code} {output}"


@attempt
def pip_other():
    code, output = run(
        "pip", "--disable-pip-version-check", "--no-cache-dir", "download", "-q", "--retries", "0", "--cert", AUTHORITY,
        "--index-url", "https://evil.test/simple/", "-d", f"{folder}/none", "sample", seconds=30)
    return f"closed {code} {output}" if code else "reached"


def apt(*words, host):
    place = f"{folder}/apt-{host}"
    os.makedirs(f"{place}/lists/partial", exist_ok=True)
    os.makedirs(f"{place}/cache/archives/partial", exist_ok=True)
    with open(f"{place}/sources", "w") as file:
        file.write(f"deb [trusted=yes] http://{host}/debian ./\n")
    options = {
        "Dir::State::lists": f"{place}/lists", "Dir::Cache": f"{place}/cache", "Dir::Etc::sourcelist": f"{place}/sources",
        "Dir::Etc::sourceparts": "/dev/null", "Acquire::Retries": "0", "APT::Update::Error-Mode": "any",
        "APT::Sandbox::User": "",
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return run("apt-get", "-q", *settings, *words, seconds=30, folder=place)


@attempt
def apt_update_and_download():
    code, output = apt("update", host="allowed.test")
    if code == 0:
        code, output = apt("download", "sample", host="allowed.test")
    package = f"{folder}/apt-allowed.test/sample_1.0_all.deb"
    return f"reached {os.path.getsize(package) > 500}" if code == 0 else f"closed {code} {output}"


@attempt
def apt_other():
    code, output = apt("update", host="evil.test")
    return f"closed {code} {output}" if code else "reached"


@attempt
def python_library():
    import ssl

    context = ssl.create_default_context(cafile=AUTHORITY)
    with urllib.request.urlopen("https://allowed.test/", timeout=5, context=context) as answer:
        return f"reached {answer.read().decode()}"


@attempt
def python_library_other():
    try:
        urllib.request.urlopen("https://evil.test/", timeout=5)
    except OSError as error:
        return f"closed {error}"
    return "reached"


if __name__ == "__main__":
    main()
