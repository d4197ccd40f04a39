"""New pictures unlike those of the latest blessed model: told, and refused where a recipe asks for it."""

import math

import pytest

from components.bless.drift import drift_of
from components.bless.rules import RULES
from components.bless.verdict import judge
from components.evaluate.figures.health import unknown_share
from tests.components.bless.test_bless_verdict import RECIPE, facts


def earlier(here, there, n=100):
    shares = {f"unknown_{side}": {"share": s, "n": n} for side, s in (("here", here), ("there", there))}
    return {"eval_reconstruction_mse": 0.01, **shares}


def rule_of(verdict):
    (rule,) = [rule for rule in verdict.rules if rule["name"] == "drift"]
    return rule


def test_the_share_that_is_unknown():
    assert unknown_share([True, False, False, True]) == {"share": 0.5, "n": 4}


def test_drift_is_the_difference_and_knows_how_sure_it_is():
    found = drift_of(earlier(0.3, 0.05))
    assert found["drift"] == pytest.approx(0.25)
    assert found["standard_error"] == pytest.approx(math.sqrt((0.3 * 0.7 + 0.05 * 0.95) / 100))
    assert found["sure"]
    assert not drift_of(earlier(0.3, 0.05, n=4))["sure"]  # the same shares of four faces each
    assert not drift_of(earlier(0.05, 0.3))["sure"]
    # A fifth of n against none is sqrt(n / 4) standard errors: 2.5 of 25, 1.7 of 12.
    assert drift_of(earlier(0.2, 0.0, n=25))["sure"]
    assert not drift_of(earlier(0.2, 0.0, n=12))["sure"]
    assert not drift_of(earlier(0.0, 0.0))["sure"]
    for side in ("here", "there"):
        assert drift_of(earlier(0.3, 0.05) | {f"unknown_{side}": None}) is None
    assert drift_of(None) is drift_of({"eval_reconstruction_mse": 0.01}) is None


def test_by_default_it_is_only_told():
    verdict = judge(facts(), earlier(0.9, 0.05), RECIPE)
    assert verdict.blessed
    assert any("The new pictures are unlike the old" in reason for reason in verdict.reasons)
    assert any("finds 90.0% of 100 of these" in reason for reason in verdict.reasons)
    assert not any("drift is" in reason for reason in verdict.reasons)
    assert (rule_of(verdict)["figure"], rule_of(verdict)["verdict"]) == (pytest.approx(0.85), "not judged")
    alike = judge(facts(), earlier(0.06, 0.05), RECIPE)
    assert any("no less like the old" in reason for reason in alike.reasons)


def test_a_recipe_may_refuse_it():
    recipe = RECIPE | {"max_drift": 0.2}
    refused = judge(facts(), earlier(0.5, 0.05), recipe)
    assert not refused.blessed
    assert any(reason.startswith("Refused: drift is 0.45") for reason in refused.reasons)
    assert rule_of(refused)["verdict"] == "refused"
    baseline = [rule["verdict"] for rule in refused.rules if rule["name"] == "baseline"]
    assert baseline == ["met"]  # it is no worse, its pictures are others
    at_the_limit = judge(facts(), earlier(0.25, 0.0), recipe | {"max_drift": 0.25})
    assert (at_the_limit.blessed, rule_of(at_the_limit)["verdict"]) == (True, "met")
    met = judge(facts(), earlier(0.25, 0.05), recipe)
    assert met.blessed
    assert rule_of(met)["verdict"] == "met"
    off = judge(facts(), earlier(0.5, 0.05), recipe | {"rules_off": ("drift",)})
    assert off.blessed
    assert rule_of(off)["verdict"] == "off"


def test_without_an_earlier_model_there_is_nothing_to_judge():
    verdict = judge(facts(), None, RECIPE | {"max_drift": 0.1})
    assert verdict.blessed
    assert rule_of(verdict)["verdict"] == "not judged"
    assert "drift" in RULES
