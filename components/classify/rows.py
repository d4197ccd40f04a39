"""The labelled faces of a run, as its evaluation reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from components.faces import split_files
from schemas.face import Face
from schemas.features import from_example
from schemas.labelled_face import REGIONS


@dataclass(frozen=True)
class LabelledFaces:
    """The faces of one split, in order, with their packed regions, b"" where they are not known."""

    faces: list[Face]
    regions: list[bytes]

    def __len__(self) -> int:
        return len(self.faces)

    @property
    def targets(self) -> np.ndarray:
        """What is known of each face: (n, c) int8, 1, 0 or -1."""
        return np.array([face.targets for face in self.faces], np.int8)

    @property
    def people(self) -> np.ndarray:
        """Who is in each photo, or the photo's content where nobody says: (n,) str."""
        return np.array([face.label or face.content_hash for face in self.faces])

    @property
    def requests(self) -> list[bytes]:
        """What a served classifier takes: the frame of each face, or its chip where none is cut."""
        return [face.frame or face.chip for face in self.faces]


def read_labelled(examples_uri: str, split: str) -> LabelledFaces:
    """The labelled faces of one split of an artifact of examples."""
    faces, regions = [], []
    for record in tf.data.TFRecordDataset(split_files(examples_uri, split), "GZIP").as_numpy_iterator():
        faces.append(from_example(record))
        features = tf.train.Example.FromString(record).features.feature
        regions.append(features[REGIONS].bytes_list.value[0] if REGIONS in features else b"")
    return LabelledFaces(faces, regions)
