"""The benchmark of small pictures: its tables, and its figure on USPS made again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.image_tables import spread, tables
from benchmarks.ingest import DATA

ROOT = Path(__file__).resolve().parent.parent
RUN = {
    "set": "usps",
    "way": "kmeans",
    "n": 10,
    "seconds": 2.0,
    "cpu_seconds": 3.0,
    "peak_mb": 100,
    "groups": 10,
}


def test_means_and_deviations_are_over_seeds():
    assert spread([0.5, 0.7]) == ".600 ± .141"
    assert spread([1.0]) == "1.000"


def test_a_table_has_a_row_for_each_way_and_counts_what_failed_and_collapsed():
    runs = [
        {**RUN, "seed": seed, "acc": acc, "nmi": 0.5, "largest": largest, "commit": "abc"}
        for seed, (acc, largest) in enumerate([(0.5, 0.2), (0.7, 0.95)])
    ]
    found = tables([*runs, {"set": "usps", "way": "csc", "seed": 0, "failed": 1}])
    assert "| k-means on pixels | 2 | .600 ± .141 | .500 ± .000 | 1 | 10 | 2 | 3 | 100 | abc |" in found
    assert "| CSC to the letter | 1 failed |" in found


@pytest.mark.figures
def test_our_own_route_reaches_its_figure_on_usps(tmp_path):
    if not (DATA / "usps" / "usps.h5").exists():
        pytest.skip(f"USPS is not in {DATA}; FACEFOLD_DATA names the folder of the photos")
    out = tmp_path / "runs.jsonl"
    command = [sys.executable, "-m", "benchmarks.image_clustering", "--quick", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    runs = [json.loads(line) for line in out.read_text().splitlines()]
    assert [run["seed"] for run in runs] == [0, 1]
    # The page tells .984 and .955; seeds differ by .001, and another processor rounds as another seed does.
    assert all(run["acc"] > 0.975 and run["nmi"] > 0.94 for run in runs)
