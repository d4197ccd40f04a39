"""What a file holds, told by its hash: read in a stream, and kept for as long as the file stays as it is."""

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from components.ingest.decoding.file_kinds import HEAD, RejectedPhoto, check_start
from components.ingest.sources import Photo

NAME = "hashes.sqlite"
BLOCK = 2**20  # bytes read at a time
# A file that was changed less than so many seconds ago may be changed again without another time of change.
UNSETTLED = 2.0
TABLE = "CREATE TABLE IF NOT EXISTS hashes (file BLOB PRIMARY KEY, state TEXT, digest TEXT) WITHOUT ROWID"


def content_hashes(
    photos: Sequence[Photo], cache_dir: str = "", images: bool = True
) -> list[str | RejectedPhoto]:
    """Hex SHA-256 of each photo's file, or why there is none: it can't be read, or starts as no image does.

    Of a file that starts as no image does, such as a video, only these first bytes are read. Where ``images``
    is false, files may start as they like.

    In ``cache_dir``, if one is given, hashes are kept by the file's name, size, inode, and the times of its
    last writing and of its last change. A file is read again where one of these differs. The time of change
    is set by the system alone, so a program that edits a photo and keeps its time is seen. A line of a file
    of drawings has the hash of its file.
    """
    files = {photo.file: images and photo.line == 0 for photo in photos if not photo.problem}
    with contextlib.ExitStack() as stack:
        book = stack.enter_context(_opened(cache_dir)) if cache_dir else None
        states = {file: _state(file) for file in files}
        known = {} if book is None else dict(_kept(book, files, states))
        missing = {file: is_image for file, is_image in files.items() if file not in known}
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            made = dict(zip(missing, pool.map(_hash_or_reason, missing, missing.values()), strict=True))
        if book is not None:
            _keep(book, files, states, made)
    found = {**known, **made}
    return [_told(photo.problem) if photo.problem else found[photo.file] for photo in photos]


def _told(problem: str) -> RejectedPhoto:
    """The rejection that a listing's problem, "reason" or "reason: detail", stands for."""
    reason, _, detail = problem.partition(": ")
    return RejectedPhoto(reason, detail)


def forget_hashes(cache_dir: str | Path) -> None:
    """Removes the kept hashes, so that every file is read anew."""
    (Path(cache_dir) / NAME).unlink(missing_ok=True)


def content_hash(photo: Photo) -> str:
    """Hex SHA-256 of one photo's file; raises RejectedPhoto if it can't be read."""
    (found,) = content_hashes([photo])
    if isinstance(found, RejectedPhoto):
        raise found
    return found


def file_hash(file: str) -> str:
    """Hex SHA-256 of a file, of which no more than 1 MiB is held; raises OSError if it can't be read."""
    digest = hashlib.sha256()
    with open(file, "rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _hash_or_reason(file: str, is_image: bool) -> str | RejectedPhoto:
    try:
        if is_image:
            with open(file, "rb") as stream:
                check_start(stream.read(HEAD))
        return file_hash(file)
    except RejectedPhoto as rejection:
        return rejection
    except OSError as error:
        return RejectedPhoto("unreadable", error.strerror or str(error))


def _state(file: str) -> tuple[str, float]:
    """What changes when a file is changed, as text, and its time of change in seconds; ("", 0) if unknown."""
    try:
        status = os.stat(file)
    except OSError:
        return "", 0.0
    told = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
    return " ".join(map(str, told)), max(status.st_ctime, status.st_mtime)


@contextlib.contextmanager
def _opened(cache_dir: str) -> Iterator[sqlite3.Connection | None]:
    """The file of kept hashes; None where it can't be used, for instance on a file system without locks."""
    try:
        Path(cache_dir).mkdir(parents=True, exist_ok=True)
        book = sqlite3.connect(Path(cache_dir) / NAME, timeout=30)
    except (OSError, sqlite3.Error):
        yield None
        return
    try:
        with contextlib.suppress(sqlite3.Error):
            book.execute(TABLE)
        yield book
    finally:
        book.close()


def _key(file: str, is_image: bool) -> bytes:
    """The name that a hash is kept by: one that was taken of any file does not say that it is an image."""
    return os.fsencode(file) + (b"" if is_image else b"\0")


def _kept(
    book: sqlite3.Connection, files: dict[str, bool], states: dict[str, tuple[str, float]]
) -> Iterable[tuple[str, str]]:
    """The hashes of those files that are as they were."""
    with contextlib.suppress(sqlite3.Error):
        for file, is_image in files.items():
            found = book.execute("SELECT state, digest FROM hashes WHERE file = ?", (_key(file, is_image),))
            row, (state, _) = found.fetchone(), states[file]
            if row and state and row[0] == state:
                yield file, row[1]


def _keep(
    book: sqlite3.Connection,
    files: dict[str, bool],
    states: dict[str, tuple[str, float]],
    made: dict[str, str | RejectedPhoto],
) -> None:
    """Keeps the hashes of files that were not changed just now or meanwhile."""
    settled = time.time() - UNSETTLED
    rows = [
        (_key(file, files[file]), states[file][0], digest)
        for file, digest in made.items()
        if isinstance(digest, str) and states[file][1] < settled and states[file] == _state(file)
    ]
    with contextlib.suppress(sqlite3.Error), book:
        book.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)", rows)
