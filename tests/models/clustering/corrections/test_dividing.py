"""Average linkage with what must not meet, against a slow one, and who is drawn along."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clustering.corrections.constraints import constraints_of
from models.clustering.corrections.dividing import divided, joined


def slow(weights, sizes, least):
    """The same by looking at every pair of parts, every time."""
    parts = [[i] for i in range(len(sizes))]
    while True:
        best = None
        for i, one in enumerate(parts):
            for j in range(i):
                block = weights[np.ix_(one, parts[j])]
                alike = block.sum() / (sizes[one].sum() * sizes[parts[j]].sum())
                if alike > 0 and alike >= least and (best is None or alike > best[0]):
                    best = alike, i, j
        if best is None:
            return {frozenset(part) for part in parts}
        parts[best[2]] += parts.pop(best[1])


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 12), apart=st.floats(0, 0.6), least=st.floats(0, 0.5))
def test_it_joins_what_a_slow_one_joins(seed, n, apart, least):
    generator = np.random.default_rng(seed)
    weights = np.triu(generator.random((n, n)) - 0.2, 1)
    weights[generator.random((n, n)) < apart] = -np.inf
    weights = np.triu(weights, 1)
    weights[np.isnan(weights)] = 0  # infinity times 0 below the diagonal
    weights = weights + weights.T
    np.fill_diagonal(weights, -np.inf)
    sizes = generator.integers(1, 5, n).astype(float)
    part, lowest = joined(weights, sizes, least)
    assert {frozenset(np.flatnonzero(part == p).tolist()) for p in set(part.tolist())} == slow(
        weights, sizes, least
    )
    assert lowest == np.inf or lowest >= least * (1 - 1e-9)


def likenesses(within, across, sizes=(6, 4)):
    who = np.repeat([0, 1], sizes)
    return np.where(who[:, None] == who, within, across).astype(float), who


def test_a_part_that_is_another_person_leaves_with_the_one_rejected():
    weights, who = likenesses(0.9, 0.2)
    rules = constraints_of(10, np.array([5] + [-1] * 9), np.array([[8, 5]]))
    labels, off = divided(np.zeros(10, int), rules, lambda rows: weights[np.ix_(rows, rows)])
    assert off.tolist() == (who == 1).tolist()
    assert (labels[off] == labels[9]).all()
    assert labels[0] not in labels[off]


def test_who_belongs_to_the_others_is_not_drawn_along():
    """Face 9 is most like the rejected 8, and nearly as like all others as these are."""
    weights, _ = likenesses(0.9, 0.8, (8, 2))
    rules = constraints_of(10, np.array([5] + [-1] * 9), np.array([[8, 5]]))
    labels, off = divided(np.zeros(10, int), rules, lambda rows: weights[np.ix_(rows, rows)])
    assert np.flatnonzero(off).tolist() == [8]
    assert labels[9] == labels[0] != labels[8]


def test_groups_in_which_all_holds_stay():
    weights, who = likenesses(0.9, 0.2)
    rules = constraints_of(10, np.array([5] + [-1] * 8 + [6]), np.array([[8, 5]]))
    labels, off = divided(who, rules, lambda rows: weights[np.ix_(rows, rows)])
    assert labels.tolist() == who.tolist()
    assert not off.any()


def test_a_few_confirmed_faces_keep_the_others_that_the_rejected_one_is_like():
    """Faces 0 and 1 are confirmed and equal; the rejected 9 is more like the others than these two are."""
    weights = np.full((9, 9), 0.6)  # of bundles: the two confirmed faces are the first one
    weights[0], weights[:, 0] = 2 * 0.5, 2 * 0.5
    weights[8, 1:], weights[1:, 8] = 0.65, 0.65
    rules = constraints_of(10, np.array([5, 5] + [-1] * 8), np.array([[9, 5]]))
    labels, off = divided(np.zeros(9, int), rules, lambda rows: weights[np.ix_(rows, rows)])
    assert np.flatnonzero(off).tolist() == [8]
    assert (labels[:8] == labels[0]).all()
