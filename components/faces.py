"""Reads the faces of an Examples artifact as plain lists."""

import glob
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow.parquet
import tensorflow as tf

from models.export.encoder import input_name
from schemas.sketch_features import STROKES


@dataclass(frozen=True)
class Seen:
    """A face as the ingest found it.

    ``side`` is the side of its box in pixels of the photo, ``sharpness`` the variance of the Laplacian, and
    landmarks are in chip pixels. ``off_centre`` is the distance in the photo's pixels from the middle of its
    box to the middle of the photo.
    """

    side: float
    sharpness: float
    landmarks: tuple[float, ...] = ()
    landmarks68: tuple[float, ...] = ()
    off_centre: float = float("nan")


@dataclass
class FaceTable:
    """Parallel lists with one entry for each face: split after split, each sorted by photo and face.

    For drawings ``examples`` holds serialised tf.Examples with only the ``strokes``, for faces b"". ``seen``
    is what the ingest wrote down about each face; its ``landmarks`` are 10 numbers and its ``landmarks68``
    136, or empty where the face has none.
    """

    chips: list[bytes] = field(default_factory=list)
    image_paths: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    examples: list[bytes] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.chips)

    def rows(self, split: str) -> list[int]:
        """Indices of the faces of ``split``."""
        return [i for i, name in enumerate(self.split) if name == split]

    def photos(self) -> np.ndarray:
        """The number of each face's photo: int64 (n,)."""
        return np.unique(self.image_paths, return_inverse=True)[1]

    def requests(self, model: Any, rows: Iterable[int] | None = None) -> list[bytes]:
        """The input of a loaded SavedModel for all faces, or for those in ``rows``: chips, or drawings."""
        asked = self.examples if input_name(model) == "examples" else self.chips
        return asked if rows is None else [asked[i] for i in rows]


def split_files(examples_uri: str, split: str) -> list[str]:
    """The TFRecord files of one split, sorted."""
    return sorted(glob.glob(os.path.join(glob.escape(examples_uri), f"Split-{split}", "*")))


def read_faces(examples_uri: str, splits: tuple[str, ...] = ("train", "eval")) -> FaceTable:
    """Every face, or every drawing, under an Examples artifact's URI."""
    table = FaceTable()
    sizes = photo_sizes(examples_uri)
    for split in splits:
        rows = []
        for record in tf.data.TFRecordDataset(split_files(examples_uri, split), compression_type="GZIP"):
            values = tf.train.Example.FromString(record.numpy()).features.feature
            path = values["image_path"].bytes_list.value[0].decode("utf-8", "replace")
            label = values["label"].bytes_list.value if "label" in values else []
            rows.append(
                (
                    path,
                    values["face_index"].int64_list.value[0],
                    values["chip"].bytes_list.value[0],
                    (label[0].decode("utf-8", "replace") or None) if label else None,
                    only_strokes(values),
                    seen_in(values, sizes.get(path)),
                )
            )
        rows.sort(key=lambda row: row[:2])
        table.image_paths += [row[0] for row in rows]
        table.chips += [row[2] for row in rows]
        table.labels += [row[3] for row in rows]
        table.split += [split] * len(rows)
        table.examples += [row[4] for row in rows]
        table.seen += [row[5] for row in rows]
    return table


def photo_rows(faces: FaceTable) -> dict[str, int]:
    """For each photo's path without extension, the row of the face that a pair means by naming the photo.

    Of several faces it is the one nearest to the photo's middle, the rule of data sets made from detections
    (Huang et al. 2007), or the first one if that is not known.
    """
    away = [seen.off_centre for seen in faces.seen] or [math.nan] * len(faces)
    rows: dict[str, int] = {}
    for i, path in enumerate(faces.image_paths):
        name = without_extension(path)
        if name not in rows or away[i] < away[rows[name]]:
            rows[name] = i
    return rows


def without_extension(path: str) -> str:
    """A photo's path without its extension, as pairs name it."""
    return os.path.splitext(path)[0]


def photo_sizes(examples_uri: str) -> dict[str, tuple[int, int]]:
    """Width and height in pixels of every photo, by its path; {} if the ingest wrote none down."""
    file = os.path.join(examples_uri, "ingest.parquet")
    if not os.path.exists(file):
        return {}
    columns = pyarrow.parquet.read_table(file, columns=["path", "width", "height"]).to_pydict()
    return dict(zip(columns["path"], zip(columns["width"], columns["height"], strict=True), strict=True))


def seen_in(features: Mapping[str, tf.train.Feature], size: tuple[int, int] | None) -> Seen:
    """How a face was found, from its tf.Example and its photo's size; all unknown for a drawing."""

    def numbers(name: str) -> tuple[float, ...]:
        return tuple(features[name].float_list.value) if name in features else ()

    box, unknown = numbers("box"), float("nan")
    side = float(np.mean(box[2:])) if box else unknown
    sharpness = (*numbers("sharpness"), unknown)[0]
    away = unknown
    if box and size is not None:
        away = math.hypot(*(box[i] + box[i + 2] / 2 - size[i] / 2 for i in range(2)))
    return Seen(side, sharpness, numbers("landmarks"), numbers("landmarks68"), away)


def only_strokes(features: Mapping[str, tf.train.Feature]) -> bytes:
    """A serialised tf.Example with only the feature ``strokes``; b"" if there is none."""
    if STROKES not in features:
        return b""
    example = tf.train.Example(features=tf.train.Features(feature={STROKES: features[STROKES]}))
    serialized: bytes = example.SerializeToString()
    return serialized


def outputs_of(
    call: Callable[[tf.Tensor], dict[str, tf.Tensor]],
    chips: list[bytes],
    batch_size: int = 64,
    report: Callable[[int, int], Any] | None = None,
) -> dict[str, list[Any]]:
    """Runs a SavedModel's function over chips, or over whatever it takes, batch by batch.

    Returns output name to a list with one array for each chip. ``report(done, total)`` is called after each
    batch.
    """
    rows: dict[str, list[Any]] = {}
    for start in range(0, len(chips), batch_size):
        outputs = call(tf.constant(chips[start : start + batch_size]))
        for name, value in outputs.items():
            rows.setdefault(name, []).extend(value.numpy())
        if report is not None:
            report(min(start + batch_size, len(chips)), len(chips))
    return rows
