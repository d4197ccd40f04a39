"""Choosing a Gaussian mixture over a grid: our expectation-maximisation against scikit-learn's.

    python -m benchmarks.mixtures [--rows 10000] [--repeats 3]

The grid is 5, 10, 20, 30 components x full, tied, diag, spherical x 3 folds, on planted rows of 32 values:
12 overlapping components, each with a covariance of its own. Both sides fit on two folds and score the
third, with scikit-learn's defaults: k-means labels (seed 0) to start from, reg_covar 1e-6, tol 1e-3, at most
100 iterations. scikit-learn is one process with as many threads of linear algebra as suit it best, found by
a trial on 10 components. Sides take turns; seconds are medians. Then ours again with one device less.
"""

import argparse
import json
import os
import sys
import time
import warnings
from contextlib import nullcontext
from unittest import mock

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from models.clustering.clusterers import COVARIANCE_TYPES
from models.clustering.mixtures.expectation_maximization import EMSettings, fit_mixture
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.rules.mixture import gmm_n_parameters, mixture_log_likelihood
from models.devices.threads import in_threads

N_COMPONENTS = (5, 10, 20, 30)
CORES = len(os.sched_getaffinity(0))
D, PLANTED = 32, 12
OFF = {  # what ours is without, and how it is told to do without
    "rows prepared once a fold": {"shared": False},
    "one k-means for all covariance types": {"warm": False},
    "float32": {"settings": EMSettings(single_precision=False)},
    "relaxed steps": {"settings": EMSettings(relaxation=1)},
    "both cores": {"threads": 1},
    "one product for many full covariances": {"few": 10**6},
    "one by one where full covariances are few": {"few": 0},
}


def planted_rows(n, seed=0):
    """Rows (n, 32) of 12 overlapping Gaussians; standard deviations along random axes are 0.45 to 2."""
    generator = np.random.default_rng(seed)
    means = 0.6 * generator.normal(size=(PLANTED, D))
    truth = generator.choice(PLANTED, n, p=generator.dirichlet(np.full(PLANTED, 5.0)))
    x = generator.normal(size=(n, D))
    for j in range(PLANTED):
        axes = np.linalg.qr(generator.normal(size=(D, D)))[0]
        deviations = np.sqrt(np.exp(generator.uniform(np.log(0.2), np.log(4), D)))
        x[truth == j] = means[j] + (x[truth == j] * deviations) @ axes.T
    return x


def folds_of(x):
    """Three (rows to fit on, rows to score)."""
    splits = KFold(3, shuffle=True, random_state=0).split(x)
    return [(x[fitted], x[scored]) for fitted, scored in splits]


def theirs(folds, blas, n_components=N_COMPONENTS):
    """scikit-learn's grid: {(k, type, fold): (fitted, held-out mean log-likelihood)}."""
    out = {}
    with warnings.catch_warnings(), threadpool_limits(blas):
        warnings.simplefilter("ignore", ConvergenceWarning)
        for k in n_components:
            for kind in COVARIANCE_TYPES:
                for number, (fitted, scored) in enumerate(folds):
                    gmm = GaussianMixture(k, covariance_type=kind, random_state=0).fit(fitted)
                    out[k, kind, number] = gmm, gmm.score(scored)
    return out


def ours(folds, blas=1, n_components=N_COMPONENTS, **switches):
    """Our grid, in the form of ``theirs``: fits side by side, or each with ``blas`` threads; see OFF."""
    without = {"settings": None, "shared": True, "warm": True, "threads": None, "few": None} | switches
    rows = [SharedRows(fitted) for fitted, _ in folds]

    def labels_of(k, number):
        return KMeans(k, n_init=1, random_state=0).fit(folds[number][0]).labels_

    def part(item):
        k, number = item
        out, labels = {}, labels_of(k, number)
        for kind in COVARIANCE_TYPES:
            labels = labels if without["warm"] or kind == COVARIANCE_TYPES[0] else labels_of(k, number)
            own = rows[number] if without["shared"] else SharedRows(folds[number][0])
            fitted = fit_mixture(own, labels, kind, without["settings"])
            out[k, kind, number] = fitted, mixture_log_likelihood(fitted.mixture, folds[number][1]).mean()
        return out

    items = [(k, number) for k in sorted(n_components, reverse=True) for number in range(len(folds))]
    with (
        mock.patch("models.clustering.mixtures.expectation_step.few_components", return_value=without["few"])
        if without["few"] is not None
        else nullcontext()
    ):
        if blas == 1:
            parts = in_threads(part, items, without["threads"])
        else:
            with threadpool_limits(blas):
                parts = [part(item) for item in items]
    return {key: value for part in parts for key, value in part.items()}


