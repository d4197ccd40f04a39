"""What thresholds by pair decide of a new face, and their file."""

import dataclasses
import json

import numpy as np
import pytest

from components.look_alikes.rule import (
    PairThreshold,
    PersonMean,
    Thresholds,
    check_space,
    decide,
    probe_chip,
    read_thresholds,
    told,
)

AXES = np.eye(4)
PEOPLE = {
    "ann": PersonMean("ann", 0.9 * AXES[0], 9, (3,)),
    "bea": PersonMean("bea", 0.9 * AXES[1], 5, (3, 8)),
    "cleo": PersonMean("cleo", 0.9 * AXES[2], 7, (5,)),
}
THRESHOLDS = Thresholds(
    "m", "space-1", np.array([1.0, 2.0, 0, 0]), PEOPLE, (PairThreshold(("ann", "bea"), 0.5),)
)


@pytest.mark.parametrize(
    ("face", "cluster", "person", "group"),
    [
        ([1, 0.5, 0, 0], 3, "ann", 3),  # near enough to the nearer one
        ([0.5, 1, 0, 0], 3, "bea", 3),  # the model's group is one of hers too
        ([1, 0.5, 0, 0], 8, "ann", 3),  # the model said a group that is bea's alone
        ([1, 0.9, 0, 1.5], 3, None, 3),  # near to neither
    ],
)
def test_the_nearer_one_from_the_threshold_on(face, cluster, person, group):
    (found,) = decide(THRESHOLDS, np.array([face], float), np.array([cluster]))
    assert (found.person, found.cluster) == (person, group)
    unit = np.array(face, float) / np.linalg.norm(face)
    assert found.likeness == pytest.approx((0.9 * unit[0], 0.9 * unit[1]))
    assert max(found.likeness) >= 0.5 or person is None


@pytest.mark.parametrize(
    ("face", "cluster"),
    [
        ([1, 0.5, 0, 0], 5),  # the model put it elsewhere
        ([1, 0.5, 0, 0], -1),  # into no group
        ([1, 0, 0.5, 0], 3),  # ann is nearest, but beside cleo, and they have no threshold
    ],
)
def test_all_others_are_left_as_the_model_says(face, cluster):
    assert decide(THRESHOLDS, np.array([face], float), np.array([cluster])) == [None]


def test_swapping_the_two_people_changes_nothing():
    swapped = dataclasses.replace(THRESHOLDS, pairs=(PairThreshold(("bea", "ann"), 0.5),))
    rows, clusters = np.random.default_rng(0).standard_normal((50, 4)), np.full(50, 3)
    for one, other in zip(decide(THRESHOLDS, rows, clusters), decide(swapped, rows, clusters), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert (one.person, one.cluster, one.likeness) == (
                other.person, other.cluster, other.likeness[::-1]
            )  # fmt: skip


def test_without_faces_or_pairs_nothing_is_decided():
    assert decide(THRESHOLDS, np.zeros((0, 4)), np.zeros(0)) == []
    nobody = dataclasses.replace(THRESHOLDS, people={}, pairs=())
    assert decide(nobody, np.ones((2, 4)), np.zeros(2)) == [None, None]


def test_the_file_gives_back_what_was_written(tmp_path):
    file = tmp_path / "thresholds.json"
    file.write_text(json.dumps(told(THRESHOLDS)))
    found = read_thresholds(file)
    assert (found.model, found.space, found.pairs) == ("m", "space-1", THRESHOLDS.pairs)
    for name, one in PEOPLE.items():
        assert (found.people[name].faces, found.people[name].clusters) == (one.faces, one.clusters)
        assert found.people[name].mean == pytest.approx(one.mean, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "something"}, "holds no thresholds by pair"),
        ({"version": 2}, "version 1"),
        ({"probe": [1.0]}, "is damaged"),
        ({"pairs": [{"people": ["ann", "dora"], "threshold": 0.5}]}, "is damaged"),
        ({"pairs": [{"people": ["ann", "bea"], "threshold": float("nan")}]}, "is damaged"),
        ({"people": None}, "is damaged"),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path, change, words):
    file = tmp_path / "thresholds.json"
    file.write_text(json.dumps(told(THRESHOLDS) | change))
    with pytest.raises(ValueError, match=words) as error:
        read_thresholds(file)
    assert len(str(error.value).splitlines()) == 1


def test_a_file_that_is_none_is_refused(tmp_path):
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(ValueError, match="can't be read"):
            read_thresholds(path)


def test_another_space_is_told_by_the_probe():
    check_space(THRESHOLDS, 3 * THRESHOLDS.probe, "here")  # a length says nothing of a direction
    for other in (np.array([2.0, 1.0, 0, 0]), np.ones(3)):
        with pytest.raises(ValueError, match="made with space-1"):
            check_space(THRESHOLDS, other, "here")
    with pytest.raises(ValueError, match="of another space"):
        decide(THRESHOLDS, np.ones((1, 7)), np.array([3]))


def test_the_probe_is_the_same_chip_each_time():
    assert probe_chip() == probe_chip()
    assert probe_chip().startswith(b"\x89PNG")
