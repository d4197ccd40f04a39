"""Names survive a new grouping, and what it changes is told face by face."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clustering.corrections.matching import KINDS, changes, matched

NUMBERS = st.lists(st.integers(-1, 4), min_size=0, max_size=30)


def shared(matching, old, new, confirmed):
    """Shared confirmed faces, and shared faces, of a matching."""
    both = np.array([matching.get(int(b), -2) == a for a, b in zip(old, new, strict=True)], bool)
    return int((both & confirmed).sum()), int(both.sum())


@settings(max_examples=150, deadline=None)
@given(data=st.data(), old=NUMBERS)
def test_no_other_matching_shares_more(data, old):
    n = len(old)
    new = np.array(data.draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)), int)
    confirmed = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool)
    old = np.array(old, int)
    found = matched(old, new, confirmed)
    assert len(set(found.values())) == len(found)
    assert all(((new == b) & (old == a)).any() and a >= 0 <= b for b, a in found.items())
    every = (dict(zip(range(5), order, strict=True)) for order in permutations(range(5)))
    assert shared(found, old, new, confirmed) == max(shared(one, old, new, confirmed) for one in every)


def test_one_confirmed_face_outweighs_all_others():
    old = np.array([7] * 10)
    new = np.array([0] * 9 + [1])
    assert matched(old, new, np.zeros(10, bool)) == {0: 7}
    assert matched(old, new, np.arange(10) == 9) == {1: 7}


def test_of_one_confirmed_face_each_all_names_survive():
    """Greedy matching would give 1 to group 0 by its three faces, and 2 to nobody."""
    old = np.array([1, 1, 1, 2, 2, 1, 1])
    new = np.array([0, 0, 0, 0, 0, 1, 1])
    assert matched(old, new, np.zeros(7, bool)) == {0: 2, 1: 1}


def test_arrays_of_several_lengths_are_refused():
    with pytest.raises(ValueError, match="of one shape"):
        matched(np.zeros(3, int), np.zeros(4, int), np.zeros(3, bool))


def test_every_kind_is_told():
    """Person 0 stays; 1 grows by a face of nobody; 2 loses one to nobody; 3 splits; 5 joins 4; 6 goes; new."""
    old = np.array([0, 0, 1, 1, -1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, -1, -1])
    new = np.array([9, 9, 8, 8, 8, 7, 7, -1, 6, 6, 6, 5, 5, 4, 4, 4, 4, 4, -1, -1, 3, 3])
    told = changes(old, new, matched(old, new, np.zeros(22, bool)))
    assert [(c.kind, c.old, c.new, c.faces_in.tolist(), c.faces_out.tolist()) for c in told] == [
        ("splits", (3,), (6, 5), [11, 12], []),
        ("joins", (4, 5), (4,), [], [16, 17]),
        ("loses", (2,), (7,), [], [7]),
        ("loses", (3,), (6,), [], [11, 12]),
        ("grows", (1,), (8,), [4], []),
        ("grows", (4,), (4,), [16, 17], []),
        ("new", (), (3,), [20, 21], []),
        ("gone", (6,), (), [], [18, 19]),
        ("stays", (0,), (9,), [], []),
    ]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), old=NUMBERS)
def test_every_number_and_every_face_that_moves_is_told_once(data, old):
    n = len(old)
    new = np.array(data.draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)), int)
    old = np.array(old, int)
    matching = matched(old, new, np.zeros(n, bool))
    told = changes(old, new, matching)
    assert [KINDS.index(c.kind) for c in told] == sorted(KINDS.index(c.kind) for c in told)
    goes_on = np.array([b >= 0 and matching.get(int(b)) == a for a, b in zip(old, new, strict=True)], bool)
    comes, leaves = np.flatnonzero(~goes_on & (new >= 0)), np.flatnonzero(~goes_on & (old >= 0))
    assert sorted(f for c in told for f in c.faces_in.tolist()) == comes.tolist()
    assert sorted(f for c in told for f in c.faces_out.tolist()) == leaves.tolist()
    main = Counter(c.new[-1] for c in told if c.kind not in ("joins", "gone"))
    main.update(-1 - c.old[-1] for c in told if c.kind not in ("splits", "new"))
    everything = set(new[new >= 0].tolist()) | {-1 - a for a in old[old >= 0].tolist()}
    assert set(main) == everything
    assert set(main.values()) <= {1}
