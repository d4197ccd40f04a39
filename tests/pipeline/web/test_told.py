"""Verdicts that contradict one another never stop a grouping: what keeps faces apart outweighs what joins them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.clustering.corrections.constraints import constraints_of
from pipeline.web.library.told import consistent

FACES, PEOPLE = 8, 3
PAIRS = st.lists(
    st.tuples(st.integers(0, FACES - 1), st.integers(0, FACES - 1)).filter(lambda p: p[0] != p[1])
)


def array(pairs):
    return np.array(pairs, np.int64).reshape(-1, 2)


@given(
    anchors=st.lists(st.integers(-1, PEOPLE - 1), min_size=FACES, max_size=FACES),
    apart=st.lists(st.tuples(st.integers(0, FACES - 1), st.integers(0, PEOPLE - 1))),
    together=PAIRS,
    pairs_apart=PAIRS,
)
def test_what_is_left_never_contradicts_itself(anchors, apart, together, pairs_apart):
    anchors = np.array(anchors)
    apart = array([(row, person) for row, person in apart if anchors[row] != person])
    same = [anchors[one] >= 0 and anchors[one] == anchors[other] for one, other in pairs_apart]
    pairs_apart = array([pair for pair, is_same in zip(pairs_apart, same, strict=True) if not is_same])
    kept = consistent(array(together), anchors, apart, pairs_apart)
    constraints_of(FACES, anchors=anchors, apart=apart, pairs_together=kept, pairs_apart=pairs_apart)
    assert {tuple(pair) for pair in kept.tolist()} <= set(together)


def test_without_contradictions_every_pair_is_kept():
    together = array([(0, 1), (1, 2), (3, 4)])
    kept = consistent(together, np.full(FACES, -1), array([]), array([(2, 3)]))
    assert kept.tolist() == together.tolist()


def test_a_chain_does_not_join_two_people():
    anchors = np.array([0, -1, 1, *[-1] * 5])
    kept = consistent(array([(0, 1), (1, 2)]), anchors, array([]), array([]))
    assert kept.tolist() == [[0, 1]]
