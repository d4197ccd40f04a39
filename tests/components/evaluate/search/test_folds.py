"""The folds that candidates are judged on, and how sure their mean is."""

import types

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from components.evaluate.search.candidates import evaluate
from components.evaluate.search.folds import (
    N_FOLDS,
    N_REPEATS,
    STARTS,
    Fold,
    build_kind,
    fitted_on_fold,
    make_grid,
    standard_error,
)
from components.evaluate.search.selection import cluster
from components.evaluate.search.settings import SelectionSettings
from models.clustering.rows import Rows
from tests.models.planted import alike as planted

FIT = SelectionSettings(reg_covar=1e-3)


@pytest.fixture(scope="module")
def x():
    return planted(n=90, d=4)[0].astype(float)


def grid_of(x, random_state=0):
    return make_grid(Rows(x, None), "embedding(4)", random_state)


def members(rows):
    return {row.tobytes() for row in rows}


def test_every_row_is_scored_once_in_each_repeat_and_never_where_it_was_fitted(x):
    folds = grid_of(x).folds
    assert len(folds) == N_FOLDS * N_REPEATS == 15
    for repeat in np.reshape(np.arange(len(folds)), (N_REPEATS, N_FOLDS)):
        scored = [row for i in repeat for row in folds[i].scored]
        assert len(scored) == len(x)
        assert members(scored) == members(x)
    for fold in folds:
        assert not members(fold.fitted.x) & members(fold.scored)
        assert len(fold.fitted) + len(fold.scored) == len(x)


def test_repeats_and_seeds_divide_the_rows_otherwise(x):
    first, other = grid_of(x).folds, grid_of(x, 1).folds
    assert members(first[0].scored) != members(first[N_FOLDS].scored)
    assert members(first[0].scored) != members(other[0].scored)


def test_folds_go_by_the_rows_values_and_not_by_their_order(x):
    """Seven orders of one set of embeddings gave from 1 to 18 groups."""
    folds = grid_of(x).folds
    for seed in range(7):
        other = grid_of(np.random.default_rng(seed).permutation(x)).folds
        for one, two in zip(folds, other, strict=True):
            np.testing.assert_array_equal(one.fitted.x, two.fitted.x)
            np.testing.assert_array_equal(one.scored, two.scored)


def test_photos_stay_with_their_rows_in_the_folds(x):
    photos = np.arange(len(x))
    grid = make_grid(Rows(x, photos), "embedding(4)", 0)
    for fold in grid.folds:
        np.testing.assert_array_equal(fold.fitted.x, x[fold.fitted.photos])


def test_criteria_of_two_encoders_or_two_sets_of_photos_are_not_compared(x):
    """Both are called embedding(4) and have as many rows."""
    one, two = (evaluate(grid_of(rows), ("kmeans", None), 3, FIT) for rows in (x, x + 1e-6))
    assert (one.space, one.n) == (two.space, two.n)
    for name in ("bic", "silhouette"):
        with pytest.raises(ValueError, match="different rows"):
            one.criterion(name).gain_over(two.criterion(name))
    shuffled = evaluate(grid_of(x[::-1]), ("kmeans", None), 4, FIT)
    one.criterion("bic").gain_over(shuffled.criterion("bic"))  # the same rows in another order


def test_the_standard_error_is_that_of_a_mean_over_the_folds_of_a_repeat():
    one = [1.0, 2.0, 4.0, 7.0, 11.0]
    assert standard_error([one]) == pytest.approx(np.std(one, ddof=1) / np.sqrt(5))
    # The same folds again tell nothing new, and another mean of a repeat is no spread over folds.
    assert standard_error([one] * 3) == pytest.approx(standard_error([one]))
    assert standard_error([one, [v + 100 for v in one]]) == pytest.approx(standard_error([one]))
    two = [5.0, 5.0, 5.0, 5.0, 5.0]
    assert standard_error([one, two]) == pytest.approx(standard_error([one]) / np.sqrt(2))


def test_a_candidate_tells_the_folds_and_their_error(x):
    found = evaluate(grid_of(x), ("kmeans", None), 3, FIT)
    assert np.shape(found.cv_folds) == (N_REPEATS, N_FOLDS)
    assert found.cv_standard_error == pytest.approx(standard_error(found.cv_folds))
    assert found.cv_log_likelihood == pytest.approx(np.mean(found.cv_folds))  # the folds are of one size


def test_who_starts_from_what_a_fold_keeps_is_given_it(x):
    fold = grid_of(x).whole
    started = fitted_on_fold(fold, "kmeans", build_kind(("kmeans", None), 3, 0, FIT))
    np.testing.assert_array_equal(started.initial_means, fold.start(3))
    assert fitted_on_fold(fold, "hdbscan", build_kind(("hdbscan", None), None, 0, FIT)).labels_.shape == (90,)


@pytest.mark.parametrize(
    ("k", "columns"), [(None, None), (1, None), (2, 5), (3, 5), (7, 7), (89, 89), (90, None)]
)
def test_spectral_coordinates_are_kept_for_the_largest_number_that_is_asked_for(x, k, columns):
    fold = Fold(Rows(x, None), x)
    found = STARTS["coordinates"](fold, types.SimpleNamespace(n_clusters=k, random_state=0), 5)
    if columns is None:
        assert found == {}
    else:
        assert found["coordinates"].shape == (90, columns)
        assert fold.coordinates(2, 0) is found["coordinates"]
        assert fold.coordinates(columns, 0) is found["coordinates"]


def test_spectral_coordinates_are_made_anew_for_more_and_never_more_than_the_rows(x):
    fold = Fold(Rows(x, None), x)
    assert fold.coordinates(3, 0).shape == (90, 3)
    assert fold.coordinates(6, 0).shape == (90, 6)
    asked = types.SimpleNamespace(n_clusters=3, random_state=0)
    assert STARTS["coordinates"](fold, asked, 500)["coordinates"].shape == (90, 89)


def test_rows_in_any_order_are_grouped_alike(x):
    settings = SelectionSettings(whiten=False, n_clusters="2-5")
    found = cluster(Rows(x, None), settings)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(x))
        other = cluster(Rows(x[order], None), settings)
        assert other.selection.best.title == found.selection.best.title
        assert adjusted_rand_score(found.estimator.labels_[order], other.estimator.labels_) == 1.0
