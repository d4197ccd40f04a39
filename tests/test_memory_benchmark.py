"""The parts of ``benchmarks.memory``: photos that are made out of others, and the table by step."""

import os

import cv2
import numpy as np
import pytest

from benchmarks.memory import by_step, make_photos, table, taken_mb


def photos_in(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.*")}


@pytest.fixture
def source(tmp_path):
    generator = np.random.default_rng(0)
    for number in range(3):
        file = tmp_path / "source" / f"person_{number}" / "one.jpg"
        file.parent.mkdir(parents=True)
        cv2.imwrite(str(file), generator.integers(0, 256, (80, 60, 3), np.uint8))
    return tmp_path / "source"


def test_photos_are_made_of_others_and_the_same_by_the_same_seed(source, tmp_path):
    for name, seed in (("made", 0), ("again", 0), ("other", 1)):
        make_photos(source, tmp_path / name, 8, seed)
    made, again, other = (photos_in(tmp_path / name) for name in ("made", "again", "other"))
    assert made == again != other
    assert len(set(made.values())) == len(made) == 8
    assert photos_in(source).items() <= made.items()
    assert {name.partition("/")[0] for name in made} == {"person_0", "person_1", "person_2"}
    for file in (tmp_path / "made").rglob("*.jpg"):
        height, width, _ = cv2.imread(str(file)).shape
        assert 80 * 0.9 < height <= 80  # at most a twentieth is cropped from either side
        assert 60 * 0.9 < width <= 60


def test_the_table_has_the_most_of_each_step():
    samples = [(0.5, 10.0, 11.0), (1.5, 30.0, 35.0), (2.0, 20.0, 22.0), (3.0, 5.0, 5.0)]
    rows = by_step(samples, [("Trainer", 2.0), ("Pusher", 2.5)], 0.0)
    assert rows[0] == ("Trainer", 2.0, 20.0, 30.0, 35.0)
    assert rows[1] == ("Pusher", 0.5, 20.0, 20.0, 22.0)
    assert table(rows).splitlines()[-1] == "| **all** | 3 | 5 | 30 | 35 |"


def test_shared_pages_count_once():
    once, each = taken_mb(os.getpid())
    assert 1 < once <= each
