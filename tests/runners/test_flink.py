"""A real Flink cluster: the same faces as in this process, with a TaskManager killed, and nothing left over."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.flink_parts import MissingPartError, flink_libraries, java, job_server

pytestmark = [pytest.mark.runners, pytest.mark.filterwarnings("ignore")]
ROOT = Path(__file__).resolve().parents[2]
PORTS = {"rest": 18081, "rpc": 16123, "job": 18099, "pool": 15000}
PORT_OPTIONS = [f"--{name}-port={port}" for name, port in PORTS.items()]


@pytest.fixture(scope="module")
def parts():
    """The folder with what a cluster is made of; skipped, with the reason, where it can't be had."""
    from importlib.metadata import version

    folder = Path(os.environ.get("FACEFOLD_FLINK", ROOT / ".runtime" / "flink"))
    try:
        java()
        flink_libraries(folder)
        job_server(folder, version("apache-beam"))
    except MissingPartError as missing:
        pytest.skip(str(missing))
    return folder


@pytest.fixture(scope="module")
def photos():
    """401 portraits that an installed package brings along."""
    from components.ingest.sources import list_sample

    return Path(next(p.file for p in list_sample() if p.path.startswith("orl/"))).parents[1]


def told_by(*command):
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def processes_in(folder):
    """What still runs out of a cluster's folder."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                words = (place / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(folder) in words and "pytest" not in words:
                found.append(words)
    return found


def test_the_faces_are_those_of_this_process_whatever_is_killed(parts, photos, tmp_path):
    command = ["-m", "benchmarks.flink", "--images", photos, "--out", tmp_path, "--dir", parts, *PORT_OPTIONS]
    told = json.loads(told_by(*command, "--runs", "flink-2", "killed"))
    assert told["local"]["counts"]["with_faces"] > 300
    for name in ("flink-2", "killed"):
        assert told[name]["same_examples"], told[name]
        assert told[name]["same_rows"], told[name]
    assert 0 < told["killed"]["killed_at"] <= told["local"]["counts"]["files"]
    assert processes_in(parts) == []


def test_status_tells_what_runs_and_a_second_start_is_refused(parts, tmp_path):
    script = [ROOT / "scripts" / "flink_cluster.py"]
    place = ["--dir", parts, *PORT_OPTIONS]
    told_by(*script, "up", *place)
    try:
        assert "jobmanager: runs" in told_by(*script, "status", *place)
        again = subprocess.run(
            [sys.executable, *map(str, script), "up", *map(str, place)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert again.returncode == 1
        assert "already up" in again.stderr
    finally:
        told_by(*script, "down", *place)
    assert processes_in(parts) == []
