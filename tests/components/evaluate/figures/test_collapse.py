"""Effective rank and the largest cluster, on rows whose answer is known."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.evaluate.figures.collapse import effective_rank, mega_cluster
from tests.bounds import of_share


@settings(max_examples=50)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(0, 99))
def test_effective_rank_is_the_entropy_of_the_singular_values(values, seed):
    generator = np.random.default_rng(seed)
    left = generator.standard_normal((20, len(values)))
    left = np.linalg.qr(left - left.mean(axis=0))[0]
    right = np.linalg.qr(generator.standard_normal((8, len(values))))[0]
    x = left * values @ right.T + generator.standard_normal(8)  # an offset changes nothing
    shares = np.array(values) / np.sum(values)
    assert effective_rank(x) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-6)


def test_effective_rank_of_plain_cases():
    corners = np.concatenate([np.eye(5), -np.eye(5)])
    assert effective_rank(corners) == pytest.approx(5)
    assert effective_rank(np.arange(10.0)[:, None] * np.ones(7)) == pytest.approx(1)
    assert effective_rank(np.full((4, 3), 0.1)) == 0.0


@pytest.mark.parametrize("x", [np.zeros((1, 3)), np.zeros(5), np.array([[1.0, np.nan], [0.0, 1.0]])])
def test_effective_rank_needs_rows_of_numbers(x):
    with pytest.raises(ValueError, match="at least two rows of finite numbers"):
        effective_rank(x)


def islands(sizes, d=5, seed=0):
    generator = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    return 50 * generator.standard_normal((len(sizes), d))[clusters] + generator.standard_normal(
        (len(clusters), d)
    ), clusters


def test_a_true_cluster_holds_together_and_a_heap_does_not():
    x, clusters = islands([60, 20, 20])
    whole = mega_cluster(x, clusters)
    assert (whole["cluster"], whole["size"], whole["share"]) == (0, 60, 0.6)
    assert whole["interconnectedness"] == whole["interconnectedness_others"] == 1.0
    assert whole["by_chance"] == pytest.approx(59 / 99)
    assert whole["by_chance_others"] == pytest.approx(19 / 99)
    heap = mega_cluster(x, np.where(np.random.default_rng(1).random(100) < 0.6, 0, 1))
    by_chance = of_share(heap["by_chance"], heap["size"] * heap["n_neighbors"])
    assert heap["interconnectedness"] == pytest.approx(heap["by_chance"], abs=by_chance)
    json.dumps(whole, allow_nan=False)


def test_neighbours_by_hand():
    x = np.array([[0.0], [1.0], [2.1], [10.0], [11.0]])
    found = mega_cluster(x, np.array([7, 7, 7, 4, 7]), n_neighbors=1)
    assert found["cluster"] == 7
    assert found["interconnectedness"] == 3 / 4  # the face at 11 has its neighbour in cluster 4
    assert found["interconnectedness_others"] == 0.0


def test_noise_is_no_cluster():
    x, clusters = islands([15, 12, 40])
    found = mega_cluster(x, np.where(clusters == 2, -1, clusters))
    assert (found["cluster"], found["size"]) == (0, 15)
    assert found["share"] == pytest.approx(15 / 67)
    assert found["interconnectedness_others"] == 1.0
    alone = mega_cluster(x[:15], clusters[:15])
    assert alone["interconnectedness_others"] is None
    assert mega_cluster(x[:3], clusters[:3])["n_neighbors"] == 2
    with pytest.raises(ValueError, match="received noise only"):
        mega_cluster(x, np.full(67, -1))
    with pytest.raises(ValueError, match="received 1 for 67"):
        mega_cluster(x, np.zeros(1))


def test_noise_is_not_among_the_others():
    x = np.array([[0.0], [1.0], [2.1], [10.0], [11.5], [12.0], [30.0]])
    found = mega_cluster(x, np.array([7, 7, 7, 4, -1, 4, -1]), n_neighbors=1)
    assert found["interconnectedness"] == 1.0
    assert found["interconnectedness_others"] == 0.0  # both have noise beside them
    assert (
        mega_cluster(x[:5], np.array([7, 7, 7, -1, -1]), n_neighbors=1)["interconnectedness_others"] is None
    )
