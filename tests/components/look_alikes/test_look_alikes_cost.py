"""The pairs that are hardest, and what their thresholds cost everybody else."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.look_alikes.cost import costs, threshold_for_all
from components.look_alikes.hardest import apartness, candidates, hardest
from components.look_alikes.library import GROUPS, library_of
from tests.components.look_alikes.drawn_people import drawn_library, library, people_of


def test_the_people_who_were_drawn_alike_are_the_hardest():
    found = hardest(drawn_library([9, 8, 12, 6, 7], alike=[(1, 3)], spread=0.8), 3)
    assert (found[0].one, found[0].other) == (1, 3)
    assert len(found) == 3
    assert [pair.apart for pair in found] == sorted(pair.apart for pair in found)
    assert all(pair.within > pair.across for pair in found)


def test_people_of_few_photos_are_left_out():
    found = hardest(drawn_library([9, 8, 2, 4]), 10)
    assert [(pair.one, pair.other) for pair in found] == [(0, 1)]


def test_photos_that_show_both_are_counted():
    rows, person = people_of([6, 6])
    photos = [f"{i % 6}.jpg" if i < 8 else f"{i}.jpg" for i in range(12)]  # the first two show both
    (found,) = hardest(library(rows, [f"p{one}" for one in person], photos), 1)
    assert found.together == 2


def test_candidates_are_the_nearest_of_all_pairs(monkeypatch):
    shown = drawn_library([3] * 12, seed=3)
    rows = [(person, shown.rows(person)) for person in range(12)]
    gaps = {}
    for a, b in itertools.combinations(range(12), 2):
        _, within, across = apartness(shown.x[rows[a][1]], shown.x[rows[b][1]])
        gaps[a, b] = within - across
    expected = sorted(gaps, key=gaps.get)[:7]
    assert candidates(shown.x, rows, 7) == expected
    monkeypatch.setattr("components.look_alikes.hardest.BLOCK", 5)
    assert candidates(shown.x, rows, 7) == expected


@given(st.integers(0, 10**6), st.floats(-0.2, 0.9))
@settings(deadline=None, max_examples=20)
def test_costs_are_what_counting_all_pairs_gives(seed, threshold):
    shown = drawn_library([3, 5, 4, 2], seed, spread=0.9)
    ((own, everybody),) = costs(shown, [(1, 3)], [threshold], 0.5)
    for cost in (own, everybody):
        rest = [i for i in range(len(shown)) if shown.person[i] not in (1, 3)]
        alike = shown.x @ shown.x.T
        pairs = [(i, j) for i in rest for j in rest if i < j]
        two = [pair for pair in pairs if shown.person[pair[0]] != shown.person[pair[1]]]
        one = [pair for pair in pairs if shown.person[pair[0]] == shown.person[pair[1]]]
        level = np.float32(cost.threshold)
        assert (cost.merged.count, cost.merged.pairs) == (sum(alike[p] >= level for p in two), len(two))
        assert (cost.split.count, cost.split.pairs) == (sum(alike[p] < level for p in one), len(one))
        for share in (cost.merged, cost.split):
            assert 0 <= share.low <= share.value <= share.high <= 1
            assert share.value == pytest.approx(share.count / share.pairs)
    assert (own.threshold, everybody.threshold) == (threshold, 0.5)


def test_faces_of_nobody_cost_nothing():
    rows, person = people_of([4, 4, 4, 3])
    names = [f"p{one}" if one < 3 else None for one in person]
    with_others = library(rows, names)
    ((own, _),) = costs(with_others, [(0, 1)], [0.4], 0.5)
    assert (own.merged.pairs, own.split.pairs) == (0, 6)
    assert np.isnan(own.merged.value)


def test_the_interval_of_a_cost_is_that_of_drawing_photos():
    shown = drawn_library([20, 20, 20, 20], spread=1.1)
    ((own, _),) = costs(shown, [(0, 1)], [0.3], 0.5)
    generator, rest = np.random.default_rng(0), np.flatnonzero(shown.person > 1)
    shares = []
    for _ in range(300):
        drawn = generator.choice(rest, len(rest))
        alike, person = shown.x[drawn] @ shown.x[drawn].T, shown.person[drawn]
        two = person[:, None] != person
        shares.append((alike[two] >= 0.3).mean())
    width, expected = own.merged.high - own.merged.low, np.ptp(np.percentile(shares, [2.5, 97.5]))
    assert 0.6 * expected < width < 1.6 * expected


def test_the_threshold_for_all_parts_people_who_are_apart():
    shown = drawn_library([8, 8, 8, 8], spread=0.2)
    found = threshold_for_all(shown)
    assert found.error == 0.0
    assert found.threshold == threshold_for_all(shown).threshold


def test_one_photo_each_tells_nothing_of_one_person():
    with pytest.raises(ValueError, match="Nobody has two photos"):
        threshold_for_all(drawn_library([1, 1, 1]))


@pytest.mark.parametrize("names", [["a"] * 6, [None] * 6])
def test_a_library_has_two_people(names):
    rows, _ = people_of([6])
    with pytest.raises(ValueError, match="Expected two or more"):
        library(rows, names)


def test_neither_names_of_files_nor_their_order_decide():
    rows, person = people_of([5, 5, 3])
    hashes = [f"{i * 7919 % 97:02}" for i in range(13)]
    shuffled = np.random.default_rng(1).permutation(13)
    first = library_of(rows, [f"group {p}" for p in person], (hashes, hashes), [b""] * 13, GROUPS)
    second = library_of(
        rows[shuffled],
        [f"group {p}" for p in person[shuffled]],
        ([hashes[i] for i in shuffled],) * 2,
        [b""] * 13,
        GROUPS,
    )
    assert (first.x == second.x).all()
    assert (first.person == second.person).all()
    assert first.names == ("group 0", "group 1", "group 2")


def test_the_models_groups_of_a_person_are_those_of_a_tenth_and_more():
    rows, person = people_of([21, 5])
    clusters = np.array([4] * 15 + [2] * 4 + [9, -1] + [4] * 5)
    shown = library(rows, [f"p{one}" for one in person], clusters=clusters)
    assert (shown.clusters_of(0), shown.clusters_of(1)) == ([4, 2], [4])
