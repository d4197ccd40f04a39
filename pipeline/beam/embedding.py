"""Bulk embedding as Beam transforms: faces are found as in the ingest, then embedded in batches.

Beam reads the annotations of the functions that it calls, and cannot read them as text: this file does not
postpone them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from apache_beam.pvalue import PCollection
from apache_beam.utils.shared import Shared

from components.ingest.accounting import ROW_SCHEMA
from components.ingest.beam_stages import faces_and_rows
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from pipeline.encoder import BATCH
from pipeline.serving.client import InProcess
from schemas.face import BOX, CHIP, FACE_INDEX, IMAGE_PATH

OUTPUTS = ("embedding", "cluster", "probability", "unknown")
FACES_NAME, PHOTOS_NAME = "faces", "photos"
FACE_ROWS = pa.schema(
    [
        ("path", pa.string()),
        ("face_index", pa.int64()),
        ("box", pa.list_(pa.float32())),
        ("embedding", pa.list_(pa.float32())),
        ("cluster", pa.int64()),
        ("probability", pa.float32()),
        ("unknown", pa.bool_()),
    ]
)


class Embed(beam.DoFn):
    """Turns batches of faces' tf.Examples into a dict for each face, with one model for each process."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._shared = Shared()

    def setup(self) -> None:
        """Loads the model, unless another thread of this process has."""
        self._model = self._shared.acquire(lambda: InProcess(self._folder), tag=self._folder)

    def process(self, batch: list[Any]) -> Iterator[Any]:
        """Yields a row of FACE_ROWS for each face, as plain values."""
        faces = [example.features.feature for example in batch]
        columns = self._model.predict([face[CHIP].bytes_list.value[0] for face in faces])
        for index, face in enumerate(faces):
            yield {
                "path": face[IMAGE_PATH].bytes_list.value[0].decode(),
                "face_index": face[FACE_INDEX].int64_list.value[0],
                "box": list(face[BOX].float_list.value),
                "embedding": columns["embedding"][index].astype(np.float32).tolist(),
                "cluster": int(columns["cluster"][index]),
                "probability": float(columns["probability"][index]),
                "unknown": bool(columns["unknown"][index]),
            }


def row_to_example(row: dict[str, Any]) -> bytes:
    """One face's row as a serialised tf.Example: features named as the columns, ``unknown`` 0 or 1."""
    example = tf.train.Example()
    features = example.features.feature
    features["path"].bytes_list.value.append(row["path"].encode())
    for name in ("face_index", "cluster", "unknown"):
        features[name].int64_list.value.append(int(row[name]))
    for name in ("box", "embedding"):
        features[name].float_list.value.extend(row[name])
    features["probability"].float_list.value.append(row["probability"])
    serialized: bytes = example.SerializeToString(deterministic=True)
    return serialized


def write_faces(rows: PCollection[Any], folder: Path, form: str, shards: int) -> None:
    """Writes the faces' rows into ``shards`` files; with 0 the runner chooses their number."""
    prefix = f"{folder}/{FACES_NAME}"
    if form == "parquet":
        _ = rows | "WriteFaces" >> beam.io.WriteToParquet(
            prefix, FACE_ROWS, num_shards=shards, file_name_suffix=".parquet"
        )
        return
    _ = (
        rows
        | "Serialize" >> beam.Map(row_to_example)
        | "WriteFaces" >> beam.io.WriteToTFRecord(prefix, num_shards=shards, file_name_suffix=".tfrecord.gz")
    )


def embed_photos(
    pipeline: beam.Pipeline, photos: list[Photo], settings: IngestSettings, threads: int, folder: Path
) -> tuple[PCollection[Any], PCollection[Any]]:
    """Embeds all photos by the SavedModel in ``folder``; returns the rows of faces and the rows of photos."""
    examples, rows = faces_and_rows(pipeline, photos, settings, threads)
    faces = (
        examples
        | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
        | "Embed" >> beam.ParDo(Embed(folder))
    )
    return faces, rows


def write_photos(rows: PCollection[Any], folder: Path) -> PCollection[Any]:
    """Writes the rows of photos, as the ingest does; returns the counts of their statuses as pairs."""
    written = rows | "AsDict" >> beam.Map(lambda row: {name: getattr(row, name) for name in ROW_SCHEMA.names})
    _ = written | "WritePhotos" >> beam.io.WriteToParquet(
        f"{folder}/{PHOTOS_NAME}", ROW_SCHEMA, file_name_suffix=".parquet"
    )
    counts: PCollection[Any] = (
        rows
        | "Statuses" >> beam.FlatMap(lambda row: [(row.status, 1), ("files", 1), ("n_faces", row.n_faces)])
        | "Count" >> beam.CombinePerKey(sum)
    )
    return counts
