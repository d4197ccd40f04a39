"""Ward's tree and its cuts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster
from sklearn.metrics import adjusted_rand_score

from models.clustering.linkage import ward
from models.clustering.rows import group_means


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(0, 10_000), st.booleans())
def test_cut_gives_exactly_as_many_groups(n, seed, ties):
    generator = np.random.default_rng(seed)
    x = generator.integers(0, 3, (n, 2)).astype(float) if ties else generator.normal(size=(n, 2))
    n_clusters = int(generator.integers(1, n + 1))
    labels = ward.cut(ward.ward_tree(x), n_clusters)
    assert sorted(set(labels.tolist())) == list(range(n_clusters))
    assert len(labels) == n


def test_rows_that_look_like_distances_are_still_rows():
    # SciPy warned of [[0, 1], [1, 0]], two rows that read as a table of distances.
    assert ward.ward_tree(np.array([[0.0, 1.0], [1.0, 0.0]]))[0, 2] == pytest.approx(np.sqrt(2))


def test_cut_agrees_with_scipy():
    tree = ward.ward_tree(np.random.default_rng(0).normal(size=(50, 4)))
    for n_clusters in (1, 2, 7, 30):
        theirs = fcluster(tree, n_clusters, criterion="maxclust")
        assert adjusted_rand_score(theirs, ward.cut(tree, n_clusters)) == 1.0


def test_cut_out_of_range_is_an_error():
    with pytest.raises(ValueError, match="3 rows into 4 clusters"):
        ward.cut(ward.ward_tree(np.eye(3)), 4)


def test_group_means():
    x = np.array([[0.0, 0.0], [2.0, 4.0], [5.0, 5.0]])
    np.testing.assert_allclose(group_means(x, np.array([1, 1, 0])), [[5, 5], [1, 2]])


def test_means_of_a_sample_are_seeded(monkeypatch):
    monkeypatch.setattr(ward, "WARD_ROWS", 50)
    x = np.random.default_rng(0).normal(size=(500, 3))
    means = ward.ward_means(x, 4, 1)
    assert means.shape == (4, 3)
    np.testing.assert_array_equal(means, ward.ward_means(x, 4, 1))
    assert ward.ward_means(x, 60, 1).shape == (60, 3)
