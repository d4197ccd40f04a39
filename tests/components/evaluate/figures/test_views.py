"""The two views of pairs in splits, by their own definitions, and thresholds from elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from components.evaluate.figures.transfer import accepts, scores_about, threshold_at
from components.evaluate.figures.verification import Scored, best_threshold
from components.evaluate.figures.views import view_one, view_two


def scored_pairs(k=10, each=20, seed=0, people=True):
    rng = np.random.default_rng(seed)
    same = np.tile(np.arange(each) < each // 2, k)
    scores = rng.normal(size=k * each) + 1.5 * same
    fold = np.repeat(np.arange(k), each)
    first = 10 * fold + rng.integers(0, 5, k * each)
    both = np.stack([first, np.where(same, first, first + 5)], axis=1) if people else None
    return Scored(scores, same, fold, np.arange(k * each), both, 0)


NAMES = tuple(map(str, range(10)))


def test_view_one_is_the_mean_over_splits_and_its_standard_error():
    scored = scored_pairs()
    told = view_one(scored, NAMES)
    shares = []
    for fold in range(10):
        test = scored.fold == fold
        threshold = best_threshold(scored.scores[~test], scored.same[~test])
        shares.append(np.mean((scored.scores[test] >= threshold) == scored.same[test]))
    assert told["accuracies"] == pytest.approx(shares)
    assert told["accuracy"] == pytest.approx(np.mean(shares))
    spread = np.sqrt(np.sum((shares - np.mean(shares)) ** 2) / 9)
    assert told["sem"] == pytest.approx(spread / np.sqrt(10))
    nine = np.array(shares[1:])  # P2's sums run from 1 to 9, and it divides by 9 and by its root
    assert told["printed"]["accuracy"] == pytest.approx(nine.sum() / 9)
    assert told["printed"]["sem"] == pytest.approx(np.sqrt(((nine - nine.mean()) ** 2).sum() / 9) / 3)
    assert (told["lfw_view"], told["splits"]) == (2, list(NAMES))


def test_other_numbers_of_splits_have_nothing_that_is_printed():
    assert view_one(scored_pairs(5), NAMES)["printed"] is None


@given(st.integers(0, 2**31), st.integers(2, 10))
def test_view_two_looks_at_split_0_to_choose_and_at_the_others_once(seed, k):
    scored = scored_pairs(k, 12, seed)
    told = view_two(scored, NAMES, 20)
    seen = scored.fold == 0
    threshold = best_threshold(scored.scores[seen], scored.same[seen])
    rest, truth = scored.scores[~seen], scored.same[~seen]
    assert told["threshold"] == threshold
    assert told["accuracy"] == pytest.approx(np.mean((rest >= threshold) == truth))
    assert told["auc"] == pytest.approx(roc_auc_score(truth, rest))
    assert (told["developed_on"], told["pairs"], told["lfw_view"]) == ("0", 12 * (k - 1), 1)
    for name in ("auc", "accuracy"):
        one = told["intervals"][name]
        assert one["value"] == pytest.approx(told[name])
        if one["low"] is not None:  # few people, drawn, may have both sorts of pairs in no replicate
            assert one["low"] <= one["value"] <= one["high"]
    # What the others hold decides nothing of the threshold.
    other = Scored(
        np.where(seen, scored.scores, -scored.scores),
        *(getattr(scored, n) for n in ("same", "fold", "index", "people", "missing")),
    )
    assert view_two(other, NAMES, 2)["threshold"] == threshold


@pytest.mark.parametrize("view", [view_one, view_two])
def test_a_view_needs_splits_with_both_sorts(view):
    with pytest.raises(ValueError, match="needs at least 2 splits; the pairs have 1"):
        view(scored_pairs(1), NAMES)
    scored = scored_pairs(3)
    scored.same[scored.fold == 1] = True
    with pytest.raises(ValueError, match="Split 1 has only one sort"):
        view(scored, NAMES)


def test_a_threshold_is_that_of_its_rate_of_false_accepts():
    same = np.repeat([False, True], [200, 100])
    scores = np.concatenate([np.arange(200) / 200, np.linspace(0.9, 1.1, 100)])
    scored = Scored(scores, same, np.zeros(300, int), np.arange(300), None, 0)
    told = threshold_at(scored, 0.05)
    assert (told["reached"], told["n_neg"], told["threshold"]) == (0.05, 200, scores[189])
    assert told["true_accepts"] == np.mean(scores[200:] > scores[189])
    for rate in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="is no rate of false accepts"):
            threshold_at(scored, rate)
    with pytest.raises(ValueError, match="at least 1000 of two people; received 100 and 200"):
        threshold_at(scored, 0.001)


def test_scores_about_the_mean_of_other_photos():
    embeddings = np.array([[2.0, 1.0], [1.0, 3.0], [1.0, 2.0]])
    elsewhere = np.array([[0.0, 1.0], [2.0, 1.0]])  # their mean is (1, 1)
    found = scores_about(embeddings, np.array([[0, 1], [1, 2]]), elsewhere)
    assert found == pytest.approx([0.0, 1.0])  # of (1, 0) and (0, 2); of (0, 2) and (0, 1)


def test_shares_that_are_accepted_have_intervals():
    scores = np.repeat([0.0, 1.0], [60, 40])
    told = accepts(scores, 0.5, None)
    assert (told["accepted"], told["n"], told["share"]) == (40, 100, 0.4)
    assert told["low"] < 0.4 < told["high"]
    none = accepts(np.zeros(100), 0.5, None)
    assert (none["share"], none["low"], none["high"]) == (0.0, 0.0, 0.03)
    every = accepts(np.ones(100), 0.5, None)
    assert (every["share"], every["low"], every["high"]) == (1.0, 0.97, 1.0)
    assert accepts(np.zeros(0), 0.5, None)["share"] is None


def test_pairs_that_share_people_are_less_certain_than_pairs_that_do_not():
    """100 pairs of 5 people, each accepted or not with its person, are five facts and not a hundred."""
    people = np.repeat(np.arange(5), 20)
    scores = np.where(people < 2, 1.0, 0.0)
    told = accepts(scores, 0.5, np.stack([people, people], axis=1), 2000)
    alone = accepts(scores, 0.5, None, 2000)
    assert told["high"] - told["low"] > 2 * (alone["high"] - alone["low"])
