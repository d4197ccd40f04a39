"""The figures of a classifier against figures worked out by hand and by scikit-learn; the verdict on them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from components.classify.card import classifier_card
from components.classify.figures import FIGURES, area, calibration_error, figures_of, reliability
from components.classify.figures import column_figures as counts_and_effects
from components.classify.maps import attribute_regions, inside, maps_in_regions
from components.classify.settings import ClassifierLimits
from components.classify.verdict import judge
from components.occlude.intervals import people_weights
from schemas.face_regions import REGIONS

ONE = np.ones((1, 8))


def column_figures(*told):
    """The figures of one column as they are written down."""
    counts, effects = counts_and_effects(*told)
    return counts | {name: effects[name].told() if effects else None for name in FIGURES}


def planted(n=200, people=20, seed=0, sharp=2.0):
    """Probabilities of two columns that tell something of targets, for people with ten photos each."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 2, (n, 2))
    logits = sharp * (2 * targets - 1) + generator.normal(size=targets.shape)
    return 1 / (1 + np.exp(-logits)), targets, np.arange(n) % people


def test_accuracy_and_area_are_scikit_learns():
    p, targets, people = planted()
    told = column_figures(p[:, 0], targets[:, 0], people_weights(people), 10)
    assert told["balanced_accuracy"]["value"] == pytest.approx(
        balanced_accuracy_score(targets[:, 0], p[:, 0] > 0.5)
    )
    assert told["accuracy"]["value"] == pytest.approx(((p[:, 0] > 0.5) == targets[:, 0]).mean())
    assert told["auc"]["value"] == pytest.approx(roc_auc_score(targets[:, 0], p[:, 0]))
    for name in ("accuracy", "balanced_accuracy", "auc", "calibration_error"):
        assert told[name]["low"] <= told[name]["value"] <= told[name]["high"]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=2, max_size=30))
def test_the_area_counts_ties_by_half_and_draws_as_often_as_drawn(rows):
    p, yes = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    if yes.all() or not yes.any():
        return
    weights = np.random.default_rng(0).integers(0, 3, (5, len(rows)))
    effect = area(p, yes, weights)
    assert effect.value == pytest.approx(roc_auc_score(yes, p))
    for drawn, found in zip(weights, effect.replicates, strict=True):
        again_p, again = np.repeat(p, drawn), np.repeat(yes, drawn)
        if 0 < again.sum() < len(again):
            assert found == pytest.approx(roc_auc_score(again, again_p))
        else:
            assert np.isnan(found)


def test_the_calibration_error_by_hand():
    p = np.array([0.05, 0.05, 0.95, 0.95, 0.55, 0.55, 0.55, 0.55])
    yes = np.array([0, 0, 1, 0, 1, 1, 0, 0], bool)
    expected = (2 * 0.05 + abs(1.9 - 1) + abs(2.2 - 2)) / 8
    assert calibration_error(p, yes, ONE).value == pytest.approx(expected)
    assert reliability(p, np.where(yes, 1, 0))[1] == {"said": pytest.approx(0.55), "share": 0.5, "n": 4}


def test_unknown_answers_count_nowhere_and_few_answers_are_not_judged():
    p, targets, people = planted()
    hidden = np.where(np.arange(200)[:, None] < 100, targets, -1)
    weights = people_weights(people)
    told = column_figures(p[:, 0], hidden[:, 0], weights, 10)
    same = column_figures(p[:100, 0], targets[:100, 0], weights[:, :100], 10)
    assert told == same
    few = np.where((targets[:, 0] == 1) & (np.cumsum(targets[:, 0]) > 9), -1, targets[:, 0])
    assert column_figures(p[:, 0], few, weights, 10)["accuracy"] is None
    assert column_figures(p[:, 0], few, weights, 9)["accuracy"] is not None


def test_means_are_over_judged_columns_and_a_constant_one_is_named():
    p, targets, people = planted()
    p3, targets3 = np.column_stack([p, np.full(200, 0.2)]), np.column_stack([targets, np.zeros(200, int)])
    found = figures_of(p3, targets3, people, ("a", "b", "c"))
    assert found["judged"] == 2
    assert found["constant"] == ["c"]
    assert found["n_people"] == 20
    both = [found["columns"][name]["balanced_accuracy"]["value"] for name in "ab"]
    assert found["mean"]["balanced_accuracy"]["value"] == pytest.approx(np.mean(both))
    assert found["columns"]["c"]["majority"] == 1


def test_an_interval_is_as_wide_as_people_differ():
    # Every person is all right or all wrong: ten photos of one say no more than one photo.
    generator = np.random.default_rng(1)
    who = np.repeat(np.arange(40), 10)
    targets = np.tile([0, 1], 200)
    right = generator.random(40) < 0.7
    p = np.where(right[who], targets, 1 - targets) * 0.8 + 0.1
    by_people = column_figures(p, targets, people_weights(who), 10)["accuracy"]
    by_photos = column_figures(p, targets, people_weights(np.arange(400)), 10)["accuracy"]
    assert by_people["high"] - by_people["low"] > 2 * (by_photos["high"] - by_photos["low"])


