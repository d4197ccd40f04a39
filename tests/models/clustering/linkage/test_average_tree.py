"""Linkage for people: SciPy's tree, sizes allowed for, and rows that may not be joined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, is_valid_linkage, linkage
from scipy.spatial.distance import pdist
from sklearn.metrics import adjusted_rand_score

from models.clustering.linkage import average_tree as module
from models.clustering.linkage.average_tree import average_tree, cosines
from tests.bounds import of_sum
from tests.models.planted import groups


def units(n, d, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def likeness(one, other):
    """As the docstring says it, from the rows themselves."""
    a, b = one.mean(axis=0), other.mean(axis=0)
    return a @ b / np.sqrt(np.linalg.norm(a) * np.linalg.norm(b))


def plainly(x):
    """Heights of the merges, every likeness computed anew from the rows each time."""
    left, heights = [x[i : i + 1] for i in range(len(x))], []
    while len(left) > 1:
        value, i, j = max((likeness(left[i], left[j]), i, j) for j in range(len(left)) for i in range(j))
        heights.append(1 - value)
        left[i] = np.concatenate([left[i], left.pop(j)])
    return np.maximum.accumulate(heights)


@pytest.mark.parametrize("n", [2, 3, 12, 40])
def test_the_merges_are_those_of_the_plain_definition(n):
    x = units(n, 5, n)
    tree = average_tree(x)
    assert is_valid_linkage(tree)
    np.testing.assert_allclose(
        tree[:, 2], plainly(x), rtol=0, atol=of_sum(5 * n)
    )  # float32 from merge to merge


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(0, 10_000))
def test_equal_opposite_and_empty_rows_still_make_a_tree(n, seed):
    x = np.random.default_rng(seed).integers(-1, 2, (n, 2)).astype(float)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1)
    tree = average_tree(x)
    assert tree.shape == (n - 1, 4)
    assert (np.diff(tree[:, 2]) >= 0).all()
    assert np.isfinite(tree).all()
    if n > 1:
        assert tree[-1, 3] == n


def test_people_of_unequal_sizes_are_found_better_than_by_plain_average_linkage():
    def best(tree, truth):
        return max(adjusted_rand_score(truth, fcluster(tree, k, "maxclust")) for k in range(2, 100))

    ours, plain = [], []
    for seed in range(3):
        x, truth = groups([60] + [3] * 40, d=256, noise=2.5, seed=seed)
        ours.append(best(average_tree(x), truth))
        plain.append(best(linkage(pdist(x, "sqeuclidean"), "average"), truth))
    assert np.mean(ours) > np.mean(plain) + 0.02


@settings(max_examples=40)
@given(st.integers(2, 40), st.integers(0, 10_000))
def test_rows_of_one_photo_are_never_joined(n, seed):
    x, photo = units(n, 3, seed), np.random.default_rng(seed).integers(0, max(1, n // 2), n)
    tree = average_tree(x, photo)
    assert tree[-1, 3] == n
    labels = fcluster(tree, 1e9, "distance")
    for group in np.unique(labels):
        assert len(set(photo[labels == group])) == (labels == group).sum()


def test_photos_of_one_face_each_change_nothing():
    x = units(60, 4, 1)
    np.testing.assert_array_equal(average_tree(x, np.arange(60)), average_tree(x))


def test_blocks_of_the_product_are_symmetric(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 7)
    x = units(40, 33)
    found = cosines(x)
    np.testing.assert_array_equal(found, found.T)
    np.fill_diagonal(found, 1.0)
    np.testing.assert_allclose(found, x @ x.T, rtol=0, atol=of_sum(33))


def test_other_numbers_of_photos_are_an_error():
    with pytest.raises(ValueError, match="photo of each of 5 rows"):
        average_tree(units(5, 2), np.arange(4))
