"""From figures to a verdict."""

import types

import pytest

from components.bless import label_figures, verdict
from components.bless.history import read_told
from components.bless.rules import RULES
from components.bless.verdict import comparable_metrics, judge, label_free
from pipeline.recipes.catalog import get_recipe

RECIPE = get_recipe("face-cae").as_dict()


def facts(mse=0.01, ari=0.4, n_clusters=10, share=0.2, servable=True, **changes):
    mega = {"share": share, "interconnectedness": 0.6, "by_chance": 0.2}
    health = {
        "held_out": {"gain": 0.5, "standard_error": 0.1, "n": 50},
        "stability": 0.4,
        "stability_interval": [0.3, 0.5],
        "effective_rank": 40.0,
        "mega_cluster": mega,
    } | changes
    whole = {"silhouette": 0.1, "n_clusters": n_clusters, "largest_cluster_share": share, "n_singletons": 0}
    evaluated = {"reconstruction_mse": mse, "ari": ari, "pairwise_f": ari}
    return {
        "metrics": {"all": whole, "eval": evaluated},
        "decodes": True,
        "servable": servable,
        "health": health,
        "selection": {"space": {"name": "tsne(37->2)"}},
    }


def test_a_good_first_model_is_blessed_and_says_that_there_was_none_before():
    found = judge(facts(), None, RECIPE)
    assert found.blessed
    assert any("No blessed model yet" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"mse": 0.2}, "eval_reconstruction_mse"),
        ({"mse": None}, "eval_reconstruction_mse"),
        ({"n_clusters": 1}, "n_clusters"),
        ({"share": 0.95}, "largest_cluster_share"),
        ({"held_out": {"gain": -0.5, "standard_error": 0.1, "n": 50}}, "held_out_gain"),
        ({"stability_interval": [-0.1, 0.5]}, "stability"),
        ({"effective_rank": 1.2}, "effective_rank"),
        ({"mega_cluster": {"interconnectedness": 0.1, "by_chance": 0.2}}, "interconnectedness"),
    ],
)
def test_each_threshold_refuses_in_words(changes, name):
    found = judge(facts(**changes), None, RECIPE)
    assert not found.blessed
    assert any(reason.startswith(f"Refused: {name}") for reason in found.reasons)


def test_worse_than_the_earlier_model_is_refused_with_both_figures():
    earlier = {"eval_reconstruction_mse": 0.01, "ari": 0.4, "pairwise_f": 0.4}
    assert judge(facts(mse=0.0104), earlier, RECIPE).blessed  # within a share of 0.05
    worse = judge(facts(mse=0.0106), earlier, RECIPE)
    assert not worse.blessed
    assert any("0.0106" in reason and "0.01" in reason for reason in worse.reasons if "Refused" in reason)
    assert not judge(facts(ari=0.34), earlier, RECIPE).blessed
    assert judge(facts(ari=0.36), earlier, RECIPE).blessed


def test_labels_that_only_one_model_has_are_not_compared():
    earlier = {"eval_reconstruction_mse": 0.02}
    found = judge(facts(ari=0.0), earlier, RECIPE)
    assert found.blessed
    assert not any("ari" in reason.split() for reason in found.reasons)


def test_what_lies_at_its_limit_is_met():
    recipe = RECIPE | {"max_reconstruction_mse": 0.02}
    found = judge(facts(mse=0.02, n_clusters=2), None, recipe)
    assert found.blessed
    rules = {rule["name"]: rule["verdict"] for rule in found.rules}
    assert rules["eval_reconstruction_mse"] == rules["n_clusters"] == "met"
    sure = {"stability": 0.5, "stability_interval": [0.5, 0.5]}
    assert judge(facts(**sure), {"eval_reconstruction_mse": 0.01, **sure}, RECIPE).blessed


def test_an_earlier_model_without_a_reconstruction_error_is_not_compared_by_it():
    found = judge(facts(), {"eval_reconstruction_mse": None}, RECIPE)
    assert found.blessed
    assert any("eval_reconstruction_mse is missing in the latest" in reason for reason in found.reasons)


