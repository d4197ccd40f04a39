"""The ingest as Beam transforms. Only paths travel between stages; chips are made in the last one."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import apache_beam as beam
import cv2
from apache_beam.pvalue import PCollection
from apache_beam.transforms.combiners import ToList
from apache_beam.utils.shared import Shared

from components.ingest.content import content_hashes
from components.ingest.decisions import Decision, left_out_for, paths_of_named, read_decisions
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.detect.detectors import Detector, make_detector
from components.ingest.photo_cache import PhotoCache
from components.ingest.photos import DECODING_SHARE, process
from components.ingest.points.landmarks import make_landmarker
from components.ingest.progress import Progress
from components.ingest.row import Row, left_out_row
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from models.devices.memory import Room, available_bytes, give_back
from schemas.face import Face
from schemas.features import to_example
from schemas.samples import batches_of

ROWS, EXAMPLES = "rows", "examples"
HERE = (
    None,
    "FnApiRunner",
    "DirectRunner",
    "BundleBasedDirectRunner",
)  # runners with workers on this machine
CHUNK = 16  # photos handed to a worker's threads at once: bounds what is held in memory

ProgressOf = tuple[str, int]  # the file, and how many photos there are
HashesOf = Callable[[list[Photo]], list[str | RejectedPhoto]]

logger = logging.getLogger(__name__)


class Workers:
    """A pool of threads, each with a detector of its own; all stages of a process share one pool.

    All threads share one landmarker, because dlib's takes 100 MB.
    """

    def __init__(self, settings: IngestSettings, threads: int) -> None:
        self._settings = settings
        self._own = threading.local()
        self.landmarker = make_landmarker(settings)
        share = DECODING_SHARE * threads / len(os.sched_getaffinity(0))  # of this machine's workers
        self.room = Room(share * available_bytes())
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="ingest")

    def detector(self) -> Detector:
        """This thread's detector, made at its first use."""
        if not hasattr(self._own, "detector"):
            self._own.detector = make_detector(self._settings)
        detector: Detector = self._own.detector
        return detector


def hash_photos(
    photos: list[Photo], hashes_of: HashesOf = content_hashes, progress: ProgressOf = ("", 0)
) -> Iterator[Any]:
    """Yields (content hash, photo) for each photo that can be read, and a row for each that can't."""
    hashes = hashes_of(photos)
    for photo, found in zip(photos, hashes, strict=True):
        if isinstance(found, RejectedPhoto):
            yield beam.pvalue.TaggedOutput(ROWS, Row(photo.path, "rejected", str(found)))
        else:
            yield found, photo
    _done(progress, sum(isinstance(found, RejectedPhoto) for found in hashes))


def _done(progress: ProgressOf, count: int) -> None:
    """Counts photos that no face is looked for in."""
    if count:
        counter = Progress(*progress)
        counter.add(count)
        counter.finish()


def drop_duplicates(group: tuple[str, Iterable[Photo]], progress: ProgressOf = ("", 0)) -> Iterator[Any]:
    """Yields the first photo of a content, by path and line, and a row for each of the others.

    A file that a person sees comes before a hidden one, and a file before a link.
    """
    digest, photos = group
    first, *others = sorted(photos, key=_seen_first)
    for photo in others:
        row = Row(photo.path, "duplicate", duplicate_of=first.path, content_hash=digest)
        yield beam.pvalue.TaggedOutput(ROWS, row)
    _done(progress, len(others))
    yield digest, first


def _seen_first(photo: Photo) -> tuple[bool, bool, str, int]:
    path = photo.path.removesuffix(f":{photo.line}")
    return f"/{path}".count("/.") > 0, os.path.islink(photo.file), path, photo.line


class FindFaces(beam.DoFn):
    """Turns (content hash, photo) into tf.Examples and rows, a chunk of photos at a time over the threads."""

    def __init__(self, settings: IngestSettings, threads: int, total: int) -> None:
        self._settings, self._threads = settings, threads
        self._progress_args = (settings.progress, total)
        self._shared = Shared()

    def setup(self) -> None:
        """Loads what a worker needs only once."""
        self._opencv_threads = cv2.getNumThreads()
        cv2.setNumThreads(1)  # the photos are spread over the cores, not each picture
        self._workers = self._shared.acquire(lambda: Workers(self._settings, self._threads))
        self._cache = PhotoCache(self._settings.cache_dir, self._settings)
        self._progress = Progress(*self._progress_args)

    def start_bundle(self) -> None:
        """Begins an empty chunk."""
        self._chunk: list[tuple[str, Photo]] = []

    def process(self, element: tuple[str, Photo]) -> Iterator[Any]:
        """Collects photos, and processes each full chunk."""
        self._chunk.append(element)
        if len(self._chunk) >= CHUNK:
            yield from self._finish_chunk()

    def finish_bundle(self) -> Iterator[Any]:
        """Processes what is left."""
        window = beam.transforms.window.GlobalWindow()
        for out in self._finish_chunk():
            stamp = beam.utils.windowed_value.WindowedValue
            if isinstance(out, beam.pvalue.TaggedOutput):
                yield beam.pvalue.TaggedOutput(out.tag, stamp(out.value, window.max_timestamp(), (window,)))
            else:
                yield stamp(out, window.max_timestamp(), (window,))
        self._progress.finish()

    def teardown(self) -> None:
        """Gives OpenCV its threads back."""
        cv2.setNumThreads(self._opencv_threads)

    def _finish_chunk(self) -> Iterator[Any]:
        chunk, self._chunk = self._chunk, []
        for row, faces in self._workers.pool.map(self._one, chunk):
            yield beam.pvalue.TaggedOutput(ROWS, row)
            for face in faces:
                yield to_example(face)

    def _one(self, element: tuple[str, Photo]) -> tuple[Row, list[Face]]:
        digest, photo = element
        try:
            workers = self._workers
            tools = workers.detector(), workers.landmarker, self._settings, self._cache, workers.room
            return process(photo, digest, *tools)
        except (cv2.error, MemoryError, ArithmeticError, ValueError, IndexError) as error:
            logger.exception("Photo %s failed", photo.path)
            reason = f"corrupt: {type(error).__name__}: {error}"
            return Row(photo.path, "rejected", reason, content_hash=digest), []
        finally:
            self._progress.add(1)


