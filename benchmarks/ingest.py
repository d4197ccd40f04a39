"""Times the ingest against named peers in one run, and its memory against the number of photos.

    python -m benchmarks.ingest [--photos 300] [--repeats 5]

Ratios are medians of pairs measured one after the other, so that a busy machine weighs on both.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("FACEFOLD_DATA", ROOT / ".." / "shared" / "data"))
MEMORY_PHOTOS = (300, 1500)


def photo_files(count: int, largest: bool = False) -> list[str]:
    """`count` whole scenes, spread over all people, or the largest; stops where there are none."""
    files = sorted(str(f) for f in (DATA / "celeba_wild").glob("*/*.jpg"))
    if not files:
        sys.exit(f"benchmarks.ingest: no photos in {DATA / 'celeba_wild'}. Fix: set FACEFOLD_DATA.")
    if largest:
        return sorted(files, key=os.path.getsize, reverse=True)[:count]
    step = len(files) / min(count, len(files))
    return [files[int(index * step)] for index in range(min(count, len(files)))]


def run_ingest(files: list[str], threads: int) -> None:
    """The component's own Beam stages, with the files written, into an empty folder."""
    import apache_beam as beam

    from components.ingest.beam_stages import faces_and_rows
    from components.ingest.settings import IngestSettings
    from components.ingest.sources import Photo

    photos = [Photo(str(Path(f).relative_to(DATA)), f) for f in files]
    with tempfile.TemporaryDirectory() as folder, beam.Pipeline(argv=["--runner=FnApiRunner"]) as pipeline:
        examples, _ = faces_and_rows(pipeline, photos, IngestSettings(), threads)
        records = examples | beam.Map(lambda example: example.SerializeToString())
        _ = records | beam.io.WriteToTFRecord(f"{folder}/faces", file_name_suffix=".gz")


def bare_loop(contents: list[bytes]) -> None:
    """Decode, detect, warp in one thread; nothing read, encoded or written."""
    from components.ingest.decode import decode
    from components.ingest.detect.detectors import make_detector
    from components.ingest.frames.align import eye_transform, warp
    from components.ingest.settings import IngestSettings

    detector = make_detector(IngestSettings())
    for data in contents:
        image = decode(data)
        for left, right, *_ in detector(image).landmarks:
            warp(image, eye_transform(left, right))


def new_detector_each(files: list[str]) -> None:
    """The plain loop that builds its detector for every photo; the same detector as ours."""
    for file in files:
        bare_loop([Path(file).read_bytes()])


def package_each(files: list[str]) -> None:
    """The same plain loop with the package `mtcnn`, as its users write it."""
    from mtcnn import MTCNN

    from components.ingest.decode import decode

    for file in files:
        MTCNN().detect_faces(decode(Path(file).read_bytes()))


def package_once(files: list[str]) -> None:
    """The package `mtcnn`, built once."""
    from mtcnn import MTCNN

    from components.ingest.decode import decode

    detector = MTCNN()
    for file in files:
        detector.detect_faces(decode(Path(file).read_bytes()))


def seconds(call: Callable[[], None]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(files: list[str], repeats: int) -> dict[str, list[float]]:
    """Wall seconds of the ingest and its peers, each `repeats` times, taken in turn."""
    contents = [Path(f).read_bytes() for f in files]
    cores = len(os.sched_getaffinity(0))
    few = files[:: max(1, len(files) // 20)]  # the package is slow: a part of the photos, scaled up
    scale = len(files) / len(few)
    calls: dict[str, tuple[Callable[[], None], float]] = {
        "ingest": (lambda: run_ingest(files, cores), 1.0),
        "ingest_one_thread": (lambda: run_ingest(files, 1), 1.0),
        "bare_loop": (lambda: bare_loop(contents), 1.0),
        "new_detector_each": (lambda: new_detector_each(files), 1.0),
        "package_each": (lambda: package_each(few), scale),
        "package_once": (lambda: package_once(few), scale),
    }
    opencv_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # the loops have one thread, as they are written
    run_ingest(files[:8], cores)  # imports and first-use costs
    package_once(few[:2])
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, (call, factor) in calls.items():
            times[name].append(seconds(call) * factor)
    cv2.setNumThreads(opencv_threads)
    return times


def peak_memory(count: int) -> float:
    """Peak resident MiB of a fresh process that ingests the `count` largest photos.

    The largest, because one photo of 20 megapixels weighs more than the number of the others.
    """
    command = [sys.executable, str(Path(__file__).resolve()), "--memory-of", str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FACEFOLD_DATA": str(DATA.resolve())}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return float(done.stdout.splitlines()[-1])


def main(n_photos: int = 300, repeats: int = 5, memory_photos: tuple[int, ...] = MEMORY_PHOTOS) -> dict:
    """Medians in seconds, ratios, and peak memory in MiB; printed and returned."""
    files = photo_files(n_photos)
    times = measure(files, repeats)

    def ratio(upper: str, lower: str) -> float:
        pairs = zip(times[upper], times[lower], strict=True)
        return round(statistics.median(a / b for a, b in pairs), 3)

    one_thread = statistics.median(times["ingest_one_thread"])
    result = {
        "photos": len(files),
        "repeats": repeats,
        "threads": len(os.sched_getaffinity(0)),
        "median_seconds": {name: round(statistics.median(t), 2) for name, t in times.items()},
        "ms_per_photo_one_thread": round(one_thread / len(files) * 1e3, 1),
        "ingest_over_bare_loop": ratio("ingest", "bare_loop"),
        "one_thread_over_bare_loop": ratio("ingest_one_thread", "bare_loop"),
        "speedup_over_new_detector_each": ratio("new_detector_each", "ingest"),
        "speedup_over_package_each": ratio("package_each", "ingest"),
        "speedup_over_package_once": ratio("package_once", "ingest"),
    }
    if memory_photos:
        peaks = {count: round(peak_memory(count), 1) for count in memory_photos}
        result["peak_mib"] = peaks
        result["peak_ratio"] = round(peaks[memory_photos[-1]] / peaks[memory_photos[0]], 3)
    print(json.dumps(result, indent=1))
    return result


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        run_ingest(photo_files(arguments.memory_of, largest=True), len(os.sched_getaffinity(0)))
        # Not ru_maxrss: a child inherits its parent's.
        status = Path("/proc/self/status").read_text().split()
        print(int(status[status.index("VmHWM:") + 1]) / 1024)
    else:
        main(arguments.photos, arguments.repeats)
