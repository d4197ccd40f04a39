"""A training step of tables I + II against the same network in PyTorch, each in its best of several ways.

    python -m benchmarks.pytorch [--batch 32] [--steps 2] [--repeats 3]

PyTorch, the newest of PyPI, goes into ``.bench-torch`` (its Linux wheel is the CUDA build: some GB). Each
way is a process that is kept waiting while the others are timed in turn; ratios are medians of the rounds.
A way that takes over twice its side's best in the first round is timed no more; one whose first step takes
over two minutes (bfloat16 on a processor without it) is not timed at all, and named.
TensorFlow has no kernels for channels first on CPUs, so that order is tried on PyTorch's side only.
The input pipeline is timed alone beside it, on the same batch size.
"""

import argparse
import json
import os
import select
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".bench-torch"
CORES = len(os.sched_getaffinity(0))
FIRST_STEP = 120  # seconds at most, imports and compiling included
FACEFOLD = {
    "float32": {"dtype": "float32", "xla": False, "fast": False, "threads": CORES},
    "float32, own 4x4 layers": {"dtype": "float32", "xla": False, "fast": True, "threads": CORES},
    "float32, XLA": {"dtype": "float32", "xla": True, "fast": False, "threads": CORES},
    "float32, own 4x4 layers, XLA": {"dtype": "float32", "xla": True, "fast": True, "threads": CORES},
    "bfloat16": {"dtype": "bfloat16", "xla": False, "fast": False, "threads": CORES},
    "bfloat16, own 4x4 layers": {"dtype": "bfloat16", "xla": False, "fast": True, "threads": CORES},
    "bfloat16, own 4x4 layers, XLA": {"dtype": "bfloat16", "xla": True, "fast": True, "threads": CORES},
    "float32, own 4x4 layers, 1 thread": {"dtype": "float32", "xla": False, "fast": True, "threads": 1},
}
TORCH = {
    "float32": {"dtype": "float32", "channels_last": False, "compile": False, "threads": CORES},
    "float32, channels last": {"dtype": "float32", "channels_last": True, "compile": False, "threads": CORES},
    "float32, compiled": {"dtype": "float32", "channels_last": False, "compile": True, "threads": CORES},
    "float32, channels last, compiled": {
        "dtype": "float32", "channels_last": True, "compile": True, "threads": CORES,
    },
    "bfloat16, channels last": {
        "dtype": "bfloat16", "channels_last": True, "compile": False, "threads": CORES,
    },
    "bfloat16, channels last, compiled": {
        "dtype": "bfloat16", "channels_last": True, "compile": True, "threads": CORES,
    },
    "float32, channels last, 1 thread": {
        "dtype": "float32", "channels_last": True, "compile": False, "threads": 1,
    },
}  # fmt: skip


def torch_python():
    """The python of ``.bench-torch``, which is made where it is missing."""
    python = VENV / "bin" / "python"
    if not (VENV / "ready").exists():
        sys.path.insert(0, str(ROOT / "scripts"))
        from setup_env import UV_VERSION, tool

        uv = tool("uv", UV_VERSION)
        base = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
        subprocess.run([uv, "venv", "--clear", "--no-project", "--python", base, VENV], check=True)
        subprocess.run([uv, "pip", "install", "--python", python, "torch", "numpy", "setuptools"], check=True)
        (VENV / "ready").touch()
    return python


class Side:
    """One way of training, a process that waits for ``seconds``."""

    def __init__(self, command, settings):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen(
            [*map(str, command), json.dumps(settings)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=environment, cwd=ROOT,
        )  # fmt: skip
        if not select.select([self.process.stdout], [], [], FIRST_STEP)[0]:
            self.process.kill()
            raise TimeoutError(f"first step not over after {FIRST_STEP} s")
        line = self.process.stdout.readline()
        if not line:
            raise EOFError("the process ended before its first step")
        self.version = json.loads(line)["ready"]

    def seconds(self, steps):
        """Seconds of that many steps."""
        self.process.stdin.write(f"go {steps}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()


def started(batch):
    """Every way that starts on this machine, {(side, way): Side}, and those that do not, in words."""
    sides, failed = {}, {}
    commands = {
        "facefold": ([sys.executable, "-m", "benchmarks.facefold_step"], FACEFOLD),
        "torch": ([torch_python(), ROOT / "benchmarks" / "torch_step.py"], TORCH),
    }
    for side, (command, ways) in commands.items():
        for way, settings in ways.items():
            try:
                began = time.perf_counter()
                sides[side, way] = Side(command, {**settings, "batch": batch})
                print(f"{side}: {way}: first step after {time.perf_counter() - began:.0f} s", file=sys.stderr)
            except (TimeoutError, EOFError) as error:
                failed[f"{side}: {way}"] = str(error)
    return sides, failed


def pipeline_rate(batch, n=256):
    """Images/s of the input pipeline alone: (decoding and cropping chips, from the cache)."""
    import tensorflow as tf

    from benchmarks.training import sample_chips
    from models.inputs.preprocessing import images_from_chips
    from models.inputs.training_data import ExampleSet, batches

    pictures = tf.data.Dataset.from_tensor_slices(sample_chips(n)).batch(32)
    pictures = pictures.map(lambda chips: {"image": images_from_chips(chips)}, num_parallel_calls=CORES)
    rates = []
    for examples in (pictures.unbatch(), pictures.unbatch().cache()):
        iterator = iter(batches(ExampleSet(examples, n), batch, 0, ("image",)))
        for _ in range(n // batch):
            next(iterator)
        began = time.perf_counter()
        for _ in range(4 * n // batch):
            next(iterator)
        rates.append(4 * n // batch * batch / (time.perf_counter() - began))
    return rates


def in_turn(sides, steps, repeats):
    """Seconds of ``steps`` steps by {(side, way): Side}, a list a way; the slow ones are closed early."""
    seconds = {way: [] for way in sides}
    for number in range(repeats):
        for way, side in sides.items():
            if side.process.poll() is None:
                seconds[way].append(side.seconds(steps))
                print(f"round {number + 1}, {': '.join(way)}: {seconds[way][-1]:.1f} s", file=sys.stderr)
        for way, side in sides.items():
            best = min(values[0] for other, values in seconds.items() if other[0] == way[0])
            if seconds[way][0] > 2 * best:
                side.close()
    return seconds


def main(batch=32, steps=2, repeats=3):
    """Images/s of every way, and the ratio of the best of each side."""
    sides, failed = started(batch)
    seconds = in_turn(sides, steps, repeats)
    versions = {name: next(side.version for (s, _), side in sides.items() if s == name) for name, _ in sides}
    for side in sides.values():
        side.close()
    rate = {way: steps * batch / statistics.median(values) for way, values in seconds.items()}
    best = {name: max((w for w in rate if w[0] == name), key=rate.get) for name in versions}
    pairs = zip(seconds[best["facefold"]], seconds[best["torch"]], strict=True)
    decoding, cached = pipeline_rate(batch)
    return {
        "batch": batch,
        "versions": versions,
        "images_per_second": {f"{name}: {way}": round(value, 2) for (name, way), value in rate.items()},
        "best": dict(best.values()),
        "images_per_second_facefold_over_torch": round(statistics.median(b / a for a, b in pairs), 2),
        "input_pipeline": {
            "decoding images/s": round(decoding),
            "cached images/s": round(cached),
            "decoding over the training step": round(decoding / rate[best["facefold"]], 1),
            "cached over the training step": round(cached / rate[best["facefold"]], 1),
        },
        "did_not_start": failed,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(main(options.batch, options.steps, options.repeats), indent=1))
