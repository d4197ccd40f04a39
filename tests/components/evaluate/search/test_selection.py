"""Planted mixtures are found, criteria are only compared where they can be, and results are plain."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, pairwise_distances, silhouette_score

from components.evaluate.search import candidates
from components.evaluate.search.candidates import evaluate, silhouette_of
from components.evaluate.search.choice import choose
from components.evaluate.search.criteria import CRITERIA, Candidate
from components.evaluate.search.folds import make_grid
from components.evaluate.search.grid import coarse_grid, halfway
from components.evaluate.search.selection import cluster
from components.evaluate.search.settings import SelectionSettings, largest_n_clusters, n_clusters_range
from models.clustering.clusterers import CLUSTERERS, FINDS_NUMBER
from models.clustering.rules.mixture import mixture_log_likelihood, mixture_posterior

QUICK = SelectionSettings(covariance_types=("tied", "spherical"))


def planted(n_clusters=12, n=180, d=24, spread=3.0, seed=0):
    """Groups that share one covariance, not spherical, in d dimensions."""
    generator = np.random.default_rng(seed)
    shape = np.linalg.qr(generator.normal(size=(d, d)))[0] * np.linspace(0.5, 2, d)
    truth = np.arange(n) % n_clusters
    x = spread * generator.normal(size=(n_clusters, d))[truth] + generator.normal(size=(n, d)) @ shape
    return x.astype(np.float32), truth


def candidate(**changes):
    plain = Candidate(
        "gmm", "tied", 10, "pca(128->2)", 683, 59, aic=9385.3, bic=9652.4, cv_log_likelihood=-6.8
    )
    return replace(plain, **{"cv_folds": (-6.8, -6.7, -6.9)} | changes)


@pytest.fixture(scope="module")
def found():
    x, truth = planted()
    calls = []
    clustering = cluster(x, QUICK, lambda done, total: calls.append((done, total)))
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
        mixture_log_likelihood(clustering.estimator.mixture_, clustering.transform(x)).sum(),
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
    again = cluster(x, QUICK)
    np.testing.assert_array_equal(again.estimator.labels_, clustering.estimator.labels_)
    assert again.selection.reasons == clustering.selection.reasons


def test_one_group_is_not_split():
    x = np.random.default_rng(0).normal(size=(200, 5))
    assert cluster(x, QUICK).selection.best.n_clusters == 1


def test_fixed_number_is_kept():
    selection = cluster(planted()[0], replace(QUICK, n_clusters=7)).selection
    assert {c.n_clusters for c in selection.candidates} == {7}


def test_range_is_kept():
    selection = cluster(planted()[0], replace(QUICK, n_clusters=(5, 9), clusterers=("kmeans",))).selection
    assert {c.n_clusters for c in selection.candidates} == {5, 6, 7, 8, 9}


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
def test_any_criterion_chooses_its_best(criterion):
    settings = replace(QUICK, n_clusters=(2, 6), clusterers=("kmeans",), criterion=criterion)
    selection = cluster(planted(n_clusters=4, n=80)[0], settings).selection
    values = [getattr(c, criterion) for c in selection.candidates]
    assert getattr(selection.best, criterion) == (max(values) if CRITERIA[criterion] else min(values))


@pytest.mark.parametrize("n", [2, 3, 4, 7, 12])
def test_few_faces_are_clustered(n):
    x = np.random.default_rng(n).normal(size=(n, 64))
    clustering = cluster(x)
    assert clustering.estimator.labels_.shape == (n,)
    json.dumps(clustering.selection.as_dict(), allow_nan=False)


def test_many_faces_are_searched_on_a_sample_and_say_so():
    x, truth = planted(n=600, n_clusters=6)
    clustering = cluster(x, replace(QUICK, grid_rows=150))
    assert {c.n for c in clustering.selection.candidates} == {150}
    assert "Searched on a sample of 150 of 600 faces, then fitted on all." in clustering.selection.reasons
    assert adjusted_rand_score(truth, clustering.estimator.labels_) > 0.95


def test_a_number_found_on_all_faces_is_told_beside_the_samples():
    x, _ = planted(n=600, n_clusters=60)
    settings = replace(QUICK, grid_rows=150, clusterers=("agglomerative",), criterion="silhouette")
    clustering = cluster(x, settings)
    found = clustering.estimator.n_clusters_
    assert clustering.selection.n_clusters == found != clustering.selection.best.n_clusters
    assert clustering.selection.reasons[-1] == f"Fitted on all, it found {found} clusters."


def test_no_density_is_made_of_more_parameters_than_values(monkeypatch):
    # In as many dimensions as pixels it took minutes, and was thrown away.
    monkeypatch.setattr(candidates, "density_of", lambda *_: pytest.fail("a density was made"))
    grid = make_grid(planted(n=40, d=90)[0].astype(float), "embedding(90)", 0)
    found = evaluate(grid, ("agglomerative", None), None, 1e-3)
    assert found.dropped is None
    assert found.cv_log_likelihood is None
    assert np.isfinite(found.silhouette)


def test_hopeless_candidates_are_dropped_with_a_reason():
    grid = make_grid(planted(n=40, d=8)[0].astype(float), "embedding(8)", 0)
    assert "more than the 320 values" in evaluate(grid, ("gmm", "full"), 10, 1e-3).dropped
    assert "more than a fold's 32 rows" in evaluate(grid, ("kmeans", None), 35, 1e-3).dropped
    assert "takes 9 rows a component, a fold has 8" in evaluate(grid, ("gmm", "full"), 4, 1e-3).dropped
    kept = evaluate(grid, ("kmeans", None), 5, 1e-3)
    assert kept.dropped is None
    assert kept.cv_standard_error > 0


def test_equal_faces_drop_and_do_not_crash():
    x = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), 10, axis=0)
    grid = make_grid(x, "embedding(2)", 0)
    assert "3 of them distinct" in evaluate(grid, ("kmeans", None), 5, 1e-3).dropped


def test_all_dropped_is_an_error_with_the_reasons():
    with pytest.raises(ValueError, match=r"No candidate has the criterion.*161 parameters, more than"):
        cluster(planted(n=40)[0], replace(QUICK, n_clusters=40, clusterers=("kmeans",)))


def test_not_converged_is_dropped(monkeypatch):
    from models.clustering import clusterers

    monkeypatch.setitem(clusterers.CLUSTERERS, "kmeans", partial(clusterers.KMeansClusterer, max_iter=1))
    grid = make_grid(np.random.default_rng(0).normal(size=(60, 3)), "embedding(3)", 0)
    assert evaluate(grid, ("kmeans", None), 6, 1e-3).dropped == "did not converge in 1 iterations"


def test_criteria_of_two_spaces_cannot_be_compared():
    ours, theirs = candidate().criterion("bic"), candidate(space="pixels(12288)").criterion("bic")
    with pytest.raises(ValueError, match="different spaces or different n"):
        ours.gain_over(theirs)
    with pytest.raises(ValueError, match=r"bic 9652.4 \(n = 683, 59 parameters, pca\(128->2\)\)"):
        choose([candidate(), candidate(n=500)], "bic")
    with pytest.raises(ValueError, match="different criteria"):
        ours.gain_over(candidate().criterion("aic"))


def test_less_bic_is_better():
    assert candidate().criterion("bic").gain_over(candidate(bic=9700.0).criterion("bic")) == pytest.approx(
        47.6
    )


def test_choose_tells_how_sure_it_is():
    near = candidate(n_clusters=8, cv_log_likelihood=-6.81, cv_folds=(-6.81, -6.69, -6.94))
    far = candidate(n_clusters=2, cv_log_likelihood=-7.8, cv_folds=(-7.8, -7.7, -7.9))
    dropped = candidate(n_clusters=50, dropped="too many", cv_log_likelihood=None)
    chosen, reasons = choose([dropped, far, near, candidate()])
    assert chosen == 3
    assert "gmm (tied), 10 clusters" in reasons[0]
    assert "2 of them, the best included" in reasons[1]
    assert "8 to 10 clusters" in reasons[1]
    assert reasons[2].startswith("1 of 4 candidates were dropped")
    assert choose([far, candidate()])[1][1].startswith("No other lies within one standard error")


def test_kinds_with_shapes_of_their_own_are_evidence_only():
    fitting_tails = candidate(variant="diag", n_clusters=2, cv_log_likelihood=-5.0)
    chosen, reasons = choose([fitting_tails, candidate()])
    assert chosen == 1
    assert "gmm (diag), 2 clusters has cv_log_likelihood -5" in reasons[2]
    assert choose([fitting_tails, candidate()], among="all")[0] == 0
    assert choose([fitting_tails])[0] == 0
    with pytest.raises(ValueError, match="Unknown choose_among 'some'"):
        choose([candidate()], among="some")


def test_heavy_tails_are_not_taken_for_groups():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 6)) * np.sqrt(5 / generator.chisquare(5, size=(200, 1)))
    settings = SelectionSettings(covariance_types=("tied", "diag"), clusterers=("gmm",))
    assert cluster(x, settings).selection.best.n_clusters == 1
    assert cluster(x, replace(settings, choose_among="all")).selection.best.n_clusters > 1


def test_choose_refuses_nonsense():
    with pytest.raises(ValueError, match="Unknown criterion 'gap'"):
        choose([candidate()], "gap")
    with pytest.raises(ValueError, match="No elbow in 0 candidates of kmeans"):
        choose([candidate()], "elbow")
    with pytest.raises(ValueError, match="No candidate has the criterion 'silhouette'.* Ask for fewer"):
        choose([candidate(dropped="too many")], "silhouette")
    with pytest.raises(
        ValueError, match=r"No candidate has the criterion 'silhouette'.* criterion=(\w+ or )*bic"
    ):
        choose([candidate()], "silhouette")
    with pytest.raises(ValueError, match="Unknown criterion 'elbow'"):
        candidate().criterion("elbow")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clusterers": ("kmodes",)}, "Unknown clusterer 'kmodes'"),
        ({"clusterers": ()}, "No clusterer to try"),
        ({"n_clusters": 0}, "n_clusters: expected"),
        ({"n_clusters": "many"}, "n_clusters: expected"),
        ({"n_clusters": (5, 2)}, "n_clusters: expected"),
        ({"n_clusters": True}, "n_clusters: expected"),
        ({"covariance_types": ("round",)}, "Unknown covariance type 'round'"),
        ({"criterion": "gap"}, "Unknown criterion 'gap'"),
        ({"reduction": "isomap"}, "Unknown reduction 'isomap'"),
        ({"choose_among": "some"}, "Unknown choose_among 'some'"),
        ({"covariance_types": (), "clusterers": ("gmm",)}, "No clusterer to try"),
    ],
)
def test_wrong_settings_are_errors(change, words):
    with pytest.raises(ValueError, match=words):
        replace(QUICK, **change)


def test_the_fewest_within_errors_are_of_the_best_ones_kind():
    few = candidate(n_clusters=8, cv_log_likelihood=-6.81, cv_folds=(-6.81, -6.69, -6.94))
    other = candidate(clusterer="kmeans", variant=None, n_clusters=2, cv_log_likelihood=-6.81)
    far = candidate(n_clusters=2, cv_log_likelihood=-7.8, cv_folds=(-7.8, -7.7, -7.9))
    chosen, reasons = choose([candidate(), far, few, other], standard_errors=1.0)
    assert chosen == 2
    assert "the fewest of its kind within 1 standard errors" in reasons[2]
    assert choose([candidate(), far, few, other])[0] == 0


def test_the_consensus_is_the_median_of_three_criteria():
    ten = candidate(bic=9700.0, icl=9900.0)
    eight = candidate(
        n_clusters=8, cv_log_likelihood=-6.9, cv_folds=(-6.9, -6.8, -7.0), bic=9600.0, icl=9800.0
    )
    five = candidate(
        n_clusters=5, cv_log_likelihood=-7.2, cv_folds=(-7.2, -7.1, -7.3), bic=9650.0, icl=9700.0
    )
    chosen, reasons = choose([ten, eight, five], "consensus")
    assert chosen == 1
    assert "cross-validation asks for 10" in reasons[0]
    assert "BIC asks for 8" in reasons[0]
    assert "ICL asks for 5" in reasons[0]
    assert reasons[0].endswith("the median is 8.")


def test_the_consensus_finds_planted_groups():
    settings = replace(QUICK, n_clusters=(2, 6), criterion="consensus", choose_among="all")
    assert cluster(planted(n_clusters=4, n=120, d=6)[0], settings).selection.best.n_clusters == 4


def test_the_elbow_is_kmeans_furthest_from_the_chord():
    curve = [
        candidate(clusterer="kmeans", variant=None, n_clusters=k, inertia=inertia)
        for k, inertia in ((1, 100.0), (2, 40.0), (3, 35.0), (4, 31.0))
    ]
    chosen, reasons = choose([candidate(), *curve], "elbow")
    assert chosen == 2
    assert "Elbow of the inertia over 1 to 4 clusters (P0, equation 5" in reasons[0]


def test_every_clusterer_is_a_candidate_and_one_is_chosen():
    pytest.importorskip("infomap", reason="the extra infomap is not installed")
    x, truth = planted(n_clusters=4, n=160, d=8)
    selection = cluster(x, replace(QUICK, clusterers=tuple(CLUSTERERS), n_clusters=(2, 6))).selection
    assert {c.clusterer for c in selection.candidates} == set(CLUSTERERS)
    assert not [c.title for c in selection.candidates if c.dropped]
    found = [c for c in selection.candidates if c.finds_number]
    assert {c.clusterer for c in found} == set(FINDS_NUMBER)
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
    posterior = mixture_posterior(clustering.estimator.mixture_, clustering.transform(x))
    entropy = -np.sum(posterior * np.log(np.maximum(posterior, 1e-300)))
    assert best.icl == pytest.approx(best.bic + 2 * entropy)
    assert best.icl >= best.bic


@given(st.integers(1, 30), st.integers(0, 500))
def test_coarse_grid_rises_from_end_to_end(low, more):
    values = coarse_grid(low, low + more)
    assert values[0] == low
    assert values[-1] == low + more
    assert values == sorted(set(values))
    assert len(values) <= 22


@given(st.lists(st.integers(0, 4), min_size=3, max_size=30), st.integers(0, 999))
def test_silhouette_is_scikit_learns(labels, seed):
    labels = np.array(labels)
    x = np.random.default_rng(seed).normal(size=(len(labels), 3)).round(1)
    if 2 <= len(set(labels.tolist())) < len(labels):
        expected = silhouette_score(x, labels)
        assert silhouette_of(pairwise_distances(x), labels) == pytest.approx(expected, abs=1e-9)


def test_halfway_closes_in():
    assert halfway([19, 28, 41], 28) == [23, 34]
    assert halfway([27, 28, 29], 28) == []
    assert halfway([28, 41], 41) == [34]
    assert halfway([400, 405, 410], 405) == []


def test_default_range_grows_with_the_faces():
    assert [largest_n_clusters(n) for n in (2, 20, 330, 1300, 20_000)] == [2, 4, 55, 109, 425]
    assert n_clusters_range("auto", 20_000, 1000) == (1, 200)
