"""Runs what the Dockerfile's instructions say in a clean folder, where there is no docker engine.

    .venv/bin/python scripts/check_dockerfile.py [--keep]

The folder stands for the image's /facefold, the host for its base image. Files are copied as COPY says,
without what .dockerignore names; each RUN is run; then the command runs as the user of the image, on a folder
that stands for /runs. Users are not made: the number of USER is taken. Five minutes and 5 GB.
"""

import argparse
import fnmatch
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SMALL = "base_filters=8 epochs=1 max_photos=120 n_clusters=12 max_reconstruction_mse=1.0".split()


def instructions(text):
    """(instruction, arguments) of a Dockerfile, continued lines joined, comments dropped."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def ignored(path, patterns):
    """Whether .dockerignore keeps ``path``, relative to the house, out of the build."""
    parts = [path, *path.parents][:-1]
    return any(
        fnmatch.fnmatch(part.name if pattern.startswith("**/") else str(part), pattern.removeprefix("**/"))
        for part in parts
        for pattern in patterns
    )


def copy(arguments, folder, patterns):
    """COPY of files of the house into ``folder``."""
    *sources, target = shlex.split(arguments)
    for source in sources:
        for file in sorted((ROOT / source).rglob("*")) if (ROOT / source).is_dir() else [ROOT / source]:
            relative = file.relative_to(ROOT)
            if file.is_dir() or ignored(relative, patterns):
                continue
            place = (
                folder / target / (file.relative_to(ROOT / source) if (ROOT / source).is_dir() else file.name)
            )
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)


def told(text):
    """One line of what is going on."""
    print(f"check: {text}", flush=True)


def main(keep):
    """Returns 0 where every instruction did what it should."""
    steps = instructions((ROOT / "Dockerfile").read_text())
    patterns = [line for line in (ROOT / ".dockerignore").read_text().split() if line]
    folder = Path(tempfile.mkdtemp(prefix="facefold-image-")).resolve()
    folder.chmod(0o755)
    values = {
        name: value
        for what, rest in steps
        if what == "ARG" and "=" in rest
        for name, value in [rest.split("=", 1)]
    }
    user = next(rest for what, rest in steps if what == "USER")
    try:
        for what, rest in steps:
            started = time.monotonic()
            if what == "COPY" and not rest.startswith("--from"):
                copy(rest, folder, patterns)
            elif what == "RUN" and "useradd" not in rest:
                subprocess.run(["sh", "-ec", rest], cwd=folder, env={**os.environ, **values}, check=True)
            else:
                continue
            told(f"{what} {rest}: {time.monotonic() - started:.0f} s")
        return run_as(user, folder)
    finally:
        if not keep:
            shutil.rmtree(folder)


def run_as(user, folder):
    """The entry point as the image's user: `facefold doctor`, then a small run into a folder of its own."""
    runs = Path(tempfile.mkdtemp(prefix="facefold-runs-"))
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.getuid() == 0 else []
    if as_user:
        os.chown(runs, int(user), int(user))
    environment = {
        "FACEFOLD_ROOT": str(runs / "root"),
        "PATH": f"{folder}/.venv/bin:/usr/bin:/bin",
        "HOME": str(runs),
        "TF_CPP_MIN_LOG_LEVEL": "1",
    }
    settings = [part for setting in SMALL for part in ("--set", setting)]
    try:
        for command in (["facefold", "doctor"], ["facefold", "run", *settings]):
            started = time.monotonic()
            done = subprocess.run([*as_user, *command], cwd=folder, env=environment)
            seconds = time.monotonic() - started
            told(f"{' '.join(command[:2])} as user {user}: {done.returncode}, {seconds:.0f} s")
            if done.returncode:
                return done.returncode
        return 0
    finally:
        shutil.rmtree(runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", action="store_true", help="leave the folder there")
    sys.exit(main(parser.parse_args().keep))
