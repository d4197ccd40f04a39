"""On real photos that do not come with the project; skipped, with the reason, where they are missing."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from components.ingest import align
from components.ingest.decode import decode
from components.ingest.detectors import make_detector
from components.ingest.settings import IngestSettings

DATA = Path(os.environ.get("FACEFOLD_DATA", Path(__file__).resolve().parents[3] / ".." / "shared" / "data"))
ANGLES = (-40, -20, 20, 40)


def photos(folder, count):
    files = sorted((DATA / folder).glob("**/*.jpg"))
    if not files:
        pytest.skip(f"no photos in {DATA / folder}; set FACEFOLD_DATA to the data's folder")
    return files[:: max(1, len(files) // count)][:count]


def tilt(left, right):
    return float(np.degrees(np.arctan2(*(right - left)[::-1])))


def eyes_nearest(found, middle, reach):
    """The eyes of the face whose eyes' middle lies nearest, or None."""
    if not len(found):
        return None
    eyes = found.landmarks[:, :2]
    away = np.hypot(*(eyes.mean(axis=1) - middle).T)
    return eyes[away.argmin()] if away.min() < reach else None


def test_photos_turned_on_purpose_come_out_as_level_as_the_straight_ones():
    detector = make_detector(IngestSettings())
    tilts = []
    for index, file in enumerate(photos("landmarks68", 32)):
        image = decode(file.read_bytes())
        points = np.loadtxt(file.with_suffix(".pts"))
        middle, reach = points[36:48].mean(axis=0), np.ptp(points[36:48, 0]) / 2
        straight = eyes_nearest(detector(image), middle, reach)
        turn = cv2.getRotationMatrix2D(tuple(middle), ANGLES[index % 4], 0.8)
        turned = cv2.warpAffine(image, turn, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        found = eyes_nearest(detector(turned), middle, reach)
        if straight is None or found is None:
            continue
        matrix = align.eye_transform(*found)
        tilts.append(abs(tilt(*align.transform_points(matrix, align.transform_points(turn, straight)))))
    assert len(tilts) >= 29
    assert np.percentile(tilts, 90) < 0.3
    assert np.sum(np.array(tilts) > 0.5) <= 1, tilts


def test_at_most_one_scene_in_a_hundred_is_missed():
    detector = make_detector(IngestSettings())
    files = photos("celeba_wild", 100)
    missed = [file.name for file in files if not len(detector(decode(file.read_bytes())))]
    assert len(missed) <= 1, missed
