"""The pictures of the evidence: where their points lie, what is chosen to be shown, and what is missing."""

import re
from dataclasses import replace

import numpy as np
import pytest

from components.report.charts.charts import TOP, Axes, Line, chart
from components.report.charts.criteria_charts import best_of_kind, criteria_sets, runner_up, series_name
from components.report.charts.elbow_charts import elbow_chart, seeds_chart
from components.report.charts.heatmap import heat_maps, ranks
from components.report.charts.scatter import components_of, plane_of, radii
from components.report.charts.sizes import size_words
from components.report.charts.tracks import interval_text, tracks
from components.report.charts.tree import medoid, merge_tree
from components.report.groups import build_groups
from components.report.sections.against_labels import against_labels, repair_words
from components.report.sections.likenesses import likenesses, otherwise
from components.report.sections.uncertain import confusions, least_sure, sure_and_unsure
from components.report.sections.verification import given_pairs
from components.report.tables.figure_tables import threshold_tables
from components.words.metrics import gap_words
from models.clustering.rules.mixture import spherical_mixture


@pytest.fixture(scope="module")
def groups(run):
    return build_groups(run)


def test_points_outside_the_frame_are_held_at_its_edge_and_have_no_dot():
    axes = Axes(200, 120, (0, 2), (0, 1), "", "")
    text = str(chart([Line("x", [(0, 0.5), (1, 90.0), (2, 0.5)], dots=True)], axes, "t"))
    assert text.count("<circle") == 2
    assert axes.inside(90.0) == axes.y(1)


def test_bars_reach_from_low_to_high():
    axes = Axes(200, 120, (0, 2), (0, 1), "", "")
    text = str(chart([Line("x", [(1, 0.5)], bars=[(1, 0.2, 0.6)])], axes, "t"))
    assert f"M{axes.x(1):.1f} {axes.y(0.2):.1f}V{axes.y(0.6):.1f}" in text


def test_a_bar_that_leaves_the_frame_is_not_drawn():
    axes = Axes(200, 120, (0, 2), (0, 1), "", "")
    text = str(chart([Line("x", [(1, 0.5), (2, 3.0)], bars=[(1, 0.2, 0.6), (2, 0.8, 5.2)])], axes, "t"))
    assert text.count("h6") == 1


def likelihoods(values, error):
    """A selection by the cross-validated likelihood: k = 2, 3, ... with one standard error each."""
    about = {"clusterer": "kmeans", "variant": None, "space": "pca", "n": 90, "n_parameters": 5}
    rows = [{"n_clusters": k, "cv_log_likelihood": v} for k, v in enumerate(values, 2)]
    candidates = [about | {"cv_standard_error": error} | row for row in rows]
    best = max(range(len(values)), key=lambda i: values[i])
    return {"candidates": candidates, "chosen": best, "criterion": "cv_log_likelihood"}


@pytest.mark.parametrize("far", [[], [-900.0], [-900.0, -901.0]])
def test_every_bar_of_a_value_in_the_frame_is_whole(far):
    """A few values far below leave the frame; the bars of the others were cut at its top then."""
    near = [-50.0 - (k - 48) ** 2 / 240 for k in range(96)]
    (found,) = criteria_sets(likelihoods([*far, *near], 4.0))
    (panel,) = found["panels"]
    ends = [
        (float(low), float(high))
        for low, high in re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)m-3 0h6", str(panel["chart"]))
    ]
    assert panel["outside"] == len(far)
    assert len(ends) == panel["chart"].count("<circle") - 1 == len(near)  # one circle marks what is chosen
    lengths = [low - high for low, high in ends]
    assert min(lengths) == pytest.approx(max(lengths), abs=0.2)
    assert min(high for _, high in ends) > TOP


def test_criteria_have_a_panel_each_with_n_parameters_and_space(run):
    (found,) = criteria_sets(run.selection)
    assert [panel["key"] for panel in found["panels"]] == [
        "cv_log_likelihood", "bic", "icl", "aic", "silhouette", "davies_bouldin", "calinski_harabasz",
        "prediction_strength", "stability",
    ]  # fmt: skip
    assert found["chosen_kind"] == "gmm, diag"
    assert all("n = 400, 1,557 parameters, pca(128→20)" in panel["figure"] for panel in found["panels"])
    assert sum(following for _, _, following in found["kinds"]) == 1
    stability = next(panel for panel in found["panels"] if panel["key"] == "stability")
    assert 'class="error"' in stability["chart"]


def test_the_chosen_candidate_is_the_best_of_its_kind_and_never_the_runner_up(run):
    candidates = run.selection["candidates"]
    chosen = candidates[run.selection["chosen"]]
    best = best_of_kind(candidates, "bic", chosen)
    assert best["gmm, diag"] is chosen
    assert best["dbscan"] is None
    assert best["hdbscan"]["n_clusters"] == 52  # it has no BIC: by the silhouette
    lowest = min((c for c in candidates if series_name(c) == "kmeans"), key=lambda c: c["bic"])
    assert best["kmeans"] is lowest
    assert runner_up(candidates, "bic", chosen) == "kmeans"


