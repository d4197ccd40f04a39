"""Two runs on one root: the second says who holds it."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runners import root_lock
from pipeline.runners.root_lock import RootBusyError, hold

ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys
from pathlib import Path
from pipeline.runners import root_lock
from pipeline.runners.root_lock import hold
with hold(Path(sys.argv[1]), "facefold run face-cae"):
    print("held", flush=True)
    sys.stdin.read()  # until it is killed
"""


def test_the_second_run_names_the_first_and_a_killed_one_lets_go(tmp_path):
    lock = tmp_path / "root with blank" / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(RootBusyError, match=rf"facefold run face-cae.*process {holder.pid} on .*--root"),
            hold(lock, "x"),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    with hold(lock, "y"):
        assert "y" in lock.with_name("lock.json").read_text()


def test_a_file_system_without_locks_is_called_that(tmp_path, monkeypatch):
    def no_locks(file, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(root_lock.fcntl, "flock", no_locks)
    with (
        pytest.raises(ValueError, match="a file system without locks: No locks available"),
        hold(tmp_path / "lock", "x"),
    ):
        pass
