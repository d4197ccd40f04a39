"""Small pictures of arrays to Examples: seconds, CPU seconds and memory of the whole step, as TFX runs it.

    python -m benchmarks.array_ingest FILE_OR_FOLDER [--source npz]

prints one line of JSON. The child processes' CPU is in the sum; the memory is the largest process'.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Runs the ingest once, into an empty root."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("images", type=Path)
    command.add_argument("--source", default="npz")
    options = command.parse_args()
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner
    from tfx.orchestration.metadata import sqlite_metadata_connection_config
    from tfx.orchestration.pipeline import Pipeline

    from components.ingest.component import FaceExampleGen
    from pipeline.beam.presets import BEAM_ARGUMENTS

    with tempfile.TemporaryDirectory() as root:
        step = FaceExampleGen(
            {"source": options.source, "images": str(options.images.absolute())}, "benchmark"
        )
        pipeline = Pipeline(
            "array_ingest",
            pipeline_root=root,
            components=[step],
            metadata_connection_config=sqlite_metadata_connection_config(f"{root}/metadata.sqlite"),
            beam_pipeline_args=list(BEAM_ARGUMENTS),
        )
        started = time.perf_counter()
        LocalDagRunner().run(pipeline)
        seconds = time.perf_counter() - started
        (totals,) = Path(root).glob("FaceExampleGen/examples/*/ingest.json")
        counts = json.loads(totals.read_text())
        size = sum(file.stat().st_size for file in totals.parent.glob("Split-*/*"))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told = {
        "pictures": counts["faces"],
        "rejected": counts["rejected"],
        "duplicate": counts["duplicate"],
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(one.ru_utime + one.ru_stime for one in used), 1),
        "largest_process_mb": round(max(one.ru_maxrss for one in used) / 1024),
        "bytes_a_picture": round(size / max(1, counts["faces"])),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
