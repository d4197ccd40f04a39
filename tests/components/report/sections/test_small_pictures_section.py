"""The sections of small pictures: same pictures on both maps, exact pixels, the order of disputes, the rule."""

import base64
import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from components.report.charts.dot_map import LETTER, LINE, apart, dot_map
from components.report.charts.scatter import EDGE, SIDE, Cloud
from components.report.data import GroupedFaces, ReportData
from components.report.groups import build_groups
from components.report.render import render_report
from components.report.sections import small_pictures as section

N = 30
MAP = {"method": "umap", "n": N, "dimensions": [64, 6], "seconds": [3.0, 1.5]}
CONSENSUS = {"groupings": 12, "pictures": N, "unanimous": 20, "weights": [0.01, 0.1, 0.2, 0.3, 0.9]}
FACTS = {"map": MAP, "served": {"fitted": N, "elsewhere": 1}, "consensus": CONSENSUS}
CLUSTERS = np.array([0] * 12 + [1] * 10 + [2] * 7 + [-1])
LABELS = ["seven"] * 10 + ["one"] * 2 + ["one"] * 10 + ["<four>"] * 7 + ["seven"]


def pixels(i):
    """The i-th picture, grey, uint8 (8, 8), unlike any other."""
    return np.random.default_rng(i).integers(0, 256, (8, 8), np.uint8)


def run_of(labels=LABELS, consensus=CONSENSUS):
    """A run of N pictures in three groups, whose weights rise with their index."""
    drawn = np.random.default_rng(3)
    small = {
        "map_rows": np.arange(N),
        "map_before": drawn.normal(size=(N, 2)),
        "map_after": drawn.normal(size=(N, 2)) + 9 * np.eye(2)[CLUSTERS.clip(0, 1)],
        "mean_groups": np.arange(3),
        "mean_pictures": np.stack([pixels(100 + k)[..., None] for k in range(3)]),
    }
    if consensus:
        small |= {"dispute": np.linspace(0.01, 0.9, N), "accord": np.linspace(1, 0.25, N)}
    return ReportData(
        recipe={"name": "csc-mnist", "subject": "picture"},
        created="2025-01-01",
        faces=GroupedFaces(
            chips=[cv2.imencode(".png", pixels(i))[1].tobytes() for i in range(N)],
            image_paths=[f"some.npz:{i + 1}" for i in range(N)],
            labels=labels,
            split=["train"] * N,
            cluster=CLUSTERS,
            probability=np.full(N, np.nan),
            unknown=np.zeros(N, bool),
        ),
        evidence={"small_pictures": {**FACTS, "consensus": consensus}},
        small=small,
    )


@pytest.fixture(scope="module")
def data():
    return run_of()


@pytest.fixture(scope="module")
def found(data):
    return section.small_pictures(data, build_groups(data))


@pytest.fixture(scope="module")
def page(data, tmp_path_factory):
    return render_report(data, tmp_path_factory.mktemp("small") / "report.html")


def shown_pixels(uri):
    return cv2.imdecode(
        np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8), cv2.IMREAD_UNCHANGED
    )


def test_the_page_has_the_sections_and_enlarges_pixels_unblurred(page):
    text = page.read_text("utf-8")
    assert all(f'<section id="{name}">' in text for name in ("before-after", "means", "dispute"))
    assert "image-rendering:pixelated" in text
    assert "12 groupings voted. On 20 of 30 fitted pictures (66.6%) they all agree." in text
    assert "puts 29 of 30 fitted pictures (96.6%) where the consensus put them, and 1 elsewhere." in text
    assert "made by UMAP from at most 50 principal axes, in 4.5 s together" in text
    assert "&lt;four&gt;" in text
    assert "<four>" not in text


def test_faces_have_none_of_it(run, report):
    text = report.read_text("utf-8")
    assert not section.small_pictures(run, build_groups(run)).planes
    assert not any(word in text for word in ("before-after", "pixel-pictures", "dotmap", "before_after.csv"))


def test_every_picture_is_on_both_maps_once_in_both_colourings(found):
    assert [plane["title"] for plane in found.planes] == ["By group", "By label"]
    for plane in found.planes:
        assert [picture.count("h0") for _, picture in plane["figures"]] == [N, N]


