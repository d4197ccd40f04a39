"""Landmarks that the user brings: 68 points for each face, in pixels of the upright photo.

They come in one CSV with a row for each face: the photo's path as the ingest lists it, the face's index if a
photo has several (0 is the largest), and x and y of each point in turn. Or they come in a folder with a
`.pts` file for each photo, of the same name and in a folder of the same name: a line `x y` for each point,
with or without the head of 300-W's files. (0, 0) is the middle of the first pixel.
"""

import csv
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.landmarks import N_POINTS

HEAD = ("version:", "n_points:", "{", "}")
FIX = "correct it, or set landmarks=mtcnn5"


@dataclass(frozen=True)
class Points:
    """Points [68, 2] of one face of a photo; `face_index` is None if the file gives none."""

    xy: np.ndarray
    face_index: int | None = None


@dataclass(frozen=True)
class PointsOfPhotos:
    """The points of each photo, by its path with or without the extension."""

    by_path: dict[str, list[Points]]
    with_extension: bool

    def of(self, path: str) -> list[Points]:
        """The points of a photo's faces."""
        return self.by_path.get(path if self.with_extension else os.path.splitext(path)[0], [])


def read_points(path: str) -> PointsOfPhotos:
    """The points in a CSV, or in the `.pts` files below a folder.

    Raises:
        FileNotFoundError: there is neither.
        ValueError: a file has a wrong line; the error names both.
    """
    if os.path.isdir(path):
        files = sorted(Path(path).rglob("*.pts"))
        if not files:
            raise _missing(path)
        names = (file.relative_to(path).with_suffix("").as_posix() for file in files)
        return PointsOfPhotos({n: [read_pts(f)] for n, f in zip(names, files, strict=True)}, False)
    if not os.path.isfile(path):
        raise _missing(path)
    return PointsOfPhotos(_read_csv(Path(path)), True)


def read_pts(file: Path) -> Points:
    """The points of one `.pts` file; ValueError unless it has 68."""
    lines = [line.split() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    rows = [line for line in lines if line and not line[0].startswith(HEAD)]
    if len(rows) != N_POINTS or any(len(row) != 2 for row in rows):
        raise ValueError(
            f"{file} is no file of points. Expected {N_POINTS} lines 'x y', and at most 300-W's head; "
            f"received {len(rows)} lines. Fix: {FIX}."
        )
    return Points(_numbers([value for row in rows for value in row], str(file)))


def _read_csv(file: Path) -> dict[str, list[Points]]:
    found: dict[str, list[Points]] = {}
    with open(file, newline="", encoding="utf-8") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            if not row or (number == 1 and row[0] == "path"):
                continue
            place = f"line {number} of {file}"
            index = _index(row, place)
            points = Points(_numbers(row[-2 * N_POINTS :], place), index)
            found.setdefault(row[0], []).append(points)
    if not found:
        raise _missing(str(file))
    return found


def _index(row: list[str], place: str) -> int | None:
    """The face's index in a row of 138 cells, None in one of 137."""
    if len(row) == 1 + 2 * N_POINTS:
        return None
    if len(row) == 2 + 2 * N_POINTS and row[1].isdecimal():
        return int(row[1])
    raise ValueError(
        f"Points can't be read from {place}. Expected path, face_index (a whole number from 0; may be left "
        f"out) and {2 * N_POINTS} numbers; received {len(row)} cells, {row[1:2]} after the path. Fix: {FIX}."
    )


def _numbers(cells: list[str], place: str) -> np.ndarray:
    try:
        values = [float(cell) for cell in cells]
    except ValueError as error:
        raise ValueError(
            f"Points can't be read from {place}. Expected numbers; {error}. Fix: {FIX}."
        ) from error
    if not all(math.isfinite(value) for value in values):
        raise ValueError(
            f"Points can't be read from {place}. Expected finite numbers; received nan or inf. Fix: {FIX}."
        )
    return np.array(values).reshape(N_POINTS, 2)


def _missing(path: str) -> FileNotFoundError:
    return FileNotFoundError(
        f"There are no landmarks. Expected a CSV of points, or a folder of .pts files, at {path}; "
        "found none. Fix: set landmarks_path=FILE or DIR, or landmarks=mtcnn5."
    )
