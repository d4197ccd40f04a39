import numpy as np
import pytest

from models.identity.whitening import exact_axes, principal_axes, soft_whitening
from tests.bounds import of_sum


def rows(n=200, p=30, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((n, p)) * np.geomspace(10, 0.1, p) + 3).astype(np.float32)


def test_principal_axes_are_those_of_the_svd():
    x = rows()
    axes = principal_axes(x, 5)
    _, _, expected = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(np.sum(axes * expected[:5].T, axis=0)), 1, atol=of_sum(len(x)))


def test_fewer_rows_than_columns_have_the_same_axes():
    x = rows(n=20, p=30)
    _, _, expected = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    found = principal_axes(x, 5)
    np.testing.assert_allclose(np.abs(np.sum(found * expected[:5].T, axis=0)), 1, atol=of_sum(30))
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), 1, atol=of_sum(30))


def test_axes_that_the_rows_do_not_have_are_zeros():
    axes = principal_axes(rows(n=4), 6)
    assert np.abs(axes[:, :3]).sum(axis=0).min() > 0
    np.testing.assert_array_equal(axes[:, 3:], 0)


def test_soft_whitening_centres_decorrelates_and_levels():
    x = rows()
    whitened, offset = soft_whitening(x, 12)
    y = x @ whitened - offset
    off = of_sum(x.size) * np.abs(x).max() * np.abs(whitened).max()
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=off)
    covariance = y.T @ y / len(y)
    variances = np.diag(covariance)
    assert np.abs(covariance - np.diag(variances)).max() < off
    assert np.all(np.diff(variances) < off)
    spread = np.ptp(np.log(x.var(axis=0)[:12]))
    assert np.ptp(np.log(variances)) < 0.6 * spread
    assert variances.max() < 1


@pytest.mark.parametrize("n", [200, 20])
def test_variances_are_those_of_the_svd_whichever_products_are_fewer(n):
    centred = rows(n) - rows(n).mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)[:9]
    axes, variances = exact_axes(centred, 9)
    assert axes.shape == (30, 9)
    off = of_sum(max(centred.shape)) * values[0] ** 2 / n
    np.testing.assert_allclose(variances, np.square(values) / n, rtol=0, atol=off)
    np.testing.assert_allclose((centred @ axes).var(axis=0), variances, rtol=0, atol=2 * off)


def test_few_rows_give_fewer_axes_than_asked():
    whitened, offset = soft_whitening(rows(n=8), 12)
    assert np.count_nonzero(np.any(whitened, axis=0)) == 6
    np.testing.assert_array_equal(offset[6:], 0)


def test_equal_rows_are_refused():
    with pytest.raises(ValueError, match="All 9 descriptors are equal"):
        soft_whitening(np.ones((9, 4), np.float32), 3)
