"""Groups that look like two people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.look_alikes.library import GROUPS
from components.look_alikes.mixed import halves_of, mixed_groups
from models.clustering.corrections.splitting import by_tree, people_apart
from tests.components.look_alikes.drawn_people import drawn_library, library, people_of

SIZES = [8, 12, 9, 10, 16, 8, 9, 11, 14, 8]


def planted(seed=0, spread=0.5):
    """A library in which p3 holds the faces of p4 too."""
    rows, person = people_of(SIZES, seed, spread)
    return library(rows, [f"p{3 if one == 4 else one}" for one in person], named=GROUPS), rows, person


def test_a_planted_group_is_named_and_no_other():
    shown, rows, person = planted()
    found = mixed_groups(shown)
    assert [shown.names[group.person] for group in found.groups] == ["p3"]
    assert found.looked_at == len(SIZES) - 1
    assert found.found > 0.9
    (group,) = found.groups
    own = {tuple(rows[i].astype(np.float32)) for i in np.flatnonzero(person == 4)}
    parts = [{tuple(shown.x[i]) for i in part} for part in group.halves.parts]
    assert own in parts  # the halves are the two people
    assert group.halves.apart > group.needed
    assert (group.together, len(parts[0]) >= len(parts[1])) == (0, True)


@pytest.mark.parametrize("seed", range(3))
def test_where_nobody_is_mixed_nobody_is_named(seed):
    assert mixed_groups(drawn_library(SIZES, seed, spread=0.5)).groups == ()


def test_a_photo_of_both_halves_is_told():
    rows, person = people_of(SIZES, 0, 0.5)
    photos = [f"{i}.jpg" for i in range(len(rows))]
    photos[np.flatnonzero(person == 3)[0]] = photos[np.flatnonzero(person == 4)[0]] = "both.jpg"
    shown = library(rows, [f"p{3 if one == 4 else one}" for one in person], photos)
    (group,) = mixed_groups(shown).groups
    assert group.together == 1


def test_a_model_that_knows_nothing_says_so():
    rows = np.random.default_rng(0).standard_normal((90, 24))
    shown = library(rows, [f"p{i % 9}" for i in range(90)])
    found = mixed_groups(shown)
    assert found.found < 0.5


def test_too_few_groups_to_compare_with_name_none():
    found = mixed_groups(drawn_library([9, 9, 9], spread=0.5))
    assert (found.groups, found.looked_at) == ((), 3)
    assert np.isnan(found.found)


def test_what_has_no_halves():
    rows, _ = people_of([3])
    assert halves_of(rows, np.arange(3)) is None
    assert halves_of(np.ones((6, 4)) / 2, np.arange(6)) is None


@given(st.integers(0, 10**6), st.integers(4, 20), st.integers(0, 10))
@settings(max_examples=40)
def test_the_halves_are_those_that_a_split_is_offered_as(seed, n, moved):
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((n, 6))
    rows[:moved] += 2
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found, labels = halves_of(rows, np.arange(n)), by_tree(rows, np.inf, 2)
    assert (found is None) == (labels is None)
    if found is not None:
        assert found.apart == pytest.approx(people_apart(rows, labels)[0])
        assert {len(part) for part in found.parts} == set(np.bincount(labels).tolist())
