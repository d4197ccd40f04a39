"""P4's protocol on planted pictures of two kinds."""

import json

import numpy as np
import pytest

from components.evaluate.judging.simulated_protocol import covariances, p4_protocol
from components.evaluate.search.settings import SelectionSettings
from models.clustering.rules.mixture import Mixture
from tests.bounds import of_mean


@pytest.fixture(scope="module")
def found():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(160, 12)) * np.linspace(3, 0.5, 12)
    labels = ["fake" if i % 2 else "real" for i in range(160)]
    x[1::2, 0] += 4.0
    return p4_protocol(x.astype(np.float32), labels, SelectionSettings(pca_variance=0.95, whiten=False))


def test_every_figure_has_its_n_p_and_space(found):
    assert found["names"] == ["real", "fake"]
    assert set(found["spaces"]) == {"pca", "tsne"}
    for name, space in found["spaces"].items():
        for one in space["sets"].values():
            assert one["n"] == sum(one["counts"]) == 80
            assert {c["n"] for c in one["candidates"]} == {80}
            assert {c["space"] for c in one["candidates"]} == {one["space"]}
            assert one["space"].startswith(name)
            chosen = one["candidates"][one["chosen"]]
            assert chosen["n_parameters"] == 6 * chosen["n_clusters"] - 1
            assert chosen["bic"] == min(c["bic"] for c in one["candidates"] if not c["dropped"])
            assert len(one["seeds"]["bic"]) == 10
            assert one["kmeans"]["space"] == one["space"]
            assert (one["kmeans"]["n"], one["kmeans"]["n_parameters"]) == (80, 21)
            assert np.bincount(one["assigned"]).tolist() == one["counts"]
    assert found["paper"]["kl"] == 0.6978


def test_kl_is_above_zero_both_ways_with_its_error(found):
    comparison = found["spaces"]["pca"]["comparison"]
    for name in ("kl_x_y", "kl_y_x"):
        assert comparison[name]["value"] > 3 * comparison[name]["standard_error"] > 0
    assert comparison["space"] == "pca(12->2)"
    ratio, kl = comparison["log_ratio"]["x"], comparison["kl_x_y"]
    deviation = kl["standard_error"] * np.sqrt(kl["n"])
    assert ratio["mean"] == pytest.approx(kl["value"], rel=0, abs=of_mean(deviation, 80))
    assert sum(ratio["counts"]) + ratio["below"] + ratio["above"] == 80


def test_only_pca_is_servable(found):
    assert found["spaces"]["pca"]["servable"]
    assert not found["spaces"]["tsne"]["servable"]


def test_it_goes_through_json(found):
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_means_lie_among_the_points_that_both_sets_share(found):
    space = found["spaces"]["pca"]
    points, labels = np.array(space["points"]), np.array(found["labels"])
    for name, one in space["sets"].items():
        means = np.average(one["means"], axis=0, weights=one["weights"])
        # The last maximisation gives the components the rows' own mean; points are told to four digits.
        np.testing.assert_allclose(means, points[labels == name].mean(axis=0), rtol=0, atol=1e-4)


def test_one_kind_is_not_two():
    with pytest.raises(ValueError, match="exactly|Expected pictures in two folders"):
        p4_protocol(np.zeros((4, 3)), ["real"] * 4, SelectionSettings(pca_variance=0.95, whiten=False))


def test_covariances_are_the_inverse_of_the_precisions():
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    precision = np.linalg.inv(np.linalg.cholesky(covariance)).T
    mixture = Mixture(np.ones(1), np.zeros((1, 2)), precision[None])
    np.testing.assert_allclose(covariances(mixture)[0], covariance)
