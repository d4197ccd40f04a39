"""What a run of small pictures shows of itself, by hand: means, maps of the same pictures, votes, the rule."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from components.evaluate.pictures import small_pictures as shown
from components.evaluate.search import projection
from components.face_table import FaceTable
from models.clustering.rules.exemplar_columns import ExemplarColumns
from models.subspaces.wmetac import Consensus, wmetac


def png(picture):
    """An encoded picture, uint8 (h, w) or RGB (h, w, 3)."""
    return cv2.imencode(".png", picture if picture.ndim == 2 else picture[:, :, ::-1])[1].tobytes()


def grey(value, height=2, width=3):
    return np.full((height, width), value, np.uint8)


@pytest.fixture(autouse=True)
def _without_umap(monkeypatch):
    """UMAP compiles for many seconds; `test_projection` has it."""
    for module in (projection, shown):
        monkeypatch.setattr(module, "has_umap", lambda: False)


def test_means_are_of_each_group_and_pixels_of_the_drawn_rows():
    chips = [png(grey(value)) for value in (10, 20, 31, 200, 90)]
    pixels, means = shown.pixels_and_means(chips, np.array([0, 3]), np.array([4, 4, 4, 7, -1]))
    assert means["mean_groups"].tolist() == [4, 7]
    assert means["mean_pictures"].shape == (2, 2, 3, 1)
    assert means["mean_pictures"][:, 0, 0, 0].tolist() == [round(61 / 3), 200]
    np.testing.assert_array_equal(pixels, np.float32([[10] * 6, [200] * 6]) / np.float32(255))


def test_a_picture_in_colours_makes_all_of_them_coloured_and_one_of_another_size_is_scaled():
    red = np.zeros((4, 6, 3), np.uint8)
    red[..., 0] = 240
    pixels, means = shown.pixels_and_means([png(grey(100)), png(red)], np.arange(2), np.array([0, 0]))
    assert pixels.shape == (2, 2 * 3 * 3)
    assert means["mean_pictures"][0, 0, 0].tolist() == [170, 50, 50]


def test_large_pictures_are_shrunk_as_a_whole_and_broken_ones_refused():
    assert shown.decoded(png(grey(9, 128, 32))).shape == (64, 16, 1)
    assert shown.decoded(png(grey(9, 64, 64))).shape == (64, 64, 1)
    with pytest.raises(ValueError, match="3 bytes cannot be decoded"):
        shown.decoded(b"png")


def run(consensus=True):
    """Twelve pictures, two of them held out, whose points' second number decides nothing."""
    values = np.arange(12) * 20
    split = ["train"] * 10 + ["eval"] * 2
    faces = FaceTable([png(grey(v)) for v in values], [f"{v}.png" for v in values], [None] * 12, split)
    points = np.stack([values / 20.0, np.full(12, 5.0)], axis=1)
    rule = ExemplarColumns(points[:10, :1], np.array([0] * 5 + [1] * 5), np.arange(10), np.array([0]), 2)
    estimator = SimpleNamespace(labels_=np.array([0] * 4 + [1] * 6), rule_=rule)
    if consensus:
        weights, agreement = np.linspace(0.1, 0.5, 10), np.ones(10)
        weights[4], agreement[4] = 0.9, 2 / 3
        estimator.consensus_ = Consensus(
            estimator.labels_, agreement, weights, np.eye(6), np.array([0, 1] * 3), 2, n_partitions=3
        )
    return faces, estimator, np.arange(10), {"points": points, "cluster": rule.assign(points).cluster}


def test_facts_tell_the_votes_and_where_the_rule_differs():
    _, estimator, *_ = given = run()
    facts, drawn = shown.small_pictures(*given)
    assert facts["served"] == {"fitted": 10, "elsewhere": 1}
    told = facts["consensus"]
    assert (told["groupings"], told["pictures"], told["unanimous"]) == (3, 10, 9)
    assert told["weights"] == np.quantile(estimator.consensus_.weights, (0, 0.25, 0.5, 0.75, 1)).tolist()
    assert np.isnan(drawn["dispute"]).tolist() == [False] * 10 + [True] * 2
    assert np.nanargmax(drawn["dispute"]) == 4
    np.testing.assert_allclose(drawn["accord"][:10], [1, 1, 1, 1, 2 / 3, 1, 1, 1, 1, 1])


def test_a_consensus_tells_how_many_partitions_voted():
    partitions = np.array([[0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [5, 5, 3, 3, 1], [0, 0, 1, 1, 2]]).T
    told = shown.accord(wmetac(partitions, 3))
    assert (told["groupings"], told["pictures"], told["unanimous"]) == (4, 5, 5)
    assert told["weights"] == pytest.approx(
        [0.01 / 1.01] * 5, rel=1e-12
    )  # nothing is in dispute: e / (1 + e)


def test_both_maps_are_of_the_same_pictures_and_by_what_the_rule_compares():
    facts, drawn = shown.small_pictures(*run())
    assert facts["map"]["dimensions"] == [6, 1]
    assert facts["map"]["method"] == "tsne"
    assert drawn["map_rows"].tolist() == list(range(12))
    assert drawn["map_before"].shape == drawn["map_after"].shape == (12, 2)
    assert all(second >= 0 for second in facts["map"]["seconds"])


def test_no_more_pictures_are_on_the_maps_than_asked(monkeypatch):
    monkeypatch.setattr(shown, "MAX_ROWS", 9)
    _, drawn = shown.small_pictures(*run())
    assert len(drawn["map_before"]) == 9
    assert drawn["map_rows"][[0, -1]].tolist() == [0, 11]


def test_a_clusterer_without_groupings_has_no_disputes():
    facts, drawn = shown.small_pictures(*run(consensus=False))
    assert facts["consensus"] is None
    assert not {"dispute", "accord"} & set(drawn)
