"""The faces of a run as a table of parallel lists. It imports no TensorFlow."""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from schemas.face import Face


@dataclass
class FaceTable:
    """Parallel lists, one entry a face: the splits one after another, each sorted by photo and face.

    Of drawings ``examples`` holds serialised tf.Examples with the ``strokes`` alone, of faces b"". ``found``
    is each face as the ingest wrote it down, and may be empty where nothing is known of that.
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

    def photos(self) -> np.ndarray:
        """The photo of each face, a number of its own each: int64 (n,)."""
        return np.unique(self.image_paths, return_inverse=True)[1]

    def requests(self, model: Any, rows: Iterable[int] | None = None) -> list[bytes]:
        """What a loaded SavedModel takes of all faces, or of those in ``rows``: chips, or drawings."""
        from models.export.encoder import input_name

        asked = self.examples if input_name(model) == "examples" else self.chips
        return asked if rows is None else [asked[i] for i in rows]


def photo_rows(faces: FaceTable) -> dict[str, int]:
    """A photo's path without extension to the row of the face that stands for it where pairs name photos.

    Of several it is the one nearest to the photo's middle, the rule of data sets made from detections (Huang
    et al. 2007), or the first where that is not known.
    """
    away = [face.off_centre for face in faces.found] or [math.nan] * len(faces)
    rows: dict[str, int] = {}
    for i, path in enumerate(faces.image_paths):
        name = without_extension(path)
        if name not in rows or away[i] < away[rows[name]]:
            rows[name] = i
    return rows


def without_extension(path: str) -> str:
    """A photo's path as pairs name it."""
    return os.path.splitext(path)[0]
