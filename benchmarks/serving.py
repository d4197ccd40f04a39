"""Times a pushed model over gRPC and REST against the call in this process, and rolls versions under load.

    python -m benchmarks.serving facefold-runs [--requests 10000] [--samples 1000 200 100]

The server is the stand-in of the tests, in a process of its own, not TF Serving: what is measured is the
client, the protocol and the graph, over loopback, with a Python server. The ways take turns of some requests
each, so that a busy machine weighs on all, and none pays for what the one before left in the caches.
``graph`` is the session alone, fed in this process, as TF Serving runs it. The pictures are those of the
model's warm-up records. A start is a fresh process: ``import`` is Python's import of TensorFlow, which TF
Serving does not have.
"""

import argparse
import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.load import Load
from pipeline.dag.layout import Layout
from pipeline.serving.client import CallSettings, InProcess, connect, newest

ROOT = Path(__file__).resolve().parents[1]
BATCHES = (1, 8, 64)
CLIENTS = 4
ROLLS = 4
TURNS, UNCOUNTED = 10, 3
PATIENT = CallSettings(timeout=60, attempt_timeout=60, attempts=1)  # nothing is hidden by trying again
START = """
import json, sys, time
began = time.perf_counter()
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2
imported = time.perf_counter()
sys.path.insert(0, {tests!r})
from tests.pipeline.serving.stand_in_models import Version
chips = json.loads(sys.stdin.read())
version = Version({folder!r})
loaded = time.perf_counter()
version.run(version.signature_def["serving_default"], {{"image_bytes": [bytes.fromhex(chips[0])]}})
ended = time.perf_counter()
print(json.dumps({{"import": imported - began, "load": loaded - imported, "first_answer": ended - loaded}}))
"""


def chips_of(folder):
    """The pictures of a model's warm-up records, encoded."""
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    chips = []
    for record in tf.data.TFRecordDataset(str(folder / "assets.extra" / "tf_serving_warmup_requests")):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        if "image_bytes" in request.inputs:
            chips += request.inputs["image_bytes"].string_val
    if not chips:
        sys.exit(
            f"benchmarks.serving: no pictures in the warm-up records of {folder}. Expected a model of faces."
        )
    return list(dict.fromkeys(chips))


@contextlib.contextmanager
def stand_in(base):
    """The stand-in server in a process of its own; its addresses by protocol."""
    command = [sys.executable, "-m", "tests.pipeline.serving.stand_in_server", str(base)]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(server.stdout.readline())
    finally:
        server.stdin.close()
        server.wait()


def graph_alone(folder):
    """The signature as the server runs it, without client and protocol: a function of chips."""
    from tests.pipeline.serving.stand_in_models import Version

    version = Version(folder)
    signature = version.signature_def["serving_default"]
    return lambda chips: version.run(signature, {"image_bytes": chips})


def latencies(asks, chips, samples):
    """{way: TURNS lists of seconds}, ``samples`` requests in all; the first few of a turn do not count."""
    times = {way: [] for way in asks}
    for _ in range(TURNS):
        for way, ask in asks.items():
            turn = []
            for number in range(-UNCOUNTED, samples // TURNS):
                began = time.perf_counter()
                ask(chips)
                if number >= 0:
                    turn.append(time.perf_counter() - began)
            times[way].append(turn)
    return times


def figures(times, batch):
    """p50 and p99 in ms and faces/s of one client, each way; what gRPC adds; the graph's share.

    What is added is the median over turns of the difference of their medians.
    """
    middle = {way: [statistics.median(turn) for turn in turns] for way, turns in times.items()}
    times = {way: sorted(value for turn in turns for value in turn) for way, turns in times.items()}
    told = {
        way: {
            "p50_ms": round(statistics.median(values) * 1e3, 2),
            "p99_ms": round(values[min(len(values) - 1, int(0.99 * len(values)))] * 1e3, 2),
            "faces_per_second": round(batch * len(values) / sum(values), 1),
        }
        for way, values in times.items()
    }
    added = {
        f"grpc_adds_to_{way}_ms": round(
            statistics.median(x - y for x, y in zip(middle["grpc"], middle[way], strict=True)) * 1e3, 2
        )
        for way in ("in_process", "graph")
    }
    share = told["graph"]["p50_ms"] / told["grpc"]["p50_ms"]
    return told | added | {"samples": len(times["grpc"]), "graph_share": round(share, 3)}


def push(folder, base, version):
    """A version that appears at once, as a whole."""
    new = base.parent / f"new-{version}"
    shutil.copytree(folder, new)
    new.rename(base / str(version))


def rolled(folder, base, server, chip, requests):
    """Versions rolled in and back ``ROLLS`` times under load; what became of the requests."""
    status = connect(server["grpc"])
    clients = [connect(server["grpc"], settings=PATIENT) for _ in range(CLIENTS)]
    asks = [lambda client=client: len(client.predict([chip])["cluster"]) for client in clients]
    began = time.perf_counter()
    with Load(asks, requests) as load:
        for roll in range(1, ROLLS + 1):
            load.wait_for(roll * requests // (ROLLS + 2))
            if roll % 2:
                push(folder, base, 2)
            else:
                shutil.rmtree((base / "2").rename(base.parent / "gone"))
            wanted = 2 if roll % 2 else 1
            while status.status().get(wanted) != "AVAILABLE" or status.status().get(3 - wanted) != "END":
                time.sleep(0.02)
    seconds = time.perf_counter() - began
    return {
        "requests": load.made,
        "failures": len(load.failures),
        "kinds": sorted({type(error).__name__ for error in load.failures}),
        "rolls": ROLLS,
        "clients": CLIENTS,
        "requests_per_second": round(load.made / seconds, 1),
    }


def start(folder, chip):
    """Seconds of a fresh process: import, load by session, first answer."""
    script = START.format(tests=str(ROOT), folder=str(folder))
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps([chip.hex()]),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return {name: round(value, 2) for name, value in json.loads(done.stdout.splitlines()[-1]).items()}


def main(root, requests, samples):
    """All figures; printed and returned."""
    folder = newest(Layout(root).serving)
    if folder is None:
        sys.exit(f"benchmarks.serving: no pushed model under {root}. Fix: facefold run --root {root}.")
    chips = chips_of(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    result = {"model": folder.name, "mb": round(size / 1e6, 1), "start": start(folder, chips[0])}
    with tempfile.TemporaryDirectory() as place:
        base = Path(place) / "facefold"
        base.mkdir()
        push(folder, base, 1)
        with stand_in(base) as server:
            asks = {"graph": graph_alone(folder), "in_process": InProcess(folder).predict}
            asks |= {way: connect(server[way], settings=PATIENT).predict for way in ("grpc", "rest")}
            for batch, count in zip(BATCHES, samples, strict=True):
                some = (chips * (batch // len(chips) + 1))[:batch]
                result[f"batch_{batch}"] = figures(latencies(asks, some, count), batch)
            result["roll"] = rolled(folder, base, server, chips[0], requests)
    print(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path, help="where facefold run pushed a model of faces")
    parser.add_argument("--requests", type=int, default=10_000, help="under which versions are rolled")
    parser.add_argument("--samples", type=int, nargs=3, default=(1000, 200, 100), help="of batch 1, 8, 64")
    options = parser.parse_args()
    main(options.root, options.requests, options.samples)