class Faces:
    """Five faces of two people, the last three of the eval split; and a model that groups them."""

    labels = ("a", "b", "a", "a", None)

    def __init__(self, evaluated=(2, 3, 4)):
        self.evaluated = list(evaluated)

    def rows(self, split):
        return self.evaluated if split == "eval" else [0, 1]

    def requests(self, model, rows):
        return rows


def test_an_earlier_model_is_judged_on_this_eval_split(monkeypatch):
    monkeypatch.setattr(label_figures, "FEWEST", 0)
    model = types.SimpleNamespace(serving_default="signature")
    asked = []
    monkeypatch.setattr(
        verdict, "reconstruct", lambda one, faces: (asked.append(one) or {"reconstruction_mse": 0.03}, None)
    )
    answers = {"cluster": [4, 5, 4], "unknown": [True, False, False]}
    monkeypatch.setattr(
        verdict, "outputs_of", lambda signature, rows: {k: v[: len(rows)] for k, v in answers.items()}
    )
    told = {"stability": 0.5, "stability_interval": [0.4, 0.6], "unknown": {"share": 0.1, "n": 9}}
    card = {"health": told}
    found = comparable_metrics(model, Faces(), card)
    assert found == {
        "eval_reconstruction_mse": 0.03,
        "stability": 0.5,
        "stability_interval": [0.4, 0.6],
        "unknown_here": {"share": pytest.approx(1 / 3), "n": 3},
        "unknown_there": {"share": 0.1, "n": 9},
        "label_split": "eval",
        "label_words": "",
        "ari": 0.0,  # one person in two groups
        "pairwise_f": 0.0,
    }
    comparable_metrics(model, Faces(), card, decoder="decoder")
    assert asked == [model, "decoder"]
    nobody = comparable_metrics(model, Faces([]))
    assert nobody["unknown_here"] is nobody["unknown_there"] is nobody["stability"] is None
    assert not {"ari", "pairwise_f"} & set(nobody)


def test_what_chance_always_gives_is_no_interconnectedness():
    for chance, expected in ((0.2, pytest.approx(0.5)), (0.9, pytest.approx(-3.0)), (1.0, None)):
        mega = {"interconnectedness": 0.6, "by_chance": chance}
        assert label_free(facts(mega_cluster=mega)["health"])["interconnectedness"] == expected


def test_the_row_of_the_baseline_says_what_was_compared():
    def figure(earlier):
        (row,) = [rule for rule in judge(facts(), earlier, RECIPE).rules if rule["name"] == "baseline"]
        return row["figure"]

    assert "eval_reconstruction_mse is 0.01, the latest blessed model's is 0.02" in figure(
        {"eval_reconstruction_mse": 0.02}
    )
    assert figure(None) is None


def test_without_a_card_nothing_is_told(tmp_path):
    assert read_told(None) == read_told(tmp_path / "none.json") == {}
    (tmp_path / "card.json").write_text('{"health": {"stability": 0.5}}')
    assert read_told(tmp_path / "card.json") == {"health": {"stability": 0.5}}


