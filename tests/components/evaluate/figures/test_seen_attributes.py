"""Slices by what the ingest knows: halves by size and by pose, beside the user's own."""

import numpy as np

from components.evaluate.figures.seen_attributes import with_seen
from components.evaluate.figures.slices import sliceable
from components.face_table import FaceTable
from components.photo_attributes import Attributes, groups_of
from schemas.face import Face
from tests.components.evaluate.figures.test_quality import seen
from tests.components.ingest.pictures import encoded

PATHS = [f"p{i}/{i}.png" for i in range(8)]


def faces(rows, paths=PATHS, labels=None):
    n = len(rows)
    return FaceTable([b""] * n, list(paths), labels or ["a"] * n, ["train"] * n, [b""] * n, list(rows))


def test_halves_by_size_and_pose_stand_beside_the_users_columns():
    rows = [seen(side=30.0 + 10 * i, nose=i - 9.0) for i in range(8)]
    found = with_seen(faces(rows), Attributes(["0.jpg", "7.jpg"], {"glasses": ["1", "0"]}))
    assert sliceable(PATHS, found) == ["face size", "pose", "glasses"]
    assert groups_of(PATHS, found, "face size") == ["smaller half"] * 4 + ["larger half"] * 4
    assert groups_of(PATHS, found, "pose") == ["turned half"] * 4 + ["frontal half"] * 4
    assert groups_of(PATHS, found, "glasses") == ["1", *[None] * 6, "0"]


def test_halves_by_the_lightness_of_cheeks():
    points = (64.0, 69.0, 128.0, 69.0, 96.0, 105.0, 70.0, 140.0, 122.0, 140.0)
    greys = (40, 200, 60, 180)
    rows = [
        Face((0.0, 0.0, 9.0, 9.0), chip=encoded(np.full((192, 192, 3), grey, np.uint8)), landmarks=points)
        for grey in greys
    ]
    table = faces(rows, PATHS[:4])
    found = groups_of(PATHS[:4], with_seen(table, None), "skin as it is lit")
    assert found == ["darker half", "lighter half"] * 2


def test_the_first_face_of_a_photo_tells_and_strangers_do_not_move_the_middle():
    rows = [seen(side=100.0), seen(side=20.0), seen(side=50.0), seen(side=10.0)]
    table = faces(rows, ["a.png", "a.png", "b.png", "c.png"], ["ann", None, "ann", None])
    found = with_seen(table, None)
    assert groups_of(table.image_paths, found, "face size") == ["larger half"] * 2 + ["smaller half"] * 2


def test_without_what_the_ingest_saw_nothing_changes():
    own = Attributes(["a.png"], {"glasses": ["1"]})
    bare = FaceTable([b""], ["a.png"], [None], ["train"], [b""])
    assert with_seen(bare, own) is own
    assert with_seen(bare, None) is None