def test_the_heat_map_ranks_within_a_column_and_tells_what_was_dropped(run):
    (found,) = heat_maps(run.selection)
    rows = {row["name"]: row for row in found["rows"]}
    assert found["dropped"] == [("dbscan", "one cluster: nothing to compare")]
    assert found["partly"] == [("gmm, full", "k = 59: a component holds fewer than two faces")]
    assert rows["gmm, diag"]["chosen"]
    assert rows["hdbscan"]["finds"]
    place = [title for title, _ in found["heads"]].index("BIC")
    steps = {name: row["cells"][place][1] for name, row in rows.items()}
    assert steps["hdbscan"] is None
    assert steps["kmeans"] == 5
    assert sorted(step for step in steps.values() if step is not None)[0] == 0


def test_ranks_give_the_strongest_colour_to_the_best_alone():
    assert ranks([1.0, 2.0, 3.0, None], higher=True) == [0, 2, 5, None]
    assert ranks([1.0, 2.0, 3.0], higher=False) == [5, 2, 0]
    assert ranks([0.5, 0.5], higher=True) == [None, None]


def test_the_cut_that_told_people_apart_is_marked_and_said(run):
    threshold = run.evidence["threshold"]
    found = likenesses(threshold)
    assert f"cut at {1 - threshold['height']:.2f}" in found["chart"]
    assert found["pairs"] == sum(threshold["within"]) + sum(threshold["between"])
    assert found["reason"] == threshold["reason"]
    assert f"{threshold['photo_pairs']} pairs of faces share a photo" in found["photos"]
    assert "No two faces share a photo" in likenesses({**threshold, "photo_pairs": 0})["photos"]
    assert "they were kept apart" in found["photos"]
    assert "apart" not in likenesses({**threshold, "kept_apart": False})["photos"]
    assert likenesses(None) is None
    tables = threshold_tables(threshold)
    assert sum(row[-1] for row in tables["told_apart"].rows) == 1
    assert len(tables["told_apart_pairs"].rows) == len(threshold["within"])
    assert threshold_tables(None) == {}


def test_the_axis_of_likenesses_begins_where_pairs_do(run):
    """Of ten bins from -1 to 1 only the last three have pairs."""
    pairs = {"edges": np.linspace(-1, 1, 11).tolist(), "within": [0] * 8 + [50, 50], "height": 0.1}
    few, many = {"between": [0] * 7 + [90, 60, 0]}, {"between": [9] * 10}
    charts = [likenesses({**run.evidence["threshold"], **pairs, **some})["chart"] for some in (few, many)]
    below_0 = [re.findall(r">[-\u2212]\d(?:\.\d+)?<", one) for one in charts]
    assert not below_0[0]
    assert below_0[1]


def test_a_stricter_and_a_looser_cut_are_told_of():
    told = {
        "height": 0.5,
        "heights": [0.0, 0.44, 0.46, 0.5, 0.54, 0.56, 1.0],
        "groups": [9, 8, 7, 6, 5, 4, 1],
    }
    assert otherwise(told) == (
        "The cut leaves 6 groups, single faces among them. A stricter one, at a cosine of 0.550, would leave 8, a "
        "looser one, at 0.450, 5."
    )
    assert otherwise({**told, "height": 0.0}) == ""
    assert otherwise({**told, "height": 0.95}) == ""


def test_the_elbow_is_the_point_furthest_from_the_chord(run):
    found = elbow_chart(run.selection["elbow"])
    assert found["elbow"] == run.selection["elbow"]["elbow"]
    assert f"furthest: k = {found['elbow']}" in found["chart"]
    assert elbow_chart(None) is None
    assert elbow_chart({"n_clusters": [1, 2], "inertia": [2.0, 1.0], "distance": [0, 0], "elbow": 1}) is None


def test_seeds_come_with_what_they_belong_to(run):
    found = seeds_chart(run.selection["seeds"])
    assert found["chart"].count("<circle") == 10
    assert found["about"] == "n = 400, 1,557 parameters, pca(128→20)"
    assert seeds_chart(None) is None


def test_ellipses_have_the_axes_of_their_covariance():
    turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    long, short, angle = radii(turn @ np.diag([9.0, 4.0]) @ turn.T)
    assert (long, short) == pytest.approx((3.0, 2.0))
    assert angle % 180 == pytest.approx(np.degrees(0.5))
    means, covariances = components_of(spherical_mixture(np.array([[1.0, 2.0, 3.0]]), 0.25))
    assert means.tolist() == [[1.0, 2.0]]
    assert covariances[0] == pytest.approx(0.25 * np.eye(2))


