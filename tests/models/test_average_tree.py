"""Average linkage in float32: SciPy's tree, and rows that may not be joined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist
from sklearn.metrics import adjusted_rand_score

from models.average_tree import average_tree
from tests.models.planted import groups


@pytest.mark.parametrize("n", [2, 3, 70, 700])
def test_the_tree_is_scipys(n):
    x = np.random.default_rng(n).normal(size=(n, 6)) + 50
    theirs = linkage(pdist(x, "sqeuclidean"), "average")
    ours = average_tree(x)
    np.testing.assert_array_equal(ours[:, [0, 1, 3]], theirs[:, [0, 1, 3]])
    np.testing.assert_allclose(ours[:, 2], theirs[:, 2], rtol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10_000))
def test_equal_rows_and_ties_still_make_a_tree(n, seed):
    x = np.random.default_rng(seed).integers(0, 2, (n, 2)).astype(float)
    tree = average_tree(x)
    assert tree.shape == (n - 1, 4)
    assert (np.diff(tree[:, 2]) >= 0).all()
    if n > 1:
        assert tree[-1, 3] == n
        same = fcluster(tree, 1e-6, "distance")
        assert adjusted_rand_score(same, np.unique(x, axis=0, return_inverse=True)[1].ravel()) == 1


def test_heights_of_unit_rows_are_twice_the_mean_cosine_distance():
    x, _ = groups([5, 4], d=32)
    top = average_tree(x)[-1, 2]
    labels = fcluster(average_tree(x), top * 0.999, "distance")
    one, other = x[labels == 1].mean(axis=0), x[labels == 2].mean(axis=0)
    assert top == pytest.approx(2 - 2 * one @ other, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 40), st.integers(0, 10_000))
def test_rows_of_one_photo_are_never_joined(n, seed):
    generator = np.random.default_rng(seed)
    x, photo = generator.normal(size=(n, 3)), generator.integers(0, max(1, n // 2), n)
    tree = average_tree(x, photo)
    assert tree[-1, 3] == n
    assert (np.diff(tree[np.isfinite(tree[:, 2]), 2]) >= 0).all()
    labels = fcluster(tree, 1e9, "distance")
    for group in np.unique(labels):
        assert len(set(photo[labels == group])) == (labels == group).sum()


def test_photos_of_one_face_each_change_nothing():
    x = np.random.default_rng(1).normal(size=(60, 4))
    np.testing.assert_array_equal(average_tree(x, np.arange(60)), average_tree(x))


def test_other_numbers_of_photos_are_an_error():
    with pytest.raises(ValueError, match="photo of each of 5 rows"):
        average_tree(np.random.default_rng(0).normal(size=(5, 2)), np.arange(4))
