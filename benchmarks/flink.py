"""The ingest on a real Flink cluster against the run in this process: same faces, time, a lost TaskManager.

    python -m benchmarks.flink --images FOLDER --out FOLDER [--dir .runtime/flink] [--runs ...]

Runs FaceExampleGen as TFX runs it, with detector auto and without the photo cache: in this process (`local`),
in two processes (`processes`), on Flink with one worker and with two (`flink-1`, `flink-2`), and with two of
which one TaskManager is killed at 40% of the photos (`killed`: started again after 15 seconds; `lost`: never
again). Each run on Flink has a cluster of its own, of scripts/flink_cluster.sh, started before it and ended
after it; each run is a process of its own. Prints one JSON object: of every run seconds, counts, whether its
tf.Examples and its rows are those of `local`, records doubled or missing.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = ("local", "processes", "flink-1", "flink-2", "killed", "lost")
HERE = ("local", "processes")
KILL_AT = 0.4
TOTALS = ("files", "with_faces", "no_face", "duplicate", "rejected", "faces")


def ingest(images, root, beam_text):
    """Runs FaceExampleGen alone and returns the folder of its artifact and the seconds it took."""
    from tfx.dsl.compiler import constants  # noqa: F401  TFX's imports are no part of the time
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner
    from tfx.orchestration.metadata import sqlite_metadata_connection_config
    from tfx.orchestration.pipeline import Pipeline

    from components.ingest.component import FaceExampleGen
    from pipeline.beam.presets import beam_choice

    root.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    component = FaceExampleGen(
        {"source": "folder", "images": str(images), "progress": str(root / "progress.json")}, "as it is"
    )
    LocalDagRunner().run(
        Pipeline(
            pipeline_name="ingest",
            pipeline_root=str(root / "artifacts"),
            components=[component],
            metadata_connection_config=sqlite_metadata_connection_config(str(root / "metadata.sqlite")),
            beam_pipeline_args=list(beam_choice(beam_text).arguments),
        )
    )
    seconds = time.monotonic() - started
    (folder,) = (root / "artifacts" / "FaceExampleGen" / "examples").iterdir()
    return folder, seconds


def account_of(folder):
    """Hashes of all tf.Examples (each in canonical bytes, with its split) and of all rows; and the totals."""
    import pyarrow.parquet
    import tensorflow as tf

    hashes: Counter[str] = Counter()
    shards = {}
    for split in ("train", "eval"):
        files = sorted(str(file) for file in (folder / f"Split-{split}").iterdir())
        shards[split] = len(files)
        for record in tf.data.TFRecordDataset(files, compression_type="GZIP"):
            example = tf.train.Example.FromString(record.numpy())
            canonical = example.SerializeToString(deterministic=True)
            hashes[hashlib.sha256(split.encode() + canonical).hexdigest()] += 1
    rows = pyarrow.parquet.read_table(folder / "ingest.parquet").to_pylist()
    row_hashes = Counter(hashlib.sha256(json.dumps(row).encode()).hexdigest() for row in rows)
    totals = json.loads((folder / "ingest.json").read_text())
    counts = {name: totals[name] for name in TOTALS}
    return {"examples": hashes, "rows": row_hashes, "counts": counts, "shards": shards}


def one(options):
    """One run in this process; its account goes to ``account.json`` below its root."""
    folder, seconds = ingest(options.images, options.root, options.beam)
    account = account_of(folder) | {"seconds": round(seconds, 1)}
    (options.root / "account.json").write_text(json.dumps(account))


def cluster_command(options, *arguments):
    """Runs scripts/flink_cluster.sh; raises CalledProcessError where it fails."""
    script = str(ROOT / "scripts" / "flink_cluster.sh")
    ports = [f"--rest-port={options.rest_port}", f"--rpc-port={options.rpc_port}"]
    ports += [f"--job-port={options.job_port}", f"--pool-port={options.pool_port}"]
    subprocess.run([script, *arguments, "--dir", str(options.dir), *ports], check=True, stdout=sys.stderr)


def killer(options, root, revive, told):
    """Kills TaskManager 1 as soon as KILL_AT of the photos are done; ``told`` gets how far it was."""
    while not told.get("over"):
        time.sleep(0.3)
        try:
            progress = json.loads((root / "progress.json").read_text())
        except (OSError, ValueError):
            continue
        if progress["done"] >= KILL_AT * progress["total"]:
            state = json.loads((options.dir / "run" / "cluster.json").read_text())
            os.kill(state["processes"]["taskmanager-1"]["pid"], signal.SIGKILL)
            told["killed_at"] = progress["done"]
            if revive:
                time.sleep(15)
                cluster_command(options, "revive")
            return


def measured(options, name):
    """One run in a process of its own: its account, and what was told of the killing."""
    root = options.out / name
    workers = 1 if name == "flink-1" else 2
    address = f"endpoint=localhost:{options.job_port},pool=localhost:{options.pool_port}"
    beam_text = f"runner=flink,{address},parallelism={workers}"
    if name in HERE:
        beam_text = f"runner={name}"
    command = [sys.executable, "-m", "benchmarks.flink", "--images", str(options.images), "--out", str(root)]
    told: dict = {}
    watch = threading.Thread(target=killer, args=(options, root, name == "killed", told))
    if name in ("killed", "lost"):
        watch.start()
    load = os.getloadavg()[0]
    try:
        with open(options.out / f"{name}.log", "wb") as log:
            subprocess.run(
                [*command, "--one", beam_text], check=True, stdout=log, stderr=log, cwd=ROOT,
                env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
            )  # fmt: skip
    finally:
        told["over"] = True
        if watch.ident:
            watch.join()
    account = json.loads((root / "account.json").read_text())
    return account | {"load_before": round(load, 2), **{k: v for k, v in told.items() if k != "over"}}


def compared(account, reference):
    """What a person wants to know of one run: the hashes only as counts of what differs."""
    found, wanted = Counter(account["examples"]), Counter(reference["examples"])
    rows, wanted_rows = Counter(account["rows"]), Counter(reference["rows"])
    kept = {key: value for key, value in account.items() if key not in ("examples", "rows")}
    return kept | {
        "examples": found.total(),
        "examples_missing": (wanted - found).total(),
        "examples_doubled_or_other": (found - wanted).total(),
        "same_examples": found == wanted,
        "rows": rows.total(),
        "same_rows": rows == wanted_rows,
        "photos_per_second": round(account["counts"]["files"] / account["seconds"], 1),
    }


def main():
    """Runs what is asked for and prints the comparison."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.flink", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dir", type=Path, default=ROOT / ".runtime" / "flink")
    parser.add_argument("--runs", nargs="+", choices=RUNS, default=RUNS)
    parser.add_argument("--one", metavar="BEAM", help=argparse.SUPPRESS)
    for name, port in (("rest", 8081), ("rpc", 6123), ("job", 8099), ("pool", 50000)):
        parser.add_argument(f"--{name}-port", type=int, default=port)
    options = parser.parse_args()
    options.images, options.out = options.images.absolute(), options.out.absolute()
    if options.one:
        options.root, options.beam = options.out, options.one
        one(options)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    accounts = {}
    for name in dict.fromkeys(("local", *options.runs)):
        on_flink = name not in HERE
        if on_flink:  # a fresh cluster for each: what was killed or kept has no part in the next
            cluster_command(options, "up")
        try:
            accounts[name] = measured(options, name)
        finally:
            if on_flink:
                cluster_command(options, "down")
        print(f"{name}: {accounts[name]['seconds']} s", file=sys.stderr, flush=True)
    told = {name: compared(account, accounts["local"]) for name, account in accounts.items()}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
