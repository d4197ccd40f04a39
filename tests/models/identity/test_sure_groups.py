"""What a round of pseudo-identities is made of, by hand: sure groups, pairs, near strangers, and the map."""

import numpy as np
import pytest

from models.clustering.rows import unit_rows
from models.identity import pseudo_identity
from models.identity import sure_groups as of_sure_groups
from models.identity.pseudo_identity import near_strangers, pairs_within, shuffled
from models.identity.sure_groups import sure_groups, sure_members
from models.identity.within_class import whitened_within


def among(unit):
    """The cosines of all pairs."""
    return unit @ unit.T


def test_two_faces_of_one_photo_are_no_sure_group():
    unit = unit_rows(np.repeat(np.eye(3), 3, axis=0) + 0.01)
    labels = np.repeat(np.arange(3), 3)
    photos = np.array([0, 1, 1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(sure_members(among(unit), labels, photos, 0.5), [False] * 3 + [True] * 6)


def test_who_is_unlike_the_others_of_a_group_is_not_sure():
    unit = unit_rows(np.array([[1, 0], [1, 0.1], [1, -0.1], [-1, 0.5]], float))
    sure = sure_members(among(unit), np.zeros(4, int), np.arange(4), 0.2)
    np.testing.assert_array_equal(sure, [True, True, True, False])


def test_pairs_within_are_of_chosen_faces_of_one_group():
    labels = np.array([0, 1, 0, 1, 0, 2])
    pairs = pairs_within(labels, np.array([True, True, True, True, False, True]))
    assert {tuple(sorted(pair)) for pair in pairs.T.tolist()} == {(0, 2), (1, 3)}


def test_shuffled_groups_keep_their_sizes():
    labels = np.repeat(np.arange(5), 4)
    chosen = labels < 4
    out = shuffled(labels, chosen, np.random.default_rng(0))
    np.testing.assert_array_equal(np.bincount(out), np.bincount(labels))
    np.testing.assert_array_equal(out[~chosen], labels[~chosen])
    assert (out != labels).any()


def test_near_strangers_are_of_two_groups_and_between_two_heights(monkeypatch):
    """Strangers' cosines are told as 0.1 give or take 0.2: near are those above 0.4 and below 0.6."""
    monkeypatch.setattr(pseudo_identity, "strangers", lambda unit, generator: (0.1, 0.2))
    cosines = np.array([1.0, 0.39, 0.41, 0.59, 0.61, 0.5])
    unit = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)
    labels = np.array([0, 1, 2, 3, 4, 0])  # the last is of the first one's group
    pairs = near_strangers(unit, labels, np.random.default_rng(0))
    with_first = {tuple(sorted(pair)) for pair in pairs.T.tolist() if 0 in pair}
    assert with_first == {(0, 2), (0, 3)}
    assert pairs.shape[1] == pseudo_identity.PAIRS


def test_of_a_large_group_about_fifty_pairs_are_kept():
    labels = np.repeat([0, 1], [20, 3])  # 190 pairs, and 3
    pairs = pairs_within(labels, np.ones(23, bool))
    of_large = {tuple(pair) for pair in pairs.T.tolist() if pair[0] < 20}
    assert len(of_large) == 48  # every fourth: 1 + 190 // 50
    assert {tuple(pair) for pair in pairs.T.tolist() if pair[0] >= 20} == {(20, 21), (20, 22), (21, 22)}
    assert pairs_within(labels, np.zeros(23, bool)).shape == (2, 0)


def test_the_cut_lies_three_and_a_half_deviations_above_strangers(monkeypatch):
    monkeypatch.setattr(of_sure_groups, "strangers", lambda unit, generator: (0.1, 0.2))
    angles = np.array([0.0, 0.3, 2.0, 2.3])
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    cut, labels, sure = sure_groups(unit, np.arange(4), np.random.default_rng(0))
    assert cut == pytest.approx(0.8)  # cos 0.3 is 0.96
    assert labels.min() == 0
    assert labels[0] == labels[1] != labels[2] == labels[3]
    assert sure.all()


def test_sure_is_who_is_at_least_as_like_as_the_cut_and_never_alone():
    unit = np.array([[1, 0], [0.5, np.sqrt(0.75)], [1, 0], [0, 1]], np.float32)
    labels = np.array([0, 0, 1, 1])
    np.testing.assert_array_equal(
        sure_members(among(unit), labels, np.arange(4), 0.5), [True, True, False, False]
    )
    np.testing.assert_array_equal(sure_members(among(unit), labels, np.arange(4), 0.51), [False] * 4)
    alone = sure_members(among(unit[[0, 0, 1]]), np.array([0, 0, 1]), np.arange(3), -1.0)
    np.testing.assert_array_equal(alone, [True, True, False])
    # Two of three are alike: the third leaves them, for they are two. Of two who are not, nobody stays.
    # One of three is as like the others as the cut, and they are not: nobody is left for it.
    fan = np.array([[1, 0], [0.5, np.sqrt(0.75)], [0.5, -np.sqrt(0.75)]], np.float32)
    assert sure_members(among(fan), np.zeros(3, int), np.arange(3), 0.4).sum() == 0
    # The mean over the two others of three, not their sum.
    assert sure_members(among(fan[[0, 1, 1]]), np.zeros(3, int), np.arange(3), 0.51).tolist() == [
        False,
        True,
        True,
    ]
    three = unit_rows(np.array([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0]]))
    assert sure_members(among(three), np.zeros(3, int), np.arange(3), -0.01).sum() == 2
    assert sure_members(among(three), np.zeros(3, int), np.array([4, 4, 5]), -1.0).sum() == 0


def test_within_groups_all_directions_weigh_alike_after_the_map():
    """Differences of (2, 0) and (0, 1) within two groups: sums of squares 2 and 0.5, 4 - 2 degrees."""
    x = np.array([[5, 0], [7, 0], [-3, 1], [-3, 2], [100, 100]], np.float32)
    found = whitened_within(x, np.array([0, 0, 1, 1, 2]), np.array([True] * 4 + [False]))
    within = np.array([2 / 2, 0.5 / 2])
    expected = 1 / np.sqrt(0.9 * within + 0.1 * within.mean())
    np.testing.assert_allclose(found, np.diag(expected), atol=1e-6)
    copies = whitened_within(x[[0, 0, 1, 1]], np.array([0, 0, 1, 1]), np.ones(4, bool))
    np.testing.assert_array_equal(copies, np.eye(2))  # nothing differs: nothing to undo
    pair = whitened_within(np.array([[5, 0], [7, 0]], np.float32), np.zeros(2, int), np.ones(2, bool))
    expected = 1 / np.sqrt(0.9 * np.array([2.0, 0.0]) + 0.1 * 1.0)  # a sum of squares of 2, one degree
    np.testing.assert_allclose(pair, np.diag(expected), atol=1e-6)
    alone = whitened_within(x, np.arange(5), np.ones(5, bool))
    np.testing.assert_array_equal(alone, np.eye(2))