def test_labels_take_the_colours_of_groups_one_to_one(data, found):
    groups = {group.cluster: group for group in build_groups(data)}
    styles = {label.name: label.dots for label in found.labels}
    assert styles == {"seven": groups[0].dots, "one": groups[1].dots, "<four>": groups[2].dots}
    assert found.colours == []


def test_labels_beyond_the_groups_get_colours_of_their_own_and_the_rarest_are_grey(monkeypatch):
    monkeypatch.setattr(section, "MOST_LABELS", 4)
    data = run_of(labels=[*LABELS[:25], "a", "a", "b", "c", None])
    found = section.small_pictures(data, build_groups(data))
    assert [label.name for label in found.labels] == ["<four>", "a", "one", "seven", ""]
    assert [style for style, _ in found.colours] == ["label1", "labels-left"]
    assert sum(label.count for label in found.labels) == N - 1
    assert [picture.count("h0") for _, picture in found.planes[1]["figures"]] == [N - 1, N - 1]


def test_without_labels_there_is_one_pair_of_maps():
    data = run_of(labels=[None] * N)
    found = section.small_pictures(data, build_groups(data))
    assert len(found.planes) == 1
    assert all(mean["label"] is None for mean in found.means)


def test_means_stand_with_their_groups_the_largest_first(found):
    assert [mean["group"].cluster for mean in found.means] == [0, 1, 2]
    assert [mean["label"] for mean in found.means] == [("seven", 10 / 12), ("one", 1.0), ("<four>", 1.0)]
    np.testing.assert_array_equal(shown_pixels(found.means[1]["uri"]), pixels(101))


def test_the_heaviest_are_shown_first_with_their_own_pixels(data):
    found = section.disputed(data)
    assert [one["face"] for one in found] == list(range(N))[::-1]
    assert (found[0]["weight"], found[0]["votes"], found[0]["cluster"]) == ("0.900", "25%", -1)
    np.testing.assert_array_equal(shown_pixels(found[3]["uri"]), pixels(N - 4))


def test_a_picture_that_was_not_fitted_is_in_no_dispute(data):
    weights = data.small["dispute"].copy()
    weights[-1] = np.nan
    changed = replace(data, small={**data.small, "dispute": weights})
    assert [one["face"] for one in section.disputed(changed)] == list(range(N - 1))[::-1]


def test_a_run_without_a_consensus_tells_of_the_rule_beside_the_means(tmp_path):
    text = render_report(run_of(consensus=None), tmp_path / "report.html").read_text("utf-8")
    assert 'id="dispute"' not in text
    assert "where the clusterer put them, and 1 elsewhere." in text
    assert not (tmp_path / "figures" / "disputes.csv").exists()


@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [(0, "puts all 9,999 fitted pictures where"), (1, "(99.9%)"), (9999, "puts 0 of 9,999")],
)
def test_a_share_of_the_rule_is_never_rounded_up(elsewhere, said):
    assert said in section.served_words({"fitted": 9999, "elsewhere": elsewhere}, True)


def test_the_numbers_lie_beside_the_page(page):
    tables = {}
    for name in ("before_after", "mean_pictures", "disputes"):
        with open(page.parent / "figures" / f"{name}.csv", newline="", encoding="utf-8") as stream:
            tables[name] = list(csv.reader(stream))
    assert len(tables["before_after"]) == N + 1
    assert tables["mean_pictures"][1][:3] == ["0", "12", "seven"]
    weights = [float(row[1]) for row in tables["disputes"][1:]]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) == N


def test_names_never_lie_on_one_another_and_stay_in_the_picture():
    named = [(name, np.array([600.0, 630.0])) for name in ("airplane", "cat", "7", "ship")]
    places = apart(named)
    for i, (x, y) in enumerate(places):
        half = LETTER * len(named[i][0]) / 2
        assert half <= x <= SIDE - half
        assert LINE <= y <= SIDE - EDGE / 2
        for (name, _), (other_x, other_y) in zip(named[:i], places[:i], strict=True):
            assert abs(y - other_y) >= LINE or abs(x - other_x) >= half + LETTER * len(name) / 2


def test_a_cloud_without_points_is_not_named():
    picture = dot_map(
        [(Cloud(np.zeros((3, 2)), "g0", "a"), "a"), (Cloud(np.zeros((0, 2)), "g1", "b"), "b")], "t"
    )
    assert picture.count("<text") == 1
