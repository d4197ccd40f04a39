"""Bulk embedding as Beam transforms: faces are found as in the ingest, then embedded in batches."""

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from apache_beam.utils.shared import Shared

from components.ingest.accounting import ROW_SCHEMA
from components.ingest.beam_stages import faces_and_rows
from pipeline.commands.encoder import BATCH
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
    """Batches of tf.Examples of faces in, a dict for each face out; one model a process."""

    def __init__(self, folder):
        self._folder = str(folder)
        self._shared = Shared()

    def setup(self):
        """Loads the model, where no other thread of this process has."""
        self._model = self._shared.acquire(lambda: InProcess(self._folder), tag=self._folder)

    def process(self, batch):
        """The rows of FACE_ROWS, as plain values."""
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


def row_to_example(row):
    """One face's row as a serialised tf.Example: features named as the columns, ``unknown`` 0 or 1."""
    example = tf.train.Example()
    features = example.features.feature
    features["path"].bytes_list.value.append(row["path"].encode())
    for name in ("face_index", "cluster", "unknown"):
        features[name].int64_list.value.append(int(row[name]))
    for name in ("box", "embedding"):
        features[name].float_list.value.extend(row[name])
    features["probability"].float_list.value.append(row["probability"])
    return example.SerializeToString(deterministic=True)


def write_faces(rows, folder, form, shards):
    """Writes the faces' rows into ``shards`` files, 0 for as many as the runner likes."""
    prefix = f"{folder}/{FACES_NAME}"
    if form == "parquet":
        return rows | "WriteFaces" >> beam.io.WriteToParquet(
            prefix, FACE_ROWS, num_shards=shards, file_name_suffix=".parquet"
        )
    return (
        rows
        | "Serialize" >> beam.Map(row_to_example)
        | "WriteFaces" >> beam.io.WriteToTFRecord(prefix, num_shards=shards, file_name_suffix=".tfrecord.gz")
    )


def embed_photos(pipeline, photos, settings, threads, folder):
    """(rows of faces, rows of photos) of all photos, by the SavedModel in ``folder``."""
    examples, rows = faces_and_rows(pipeline, photos, settings, threads)
    faces = (
        examples
        | "Batch" >> beam.BatchElements(min_batch_size=BATCH, max_batch_size=BATCH)
        | "Embed" >> beam.ParDo(Embed(folder))
    )
    return faces, rows


def write_photos(rows, folder):
    """Writes the rows of photos, as in the ingest's account; gives the counts of their statuses."""
    written = rows | "AsDict" >> beam.Map(lambda row: {name: getattr(row, name) for name in ROW_SCHEMA.names})
    _ = written | "WritePhotos" >> beam.io.WriteToParquet(
        f"{folder}/{PHOTOS_NAME}", ROW_SCHEMA, file_name_suffix=".parquet"
    )
    return (
        rows
        | "Statuses" >> beam.FlatMap(lambda row: [(row.status, 1), ("files", 1), ("n_faces", row.n_faces)])
        | "Count" >> beam.CombinePerKey(sum)
    )
