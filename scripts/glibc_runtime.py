"""A newer glibc and libstdc++ for one interpreter, without root and without a change to the host.

The packages come through apt, with its signature checks, from the mirror that the host already
uses, into a private state folder.
"""

import shutil
import subprocess
from pathlib import Path

PACKAGES = ["libc6", "libstdc++6", "libgcc-s1"]
# distribution -> (suite with glibc >= 2.38 and GCC 14's libstdc++, keyrings that sign it)
SUITES = {
    "debian": ("trixie", ["debian-archive-keyring.gpg", "debian-archive-trixie-stable.gpg"]),
    "ubuntu": ("noble", ["ubuntu-archive-keyring.gpg"]),
}
KEYRINGS = Path("/usr/share/keyrings")


def os_release():
    """The host's ID in /etc/os-release, lower case."""
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("ID="):
            return line[3:].strip('"').lower()
    return ""


def mirror(distribution):
    """The archive from which this host takes its own packages, as apt is set up."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(CODENAME)"],
        capture_output=True,
        text=True,
    ).stdout
    plain, any_known = [], []
    for line in listed.splitlines():
        origin, uri, codename = line.split("|")
        if origin.lower() == distribution or uri.rstrip("/").endswith(f"/{distribution}"):
            (any_known if "-" in codename else plain).append(uri)
    known = plain + any_known
    return known[0] if known else None


def fetch(runtime, stop):
    """Unpacks the packages under ``runtime``/root; returns their library folder.

    ``stop(found, needed, fix)`` is called where this host has no apt or no archive for it.
    """
    libraries = runtime / "root" / "usr" / "lib" / "x86_64-linux-gnu"
    done = runtime / "root" / ".done"
    if done.exists():
        return libraries
    needed = "glibc >= 2.38 with GCC 14's libstdc++, or a Debian or Ubuntu host whose apt can fetch them"
    fix = "use Debian 13, Ubuntu 24.04 or later, or the Dockerfile"
    distribution = os_release()
    if distribution not in SUITES or not shutil.which("apt-get") or not shutil.which("dpkg"):
        stop(f"{distribution or 'an unknown distribution'} with an older glibc", needed, fix)
    suite, keyrings = SUITES[distribution]
    uri = mirror(distribution)
    keyring = next((KEYRINGS / k for k in keyrings if (KEYRINGS / k).exists()), None)
    if uri is None or keyring is None:
        stop(f"no {distribution} archive or keyring in apt's set-up", needed, fix)
    state = runtime / "apt"
    shutil.rmtree(state, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    source = f"deb [arch=amd64 signed-by={keyring}] {uri} {suite} main\n"
    (state / "sources.list").write_text(source)
    try:
        _apt(state, "update")
        _apt(state, "download", *PACKAGES)
    except subprocess.CalledProcessError as error:
        stop(f"apt could not fetch {suite}'s packages: {error.output.strip()[-400:]}", needed, fix)
    for deb in sorted((state / "debs").glob("*.deb")):
        subprocess.run(["dpkg", "-x", deb.name, str(runtime / "root")], cwd=deb.parent, check=True)
    shutil.rmtree(state)
    done.touch()
    return libraries


def _apt(state, *arguments):
    """Runs apt-get on a private state; apt's option strings cannot hold blanks, a config file can."""
    config = state / "apt.conf"
    values = {
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::Lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "APT::Architecture": "amd64",
        "APT::Architectures": "amd64",
        "APT::Sandbox::User": "",
    }
    config.write_text("".join(f'{key} "{value}";\n' for key, value in values.items()))
    subprocess.run(
        ["apt-get", "-q", "-c", str(config), *arguments],
        cwd=state / "debs",
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def bind(venv, libraries, patchelf, libdir):
    """Makes the venv's python a copy that loads its C library from ``libraries``."""
    python = venv / "bin" / "python"
    original = python.resolve()
    python.unlink()
    shutil.copy2(original, python)
    rpath = f"{libraries}:{libdir}"
    loader = libraries / "ld-linux-x86-64.so.2"
    for options in (
        ["--set-interpreter", str(loader)],
        ["--add-needed", "libstdc++.so.6", "--add-needed", "libgcc_s.so.1"],
        ["--force-rpath", "--set-rpath", rpath],
    ):
        subprocess.run([patchelf, *options, str(python)], check=True)
