"""The study of occlusion of a run: which faces it takes, and what it says without points."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from components.evaluate.judging import occlusion
from components.evaluate.judging.occlusion import occlusion_of
from components.face_table import FaceTable
from components.ingest.frames.align import encode_chip
from components.occlude.study import Plan
from components.pairs.files import Pairs
from schemas.face import Face
from tests.face_points import POINTS, noise_chips

PEOPLE, EACH = 4, 2


@pytest.fixture
def faces():
    """Two faces each of four people; one of the second person has no points."""
    chips = noise_chips(PEOPLE).repeat(EACH, axis=0)
    table = FaceTable()
    for i, chip in enumerate(chips):
        path = f"p{i // EACH}/{i % EACH}.png"
        chip[:8] = 20 * i  # photos of one person are not the same
        found = Face(
            chip=encode_chip(chip, "png"),
            image_path=path,
            content_hash=f"{9 - i}",
            landmarks68=() if i == 2 else tuple(POINTS.ravel()),
            box=(0, 0, 192, 192),
            photo_size=(192, 192),
        )
        table.chips.append(found.chip)
        table.image_paths.append(path)
        table.labels.append(f"p{i // EACH}")
        table.split.append("train")
        table.examples.append(b"")
        table.found.append(found)
    return table


@pytest.fixture
def plan(monkeypatch):
    """Fewer masks than a run takes."""
    monkeypatch.setattr(occlusion, "Plan", lambda masks=None: Plan(masks or occlusion.REGIONS, ("black",), 1))


def model():
    """An encoder of 24 colours, and a clustering whose groups are by the brightest channel."""

    def serving_default(chips):
        pictures = tf.map_fn(
            lambda one: tf.cast(tf.io.decode_image(one, 3, expand_animations=False), tf.float32),
            chips,
            fn_output_signature=tf.float32,
        )
        small = tf.image.resize(tf.ensure_shape(pictures, (None, 192, 192, 3)), (4, 2), antialias=True)
        return {"embedding": tf.reshape(small, (-1, 24))}

    def assign(points):
        means = points.reshape(-1, 8, 3).mean(axis=1)
        return SimpleNamespace(cluster=means.argmax(axis=1), familiarity=means.sum(axis=1))

    rule = SimpleNamespace(assign=assign)
    clustering = SimpleNamespace(transform=lambda x: x, estimator=SimpleNamespace(rule_=rule))
    return SimpleNamespace(serving_default=serving_default), clustering


def test_faces_without_points_are_counted_and_each_mask_is_told(faces, plan):
    seen = []
    facts, arrays = occlusion_of(faces, *model(), -np.inf, None, lambda *told: seen.append(told))
    assert facts["pairs"] is None
    assert (facts["faces"]["n_faces"], facts["faces"]["n_people"]) == (7, 4)
    assert facts["faces"]["left_out"] == {"no 68 points": 1}
    assert seen[-1] == (22, 22)
    assert arrays["occlusion_chips"].shape == (3, 192, 192, 3)
    hidden = {
        row["mask"]: row["similarity"]["value"] for row in facts["faces"]["rows"] if row["draw"] is None
    }
    assert all(value > 0 for value in hidden.values())


def test_a_face_that_is_unfamiliar_is_in_no_group(faces, plan):
    facts, _ = occlusion_of(faces, *model(), np.inf, None)
    assert facts["faces"]["whole"] == {"unknown": 1.0, "groups": 0}
    assert all(row["unknown"] == 1 for row in facts["faces"]["rows"])


def test_pairs_are_studied_too(faces, plan):
    same = [(f"p{i}/0", f"p{i}/1") for i in range(4)]
    other = [(f"p{i}/0", f"p{(i + 1) % 4}/1") for i in range(4)]
    first, second = zip(*same, *other, strict=True)
    pairs = Pairs(first, second, np.array([True] * 4 + [False] * 4), np.arange(8) % 2)
    facts, _ = occlusion_of(faces, *model(), -np.inf, pairs)
    # p1/0 has no points: its pair of one person and its pair of two are gone.
    assert (facts["pairs"]["whole"]["pairs"], facts["pairs"]["missing"]) == (6, 2)
    assert facts["pairs"]["whole"]["auc"]["value"] == 1
    of_one = Pairs(first[:4], second[:4], pairs.same[:4], pairs.fold[:4])
    assert occlusion_of(faces, *model(), -np.inf, of_one)[0]["pairs"] is None


def test_without_points_it_says_so(faces, plan):
    faces.found = [Face(chip=face.chip, content_hash=face.content_hash) for face in faces.found]
    facts, arrays = occlusion_of(faces, *model(), -np.inf, None)
    assert facts == {"undefined": "0 of 8 faces have 68 points; at least 2 are needed"}
    assert arrays == {}
