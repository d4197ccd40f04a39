"""Planted mixtures are found, and results are plain."""

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from components.evaluate.search.criteria import CRITERIA
from components.evaluate.search.selection import cluster
from components.evaluate.search.settings import SelectionSettings
from components.evaluate.search.stability import SPLITS
from models.clustering.clusterers import CLUSTERERS
from models.clustering.rows import Rows
from models.clustering.rules.mixture import mixture_log_likelihood, mixture_posterior
from tests.models.planted import alike as planted

QUICK = SelectionSettings(covariance_types=("tied", "spherical"), pca_variance=0.95, whiten=False)


@pytest.fixture(scope="module")
def found():
    x, truth = planted()
    calls = []
    clustering = cluster(Rows(x, None), QUICK, lambda done, total: calls.append((done, total)))
    return x, truth, clustering, calls


def test_planted_clusters_are_found(found):
    x, truth, clustering, _ = found
    assert clustering.selection.best.n_clusters == 12
    assert adjusted_rand_score(truth, clustering.estimator.labels_) > 0.95
    np.testing.assert_array_equal(clustering.predict(x), clustering.estimator.labels_)


def test_every_candidate_carries_its_space_and_n(found):
    _, _, clustering, _ = found
    selection = clustering.selection
    space = clustering.reduction.space.name
    assert {(c.space, c.n) for c in selection.candidates} == {(space, 180)}
    assert {c.clusterer for c in selection.candidates} == {"kmeans", "gmm"}
    assert selection.candidates[selection.chosen] is selection.best
    assert f"n = 180, {selection.best.n_parameters} parameters, {space}" in selection.reasons[0]


def test_criteria_of_the_chosen_are_those_of_the_fitted_clusterer(found):
    x, _, clustering, _ = found
    best, total = (
        clustering.selection.best,
        mixture_log_likelihood(clustering.estimator.rule_, clustering.transform(x)).sum(),
    )
    assert best.aic == pytest.approx(2 * best.n_parameters - 2 * total)
    assert best.bic == pytest.approx(np.log(180) * best.n_parameters - 2 * total)
    assert best.n_parameters == clustering.estimator.n_parameters_


def test_progress_ends_full(found):
    _, _, clustering, calls = found
    assert calls[-1] == (len(clustering.selection.candidates),) * 2
    assert all(done <= total for done, total in calls)


def test_result_goes_through_json(found):
    _, _, clustering, _ = found
    plain = clustering.selection.as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert {
        "clusterer", "variant", "n_clusters", "aic", "bic", "cv_log_likelihood", "cv_standard_error",
        "silhouette", "davies_bouldin", "inertia", "n", "n_parameters", "space", "dropped", "seconds",
    } <= set(plain["candidates"][0])  # fmt: skip


def test_again_is_the_same(found):
    x, _, clustering, _ = found
    again = cluster(Rows(x, None), QUICK)
    np.testing.assert_array_equal(again.estimator.labels_, clustering.estimator.labels_)
    assert again.selection.reasons == clustering.selection.reasons


def test_one_group_is_not_split():
    x = np.random.default_rng(0).normal(size=(200, 5))
    assert cluster(Rows(x, None), QUICK).selection.best.n_clusters == 1


def test_fixed_number_is_kept():
    selection = cluster(Rows(planted()[0], None), QUICK.changed(n_clusters=7)).selection
    assert {c.n_clusters for c in selection.candidates} == {7}


def test_range_is_kept():
    selection = cluster(
        Rows(planted()[0], None), QUICK.changed(n_clusters=(5, 9), clusterers=("kmeans",))
    ).selection
    assert {c.n_clusters for c in selection.candidates} == {5, 6, 7, 8, 9}


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_any_criterion_chooses_its_best(criterion):
    settings = QUICK.changed(n_clusters=(2, 6), clusterers=("kmeans",), criterion=criterion)
    selection = cluster(Rows(planted(n_clusters=4, n=80)[0], None), settings).selection
    values = [getattr(c, criterion) for c in selection.candidates]
    assert getattr(selection.best, criterion) == (max(values) if CRITERIA[criterion] else min(values))


