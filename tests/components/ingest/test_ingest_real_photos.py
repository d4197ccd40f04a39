"""On real photos that do not come with the project; skipped, with the reason, where they are missing."""

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.level import marked, tilt_of_turned
from components.ingest.decode import decode
from components.ingest.detect.detectors import make_detector
from components.ingest.settings import IngestSettings

DATA = Path(os.environ.get("FACEFOLD_DATA", Path(__file__).resolve().parents[3] / ".." / "shared" / "data"))
ANGLES = (-40, -20, 20, 40)


def photos(folder, count):
    files = sorted((DATA / folder).glob("**/*.jpg"))
    if not files:
        pytest.skip(f"no photos in {DATA / folder}; set FACEFOLD_DATA to the data's folder")
    return files[:: max(1, len(files) // count)][:count]


def test_photos_turned_on_purpose_come_out_as_level_as_the_straight_ones():
    detector = make_detector(IngestSettings())
    files = photos("landmarks68", 32)
    found = [tilt_of_turned(detector, *marked(file), ANGLES[i % 4]) for i, file in enumerate(files)]
    tilts = [tilt for tilt in found if tilt is not None]
    assert len(tilts) >= 29
    assert np.percentile(tilts, 90) < 0.3
    assert np.sum(np.array(tilts) > 0.5) <= 1, tilts


def test_at_most_one_scene_in_a_hundred_is_missed():
    detector = make_detector(IngestSettings())
    files = photos("celeba_wild", 100)
    missed = [file.name for file in files if not len(detector(decode(file.read_bytes())))]
    assert len(missed) <= 1, missed
