"""One embedding as a row of the sweep's table; BCubed; P1's own protocol."""

import numpy as np
import pytest

from components.evaluate.figures.metrics import label_metrics
from components.evaluate.judging import comparison
from components.evaluate.judging.cifar_protocol import neighbour_distances, p1_protocol
from components.evaluate.judging.comparison import compare, group, whitened
from components.evaluate.search.selection import cluster
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable
from components.pairs.files import Pairs
from models.clustering.rows import Rows
from tests.bounds import of_sum


def planted(n_people=6, photos=12, d=8, seed=0):
    """People well apart in two of d dimensions; one more person with two photos, and two strangers."""
    generator = np.random.default_rng(seed)
    centres = 8 * generator.standard_normal((n_people + 1, d))
    counts = [photos] * n_people + [2]
    x = np.concatenate([c + generator.standard_normal((n, d)) for c, n in zip(centres, counts, strict=True)])
    labels = [f"p{i}" for i, n in enumerate(counts) for _ in range(n)]
    x = np.concatenate([x, generator.standard_normal((2, d))]).astype(np.float32)
    paths = [f"{name}/{i:04d}.jpg" for i, name in enumerate(labels)] + ["s/1.jpg", "s/2.jpg"]
    labels = [*labels, None, None]
    return x, FaceTable([b""] * len(x), paths, labels, ["train"] * len(x))


# Few numbers of groups are searched: which is chosen is asked elsewhere.
CHOSEN = SelectionSettings(pca_variance=0.95, whiten=False, n_clusters="5-9")


def test_all_faces_are_grouped_and_people_with_enough_photos_are_scored():
    x, faces = planted()
    found = group(Rows(x, faces.photos()), faces.labels, CHOSEN, 10)
    assert (found["n_faces"], found["n_people"]) == (72, 6)
    assert found["pairwise_f"] > 0.95
    assert found["bcubed_f"] > 0.95


def test_labels_do_not_decide_what_is_grouped(monkeypatch):
    """Who has many named photos was picked before anything was grouped."""
    x, faces = planted()
    seen = []
    monkeypatch.setattr(
        comparison, "cluster", lambda rows, settings: seen.append(rows) or cluster(rows, settings)
    )
    mixed = list(np.random.default_rng(0).permutation(np.array(faces.labels[:72]))) + [None] * 4
    named = [group(Rows(x, faces.photos()), labels, CHOSEN, 10) for labels in (faces.labels, mixed)]
    assert all(np.array_equal(rows.x, x) for rows in seen)
    assert named[0]["n_clusters"] == named[1]["n_clusters"]
    assert named[1]["pairwise_f"] < 0.4 < named[0]["pairwise_f"]


def test_faces_in_no_group_are_no_group():
    x = np.concatenate([np.zeros((20, 2)), np.full((20, 2), 9.0), [[100.0, 0.0]]])
    x[:40] += 0.1 * np.random.default_rng(0).standard_normal((40, 2))
    labels = ["a"] * 20 + ["b"] * 20 + ["c"]
    settings = SelectionSettings(
        clusterers=("dbscan",), criterion="silhouette", reduction="none", whiten=False
    )
    assert group(Rows(x, None), labels, settings, 10)["n_clusters"] == 2


def test_too_few_people_have_groups_and_no_scores():
    x, faces = planted()
    found = group(Rows(x, faces.photos()), faces.labels, CHOSEN, 50)
    assert (found["n_faces"], found["n_people"]) == (0, 0)
    assert found["pairwise_f"] is found["bcubed_f"] is None
    assert found["n_clusters"] > 1


def test_both_kinds_of_latents_are_measured_and_a_photo_that_is_not_there_is_missing():
    x, faces = planted()
    x[:, 0] *= 100  # one loud direction that tells nobody from anybody
    x[:, 0] = np.random.default_rng(1).permutation(x[:, 0])
    paths = [path.removesuffix(".jpg") for path in faces.image_paths]
    pairs = Pairs(
        [paths[0], paths[0], paths[12], "nobody/1"], [paths[1], paths[12], paths[13], "nobody/2"],
        np.array([True, False, True, True]), np.array([0, 1, 1, 0]),
    )  # fmt: skip
    table = compare(x, faces, CHOSEN.changed(pca_variance=1.0), pairs)
    assert set(table) == {"plain", "whitened"}
    assert table["plain"]["missing"] == table["whitened"]["missing"] == 1
    assert table["whitened"]["pairwise_f"] > table["plain"]["pairwise_f"] + 0.2
    assert "auc" not in compare(x, faces, CHOSEN)["plain"]


def test_whitened_axes_have_variance_one_and_are_at_most_256():
    x = np.random.default_rng(0).standard_normal((300, 280)) * np.linspace(1, 50, 280)
    white = whitened(x)
    assert white.shape == (300, 256)
    np.testing.assert_allclose(np.cov(white.T), np.eye(256), atol=of_sum(1))  # they are written in float32
    assert whitened(x[:20]).shape == (20, 19)


def test_bcubed_is_the_mean_over_faces():
    truth = np.array(list("aaabbc"))
    clusters = np.array([0, 0, 1, 1, 1, 2])
    precision, recall = [], []
    for i in range(6):
        mine, person = clusters == clusters[i], truth == truth[i]
        precision.append((mine & person).sum() / mine.sum())
        recall.append((mine & person).sum() / person.sum())
    found = label_metrics(truth, clusters)
    assert found["bcubed_precision"] == pytest.approx(np.mean(precision))
    assert found["bcubed_recall"] == pytest.approx(np.mean(recall))
    p, r = np.mean(precision), np.mean(recall)
    assert found["bcubed_f"] == pytest.approx(2 * p * r / (p + r))


def test_p1s_protocol_uses_the_embedding_as_it_is():
    generator = np.random.default_rng(0)
    centres = 40 * generator.standard_normal((10, 20))
    x = np.repeat(centres, 20, axis=0) + 0.3 * generator.standard_normal((200, 20))
    labels = [str(i // 20) for i in range(200)]
    found = p1_protocol(x, labels)
    assert (found["space"], found["n"]) == ("embedding(20)", 200)
    assert found["kmeans"]["n_clusters"] == found["dbscan"]["n_clusters"] == 10
    assert found["kmeans"]["acc"] == found["dbscan"]["ari"] == 1.0
    assert found["dbscan"]["noise"] == 0
    far = p1_protocol(100 * x, labels)
    assert far["dbscan"]["n_clusters"] == 0
    assert far["dbscan"]["noise"] == 200
    assert far["dbscan"]["silhouette"] is None
    near = p1_protocol(0.001 * x, labels)
    assert near["dbscan"]["n_clusters"] == 1  # as P1 found


def test_neighbour_distances():
    x = np.array([[0.0], [1.0], [3.0], [7.0]])
    np.testing.assert_allclose(neighbour_distances(x, 1), [1, 1, 2, 4])
    np.testing.assert_allclose(neighbour_distances(x, 9), [7, 6, 4, 7])
