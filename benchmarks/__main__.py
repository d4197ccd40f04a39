"""``make bench``: every benchmark, one after the other, each in a process of its own."""

import os
import subprocess
import sys

quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}  # TensorFlow's words on start
RUNS = (
    ("benchmarks.training",),
    ("benchmarks.ingest",),
    ("benchmarks.mixtures",),
    ("benchmarks.tsne",),
    ("benchmarks.scale", "--rows", "1000", "2000", "5000", "10000", "20000", "--seconds", "60"),
)
for arguments in RUNS:
    print(f"== {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", *arguments], check=True, env=quiet)
