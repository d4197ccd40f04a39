"""Every way to a verdict."""

import json
import math

import numpy as np
import pytest

from components.bless.blessing import METRICS, WITHIN_ONE_SPACE, decide

THRESHOLDS = {
    "eval_reconstruction_mse": {"max": 0.05},
    "silhouette": {"min": 0.0},
    "n_clusters": {"min": 2, "max": 100},
    "largest_cluster_share": {"max": 0.9},
}
GOOD = {
    "eval_reconstruction_mse": 0.02,
    "silhouette": 0.1,
    "n_clusters": 40,
    "largest_cluster_share": 0.2,
    "ari": 0.4,
    "pairwise_f": 0.45,
}
TOLERANCES = {"eval_reconstruction_mse": 0.001, "ari": 0.02, "pairwise_f": 0.02}


def test_first_good_model_is_blessed():
    verdict = decide(GOOD, None, THRESHOLDS, TOLERANCES)
    assert verdict.blessed
    assert "No blessed model yet" in verdict.reasons[-1]
    assert len(verdict.reasons) == 6
    assert json.loads(json.dumps(verdict.as_dict())) == {
        "blessed": True,
        "reasons": verdict.reasons,
        "rules": [],
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"eval_reconstruction_mse": 0.06},
            "eval_reconstruction_mse is 0.06, the recipe asks for at most 0.05",
        ),
        ({"silhouette": -0.1}, "silhouette is -0.1, the recipe asks for at least 0"),
        ({"n_clusters": 1}, "n_clusters is 1, the recipe asks for at least 2"),
        ({"n_clusters": 101}, "n_clusters is 101, the recipe asks for at most 100"),
        ({"largest_cluster_share": 0.95}, "largest_cluster_share is 0.95"),
        ({"silhouette": None}, "silhouette is missing"),
        ({"silhouette": math.nan}, "silhouette is not a finite number (nan)"),
        ({"silhouette": math.inf}, "silhouette is not a finite number (inf)"),
        ({"silhouette": "high"}, "silhouette is not a finite number ('high')"),
    ],
)
def test_threshold_refuses_with_both_figures(change, words):
    verdict = decide(GOOD | change, None, THRESHOLDS, {})
    assert not verdict.blessed
    refusals = [reason for reason in verdict.reasons if reason.startswith("Refused")]
    assert len(refusals) == 1
    assert words in refusals[0]


def test_bounds_are_inclusive():
    assert decide({"n_clusters": 2}, None, {"n_clusters": {"min": 2, "max": 2}}, {}).blessed


def test_numpy_numbers_are_numbers():
    assert decide(
        {"n_clusters": np.int64(3), "ari": np.float32(0.5)},
        {"ari": np.float32(0.5)},
        {"n_clusters": {"min": 2}},
        {"ari": 0.0},
    ).blessed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ari": 0.37}, "ari is 0.37, the latest blessed model's is 0.4; worse by 0.03, allowed is 0.02"),
        ({"eval_reconstruction_mse": 0.03}, "worse by 0.01, allowed is 0.001"),
        (
            {"pairwise_f": math.nan},
            "pairwise_f is not a finite number (nan); the latest blessed model has 0.45",
        ),
        ({"pairwise_f": None}, "pairwise_f is missing; the latest blessed model has 0.45"),
    ],
)
def test_worse_than_the_latest_blessed_is_refused(change, words):
    verdict = decide(GOOD | change, GOOD, THRESHOLDS, TOLERANCES)
    assert not verdict.blessed
    assert any(reason.startswith("Refused") and words in reason for reason in verdict.reasons)


def test_a_little_worse_is_tolerated_and_better_is_met():
    change = {"ari": 0.39, "eval_reconstruction_mse": 0.01}
    verdict = decide(GOOD | change, GOOD, THRESHOLDS, TOLERANCES)
    assert verdict.blessed
    assert any("ari is 0.39, the latest blessed model's is 0.4" in reason for reason in verdict.reasons)