def test_every_rule_prints_its_figure_its_limit_and_its_verdict():
    rules = {rule["name"]: rule for rule in judge(facts(), None, RECIPE).rules}
    assert list(rules) == list(RULES)
    assert rules["n_clusters"] | {"what": ""} == {
        "name": "n_clusters", "what": "", "figure": 10, "limit": "at least 2", "verdict": "met",
    }  # fmt: skip
    assert rules["held_out_gain"]["figure"] == pytest.approx(0.5 + 1.96 * 0.1)
    assert rules["interconnectedness"]["figure"] == pytest.approx(0.5)
    assert rules["baseline"]["verdict"] == "not judged"
    assert {rule["verdict"] for rule in rules.values()} == {"met", "not judged"}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_turned_off_by_its_name(name):
    bad = facts(
        mse=0.2, n_clusters=1, share=0.95, servable=False, stability_interval=[-0.2, 0.1], effective_rank=1.0,
        held_out={"gain": -0.5, "standard_error": 0.1, "n": 50},
        mega_cluster={"interconnectedness": 0.1, "by_chance": 0.2},
    )  # fmt: skip
    shares = {f"unknown_{side}": {"share": share, "n": 50} for side, share in (("here", 0.9), ("there", 0.1))}
    torn = dict.fromkeys(("left", "found", "new", "gone"), 0)
    torn |= {"faces": 100, "grouped": 100, "changed": 90, "other_settings": []}
    earlier = {"eval_reconstruction_mse": 0.01, "ari": 0.9, "n_faces": 100, "regrouped": torn, **shares}
    gone = {"files": 50, "faces": 10, "reasons": {"dangling_link": 40}}
    recipe = RECIPE | {"max_drift": 0.5}
    every = {rule["name"]: rule["verdict"] for rule in judge(bad, earlier, recipe, totals=gone).rules}
    assert set(every.values()) == {"refused"}
    others = recipe | {"rules_off": [rule for rule in RULES if rule != name]}
    found = judge(bad, earlier, others, totals=gone)
    assert not found.blessed
    assert [rule["name"] for rule in found.rules if rule["verdict"] == "refused"] == [name]
    off = judge(bad, earlier, recipe | {"rules_off": list(RULES)}, totals=gone)
    assert off.blessed
    assert f"Off: the rule {name} was turned off by the recipe." in off.reasons


def test_a_space_that_takes_no_new_points_is_refused():
    found = judge(facts(servable=False), None, RECIPE)
    assert not found.blessed
    assert any("no served graph can map new pictures to tsne(37->2)" in reason for reason in found.reasons)


def test_less_stable_than_the_earlier_model_beyond_the_spread_is_refused():
    earlier = {"eval_reconstruction_mse": 0.01, "stability": 0.5, "stability_interval": [0.4, 0.6]}
    assert judge(facts(), earlier, RECIPE).blessed  # 0.1 less, 0.14 is the spread of both
    worse = judge(facts(stability=0.35), earlier, RECIPE)
    assert not worse.blessed
    assert any(
        "stability is 0.350, the latest blessed model's is 0.500" in reason for reason in worse.reasons
    )


@pytest.mark.parametrize(
    ("name", "changes"), [("stability", {"stability": 0.1}), ("eval_reconstruction_mse", {"mse": 0.04})]
)
def test_a_rule_that_is_off_is_off_in_the_comparison_too(name, changes):
    earlier = {"eval_reconstruction_mse": 0.01, "stability": 0.5, "stability_interval": [0.4, 0.6]}
    worse = judge(facts(**changes), earlier, RECIPE)
    assert [rule["name"] for rule in worse.rules if rule["verdict"] == "refused"] == ["baseline"]
    off = judge(facts(**changes), earlier, RECIPE | {"rules_off": [name]})
    assert off.blessed
    assert not any(f"{name} is" in reason for reason in off.reasons)
    others = [rule for rule in RULES if rule not in (name, "baseline")]
    assert not judge(facts(**changes), earlier, RECIPE | {"rules_off": others}).blessed


def test_without_an_eval_split_the_held_out_likelihood_is_not_judged():
    rules = {rule["name"]: rule["verdict"] for rule in judge(facts(held_out=None), None, RECIPE).rules}
    assert rules["held_out_gain"] == "not judged"


def test_a_model_without_a_decoder_is_not_judged_by_its_reconstructions():
    without = {**facts(mse=None), "decodes": False}
    found = judge(without, {"eval_reconstruction_mse": 0.02}, get_recipe("face-simclr").as_dict())
    assert found.blessed
    assert not any("reconstruction" in reason for reason in found.reasons)


def test_a_model_that_is_left_out_is_named_in_place_of_none_before():
    words = "Left out: the latest blessed model is gone from /x."
    alone = judge(facts(), None, RECIPE, words)
    assert alone.blessed
    assert words in alone.reasons
    assert not any("No blessed model yet" in reason for reason in alone.reasons)
    earlier = {"eval_reconstruction_mse": 0.01, "ari": 0.4, "pairwise_f": 0.4}
    compared = judge(facts(mse=0.02), earlier, RECIPE, words)
    assert not compared.blessed
    assert words in compared.reasons
    off = judge(facts(), None, RECIPE | {"rules_off": ("baseline",)}, words)
    assert words not in off.reasons
