"""What is kept of each photo while duplicates are looked for: a few kilobytes, whatever its size."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2
import numpy as np

from components.duplicates.descriptor import descriptors, squeezed
from components.ingest.content import content_hashes
from components.ingest.decode import needed_bytes, read_picture
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.photos import DECODING_SHARE
from components.ingest.sources import Photo, opened, read
from models.devices.memory import Room, available_bytes
from schemas.samples import batches_of

THUMB = 64  # pixels of a side of the grey square that candidates are registered on first
CHUNK = 256  # photos whose files are hashed and looked at between two reports


@dataclass(frozen=True, eq=False)
class Seen:
    """One photo that was read: its place, its size upright in pixels, its file's size in bytes.

    ``content_hash``: hex SHA-256 of the file; ``pixel_hash``: of the upright pixels. ``thumb``: (64, 64)
    uint8 grey; ``described``: (16, 63) float32, see ``descriptor``.
    """

    photo: Photo
    content_hash: str
    pixel_hash: str
    width: int
    height: int
    bytes: int
    thumb: np.ndarray = field(repr=False)
    described: np.ndarray = field(repr=False)


def see_all(
    photos: Sequence[Photo], cache_dir: str = "", report: Callable[[int, int], object] | None = None
) -> tuple[list[Seen], list[tuple[Photo, str]]]:
    """All photos that can be read, in their order, and the others, each with its reason.

    ``cache_dir`` keeps the files' hashes, as for ``content_hashes``; ``report(done, total)`` is called now
    and then.
    """
    seen: list[Seen] = []
    broken: list[tuple[Photo, str]] = []
    room = Room(DECODING_SHARE * available_bytes())
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # the cores work on different photos, not on one together
    try:
        with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="photos") as pool:
            for part in batches_of(len(photos), CHUNK):
                some = photos[part]
                hashes = content_hashes(some, cache_dir)
                for photo, one in zip(some, pool.map(_seen, some, hashes, [room] * len(some)), strict=True):
                    if isinstance(one, Seen):
                        seen.append(one)
                    else:
                        broken.append((photo, one))
                if report is not None:
                    report(len(seen) + len(broken), len(photos))
    finally:
        cv2.setNumThreads(threads)
    return seen, broken


def _seen(photo: Photo, found: str | RejectedPhoto, room: Room) -> Seen | str:
    """What is kept of a photo, or why it can't be read."""
    if isinstance(found, RejectedPhoto):
        return str(found)
    try:
        with opened(photo) as stream:
            needed = needed_bytes(stream)
        with room.taken(needed):
            data = read(photo)
            return seen_of(photo, data)
    except RejectedPhoto as rejection:
        return str(rejection)
    except (cv2.error, MemoryError, ArithmeticError, ValueError, IndexError) as error:
        return f"corrupt: {type(error).__name__}: {error}"


def seen_of(photo: Photo, data: bytes) -> Seen:
    """What is kept of the photo in a file's bytes; raises RejectedPhoto."""
    pixels = np.ascontiguousarray(read_picture(data).pixels)
    grey = squeezed(pixels)
    thumb = cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    shape = repr(pixels.shape).encode()
    return Seen(
        photo,
        hashlib.sha256(data).hexdigest(),
        hashlib.sha256(shape + pixels.tobytes()).hexdigest(),
        pixels.shape[1],
        pixels.shape[0],
        len(data),
        np.clip(np.rint(thumb), 0, 255).astype(np.uint8),
        descriptors(grey),
    )
