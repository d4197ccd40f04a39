"""The ingest of faces that teach a classifier as Beam transforms: one face of each photo that is told of."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from components.ingest.beam_stages import faces_and_rows
from components.ingest.row import Row
from components.ingest.settings import CHIP_FRAME, LabelledSettings
from components.ingest.sources import Photo
from components.ingest.targets import Told, told_of, validates
from schemas.face import CONTENT_HASH, FACE_INDEX, IMAGE_PATH, LABEL
from schemas.labelled_face import FRAME, LEARNED, PART, TARGETS, VALIDATED

NO_TARGETS = "no targets"  # the note of a photo that the CSV doesn't name


def labelled_faces_and_rows(
    pipeline: beam.Pipeline, photos: list[Photo], settings: LabelledSettings, threads: int
) -> tuple[PCollection[Any], PCollection[Any]]:
    """The tf.Examples of the largest face of each photo that the CSV names, and the rows of all photos."""
    told = told_of(photos, settings)
    named = any(one.part == VALIDATED for one in told.values())
    examples, rows = faces_and_rows(pipeline, photos, settings, threads)
    framed = settings.frame != CHIP_FRAME
    return (
        examples | "Targets" >> beam.FlatMap(with_targets, told, named, framed),
        rows | "Untold" >> beam.Map(noted, told),
    )


def with_targets(example: Any, told: dict[str, Told], named: bool, framed: bool) -> Iterator[Any]:
    """Yields the example of a photo's largest face with its targets and its part, if it is told of.

    ``named``: whether the CSV says which photos validate; if not, a tenth of the people does. ``framed``: a
    face without a frame is left out.
    """
    features = example.features.feature
    one = told.get(text_of(features, IMAGE_PATH))
    if one is None or features[FACE_INDEX].int64_list.value[0] or (framed and FRAME not in features):
        return
    part = one.part
    if part == LEARNED and not named:
        person = text_of(features, LABEL) or text_of(features, CONTENT_HASH)
        part = VALIDATED if validates(person) else LEARNED
    labelled = type(example)()
    labelled.CopyFrom(example)
    labelled.features.feature[TARGETS].int64_list.value.extend(one.answers)
    labelled.features.feature[PART].int64_list.value.append(part)
    yield labelled


def text_of(features: Any, name: str) -> str:
    """A feature's text, "" without it."""
    values = features[name].bytes_list.value if name in features else ()
    return str(values[0].decode("utf-8", "replace")) if values else ""


def noted(row: Row, told: dict[str, Told]) -> Row:
    """The row of a photo with faces, noted if the CSV doesn't tell of it."""
    if row.status != "faces" or row.path in told:
        return row
    return dataclasses.replace(row, note="; ".join(filter(None, (row.note, NO_TARGETS))))