def worker_threads(beam_pipeline_args: list[str]) -> int:
    """Threads for each Beam worker: this machine's cores shared by its workers; 1 for workers elsewhere.

    A runner elsewhere starts as many workers as it has slots.
    """
    options = beam.options.pipeline_options.PipelineOptions(beam_pipeline_args)
    runner = options.view_as(beam.options.pipeline_options.StandardOptions).runner
    if runner not in HERE:
        return 1
    workers = options.view_as(beam.options.pipeline_options.DirectOptions).direct_num_workers
    cores = len(os.sched_getaffinity(0))
    return max(1, cores // max(1, workers)) if workers else 1


def let_go() -> None:
    """Frees the detectors and the landmarker of workers in this process, 300 MB that Beam keeps alive.

    It keeps what a DoFn shared until another object is (``apache_beam.utils.shared``).
    """
    Shared().acquire(lambda: nothing)
    give_back()


def nothing() -> None:
    """What is shared in their place."""


def faces_and_rows(
    pipeline: beam.Pipeline, photos: list[Photo], settings: IngestSettings, threads: int
) -> tuple[PCollection[Any], PCollection[Any]]:
    """The tf.Examples and the rows of all photos: hashed, freed of exact duplicates, then searched."""
    hashes_of = partial(content_hashes, cache_dir=settings.cache_dir)
    progress = settings.progress, len(photos)
    unique, rows = unique_photos(pipeline, photos, hashes_of, progress)
    if settings.decisions:
        unique, undecided = leave_out(unique, read_decisions(settings.decisions), progress)
        rows = *rows, undecided
    find_faces = FindFaces(settings, threads, len(photos))
    found = unique | "FindFaces" >> beam.ParDo(find_faces).with_outputs(ROWS, main=EXAMPLES)
    return found[EXAMPLES], (*rows, found[ROWS]) | "Rows" >> beam.Flatten()


def leave_out(
    unique: PCollection[Any], decisions: list[Decision], progress: ProgressOf
) -> tuple[PCollection[Any], PCollection[Any]]:
    """Those (content hash, photo) that the decisions leave in, and the rows of the others.

    What is left out depends on which photos are there, of which only those that a decision names travel.
    """
    named = frozenset(digest for decision in decisions for digest in decision.pair)
    out = (
        unique
        | "NamedByDecisions" >> beam.FlatMap(paths_of_named, named)
        | "AllNamed" >> ToList()
        | "LeftOut" >> beam.Map(left_out_for, decisions)
    )
    chosen = unique | "LeaveOut" >> beam.FlatMap(
        drop_left_out, out=beam.pvalue.AsSingleton(out), progress=progress
    ).with_outputs(ROWS, main="kept")
    return chosen.kept, chosen[ROWS]


def drop_left_out(
    element: tuple[str, Photo], out: dict[str, str], progress: ProgressOf = ("", 0)
) -> Iterator[Any]:
    """Yields a photo that is left in, or the row of one that is left out."""
    digest, photo = element
    if digest in out:
        yield beam.pvalue.TaggedOutput(ROWS, left_out_row(photo.path, digest, out[digest]))
        _done(progress, 1)
    else:
        yield element


def unique_photos(
    pipeline: beam.Pipeline, photos: list[Photo], hashes_of: HashesOf, progress: ProgressOf
) -> tuple[PCollection[Any], tuple[PCollection[Any], ...]]:
    """(content hash, photo) of the first photo of each content, and the rows of all others."""
    chunks = [photos[part] for part in batches_of(len(photos), CHUNK)]
    hashed = (
        pipeline
        | "List" >> beam.Create(chunks)
        | "Spread" >> beam.Reshuffle()
        | "Hash" >> beam.FlatMap(hash_photos, hashes_of, progress).with_outputs(ROWS, main="hashed")
    )
    unique = (
        hashed.hashed
        | "GroupByContent" >> beam.GroupByKey()
        | "DropDuplicates" >> beam.FlatMap(drop_duplicates, progress).with_outputs(ROWS, main="unique")
    )
    return unique.unique, (hashed[ROWS], unique[ROWS])
