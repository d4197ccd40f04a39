"""The chosen clusterer run several times: its consensus is what is served, and its spread is told."""

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from components.evaluate.figures.health import health
from components.evaluate.search.runs import facts_of_runs, words_of_runs
from components.evaluate.search.selection import cluster, refitted
from components.evaluate.search.settings import SelectionSettings
from models.clustering.rows import Rows
from models.subspaces.several_runs import SeveralRuns
from tests.models.planted import alike

SEVERAL = SelectionSettings(
    clusterers=("spectral",), n_clusters="12", criterion="silhouette", choose_among="all", n_runs=4
)


@pytest.fixture(scope="module")
def found():
    x, truth = alike()
    return x, truth, cluster(Rows(x, None), SEVERAL)


class Fitted:
    """Three runs that were fitted elsewhere: two equal ones, and one that puts a row of six elsewhere."""

    partitions_ = np.array([[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 2]]).T
    labels_ = np.array([0, 0, 0, 1, 1, 1])
    agreement_ = np.array([1, 1, 2 / 3, 1, 1, 2 / 3])
    seeds_ = np.array([3, 1, 2])


def test_the_spread_by_hand():
    facts = facts_of_runs(Fitted())
    ari = adjusted_rand_score([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 2])
    assert facts["seeds"] == [3, 1, 2]
    assert facts["n_clusters"] == [2, 2, 3]
    assert facts["agreement"] == pytest.approx([(1 + ari) / 2, (1 + ari) / 2, ari])
    assert facts["ari"] == pytest.approx((1 + ari + ari) / 3)  # of the three pairs
    assert facts["with_consensus"] == pytest.approx([1, 1, ari])
    assert facts["disputed_share"] == pytest.approx(2 / 6)
    said = words_of_runs(facts)
    assert "consensus (wMetaC) of 3 runs from other seeds, with 2 to 3 clusters each" in said
    assert f"mean ARI of {facts['ari']:.4f}, one with the others by {ari:.4f} to {(1 + ari) / 2:.4f}" in said
    assert said.endswith("some run has 33.33% of the faces elsewhere than the consensus.")


def test_equal_runs_are_said_to_be_equal():
    facts = {"agreement": [1.0, 1.0], "n_clusters": [3, 3], "ari": 1.0, "disputed_share": 0.0}
    assert words_of_runs(facts).endswith(
        "of 2 runs from other seeds, with 3 clusters each. All runs are equal: on these faces the seed changes "
        "nothing."
    )


def test_the_consensus_is_fitted_served_and_told(found):
    x, truth, clustering = found
    selection = clustering.selection
    assert isinstance(clustering.estimator, SeveralRuns)
    assert clustering.estimator.rule_.kind == "exemplars"
    assert adjusted_rand_score(truth, clustering.predict(x)) > 0.9
    assert len(selection.runs["agreement"]) == 4
    assert selection.runs["n_clusters"] == [12] * 4
    assert selection.reasons[-1] == words_of_runs(selection.runs)
    assert selection.n_clusters == clustering.estimator.n_clusters_
    plain = selection.as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["settings"]["n_runs"] == 4


def test_figures_that_ask_for_a_density_take_the_one_that_the_groups_imply(found):
    x, _, clustering = found
    points = clustering.transform(x)
    train, held = np.arange(150), np.arange(150, 180)
    estimator = refitted(Rows(points[train], None), clustering.selection.best, SEVERAL)
    facts = health(
        x, points, estimator.predict(points), (train, held), estimator, clustering.selection.best, 1e-3
    )
    assert np.isfinite(facts["held_out"]["gain"])


def test_another_seed_gives_other_runs(found):
    x, _, clustering = found
    rows = Rows(clustering.transform(x), None)
    seeds = [refitted(rows, clustering.selection.best, SEVERAL, seed).seeds_ for seed in (0, 1)]
    assert not set(seeds[0].tolist()) & set(seeds[1].tolist())
    np.testing.assert_array_equal(seeds[0], clustering.estimator.seeds_)


def test_one_run_is_as_before():
    x, _ = alike()
    clustering = cluster(Rows(x, None), SEVERAL.changed(n_runs=1, n_clusters="12"))
    assert not isinstance(clustering.estimator, SeveralRuns)
    assert clustering.selection.runs is None
    assert not any("wMetaC" in reason for reason in clustering.selection.reasons)


def test_a_clusterer_that_finds_the_number_and_leaves_rows_out_is_run_several_times_too():
    x, _ = alike(n_clusters=3, n=90, d=3, spread=30.0)
    settings = SelectionSettings(clusterers=("hdbscan",), n_runs=3, whiten=False)
    clustering = cluster(Rows(x, None), settings)
    assert isinstance(clustering.estimator, SeveralRuns)
    np.testing.assert_array_equal(clustering.estimator.labels_, clustering.estimator.partitions_[:, 0])
    assert "All runs are equal" in clustering.selection.reasons[-1]


@pytest.mark.parametrize("n_runs", [0, 101])
def test_impossible_numbers_of_runs_are_refused(n_runs):
    with pytest.raises(ValueError, match=f"n_runs={n_runs} is not possible"):
        SEVERAL.changed(n_runs=n_runs)
