"""Two runs on one root: the second says who holds it."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runners.root_lock import RootBusyError, hold

ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys, time
from pathlib import Path
from pipeline.runners.root_lock import hold
with hold(Path(sys.argv[1]), "facefold run face-cae"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_run_names_the_first_and_a_killed_one_lets_go(tmp_path):
    lock = tmp_path / "root with blank" / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
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
        holder.stdout.close()
    with hold(lock, "y"):
        assert "y" in lock.with_name("lock.json").read_text()