@pytest.mark.parametrize("n", [2, 3, 4, 7, 12])
def test_few_faces_are_clustered(n):
    x = np.random.default_rng(n).normal(size=(n, 64))
    clustering = cluster(Rows(x, None), SelectionSettings(pca_variance=0.95, whiten=False))
    assert clustering.estimator.labels_.shape == (n,)
    json.dumps(clustering.selection.as_dict(), allow_nan=False)


def test_many_faces_are_searched_on_a_sample_and_say_so():
    x, truth = planted(n=600, n_clusters=6)
    clustering = cluster(Rows(x, None), QUICK.changed(grid_rows=150))
    assert {c.n for c in clustering.selection.candidates} == {150}
    assert "Searched on a sample of 150 of 600 faces, then fitted on all." in clustering.selection.reasons
    assert adjusted_rand_score(truth, clustering.estimator.labels_) > 0.95


def test_a_number_found_on_all_faces_is_told_beside_the_samples():
    x, _ = planted(n=600, n_clusters=60)
    settings = QUICK.changed(grid_rows=150, clusterers=("agglomerative",), criterion="silhouette")
    clustering = cluster(Rows(x, None), settings)
    found = clustering.estimator.n_clusters_
    assert clustering.selection.n_clusters == found != clustering.selection.best.n_clusters
    assert clustering.selection.reasons[-1] == f"Fitted on all, it found {found} clusters."


def test_all_dropped_is_an_error_with_the_reasons():
    with pytest.raises(ValueError, match=r"No candidate has the criterion.*161 parameters, more than"):
        cluster(Rows(planted(n=40)[0], None), QUICK.changed(n_clusters=40, clusterers=("kmeans",)))


def test_heavy_tails_are_not_taken_for_groups():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 6)) * np.sqrt(5 / generator.chisquare(5, size=(200, 1)))
    settings = SelectionSettings(
        covariance_types=("tied", "diag"), clusterers=("gmm",), pca_variance=0.95, whiten=False
    )
    assert cluster(Rows(x, None), settings).selection.best.n_clusters == 1
    assert cluster(Rows(x, None), settings.changed(choose_among="all")).selection.best.n_clusters > 1


def test_the_consensus_finds_planted_groups():
    settings = QUICK.changed(n_clusters=(2, 6), criterion="consensus", choose_among="all")
    assert cluster(Rows(planted(n_clusters=4, n=120, d=6)[0], None), settings).selection.best.n_clusters == 4


def test_every_clusterer_is_a_candidate_and_one_is_chosen():
    pytest.importorskip("infomap", reason="the extra infomap is not installed")
    x, truth = planted(n_clusters=4, n=160, d=8)
    selection = cluster(
        Rows(x, None), QUICK.changed(clusterers=tuple(CLUSTERERS), n_clusters=(2, 6))
    ).selection
    assert {c.clusterer for c in selection.candidates} == set(CLUSTERERS)
    # What reads a network's logits can't read these embeddings, and says so.
    dropped = {c.clusterer: c.dropped for c in selection.candidates if c.dropped}
    assert list(dropped) == ["softmax"]
    assert "Expected 1 to 8 logits" in dropped["softmax"]
    found = [c for c in selection.candidates if c.finds_number]
    assert {c.clusterer for c in found} == {name for name, entry in CLUSTERERS.items() if entry.finds_number}
    assert selection.best.n_clusters == 4
    json.dumps(selection.as_dict(), allow_nan=False)


def test_the_best_of_each_kind_has_stability_and_changes_nothing(found):
    _, _, clustering, _ = found
    candidates = clustering.selection.candidates
    assert {c.kind for c in candidates if c.stability is not None} == {c.kind for c in candidates}
    best = clustering.selection.best
    low, high = best.stability_interval
    assert 0.9 < low <= best.stability <= high <= 1
    assert 0.5 < best.prediction_strength <= 1


def test_bic_over_seeds_and_the_elbow_come_with_the_choice(found):
    _, _, clustering, _ = found
    seeds, elbow = clustering.selection.seeds, clustering.selection.elbow
    assert len(seeds["bic"]) == 10
    assert seeds["mean"] == pytest.approx(np.mean(seeds["bic"]))
    assert seeds["n"] == 180
    assert elbow["elbow"] in elbow["n_clusters"]
    assert len(elbow["distance"]) == len(elbow["n_clusters"])


