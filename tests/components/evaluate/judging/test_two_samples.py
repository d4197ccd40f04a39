"""Two sets of rows by a mixture each: against closed forms, and refused across spaces."""

import json

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from components.evaluate.judging.two_samples import (
    compare_sets,
    histograms,
    kl_divergence,
    log_probabilities,
)
from models.clustering.rules.mixture import Mixture, from_scikit_learn, mixture_log_likelihood
from tests.bounds import STANDARD_ERRORS


def gaussian(mean, covariance):
    """A mixture of one component; scikit-learn's convention of the precision's factor."""
    cholesky = np.linalg.inv(np.linalg.cholesky(covariance)).T
    return Mixture(np.ones(1), np.array([mean], float), cholesky[None], "full")


def fit_both(x, y, fit):
    return fit(x), fit(y)


def closed_form(mean_p, cov_p, mean_q, cov_q):
    """KL of two Gaussians in nats."""
    inverse = np.linalg.inv(cov_q)
    step = np.subtract(mean_q, mean_p)
    quotient = np.log(np.linalg.det(cov_q) / np.linalg.det(cov_p))
    return 0.5 * (np.trace(inverse @ cov_p) + step @ inverse @ step - len(step) + quotient)


def fit(rows):
    return from_scikit_learn(GaussianMixture(2, covariance_type="tied", random_state=0).fit(rows))


def sets(shift=1.0, seed=0):
    generator = np.random.default_rng(seed)
    return generator.standard_normal((200, 2)), generator.standard_normal((150, 2)) + shift


@pytest.mark.parametrize("seed", range(4))
def test_the_divergence_of_gaussians_is_the_closed_form(seed):
    generator = np.random.default_rng(seed)
    factors = generator.standard_normal((2, 3, 3)) + 2 * np.eye(3)
    covariances = [a @ a.T for a in factors]
    means = generator.standard_normal((2, 3))
    p, q = (gaussian(m, c) for m, c in zip(means, covariances, strict=True))
    for one, other, order in ((p, q, (0, 1)), (q, p, (1, 0))):
        i, j = order
        found = kl_divergence(one, other, 20_000, seed)
        true = closed_form(means[i], covariances[i], means[j], covariances[j])
        assert abs(found["value"] - true) < 4 * found["standard_error"]
        assert found["standard_error"] < 0.1 * true
        assert found["n"] == 20_000


def test_a_mixture_is_at_no_distance_from_itself():
    p = fit(sets()[0])
    assert kl_divergence(p, p, 100)["value"] == 0.0


def test_the_outcome_is_json_and_says_what_it_rests_on():
    x, y = sets()
    outcome = compare_sets(x, y, fit_both(x, y, fit), "pca-2 of model 7", 500)
    assert json.loads(json.dumps(outcome, allow_nan=False)) == outcome
    assert (outcome["space"], outcome["dimension"]) == ("pca-2 of model 7", 2)
    assert (outcome["n_x"], outcome["n_y"]) == (200, 150)
    assert outcome["n_parameters_x"] == 2 * 2 + 3 + 1  # means, one covariance, one free weight
    assert outcome["kl_x_y"]["value"] > 5 * outcome["kl_x_y"]["standard_error"]
    assert compare_sets(x, y, fit_both(x, y, fit), "pca-2 of model 7", 500) == outcome
    swapped = compare_sets(y, x, fit_both(y, x, fit), "pca-2 of model 7", 500)
    assert swapped["n_x"] == 150
    one, other = swapped["kl_y_x"], outcome["kl_x_y"]  # other draws, and other numbers of draws a component
    by_chance = STANDARD_ERRORS * np.hypot(one["standard_error"], other["standard_error"])
    assert one["value"] == pytest.approx(other["value"], rel=0, abs=by_chance)


def test_each_set_is_likelier_under_its_own_mixture():
    x, y = sets(3.0)
    mixtures = fit_both(x, y, fit)
    found = log_probabilities(x, y, mixtures)
    np.testing.assert_allclose(found["y_under_x"], mixture_log_likelihood(mixtures[0], y))
    assert found["x_under_x"].mean() > found["x_under_y"].mean()
    assert found["y_under_y"].mean() > found["y_under_x"].mean()
    assert found["y_under_x"].shape == (150,)


def test_histograms_share_their_bins_and_lose_no_row():
    arrays = {"a": np.arange(100.0), "b": np.append(np.arange(50.0), -1e9)}
    found = histograms(arrays, bins=10)
    assert len(found["edges"]) == 11
    # The lowest 1% of b's 51 values ends halfway between the outlier and 0; the outlier is only counted.
    assert found["edges"][0] == np.percentile(arrays["b"], 1) == -0.5e9
    assert (found["b"]["below"], found["a"]["below"]) == (1, 0)
    for name, values in arrays.items():
        entry = found[name]
        assert sum(entry["counts"]) + entry["below"] + entry["above"] == len(values)
        assert entry["mean"] == values.mean()
    constant = histograms({"a": np.full(5, 2.0)})
    assert sum(constant["a"]["counts"]) == 5


def test_sets_of_two_spaces_are_refused():
    x, y = sets()
    mixtures = fit_both(x, y, fit)
    with pytest.raises(ValueError, match="one space"):
        compare_sets(x, y[:, :1], mixtures, "s")
    with pytest.raises(ValueError, match="at least one row"):
        compare_sets(x, y[:0], mixtures, "s")
    with pytest.raises(ValueError, match="at least 2 draws"):
        kl_divergence(*mixtures, n_samples=1)