def test_a_map_inside_its_region_and_one_that_is_not():
    regions = np.zeros((6, 6, 3), bool)
    regions[:3] = True
    maps = np.zeros((6, 6, 3))
    maps[:3, :, 0] = 1.0  # inside
    maps[3:, :, 1] = 1.0  # outside; the third is flat
    np.testing.assert_allclose(inside(maps, regions), [1, 0, 0.5])
    values = np.random.default_rng(0).normal(size=(6, 6, 3)).round(1)
    for column in range(3):
        expected = roc_auc_score(regions[..., column].ravel(), values[..., column].ravel())
        assert inside(values, regions)[column] == pytest.approx(expected)
    assert np.isnan(inside(maps, np.ones_like(regions))).all()


def test_only_faces_that_have_an_attribute_say_where_its_map_lies():
    names, columns = list(REGIONS), ("Smiling", "Bangs", "Young")
    regions = np.zeros((10, 4, 4), bool)
    regions[names.index("mouth"), 3], regions[names.index("top_of_head"), 0] = True, True
    own = attribute_regions(regions, columns)
    assert own[..., 0].sum() == 4
    assert own[..., 2].sum() == 8
    good, bad = own.astype(float), 1 - own.astype(float)
    faces = [(good, regions), (bad, regions), (good, None), (bad, regions)]
    targets = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [1, -1, 1]])
    found = maps_in_regions(iter(faces), targets, np.arange(4), columns)
    assert {name: (one["value"], one["n"]) for name, one in found["columns"].items()} == {
        "Smiling": (0.5, 2),  # of faces 0 and 3; the regions of 2 are not known
        "Bangs": (0.0, 1),
    }
    np.testing.assert_allclose(found["mean_present"][..., 0], (2 * good + bad)[..., 0] / 3)
    np.testing.assert_allclose(found["mean_absent"][..., 0], bad[..., 0])


def figures(p, targets, people):
    return figures_of(p, targets, people, ("a", "b"))


def test_a_good_classifier_is_blessed_and_each_rule_refuses_by_its_own_reason():
    p, targets, people = planted()
    good = figures(p, targets, people)
    limits = ClassifierLimits(max_calibration_error=0.3)
    verdict = judge(good, None, limits)
    assert verdict.blessed
    assert [rule["verdict"] for rule in verdict.rules] == ["met", "met", "not judged"]
    guess = figures(np.random.default_rng(3).random(p.shape), targets, people)
    assert [
        rule["verdict"] for rule in judge(guess, None, limits.changed(max_calibration_error=1.0)).rules
    ] == [*("refused", "met", "not judged")]
    loud = figures(np.where(p > 0.5, 1.0, 0.0) * 0.0 + np.where(p > 0.5, 0.51, 0.49), targets, people)
    assert [rule["verdict"] for rule in judge(loud, None, ClassifierLimits()).rules][:2] == ["met", "refused"]
    worse = judge(figures(planted(sharp=1.0)[0], targets, people), good, limits)
    assert [rule["verdict"] for rule in worse.rules] == ["met", "met", "refused"]
    assert "that of the last one on the same faces" in worse.reasons[2]


def test_nothing_to_judge_by_is_no_blessing():
    p, targets, people = planted(n=20)
    verdict = judge(figures_of(p, targets, people, ("a", "b"), 30), None, ClassifierLimits())
    assert not verdict.blessed
    assert "no column has 10 photos of either answer" in verdict.reasons[0]


def test_the_card_says_that_it_is_a_guess_and_names_what_is_constant():
    p, targets, people = planted()
    p[:, 1] = 0.9
    recipe = {"name": "r", "model": "attparsenet", "height": 218, "width": 178, "frame": "box", "targets": "/x/t.csv",
              "min_confidence": 0.7}  # fmt: skip
    card = classifier_card(
        recipe, {"files": 3}, {"columns": ["a", "b"], "figures": figures(p, targets, people)}
    )
    assert card["limits"][0].startswith("What it says is a guess at how somebody looks")
    assert card["limits"][-1] == "It says the same of every face for: b."
    assert card["abstains_below"] == 0.7
    assert card["input"] == {"frame": "box", "height": 218, "width": 178}
    assert card["law"]
    assert card["made_of"] == []
    probe = classifier_card(
        recipe | {"model": "linear_probe", "frozen": "pretrained_face"},
        {},
        {"columns": ["a", "b"], "figures": figures(p, targets, people)},
    )
    assert "Davis King" in probe["made_of"][0]