def test_icl_is_bic_and_twice_the_entropy(found):
    x, _, clustering, _ = found
    best = clustering.selection.best
    posterior = mixture_posterior(clustering.estimator.rule_, clustering.transform(x))
    entropy = -np.sum(posterior * np.log(np.maximum(posterior, 1e-300)))
    assert best.icl == pytest.approx(best.bic + 2 * entropy)
    assert best.icl >= best.bic


ALONE = SelectionSettings(clusterers=("dbscan",), criterion="silhouette", choose_among="all", whiten=False)


def test_of_one_kind_that_finds_the_number_nothing_is_searched_and_that_is_said(monkeypatch):
    fits = []
    fit = CLUSTERERS["dbscan"].load().fit
    monkeypatch.setattr(
        CLUSTERERS["dbscan"].load(),
        "fit",
        lambda self, x, *a, **k: (fits.append(len(x)), fit(self, x, *a, **k))[1],
    )
    x, truth = planted(n_clusters=4, n=200)
    calls = []
    clustering = cluster(Rows(x, None), ALONE, lambda done, total: calls.append((done, total)))
    selection = clustering.selection
    assert len(fits) == 1 + 2 * SPLITS + 1  # its figures, two halves each, and the one that is kept: no fold
    assert sorted(set(fits)) == [100, 200]
    assert calls == [(1, 1)]
    assert selection.criterion == ""
    assert selection.reasons == (
        "Nothing was chosen: the clusterer dbscan alone was tried, and finds the number itself.",
    )
    (only,) = selection.candidates
    assert (only.cv_log_likelihood, only.cv_folds) == (None, ())
    for figure in ("stability", "stability_interval", "prediction_strength", "silhouette", "bic"):
        assert getattr(only, figure) is not None
    assert adjusted_rand_score(truth, clustering.estimator.labels_) > 0.9
    json.dumps(selection.as_dict(), allow_nan=False)


def test_beside_another_kind_or_with_two_numbers_it_is_a_choice():
    x, _ = planted(n_clusters=4, n=100)
    two = cluster(Rows(x, None), ALONE.changed(clusterers=("dbscan", "kmeans"), n_clusters=4)).selection
    told = cluster(Rows(x, None), ALONE.changed(clusterers=("kmeans",), n_clusters="4-5")).selection
    for selection in (two, told):
        assert selection.criterion == "silhouette"
        assert selection.reasons[0].startswith("Best of")
        assert all(len(c.cv_folds) == 3 for c in selection.candidates if c.clusterer == "kmeans")


def test_the_only_candidate_that_cannot_be_fitted_is_an_error_with_the_reason(monkeypatch):
    def refuse(self, x, *_, **__):
        raise ValueError("too many rows")

    monkeypatch.setattr(CLUSTERERS["dbscan"].load(), "fit", refuse)
    with pytest.raises(
        ValueError, match=r"The only candidate was dropped: dbscan.*: too many rows\. .*clusterers"
    ):
        cluster(Rows(planted(n=40)[0], None), ALONE)


def test_without_two_groups_the_only_candidate_still_stands():
    x = np.random.default_rng(0).normal(size=(60, 3)) * 1e-3 + 1
    alone = cluster(Rows(x, None), ALONE.changed(clusterers=("people",), reduction="uncentred")).selection
    assert alone.best.silhouette is None
    assert alone.n_clusters < 2


@pytest.mark.parametrize(
    ("n_clusters", "criterion", "with_folds"),
    [("12", "silhouette", False), ("11-12", "silhouette", True), ("12", "cv_log_likelihood", True)],
)
def test_a_single_candidate_is_not_fitted_on_folds(n_clusters, criterion, with_folds):
    x, truth = planted()
    settings = SelectionSettings(clusterers=("kmeans",), n_clusters=n_clusters, criterion=criterion)
    found = cluster(Rows(x, None), settings)
    assert (found.selection.best.cv_log_likelihood is not None) == with_folds
    assert (found.selection.criterion == criterion) == with_folds
    assert adjusted_rand_score(truth, found.estimator.labels_) > 0.9
    if not with_folds:
        assert found.selection.reasons[0].endswith("was tried, and is given the number, 12.")
