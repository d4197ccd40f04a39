"""Metrics with and without labels, against scikit-learn and by hand."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    adjusted_rand_score,
    completeness_score,
    davies_bouldin_score,
    homogeneity_score,
    normalized_mutual_info_score,
    silhouette_score,
)
from sklearn.metrics.cluster import pair_confusion_matrix

from components.evaluate.figures import metrics
from components.evaluate.figures.metrics import cluster_metrics, label_metrics
from components.evaluate.figures.tightness import distances_to_mean, tightness

two_groupings = st.integers(2, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from("abcde"), min_size=n, max_size=n),
        st.lists(st.integers(0, 6), min_size=n, max_size=n),
    )
)


@settings(max_examples=100)
@given(two_groupings)
def test_agrees_with_scikit_learn(groupings):
    truth, clusters = groupings
    found = label_metrics(truth, np.array(clusters))
    assert found["ari"] == pytest.approx(adjusted_rand_score(truth, clusters))
    assert found["nmi"] == pytest.approx(normalized_mutual_info_score(truth, clusters))
    assert found["homogeneity"] == pytest.approx(homogeneity_score(truth, clusters), abs=1e-12)
    assert found["completeness"] == pytest.approx(completeness_score(truth, clusters), abs=1e-12)
    (_, false_positive), (false_negative, true_positive) = pair_confusion_matrix(truth, clusters) // 2
    predicted, true = true_positive + false_positive, true_positive + false_negative
    assert found["pairwise_precision"] == (true_positive / predicted if predicted else None)
    assert found["pairwise_recall"] == (true_positive / true if true else None)
    if predicted + true:
        assert found["pairwise_f"] == pytest.approx(2 * true_positive / (predicted + true))
    assert 0 < found["acc"] <= found["purity"] <= 1


@settings(max_examples=50)
@given(two_groupings, st.permutations(range(7)))
def test_cluster_numbers_do_not_matter(groupings, renaming):
    truth, clusters = groupings
    renamed = np.array([renaming[cluster] for cluster in clusters])
    assert label_metrics(truth, renamed) == pytest.approx(
        label_metrics(truth, np.array(clusters)), nan_ok=True
    )


def test_without_labels_noise_is_no_cluster():
    x = np.random.default_rng(0).normal(size=(40, 3))
    clusters = np.repeat([0, 1, -1, 3], 10)
    found, clean = cluster_metrics(x, clusters), cluster_metrics(x[clusters >= 0], clusters[clusters >= 0])
    for name in ("silhouette", "davies_bouldin", "n_clusters", "cluster_sizes", "n_singletons"):
        assert found[name] == clean[name]
    assert (found["n_noise"], clean["n_noise"], found["n_clusters"]) == (10, 0, 3)
    assert found["largest_cluster_share"] == 0.25
    nothing = cluster_metrics(x, np.full(40, -1))
    assert (nothing["silhouette"], nothing["n_clusters"], nothing["largest_cluster_share"]) == (None, 0, 0.0)


def test_faces_without_label_are_left_out():
    found = label_metrics(["a", None, "a", "b", None], np.array([0, 0, 0, 1, 1]))
    assert found["ari"] == 1.0
    assert (found["n_labelled"], found["n_identities"]) == (3, 2)


@pytest.mark.parametrize("labels", [[], [None, None], ["a", None]])
def test_no_figures_without_labels(labels):
    found = label_metrics(labels, np.zeros(len(labels), int))
    assert found["ari"] is None
    assert found["pairwise_f"] is None
    assert found["n_labelled"] == sum(label is not None for label in labels)


def test_by_hand():
    found = label_metrics(list("aaabbc"), np.array([0, 0, 1, 1, 1, 2]))
    assert found["pairwise_precision"] == 2 / 4
    assert found["pairwise_recall"] == 2 / 4
    assert found["purity"] == found["acc"] == 5 / 6


def test_different_lengths_are_an_error():
    with pytest.raises(ValueError, match="received 1 for 2 faces"):
        label_metrics(["a"], np.array([0, 1]))
    with pytest.raises(ValueError, match="received 2 for 3"):
        cluster_metrics(np.zeros((3, 2)), np.array([0, 1]))
    with pytest.raises(ValueError, match="received 2 for 3"):
        tightness(np.zeros((3, 2)), np.array([0, 1]))


def test_without_labels():
    x = np.random.default_rng(0).normal(size=(60, 3))
    clusters = np.arange(60) % 3 * 2
    found = cluster_metrics(x, clusters)
    assert found["silhouette"] == pytest.approx(silhouette_score(x, clusters))
    assert found["davies_bouldin"] == pytest.approx(davies_bouldin_score(x, clusters))
    assert found["n_clusters"] == 3
    assert found["cluster_sizes"] == {0: 20, 2: 20, 4: 20}
    assert found["largest_cluster_share"] == pytest.approx(1 / 3)
    assert found["n_silhouette"] == 60
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("clusters", [[0, 0, 0], [0, 1, 2]])
def test_no_silhouette_of_one_cluster_or_of_single_faces(clusters):
    found = cluster_metrics(np.eye(3), np.array(clusters))
    assert found["silhouette"] is None
    assert found["davies_bouldin"] is None


def test_silhouette_of_many_is_sampled_and_says_so(monkeypatch):
    monkeypatch.setattr(metrics, "SILHOUETTE_ROWS", 50)
    generator = np.random.default_rng(0)
    clusters = generator.integers(0, 2, 400)
    found = cluster_metrics(generator.normal(size=(400, 2)) + 10 * clusters[:, None], clusters)
    assert found["n_silhouette"] == 50
    assert found["silhouette"] > 0.7


def test_tightness():
    x = np.array([[0.0, 0.0], [0.0, 2.0], [0.0, 1.0], [10.0, 0.0]])
    loose, single = tightness(x, np.array([3, 3, 3, 5]))
    assert (loose.cluster, loose.size, loose.medoid) == (3, 3, 2)
    assert (single.cluster, single.size, single.tightness) == (5, 1, 0.0)
    assert loose.tightness == pytest.approx((2 / 3) / np.linalg.norm(x - x.mean(axis=0), axis=1).mean())
    np.testing.assert_allclose(distances_to_mean(x, np.array([3, 3, 3, 5])), [1, 1, 0, 0])


def test_one_cluster_is_as_loose_as_all():
    x = np.random.default_rng(0).normal(size=(30, 4))
    assert tightness(x, np.zeros(30, int))[0].tightness == pytest.approx(1.0)


def test_equal_faces_are_tight():
    assert tightness(np.ones((3, 2)), np.array([0, 0, 1]))[0].tightness == 0.0