def seconds(function, *arguments, **options):
    """Seconds that the call took, on the clock and of processor time, and its result."""
    began = np.array([time.perf_counter(), time.process_time()])
    result = function(*arguments, **options)
    return np.array([time.perf_counter(), time.process_time()]) - began, result


def means_over_folds(grid):
    """{(k, type): mean held-out log-likelihood, nats a row}."""
    kinds = [(k, kind) for k in N_COMPONENTS for kind in COVARIANCE_TYPES]
    return {key: float(np.mean([grid[(*key, number)][1] for number in range(3)])) for key in kinds}


def bics(grid, folds):
    """{(k, type): BIC on the rows that were fitted on, mean over the folds}."""
    out = {}
    for k in N_COMPONENTS:
        for kind in COVARIANCE_TYPES:
            values = []
            for number, (fitted, _) in enumerate(folds):
                model = grid[k, kind, number][0]
                scores = (
                    model.score_samples(fitted)
                    if isinstance(model, GaussianMixture)
                    else mixture_log_likelihood(model.mixture, fitted)
                )
                penalty = gmm_n_parameters(k, D, kind) * np.log(len(fitted))
                values.append(penalty - 2 * scores.sum())
            out[k, kind] = float(np.mean(values))
    return out


def agreement(mine, other, folds):
    """Both sides' choices, and how far the mean held-out log-likelihoods are apart."""
    held_out = means_over_folds(mine), means_over_folds(other)
    criteria = bics(mine, folds), bics(other, folds)
    gaps = {key: (held_out[0][key] - value) / abs(value) for key, value in held_out[1].items()}
    lowest, highest = min(gaps, key=gaps.get), max(gaps, key=gaps.get)
    return {
        "choice_by_held_out": [" ".join(map(str, max(side, key=side.get))) for side in held_out],
        "choice_by_bic": [" ".join(map(str, min(side, key=side.get))) for side in criteria],
        "ours_lowest_percent": [f"{100 * gaps[lowest]:.3f}", " ".join(map(str, lowest))],
        "ours_highest_percent": [f"{100 * gaps[highest]:.3f}", " ".join(map(str, highest))],
        "of_candidates": len(gaps),
        "ours_lower_by_over_0.1_percent": sum(gap < -1e-3 for gap in gaps.values()),
        "ours_higher_by_over_0.1_percent": sum(gap > 1e-3 for gap in gaps.values()),
        "iterations": [
            sum(fitted.n_iter for fitted, _ in mine.values()),
            sum(fitted.n_iter_ for fitted, _ in other.values()),
        ],
    }


def trial(folds):
    """Seconds of 10 components on one fold by side and threads of linear algebra in one thread of Python."""
    return {
        name: {blas: seconds(side, folds[:1], blas, (10,), **more)[0][0] for blas in sorted({1, CORES})}
        for name, side, more in (("scikit-learn", theirs, {}), ("ours", ours, {"threads": 1}))
    }


def main(n=10_000, repeats=3):
    """Seconds of both grids, their ratio, their agreement, and what each device brings."""
    folds = folds_of(planted_rows(n))
    tried = trial(folds)
    best = min(tried["scikit-learn"], key=tried["scikit-learn"].get)
    timed = {"scikit-learn": [], "ours": []} | {name: [] for name in OFF}
    for number in range(repeats):
        spent, other = seconds(theirs, folds, best)
        timed["scikit-learn"].append(spent)
        spent, mine = seconds(ours, folds)
        timed["ours"].append(spent)
        for name, options in OFF.items():
            timed[name].append(seconds(ours, folds, **options)[0])
        print(f"round {number + 1}: {timed['scikit-learn'][-1][0]:.1f} s, {spent[0]:.1f} s", file=sys.stderr)
    medians = {name: np.median(values, axis=0) for name, values in timed.items()}
    ratios = {
        name: np.median(np.divide(values, timed["ours"]), axis=0).round(2) for name, values in timed.items()
    }
    return {
        "rows": n,
        "cores": CORES,
        "load_at_the_end": [round(load, 1) for load in os.getloadavg()],
        "trial_seconds_by_threads_of_linear_algebra": tried,
        "seconds": {name: round(medians[name][0], 2) for name in ("scikit-learn", "ours")},
        "processor_seconds": {name: round(medians[name][1], 2) for name in ("scikit-learn", "ours")},
        "scikit_learn_over_ours": ratios["scikit-learn"][0],
        "scikit_learn_over_ours_processor_time": ratios["scikit-learn"][1],
        "agreement_ours_then_theirs": agreement(mine, other, folds),
        "times_as_long_without (clock, processor)": {name: ratios[name].tolist() for name in OFF},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(main(options.rows, options.repeats), indent=1))
