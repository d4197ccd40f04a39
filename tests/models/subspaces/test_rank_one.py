"""The rank-one filter against NMF, the singular values, and features planted in and out of one factor."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.decomposition import NMF

from models.subspaces.rank_one import MOST_STEPS, TOLERANCE, kept_features, rank_one, residuals


def relu(n=300, d=40, seed=0, dtype=np.float64):
    """(n, d) as a layer with ReLU gives them: many zeros, some features that are always 0."""
    generator = np.random.default_rng(seed)
    v = np.maximum(generator.normal(size=(n, 5)) @ generator.normal(size=(5, d)) + 0.5, 0)
    v[:, ::7] = 0
    return v.astype(dtype)


def planted(seed, n=400, factor=30, apart=20):
    """(v, indices of those apart): features that follow one factor and noise, and others on their own."""
    generator = np.random.default_rng(seed)
    common = generator.random((n, 1)) + 0.5
    following = common * (0.8 + 0.4 * generator.random(factor)) + 0.01 * generator.random((n, factor))
    # Each has the mean of those that follow (1), but is there for half of the rows only.
    own = 2.0 * (generator.random((n, apart)) < 0.5)
    order = generator.permutation(factor + apart)
    v = np.empty((n, factor + apart))
    v[:, order] = np.hstack([following, own])
    return v, np.sort(order[factor:])


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_leading_singular_pair(seed):
    v = relu(seed=seed)
    w, h = rank_one(v)
    left, values, right = np.linalg.svd(v, full_matrices=False)
    assert (w >= 0).all()
    assert (h >= 0).all()
    # The vector's error is what it misses the equation by, over the gap to the next squared value.
    bound = TOLERANCE / (1 - (values[1] / values[0]) ** 2) * np.sqrt(v.shape[1])
    np.testing.assert_allclose(h, np.abs(right[0]), rtol=0, atol=bound)
    np.testing.assert_allclose(w, values[0] * np.abs(left[:, 0]), rtol=0, atol=bound * values[0])


def test_it_is_the_best_non_negative_factorisation_of_rank_one():
    v = relu()
    w, h = rank_one(v)
    nmf = NMF(1, init="random", random_state=0, tol=1e-12, max_iter=5000)
    columns = nmf.fit_transform(v)
    np.testing.assert_allclose(np.outer(w, h), columns @ nmf.components_, rtol=0, atol=1e-5 * v.max())
    assert np.linalg.norm(v - np.outer(w, h)) <= np.linalg.norm(v - columns @ nmf.components_) * (1 + 1e-12)
    theirs = residuals(v, columns[:, 0], nmf.components_[0])
    np.testing.assert_allclose(residuals(v, w, h), theirs, rtol=0, atol=1e-5 * v.max() * len(v))
    kept = np.sort(np.argsort(-theirs, kind="stable")[:20])
    np.testing.assert_array_equal(kept_features(v), kept)


@pytest.mark.parametrize("relative_error", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_features_that_follow_no_common_factor_are_kept(seed, relative_error):
    v, apart = planted(seed)
    np.testing.assert_array_equal(kept_features(v, 0.4, relative_error), apart)


def test_as_printed_the_loud_are_kept_and_by_the_relative_error_those_apart():
    v, apart = planted(0)
    quiet = v.copy()
    quiet[:, apart] /= 1000
    assert not set(kept_features(quiet, 0.4).tolist()) & set(apart.tolist())
    np.testing.assert_array_equal(kept_features(quiet, 0.4, relative_error=True), apart)


def test_of_equal_residuals_the_lower_index_is_kept():
    v = np.zeros((4, 6))
    v[:, 1] = [0, 2, 0, 0]  # explained to the last digit, as the zeros are
    assert not residuals(v, *rank_one(v)).any()
    np.testing.assert_array_equal(kept_features(v), [0, 1, 2])
    # Of the identity, w = h = (1/2, 1/2, 1/2, 1/2), and every residual is 3/4 + 3 * 1/4.
    np.testing.assert_array_equal(residuals(np.eye(4), *rank_one(np.eye(4))), [1.5] * 4)
    np.testing.assert_array_equal(kept_features(np.eye(4)), [0, 1])


def test_all_zero_is_explained_by_zeros():
    for w, h in (rank_one(np.zeros((5, 3))), rank_one(np.zeros((1, 1), np.float32))):
        assert not w.any()
        assert not h.any()
    v = relu()
    assert not v[:, 7].any()
    for relative_error in (False, True):
        errors = residuals(v, *rank_one(v), relative_error)
        assert np.isfinite(errors).all()
        assert not errors[::7].any()


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.float64, arrays.array_shapes(min_dims=2, max_dims=2, max_side=8),
                     elements=st.integers(0, 9).map(float)))  # fmt: skip
def test_no_other_pair_explains_more(v):
    w, h = rank_one(v)
    assert (w >= 0).all()
    assert (h >= 0).all()
    if not v.any():
        return
    largest = np.linalg.svd(v, compute_uv=False)[0] ** 2
    # By the start's share of the leading vector, 1 / sqrt(n): what ends the iteration bounds what is missed
    # of the squared value, and so does the number of steps, whatever the second value is.
    missed = max(TOLERANCE * np.sqrt(len(v)), len(v) / (2 * MOST_STEPS + 1))
    assert np.sum((v @ h) ** 2) >= largest * (1 - missed)
    assert np.linalg.norm(h) == pytest.approx(1)
    np.testing.assert_allclose(w, v @ h)


@given(st.integers(1, 60), st.floats(0.01, 1), st.integers(0, 100))
@example(1, 0.9999999999999999, 0)
def test_as_many_are_kept_as_the_share_says(d, share, seed):
    v = np.random.default_rng(seed).random((7, d))
    wanted = int(share * d + 1e-9)
    if wanted < 1:
        with pytest.raises(ValueError, match="leaves none"):
            kept_features(v, share)
        return
    kept = kept_features(v, share)
    assert len(kept) == wanted
    assert (np.diff(kept) > 0).all()
    assert kept[0] >= 0
    assert kept[-1] < d


def test_a_share_that_is_a_whole_number_but_for_rounding_counts_as_one():
    assert 0.29 * 100 < 29
    assert len(kept_features(np.random.default_rng(0).random((5, 100)), 0.29)) == 29


def test_float32_is_never_held_as_float64():
    v = np.random.default_rng(0).random((40_000, 64), np.float32)
    tracemalloc.start()
    w, h = rank_one(v)
    residuals(v, w, h)
    kept_features(v)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < v.nbytes
    exact = rank_one(v.astype(np.float64))
    np.testing.assert_allclose(h, exact[1], rtol=1e-12)


@pytest.mark.parametrize("bad", [-1e-9, np.nan, np.inf])
def test_what_is_negative_or_not_finite_is_an_error(bad):
    v = relu()
    v[3, 1] = bad
    for function in (rank_one, kept_features):
        with pytest.raises(ValueError, match="Expected finite features of at least 0"):
            function(v)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,)])
def test_other_shapes_are_errors(shape):
    with pytest.raises(ValueError, match=r"shape \(n, d\)"):
        rank_one(np.zeros(shape))


@pytest.mark.parametrize("share", [0.0, -0.5, 1.5, 0.02])
def test_a_share_that_is_none_or_leaves_nothing_is_an_error(share):
    with pytest.raises(ValueError, match=r"Expected above 0, at most 1"):
        kept_features(relu(), share)
