"""``make bench``: every benchmark, one after the other, each in a process of its own."""

import subprocess
import sys

for name in ("benchmarks.training", "benchmarks.ingest"):
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, "-m", name], check=True)