def test_the_plane_keeps_shapes_and_points_up():
    plane = plane_of(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 2.0], [4.0, 2.0]]))
    (left, low), (right, same), (_, high) = plane.places(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    assert low == same
    assert right - left == pytest.approx(low - high)
    assert right > left


def test_both_ends_of_a_group_share_no_face(run, groups):
    rows = sure_and_unsure(run, groups)
    assert len(rows) == 12
    for row in rows:
        assert not set(row["most"]) & set(row["least"])
        p = run.faces.probability
        assert min(p[row["most"]]) >= max(p[row["least"]])
    assert run.faces.probability[least_sure(run, groups)[0]] == run.faces.probability.min()


def test_without_probabilities_no_face_is_called_least_sure(run, groups):
    faces = replace(run.faces, probability=np.full(len(run.faces), np.nan))
    assert least_sure(replace(run, faces=faces), groups) == []


def test_confusions_are_people_in_one_group_the_most_pairs_first(run, groups):
    found = confusions(run, groups)
    assert [entry["pairs"] for entry in found] == sorted((e["pairs"] for e in found), reverse=True)
    for entry in found:
        first, second = entry["faces"]
        assert (run.faces.labels[first], run.faces.labels[second]) == entry["people"]
        assert {first, second} <= set(entry["group"].members.tolist())
        assert entry["people"][0] != entry["people"][1]
        assert entry["pairs"] == entry["counts"][0] * entry["counts"][1]


def test_the_tree_has_every_group_once_with_the_face_in_its_middle(run, groups):
    tree = merge_tree(run, groups)
    assert sorted(group.cluster for group, _ in tree.leaves) == list(range(38))
    assert all(face in group.members for group, face in tree.leaves)
    assert tree.picture.count("M") == 37
    assert merge_tree(replace(run, points=None), groups) is None
    assert merge_tree(run, groups[:2]) is None
    assert medoid(np.array([[0.0], [1.0], [5.0], [99.0]]), np.array([0, 1, 2])) == 1


def test_sizes_in_words(groups):
    assert size_words([]) == ""
    assert f"the largest has {groups[0].size}" in size_words(groups)


def test_tracks_share_a_scale_that_holds_every_end():
    found = tracks([("a", {"value": -0.1, "low": -0.2, "high": 0.0}, ""), ("b", {"value": 0.5}, "")])
    assert (found.low, found.high) == ("−0.2", "1")
    assert (found.rows[0].start, found.rows[0].at) == (0.0, pytest.approx(8.33))
    assert found.rows[1].span is None
    assert interval_text({"value": 0.5, "low": None, "high": None}) == "0.500"
    assert interval_text({"value": 0.5, "low": 0.4, "high": 0.6}, 1) == "0.5 (0.4 to 0.6)"


def test_repair_is_told_in_words(run):
    metrics = {"eval": {"merges": 1, "moves": 34, "n_labelled": 80}}
    assert repair_words(metrics, {}) == [
        "To put the 80 labelled faces of the eval split right, somebody would need 1 merge and 34 moves."
    ]
    assert repair_words({"eval": {"silhouette": 0.1}}, {}) == []


def test_gaps_say_whether_they_may_be_chance():
    gap = {"metric": "pairwise_f", "high": "1", "low": "0", "gap": 0.12, "overlap": True}
    told = gap_words(gap, "male")
    assert told.startswith(
        "Largest gap: 0.120 in Pairwise F, higher for male \u201c1\u201d than for \u201c0\u201d;"
    )
    assert told.endswith("so that it may be chance.")
    assert gap_words({**gap, "overlap": False}, "male").endswith("do not overlap.")
    assert "No two" in gap_words(None, "male")


def test_rounds_say_what_they_were_learnt_from_and_which_was_undone(run):
    told = {"n_faces": 210, "n_sure": 40, "before": 0.91, "after": 0.95, "kept": True}
    undone = {**told, "before": 0.95, "after": 0.94, "kept": False}
    found = against_labels(replace(run, figures={"rounds": [told, undone]}))["rounds"]
    assert [row["name"] for row in found] == ["before", "after round 1", "after round 2"]
    assert found[0]["learnt"] == ""
    assert found[1]["learnt"] == ("210 faces in 40 sure groups; judged without labels 0.9100 to 0.9500")
    assert found[2]["learnt"].endswith("0.9500 to 0.9400: undone")
    assert found[1]["cells"][0] == "0.850"
    assert against_labels(run)["rounds"][2]["learnt"] == "not begun"


def test_what_has_no_facts_is_left_empty(run):
    found = against_labels(replace(run, evidence={}))
    assert found["intervals"] == found["seeds"] == found["slices"] == found["pair_slices"] == []
    assert found["rounds"] == []
    assert found["reference_embeddings"] is None
    assert given_pairs(None) is None


def test_the_model_that_mined_the_pairs_is_named(run):
    told = given_pairs({**run.evidence["pairs"], "miner": "imagenet_lite-1+2"})["facts"]
    assert ("Mined by", "imagenet_lite-1+2") in told
    assert "Mined by" not in dict(given_pairs(run.evidence["pairs"])["facts"])


def test_rates_that_pairs_cannot_resolve_have_a_reason(run):
    rows = given_pairs(run.evidence["pairs"])["tar"]
    assert [row["far"] for row in rows] == ["0.1", "0.01", "0.001"]
    assert rows[0]["reason"] == ""
    assert "at least 1 is needed" in rows[2]["reason"]
    assert rows[2]["rate"] == "–"
