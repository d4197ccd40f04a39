"""What a set of pairs is made of; colours; pairs as a tf.data set."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from components.pairs.colour import colour_scores, mean_colours
from components.pairs.files import Pairs
from components.pairs.loader import pair_dataset
from components.pairs.statistics import statistics_of
from schemas.face import CHIP_SIZE


def small_pairs():
    """Split 0: Ann in 3 of 4 pairs, Bo in 2, Cy in 1; split 1: Di in both of 2, Ed in 1."""
    first = ["a/1", "a/1", "b/1", "a/2", "d/1", "d/1"]
    second = ["a/2", "b/1", "b/2", "c/1", "d/2", "e/1"]
    same = np.array([True, False, True, False, True, False])
    return Pairs(first, second, same, np.array([0, 0, 0, 0, 1, 1]), ("0", "1"))


def test_statistics_count_people_and_their_shares():
    sex = {
        path: "m" if path[0] in "abc" else "f" for path in ("a/1", "a/2", "b/1", "b/2", "c/1", "d/1", "d/2")
    }
    told = statistics_of(small_pairs(), [[0, 1, 2], [3, 4]], sex)
    assert (told["people"], told["photos"], told["pairs"], told["of_one_person"], told["splits"]) == (
        5,
        8,
        6,
        3,
        2,
    )
    assert told["people_a_split"] == {"least": 2, "most": 3}
    shares = told["identity_share"]
    assert shares["least"] == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert shares["most"] == pytest.approx((3 / 4 + 1) / 2)
    assert shares["deviation"] == pytest.approx((np.std([3 / 4, 2 / 4, 1 / 4]) + np.std([1, 1 / 2])) / 2)
    assert told["components"] == {"2": 1, "3": 1}
    assert told["groups"] == pytest.approx({"m": 8 / 12, "f": 3 / 12, "unknown": 1 / 12})
    assert statistics_of(small_pairs())["groups"] is None


def test_people_must_be_told_by_folders():
    with pytest.raises(ValueError, match="don't tell the people"):
        statistics_of(Pairs(["1"], ["2"], np.array([True]), np.array([0])))


def test_mean_colours_leave_lightness_out():
    grey = [np.full((4, 6, 3), value, np.uint8) for value in (0, 90, 255)]
    assert mean_colours(grey) == pytest.approx(np.zeros((3, 2)), abs=0.05)
    red, dark = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)
    red[..., 0], dark[..., 2] = 255, 255
    half = np.concatenate([red, dark])
    a, b, both = mean_colours([red, dark, half])
    assert both == pytest.approx((a + b) / 2, abs=1e-3)
    assert a[0] > 50  # red lies far on the red side of a, and blue far on the blue side of b
    assert b[1] < -50


def test_scores_of_colours_are_nearness():
    colours = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    assert colour_scores(colours, np.array([[0, 1], [0, 2], [2, 2]])) == pytest.approx([-5, -1, 0])


def chips():
    return {
        path: cv2.imencode(".png", np.full((CHIP_SIZE, CHIP_SIZE, 3), 20 * i, np.uint8))[1].tobytes()
        for i, path in enumerate(("a/1", "a/2", "b/1", "b/2", "c/1", "d/1", "d/2"))
    }


def test_a_data_set_of_pairs_gives_both_faces_and_the_label():
    batches = list(pair_dataset(small_pairs(), chips(), side=16, batch=2))
    assert len(batches) == 3  # five pairs, one of six lacks a face
    (first, second), same = batches[0]
    assert first.shape == second.shape == (2, 16, 16, 3)
    assert first.dtype == same.dtype == tf.float32
    np.testing.assert_allclose(first[:, 0, 0, 0], [0, 0], atol=1e-6)
    np.testing.assert_allclose(second[:, 8, 8, 2], [20 / 255, 40 / 255], atol=1e-6)
    labels = np.concatenate([label for _, label in batches])
    assert labels.tolist() == [1, 0, 1, 0, 1]


def test_shuffled_pairs_stay_pairs():
    once = list(pair_dataset(small_pairs(), chips(), side=8, batch=1, shuffle_seed=3))
    seen = {(float(a[0, 0, 0, 0]), float(b[0, 0, 0, 0]), float(label[0])) for (a, b), label in once}
    straight = pair_dataset(small_pairs(), chips(), side=8, batch=1)
    assert seen == {
        (float(a[0, 0, 0, 0]), float(b[0, 0, 0, 0]), float(label[0])) for (a, b), label in straight
    }


def test_no_pair_with_both_faces():
    with pytest.raises(ValueError, match="None of 6 pairs has both faces"):
        pair_dataset(small_pairs(), {"a/1": b""})