def test_without_labels_on_both_sides_is_passed_over():
    unlabelled = GOOD | {"ari": None, "pairwise_f": None}
    verdict = decide(unlabelled, unlabelled, THRESHOLDS, TOLERANCES)
    assert verdict.blessed
    assert sum(reason.startswith("Not compared") for reason in verdict.reasons) == 2


def test_metric_that_only_the_new_model_has_is_not_compared():
    verdict = decide(GOOD, {"eval_reconstruction_mse": 0.02}, {}, TOLERANCES)
    assert verdict.blessed
    assert "Not compared: ari is missing in the latest blessed model." in verdict.reasons


def test_nan_refuses_even_where_the_blessed_model_has_none():
    verdict = decide({"ari": math.nan}, {}, {}, {"ari": 0.1})
    assert not verdict.blessed
    assert "the latest blessed model has none" in verdict.reasons[0]


def test_other_eval_split_is_not_compared():
    verdict = decide({"ari": 0.1, "eval_split": "new"}, {"ari": 0.9, "eval_split": "old"}, {}, {"ari": 0.0})
    assert verdict.blessed
    assert "another eval split" in verdict.reasons[0]


def test_nothing_asked_is_blessed_and_says_so():
    assert decide({}, None, {}, {}).reasons == ["No blessed model yet: nothing to compare with."]
    assert "nothing to compare" in decide({}, {}, {}, {}).reasons[0]


def test_unknown_names_are_errors():
    with pytest.raises(ValueError, match=r"Unknown metric 'sillhouette'. Expected one of: acc, aic"):
        decide(GOOD, None, {"sillhouette": {"min": 0}}, {})
    with pytest.raises(ValueError, match="Unknown metric 'mse'"):
        decide(GOOD, None, {}, {"mse": 0.1})


@pytest.mark.parametrize("bounds", [{}, {"least": 1}, {"min": "a"}, {"max": math.nan}])
def test_wrong_bounds_are_errors(bounds):
    with pytest.raises(ValueError, match="Threshold of ari: expected"):
        decide(GOOD, None, {"ari": bounds}, {})


@pytest.mark.parametrize("name", WITHIN_ONE_SPACE)
def test_comparing_across_spaces_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"{name} cannot be compared with the latest blessed model's"):
        decide(GOOD, GOOD, {}, {name: 0.1})


def test_wrong_tolerances_are_errors():
    with pytest.raises(ValueError, match="at least 0, received -1"):
        decide(GOOD, GOOD, {}, {"ari": -1})
    with pytest.raises(ValueError, match="neither better high nor low"):
        decide(GOOD, GOOD, {}, {"n_clusters": 1})


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_takes_a_threshold(name):
    assert decide({name: 1.0}, None, {name: {"min": 0.5}}, {}).blessed
    assert not decide({name: 0.0}, None, {name: {"min": 0.5}}, {}).blessed


LESS_IS_BETTER = {"eval_reconstruction_mse", "train_reconstruction_mse", "roc_eer"}


@pytest.mark.parametrize("name", [name for name, better in METRICS.items() if better is not None])
def test_each_metric_is_worse_in_its_own_direction(name):
    low, high = {name: 0.2}, {name: 0.6}
    better, worse = (low, high) if name in LESS_IS_BETTER else (high, low)
    assert decide(better, worse, {}, {name: 0.1}).blessed
    refused = decide(worse, better, {}, {name: 0.1})
    assert not refused.blessed
    assert "worse by 0.4, allowed is 0.1" in refused.reasons[0]


def test_a_model_that_is_left_out_is_named_and_refuses_nothing():
    words = "Left out: the latest blessed model takes drawings."
    alone = decide(GOOD, None, {}, TOLERANCES, words)
    assert (alone.blessed, alone.reasons) == (True, [words])
    beside = decide(GOOD, GOOD, {}, TOLERANCES, words)
    assert beside.blessed
    assert beside.reasons[0] == words
    assert len(beside.reasons) == 1 + len(TOLERANCES)


def test_nothing_asked_and_nothing_compared_is_blessed_as_it_is():
    verdict = decide(GOOD, GOOD, {}, {})
    assert (verdict.blessed, verdict.reasons) == (
        True, ["No threshold and nothing to compare: blessed as it is."],
    )  # fmt: skip
