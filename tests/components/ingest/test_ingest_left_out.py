"""What decisions about duplicates leave out has its row, in Beam's stages and without them."""

import hashlib
import json

import apache_beam as beam
import cv2
import numpy as np
import pytest
from apache_beam.testing.util import assert_that, equal_to

from components.ingest.accounting import totals
from components.ingest.beam_stages import faces_and_rows
from components.ingest.chips import one_face_each
from components.ingest.listing import setting_fingerprints
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_folder


@pytest.fixture
def photos(tmp_path):
    """Four pictures and a copy of the second, by name: the hash of each file."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, name in enumerate("abcd"):
        cv2.imwrite(str(folder / f"{name}.png"), np.full((40, 30, 3), 60 * number, np.uint8))
    (folder / "b2.png").write_bytes((folder / "b.png").read_bytes())
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def settings_for(tmp_path, *decided):
    file = tmp_path / "decisions.jsonl"
    lines = [json.dumps({"left": left, "right": right, "keep": keep}) for left, right, keep in decided]
    file.write_text("\n".join(lines))
    return IngestSettings(
        source="folder", images=str(tmp_path / "photos"), detector="none", decisions=str(file)
    )


def told(row):
    return row.path, row.status, row.duplicate_of, row.reason


LEFT_OUT = [
    ("a.png", "faces", "", ""),
    ("b.png", "duplicate", "a.png", "decided: a.png is kept"),
    ("b2.png", "duplicate", "b.png", ""),
    ("c.png", "faces", "", ""),
    ("d.png", "faces", "", ""),
]


def test_beam_stages_leave_out_what_is_not_kept(tmp_path, photos):
    gone = "0" * 64  # kept for d, and not among the photos
    decided = (
        (photos["b"], photos["a"], "right"),
        (gone, photos["d"], "left"),
        (photos["c"], photos["d"], "both"),
    )
    settings = settings_for(tmp_path, *decided)
    with beam.Pipeline(argv=["--runner=FnApiRunner"]) as pipeline:
        examples, rows = faces_and_rows(pipeline, list_folder(settings.images), settings, 1)
        assert_that(examples | beam.combiners.Count.Globally(), equal_to([3]), label="faces")
        assert_that(rows | beam.Map(told), equal_to(LEFT_OUT), label="rows")


def test_decisions_about_other_photos_leave_out_nothing(tmp_path, photos):
    settings = settings_for(tmp_path, ("1" * 64, "2" * 64, "left"))
    with beam.Pipeline(argv=["--runner=FnApiRunner"]) as pipeline:
        examples, _ = faces_and_rows(pipeline, list_folder(settings.images), settings, 1)
        assert_that(examples | beam.combiners.Count.Globally(), equal_to([4]))


def test_without_a_pipeline_the_same_photos_are_left_out(tmp_path, photos):
    settings = settings_for(tmp_path, (photos["b"], photos["a"], "right"))
    listed = list_folder(settings.images)
    found, rows = one_face_each(listed, settings)
    assert [row.path for row, face in zip(rows, found, strict=True) if face is None] == ["b.png", "b2.png"]
    assert told(rows[1]) == LEFT_OUT[1]
    counts = totals(rows, settings)
    assert (counts["files"], counts["with_faces"], counts["duplicate"]) == (5, 3, 2)
    # a call that is not given the kept photo leaves the other in
    _, others = one_face_each(listed[1:], settings)
    assert {row.status for row in others} == {"faces"}


def test_what_the_file_holds_decides_whether_a_step_runs_again(tmp_path, photos):
    settings = settings_for(tmp_path, (photos["b"], photos["a"], "right"))
    before = setting_fingerprints([settings])
    assert list(before) == ["decisions"]
    assert setting_fingerprints([settings_for(tmp_path, (photos["b"], photos["a"], "right"))]) == before
    assert setting_fingerprints([settings_for(tmp_path, (photos["b"], photos["a"], "left"))]) != before
