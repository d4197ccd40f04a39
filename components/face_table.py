"""The faces of a run as a table of parallel lists. It imports no TensorFlow."""

import math
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from schemas.face import Face


@dataclass
class FaceTable:
    """Parallel lists with one entry for each face, split after split.

    ``components.faces.read_faces`` sorts each split by the photo's content hash and the face's index, so that
    no name decides what goes by the order of the rows: folds, samples, ties.
    For drawings ``examples`` holds serialised tf.Examples with only the ``strokes``, for faces b"". ``found``
    is each face as the ingest wrote it down; it may be empty if that is not known.
    """

    chips: list[bytes] = field(default_factory=list)
    image_paths: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    examples: list[bytes] = field(default_factory=list)
    found: list[Face] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.chips)

    @property
    def labelled(self) -> bool:
        """Whether at least one face has a label."""
        return any(label is not None for label in self.labels)

    def rows(self, split: str) -> list[int]:
        """Indices of the faces of ``split``."""
        return [i for i, name in enumerate(self.split) if name == split]

    def span(self, split: str) -> slice:
        """The faces of ``split`` as a slice, to take rows of an array uncopied. ValueError if splits mix."""
        rows = self.rows(split)
        if not rows:
            return slice(0, 0)
        if len(rows) != rows[-1] + 1 - rows[0]:
            raise ValueError(
                f"Expected faces split after split, received others between those of {split!r}. "
                "Sort the table by split."
            )
        return slice(rows[0], rows[-1] + 1)

    def photos(self) -> np.ndarray:
        """The number of each face's photo, in the order in which photos first occur: int64 (n,)."""
        number: dict[str, int] = {}
        return np.array([number.setdefault(path, len(number)) for path in self.image_paths], np.int64)

    def requests(self, model: Any, rows: Iterable[int] | None = None) -> list[bytes]:
        """The input of a loaded SavedModel for all faces, or for those in ``rows``: chips, or drawings."""
        from models.export.encoder import input_name

        asked = self.examples if input_name(model) == "examples" else self.chips
        return asked if rows is None else [asked[i] for i in rows]


def photo_rows(faces: FaceTable) -> dict[str, int]:
    """For each photo's path without extension, the row of the face that a pair means by naming the photo.

    Of several faces it is the one nearest to the photo's middle, the rule of data sets made from detections
    (Huang et al. 2007), or the first one if that is not known.
    """
    away = [face.off_centre for face in faces.found] or [math.nan] * len(faces)
    rows: dict[str, int] = {}
    for i, path in enumerate(faces.image_paths):
        name = without_extension(path)
        if name not in rows or away[i] < away[rows[name]]:
            rows[name] = i
    return rows


def without_extension(path: str) -> str:
    """A photo's path without its extension, as pairs name it; letters with accents are one letter (NFC).

    macOS writes such a letter as two, and so do some archives: both are the same name.
    """
    return unicodedata.normalize("NFC", os.path.splitext(path)[0])
