"""The ingest of drawings and of small pictures as Beam transforms: each is read twice, and held once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from components.ingest.beam_stages import EXAMPLES, ROWS, HashesOf, ProgressOf, unique_photos
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.drawings import sketch_of
from components.ingest.listing import drawing_hashes
from components.ingest.pictures.made import image_of, picture_hashes
from components.ingest.progress import Progress
from components.ingest.row import Row
from components.ingest.settings import SourceSettings
from components.ingest.sources import Photo
from schemas import image_features, sketch_features


class MakeExamples(beam.DoFn):
    """Turns (content hash, line or picture) into tf.Examples and rows, by ``made`` and ``to_example``.

    ``made`` (photo, content hash, settings) gives the row and what the example is of, or raises
    RejectedPhoto, for instance if the line has changed since it was hashed.
    """

    def __init__(
        self,
        made: Callable[[Photo, str, SourceSettings], tuple[Row, Any]],
        to_example: Callable[[Any], Any],
        settings: SourceSettings,
        total: int,
    ) -> None:
        self._made, self._to_example, self._settings = made, to_example, settings
        self.progress: ProgressOf = (settings.progress, total)

    def setup(self) -> None:
        """Opens the progress file."""
        self._progress = Progress(*self.progress)

    def process(self, element: tuple[str, Photo]) -> Iterator[Any]:
        """Yields an example and its row, or only a row."""
        digest, photo = element
        try:
            row, found = self._made(photo, digest, self._settings)
            yield self._to_example(found)
        except RejectedPhoto as rejection:
            row = Row(photo.path, "rejected", str(rejection), content_hash=digest)
        yield beam.pvalue.TaggedOutput(ROWS, row)
        self._progress.add(1)

    def finish_bundle(self) -> None:
        """Writes the progress."""
        self._progress.finish()


def drawings_and_rows(
    pipeline: beam.Pipeline, lines: list[Photo], settings: SourceSettings, threads: int = 1
) -> tuple[PCollection[Any], PCollection[Any]]:
    """The tf.Examples and the rows of all lines of drawings."""
    make = MakeExamples(sketch_of, sketch_features.to_example, settings, len(lines))
    return made_and_rows(pipeline, lines, drawing_hashes, make)


def pictures_and_rows(
    pipeline: beam.Pipeline, photos: list[Photo], settings: SourceSettings, threads: int = 1
) -> tuple[PCollection[Any], PCollection[Any]]:
    """The tf.Examples and the rows of all small pictures, in files of their own or in arrays."""
    make = MakeExamples(image_of, image_features.to_example, settings, len(photos))
    return made_and_rows(pipeline, photos, picture_hashes, make)


def made_and_rows(
    pipeline: beam.Pipeline, photos: list[Photo], hashes_of: HashesOf, make: MakeExamples
) -> tuple[PCollection[Any], PCollection[Any]]:
    """The tf.Examples that ``make`` makes of what is left without exact duplicates, and all rows."""
    unique, rows = unique_photos(pipeline, photos, hashes_of, make.progress)
    made = unique | "MakeExamples" >> beam.ParDo(make).with_outputs(ROWS, main=EXAMPLES)
    return made[EXAMPLES], (*rows, made[ROWS]) | "Rows" >> beam.Flatten()
