"""Chinese Whispers with rows that stay, and rows that never share a label."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.clustering.corrections.whispers import whispers


def graph(edges, n):
    out = np.zeros((n, n))
    for one, other, weight in edges:
        out[one, other] = out[other, one] = weight
    return csr_matrix(out)


TWO = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0), (2, 3, 0.5)]


@pytest.mark.parametrize("seed", range(5))
def test_two_cliques_are_two_groups(seed):
    found = whispers(graph(TWO, 7), np.arange(7), seed=seed)
    assert len(set(found[:3])) == len(set(found[3:6])) == 1
    assert len(set(found)) == 3  # the seventh has no edge


def test_two_rows_that_would_swap_for_ever_agree():
    found = whispers(graph([(0, 1, 1.0)], 2), np.arange(2))
    assert found[0] == found[1]


def test_rows_that_may_not_move_do_not():
    start = np.array([0, 1, 2, 3, 4, 5, 6])
    found = whispers(graph(TWO, 7), start, np.isin(start, [2]))
    assert found.tolist() in ([0, 1, 0, 3, 4, 5, 6], [0, 1, 1, 3, 4, 5, 6])


@pytest.mark.parametrize("seed", range(10))
def test_rows_apart_never_share_a_label(seed):
    apart = np.array([[0, 1], [3, 5]])
    found = whispers(graph(TWO, 7), np.arange(7), apart=apart, seed=seed)
    assert found[0] != found[1]
    assert found[3] != found[5]
    with pytest.raises(ValueError, match="share a label at the start"):
        whispers(graph(TWO, 7), np.zeros(7, int), apart=apart)


def test_a_row_that_its_own_label_repels_is_alone():
    found = whispers(graph([(0, 1, 1.0), (0, 2, -0.5), (1, 2, -0.5)], 3), np.zeros(3, int))
    assert found[0] == found[1] != found[2]
