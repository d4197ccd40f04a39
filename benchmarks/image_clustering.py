"""Small pictures grouped without labels: accuracy and NMI, seconds and memory, a line for each run.

    python -m benchmarks.image_clustering run [--sets usps ...] [--ways own ...] [--seeds 5] [--out FILE]
    python -m benchmarks.image_clustering tables [--out FILE]
    python -m benchmarks.image_clustering --quick

``run`` appends a line of JSON to FILE as each run ends, and leaves out what FILE has already: a stopped
benchmark goes on where it was. Each run is a process of its own, whose seconds and largest memory are its
line's; ways that only group otherwise share a network, whose seconds count for each. K is 10, but where
a way says so; labels judge alone. ``--quick`` is the route of our own on USPS, two seeds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.image_tables import tables
from benchmarks.image_ways import WAYS

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "results" / "image-clustering.jsonl"
QUICK = {"sets": ["usps"], "ways": ["own"], "seeds": 2}


def lines_of(file):
    """The lines of a file of runs, [] without one."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def one(set_name, way, seed, kept):
    """A run in a process of its own: its line."""
    command = [sys.executable, "-m", "benchmarks.image_run", set_name, way, str(seed), str(kept)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return {"set": set_name, "way": way, "seed": seed, "failed": done.returncode}
    return json.loads(done.stdout.splitlines()[-1])


def run(sets, ways, seeds, out, kept):
    """Every run that ``out`` has not, line by line."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    for set_name in sets:
        for way in ways:
            for seed in range(seeds):
                key = {"set": set_name, "way": way, "seed": seed}
                if any(key.items() <= line.items() and "failed" not in line for line in lines_of(out)):
                    continue
                line = one(set_name, way, seed, kept) | {"commit": commit.stdout.strip()}
                print(json.dumps({name: value for name, value in line.items() if name != "joined"}))
                out.parent.mkdir(parents=True, exist_ok=True)
                with out.open("a") as file:
                    file.write(json.dumps(line) + "\n")


def main():
    """Runs, or prints the tables."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("what", choices=("run", "tables"), nargs="?", default="run")
    command.add_argument("--sets", nargs="+", default=["usps"])
    command.add_argument("--ways", nargs="+", default=["own"], choices=sorted(WAYS))
    command.add_argument("--seeds", type=int, default=5)
    command.add_argument("--out", type=Path, default=OUT)
    command.add_argument("--keep", type=Path, help="folder of embeddings, which several ways may share")
    command.add_argument("--quick", action="store_true", help="the route of our own on USPS, two seeds")
    options = command.parse_args()
    if options.what == "tables":
        print(tables(lines_of(options.out)))
        return
    asked = QUICK if options.quick else {name: getattr(options, name) for name in QUICK}
    with tempfile.TemporaryDirectory() as folder:
        run(**asked, out=options.out, kept=options.keep or Path(folder))


if __name__ == "__main__":
    main()
