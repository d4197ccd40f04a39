"""Reads the faces of an Examples artifact into a table, and runs a model on them."""

import dataclasses
import glob
import os
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import tensorflow as tf

from components.face_table import FaceTable
from schemas.features import from_example
from schemas.samples import batches_of
from schemas.sketch_features import STROKES


def split_files(examples_uri: str, split: str) -> list[str]:
    """The TFRecord files of one split, sorted by name."""
    return sorted(glob.glob(os.path.join(glob.escape(examples_uri), f"Split-{split}", "*")))


def read_faces(examples_uri: str, splits: tuple[str, ...] = ("train", "eval")) -> FaceTable:
    """Every face, or every drawing, under an Examples artifact's URI, by content hash within each split."""
    table = FaceTable()
    sizes = photo_sizes(examples_uri)
    for split in splits:
        rows = []
        for record in tf.data.TFRecordDataset(split_files(examples_uri, split), compression_type="GZIP"):
            serialized = record.numpy()
            face = from_example(serialized)
            size = sizes.get(face.image_path, ())
            rows.append((dataclasses.replace(face, photo_size=size), only_strokes(serialized)))
        rows.sort(key=lambda row: (row[0].content_hash, row[0].face_index, row[0].image_path))
        found = [face for face, _ in rows]
        table.chips += [face.chip for face in found]
        table.image_paths += [face.image_path for face in found]
        table.labels += [face.label or None for face in found]
        table.split += [split] * len(found)
        table.examples += [strokes for _, strokes in rows]
        table.found += found
    return table


def photo_sizes(examples_uri: str) -> dict[str, tuple[int, int]]:
    """Width and height in pixels of every photo, by its path; {} if the ingest wrote none down."""
    file = os.path.join(examples_uri, "ingest.parquet")
    if not os.path.exists(file):
        return {}
    columns = pyarrow.parquet.read_table(file, columns=["path", "width", "height"]).to_pydict()
    return dict(zip(columns["path"], zip(columns["width"], columns["height"], strict=True), strict=True))


def only_strokes(serialized: bytes) -> bytes:
    """A serialised tf.Example with only the feature ``strokes`` of another; b"" if that has none."""
    features = tf.train.Example.FromString(serialized).features.feature
    if STROKES not in features:
        return b""
    example = tf.train.Example(features=tf.train.Features(feature={STROKES: features[STROKES]}))
    strokes: bytes = example.SerializeToString()
    return strokes


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
    for part in batches_of(len(chips), batch_size):
        outputs = call(tf.constant(chips[part]))
        for name, value in outputs.items():
            rows.setdefault(name, []).extend(value.numpy())
        if report is not None:
            report(part.stop, len(chips))
    return rows
