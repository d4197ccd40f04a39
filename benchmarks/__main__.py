"""``make bench``: every benchmark, one after the other, each in a process of its own."""

import os
import subprocess
import sys

quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}  # TensorFlow's words on start
for name in ("benchmarks.training", "benchmarks.ingest", "benchmarks.mixtures"):
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, "-m", name], check=True, env=quiet)
