"""Pictures that lie in one file as the rows of an array: what every reader of such a file returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.sources import Photo, list_folder
from schemas.entry import Entry
from schemas.image_features import GREY, MOST_SIDE, RGB

REASONS = (
    "wrong_kind",  # a file that the source doesn't read
    "broken",  # a file that can't be read as what it is
    "wrong_shape",  # no rows of pictures, or too large ones
    "unequal",  # as many labels as pictures, but not here: which label is whose is not known
    "cut_short",  # rows that the file's header tells of, and that are not there
    "not_finite",
    "out_of_range",  # numbers that are neither in [0, 1] nor in [0, 255]
    "too_large",
    "unreadable",
)
KEPT = 2  # files whose arrays stay in memory, in each process


@dataclass(frozen=True)
class Arrays:
    """The pictures of a file: ``pixels`` uint8 (n, h, w) or (n, h, w, 3), and ``labels``, n or None.

    ``problems`` are the rows, from 0, that hold no usable picture, each with "reason" or "reason: detail".
    """

    pixels: np.ndarray
    labels: Sequence[str] | None = None
    problems: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pixels)


def arrays_from(x: np.ndarray, y: np.ndarray | None = None) -> Arrays:
    """Checks and scales pictures x, (n, h, w), (n, h, w, 1 or 3) or (n, h * h), with labels y (n,) or None.

    Whole numbers and floats in [0, 255] stay as they are, floats of which none is above 1 are taken as shares
    of 255. All are rounded. Rows with another number are problems, and black.

    Raises:
        RejectedPhoto: ``wrong_shape`` or ``unequal``, of the file as a whole.
    """
    x = in_pictures(x)
    if y is not None and (y.ndim != 1 or len(y) != len(x)):
        raise RejectedPhoto("unequal", f"{len(x)} pictures and labels of shape {y.shape}")
    pixels, problems = in_bytes(x)
    return Arrays(pixels, None if y is None else label_names(y), problems)


def in_pictures(x: np.ndarray) -> np.ndarray:
    """x as (n, h, w) or (n, h, w, 3); RejectedPhoto where it can't be that."""
    if x.dtype.kind not in "biuf":
        raise RejectedPhoto("wrong_shape", f"an array of {x.dtype}, not of numbers")
    side = round(x.shape[1] ** 0.5) if x.ndim == 2 else 0
    if x.ndim == 2 and side * side == x.shape[1]:
        x = x.reshape(len(x), side, side)
    if x.ndim == 4 and x.shape[3] == GREY:
        x = x[..., 0]
    if x.ndim not in (3, 4) or (x.ndim == 4 and x.shape[3] != RGB) or not all(x.shape):
        raise RejectedPhoto("wrong_shape", f"{x.shape}, not (n, height, width) with 1 or 3 channels")
    if max(x.shape[1:3]) > MOST_SIDE:
        raise RejectedPhoto("wrong_shape", f"{x.shape[1]} x {x.shape[2]} pixels, more than {MOST_SIDE}")
    return x


def in_bytes(x: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """x (n, ...) in uint8, and the rows with numbers that are no picture's."""
    if x.dtype == np.uint8:
        return x, {}
    if x.dtype == bool:
        return x.astype(np.uint8) * 255, {}
    rows = x.reshape(len(x), -1)
    finite = np.isfinite(rows).all(axis=1)
    held = np.where(finite[:, None], rows, 0)
    fits = (held >= 0).all(axis=1) & (held <= 255).all(axis=1)
    problems = {int(i): "not_finite" for i in np.flatnonzero(~finite)}
    problems |= {
        int(i): f"out_of_range: {held[i].min():g} to {held[i].max():g}" for i in np.flatnonzero(~fits)
    }
    held = np.where((finite & fits)[:, None], held, 0)
    scale = 255 if x.dtype.kind == "f" and held.max(initial=0) <= 1 else 1
    return np.rint(held * scale).astype(np.uint8).reshape(x.shape), problems


def label_names(y: np.ndarray) -> list[str]:
    """Each label as text; whole numbers have no point."""
    if y.dtype.kind == "f" and np.isfinite(y).all() and (y == np.rint(y)).all():
        y = y.astype(np.int64)
    return [
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in y.tolist()
    ]


def rows_of(photo: Photo, reader: str) -> list[Photo]:
    """A row for each picture in the file of ``photo``, or one that says what is wrong with the file.

    ``reader`` is the path of a function from a file's name to its ``Arrays``, as in ``schemas.entry.Entry``.
    """
    if photo.problem:
        return [photo]
    try:
        arrays = arrays_in(photo.file, reader)
    except RejectedPhoto as rejection:
        return [replace(photo, problem=str(rejection))]
    labels = arrays.labels or [""] * len(arrays)
    return [
        Photo(f"{photo.path}:{i + 1}", photo.file, label, arrays.problems.get(i, ""), i + 1, reader=reader)
        for i, label in enumerate(labels)
    ] or [replace(photo, problem="wrong_shape: no rows")]


def list_rows(images: str, reader: str, takes: Callable[[str], bool]) -> list[Photo]:
    """The rows of a file, or of all files below a folder that ``takes`` says yes to by their names.

    Other files are rows with the problem ``wrong_kind``. Raises FileNotFoundError if there is neither.
    """
    if os.path.isfile(images):
        return rows_of(Photo(Path(images).name, images), reader)
    found: list[Photo] = []
    for listed in list_folder(images):
        photo = replace(listed, label="")
        if photo.problem or takes(photo.path):
            found += rows_of(photo, reader)
        else:
            found.append(replace(photo, problem="wrong_kind"))
    return found


def pixels_of(photo: Photo) -> np.ndarray:
    """The picture in one row, uint8 (h, w) or (h, w, 3); RejectedPhoto if there is none, or a problem."""
    if photo.problem:
        reason, _, detail = photo.problem.partition(": ")
        raise RejectedPhoto(reason, detail)
    arrays = arrays_in(photo.file, photo.reader)
    if photo.line > len(arrays):
        raise RejectedPhoto("cut_short", f"{len(arrays)} rows are there")
    pixels: np.ndarray = arrays.pixels[photo.line - 1]
    return pixels


def arrays_in(file: str, reader: str) -> Arrays:
    """What ``reader`` reads of a file, kept in memory while the file stays as it is; RejectedPhoto."""
    try:
        status = os.stat(file)
    except OSError as error:
        raise RejectedPhoto("unreadable", error.strerror or str(error)) from error
    return _arrays(file, reader, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=KEPT)
def _arrays(file: str, reader: str, changed: int, size: int) -> Arrays:
    try:
        found: Arrays = Entry(reader).load()(file)
    except RejectedPhoto:
        raise
    except OSError as error:
        raise RejectedPhoto("unreadable" if error.errno else "broken", str(error)) from error
    except Exception as error:  # a reader's bug on hostile bytes must not stop a run
        raise RejectedPhoto("broken", f"{type(error).__name__}: {error}") from error
    return found
