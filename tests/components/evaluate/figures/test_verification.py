"""Pairs files, and what the cosine makes of them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from components.evaluate.figures.roc import equal_error_rate
from components.evaluate.figures.verification import (
    Scored,
    best_threshold,
    far_threshold,
    figures_of,
    fold_accuracies,
    people_of,
    score_pairs,
    true_accepts,
    verify,
)
from components.pairs.files import Pairs, read_pairs
from tests.bounds import of_share

LFW = "2\t1\nAnn\t1\t4\nAnn\t2\tBo\t10\nBo\t1\t2\nBo\t3\tCy\t1\n"


def test_lfws_format_gives_paths_sides_and_folds(tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_text(LFW)
    pairs = read_pairs(file)
    assert pairs.first == ["Ann/Ann_0001", "Ann/Ann_0002", "Bo/Bo_0001", "Bo/Bo_0003"]
    assert pairs.second == ["Ann/Ann_0004", "Bo/Bo_0010", "Bo/Bo_0002", "Cy/Cy_0001"]
    assert pairs.same.tolist() == [True, False, True, False]
    assert pairs.fold.tolist() == [0, 0, 1, 1]


def test_lfws_head_of_one_number_is_one_fold(tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_text("2\n\nAnn 1 4\nBo 1 2\nAnn 2 Bo 10\nBo 3 Cy 1\n")
    pairs = read_pairs(file)
    assert pairs.same.tolist() == [True, True, False, False]
    assert pairs.fold.tolist() == [0, 0, 0, 0]


def test_csv_names_files_with_or_without_folds(tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("first,second,same,fold\na/1.jpg,a/2.png,1,x\na/1.jpg,b/1.jpg,0,y\n")
    pairs = read_pairs(file)
    assert (pairs.first, pairs.second) == (["a/1", "a/1"], ["a/2", "b/1"])
    assert pairs.same.tolist() == [True, False]
    assert pairs.fold.tolist() == [0, 1]
    file.write_text("first,second,same\n")
    assert read_pairs(file).first == []
    file.write_text("first,second,same\n" + "a/1.jpg,a/2.jpg,1\n" * 25)
    assert np.bincount(read_pairs(file).fold).tolist() == [3] * 5 + [2] * 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1.*numbers of folds"),
        ("1 2\nAnn 1 4\n", r"line 1, is.*Expected 4 pairs.*received '1'"),
        ("1 1\nAnn 1 4\nAnn x Bo 2\n", "line 3.*'name n m'"),
        ("1 1\nAnn 1 4\nAnn 1 Bo x\n", "line 3.*'name n m'"),
        ("1 1\nAnn x 4\nAnn 1 Bo 2\n", "line 2.*'name n m'"),
        ("1 1\nAnn 1 x\nAnn 1 Bo 2\n", "line 2.*'name n m'"),
        ("1 1\nAnn 1 2 3 4\nAnn 1 Bo 2\n", "line 2.*'name n m'"),
        ("1 1 1\nAnn 1 4\nAnn 1 Bo 2\n", "line 1.*numbers of folds"),
        ("x 1\nAnn 1 4\nAnn 1 Bo 2\n", "line 1.*numbers of folds"),
        ("first,second\na,b\n", "line 1, is.*columns first, second, same"),
        ("first,second,same\na,b,yes\n", "line 2.*0 or 1"),
    ],
)
def test_a_file_of_neither_format_is_refused_with_its_line(tmp_path, text, message):
    file = tmp_path / "pairs"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_pairs(file)


def planted(n_people=40, noise=0.3, folds=4):
    """Two photos of each person near a point of their own; one pair of each sort a person."""
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((n_people, 16))
    x = np.repeat(centres, 2, axis=0) + noise * generator.standard_normal((2 * n_people, 16))
    row_of = {f"p{i // 2}/{i % 2}": i for i in range(2 * n_people)}
    first = [f"p{i}/0" for i in range(n_people)] * 2
    second = [f"p{i}/1" for i in range(n_people)] + [f"p{(i + 1) % n_people}/1" for i in range(n_people)]
    same = np.arange(2 * n_people) < n_people
    return x, row_of, Pairs(first, second, same, np.arange(2 * n_people) % folds)


def test_people_apart_are_told_and_equal_people_are_guessed():
    x, row_of, pairs = planted()
    good = verify(x, row_of, pairs)
    assert good["auc"] > 0.99
    assert good["accuracy"] > 0.95
    assert (good["pairs"], good["missing"]) == (80, 0)
    guess = verify(np.random.default_rng(1).standard_normal(x.shape), row_of, pairs)
    assert abs(guess["auc"] - 0.5) < of_share(0.5, 40)  # of 40 pairs of either sort
    assert guess["accuracy_se"] > 0


def test_the_threshold_comes_from_the_other_folds():
    # In fold 1 the scores lie far higher: its own threshold would be right for all, the others' for half.
    scores = np.array([0.1, 0.3, 0.1, 0.3, 0.7, 0.9])
    same = np.array([False, True] * 3)
    assert fold_accuracies(scores, same, np.array([0, 0, 2, 2, 1, 1])) == [1.0, 0.5, 1.0]


def test_the_judged_fold_has_no_part_in_its_threshold():
    # Fold 1 alone says 0.5; all pairs together say 0.35, which would be right for all of fold 0 too.
    scores = np.array([0.30, 0.31, 0.40, 0.41, 0.42, 0.20, 0.80])
    same = np.array([False, False, True, True, True, False, True])
    assert fold_accuracies(scores, same, np.array([0] * 5 + [1] * 2)) == [0.4, 1.0]


def test_the_accuracy_is_the_mean_of_the_folds_and_has_their_standard_error():
    values = [0.1, 0.3, 0.1, 0.3, 0.7, 0.9]  # the folds give 1, 0.5 and 1, as above
    found = figures_of(scored(values, [False, True] * 3, [0, 0, 2, 2, 1, 1]))
    assert found["accuracy"] == pytest.approx(2.5 / 3)
    assert found["accuracy_se"] == pytest.approx(np.std([1.0, 0.5, 1.0], ddof=1) / np.sqrt(3))
    two = figures_of(
        scored([0.1, 0.9, 0.4, 0.45], [False, True] * 2, [0, 0, 1, 1])
    )  # the folds give 1 and 0.5
    assert two["accuracy_se"] == pytest.approx(0.25)
    alone = figures_of(scored(values[:2], [False, True]))
    assert (alone["accuracy"], alone["accuracy_se"]) == (1.0, None)


def test_pairs_without_a_face_are_counted_not_guessed():
    x, row_of, pairs = planted()
    del row_of["p0/0"], row_of["p1/1"]
    found = verify(x, row_of, pairs)
    assert (found["pairs"], found["missing"]) == (77, 3)
    nobody = verify(x, {}, pairs)
    assert (nobody["pairs"], nobody["missing"]) == (0, 80)
    assert [nobody[name] for name in ("auc", "accuracy", "accuracy_se", "eer")] == [None] * 4
    assert all(entry["rate"] is None and entry["reason"] for entry in nobody["tar"].values())
    assert {entry["n_neg_threshold"] for entry in nobody["tar"].values()} == {0}


@pytest.mark.parametrize("sort", [True, False])
def test_of_one_sort_of_pairs_nothing_is_judged(sort):
    found = figures_of(scored([0.1, 0.2, 0.3], [sort] * 3))
    assert [found[name] for name in ("auc", "accuracy", "accuracy_se", "eer")] == [None] * 4
    assert found["tar"]["1e-1"]["rate"] is None


def test_a_score_at_the_threshold_is_one_person():
    # The others' threshold is 0.5, which one of the judged pairs has.
    scores, same = np.array([0.4, 0.6, 0.5, 0.1]), np.array([False, True, True, False])
    assert fold_accuracies(scores, same, np.array([0, 0, 1, 1])) == [0.5, 1.0]


def test_a_score_at_a_rates_threshold_is_not_accepted():
    # Of ten pairs of two people one may be accepted: the threshold is the second highest score, 0.8.
    negatives = [*np.linspace(0, 0.7, 8), 0.8, 0.9]
    entry = true_accepts(scored([*negatives, 0.8, 0.85], [False] * 10 + [True] * 2), 0.1)
    assert (entry["rate"], entry["far"]) == (0.5, 0.1)


def test_best_threshold_lies_between():
    assert best_threshold(np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, False, True, True])) == 0.5
    assert best_threshold(np.array([0.2, 0.4]), np.array([True, True])) == pytest.approx(-0.8)
    assert best_threshold(np.array([0.2, 0.4]), np.array([False, False])) == pytest.approx(1.4)
    assert best_threshold(np.array([0.2, 0.4]), np.array([True, False])) == pytest.approx(-0.8)
    # None lies between equal scores, however little the pairs weigh.
    equal = best_threshold(np.array([0.5, 0.5]), np.array([False, True]), np.array([0.1, 0.1]))
    assert equal == pytest.approx(-0.5)
    above = best_threshold(np.array([0.1, 0.5, 0.5]), np.array([False, False, True]))
    assert above == pytest.approx(0.3)
    # Of equals the lowest: 0.3 and 0.7 are right for three of four.
    assert best_threshold(
        np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, True, False, True])
    ) == pytest.approx(0.3)


def scored(scores, same, fold=None, people=None):
    n = len(scores)
    fold = np.zeros(n, int) if fold is None else np.asarray(fold)
    return Scored(np.asarray(scores, float), np.asarray(same, bool), fold, np.arange(n), people, 0)


scored_pairs = st.lists(
    st.tuples(st.integers(-5, 5), st.booleans(), st.integers(0, 2), st.integers(0, 3)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=100)
@given(scored_pairs)
def test_no_threshold_tells_more_right(pairs):
    scores, same, _, weight = (np.array(column) for column in zip(*pairs, strict=True))
    threshold = best_threshold(scores.astype(float), same, weight)
    told = [weight[(scores >= cut) == same].sum() for cut in np.arange(-6, 7)]
    assert weight[(scores >= threshold) == same].sum() == max(told)


@settings(max_examples=100)
@given(scored_pairs)
def test_weights_are_copies(pairs):
    scores, same, fold, weight = (np.array(column) for column in zip(*pairs, strict=True))
    again = [np.repeat(values, weight) for values in (scores.astype(float), same, fold)]
    assert fold_accuracies(scores.astype(float), same, fold, weight) == pytest.approx(fold_accuracies(*again))


@settings(max_examples=100)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=40), st.sampled_from([0.001, 0.01, 0.1, 0.5, 1.0]))
def test_no_more_false_accepts_than_asked_and_no_fewer_without_need(negatives, far):
    threshold = far_threshold(np.array(negatives, float), far)
    accepted = sum(score > threshold for score in negatives)
    assert accepted <= far * len(negatives) + 1e-9
    below = [score for score in negatives if score <= threshold]
    if below:  # accepting the next score as well would be too much
        assert sum(score >= max(below) for score in negatives) > far * len(negatives)


def test_true_accepts_by_hand():
    # Fold 1's two highest negatives: 0.4 and 0.3; of 10 a rate of 0.1 allows one, so fold 0 accepts above 0.3.
    negatives = np.concatenate([np.linspace(0, 0.35, 10), [0.4, 0.3], np.zeros(8)])
    positives = np.array([0.32, 0.2, 0.9, 0.34])
    fold = np.concatenate([np.repeat([0, 1], 10), [0, 0, 1, 1]])
    entry = true_accepts(scored(np.concatenate([negatives, positives]), np.arange(24) >= 20, fold), 0.1)
    fold_0 = float(np.linspace(0, 0.35, 10)[-2])  # the threshold that fold 1 is judged by
    assert entry["rate"] == (1 + sum(p > fold_0 for p in (0.9, 0.34))) / 4
    assert entry["far"] == (sum(np.linspace(0, 0.35, 10) > 0.3) + 1) / 20
    assert (entry["n_neg"], entry["n_neg_threshold"], entry["false_accepts"]) == (20, 10, 1)
    assert entry["reason"] is None


def test_a_rate_that_the_pairs_cannot_resolve_is_none():
    x, row_of, pairs = planted()
    tar = verify(x, row_of, pairs)["tar"]
    assert tar["1e-1"]["rate"] > 0.9
    assert tar["1e-1"]["false_accepts"] == 3
    assert tar["1e-2"]["rate"] is None
    assert "30 pairs of two people a rate of 0.01 allows 0.3 false accepts" in tar["1e-2"]["reason"]
    exact = scored(np.linspace(0, 1, 1010), np.arange(1010) >= 1000)
    assert true_accepts(exact, 0.001)["false_accepts"] == 1


def test_the_equal_error_rate_is_of_all_pairs_and_all_is_json():
    x, row_of, pairs = planted(noise=1.5)
    found = verify(x, row_of, pairs)
    one = score_pairs(x, row_of, pairs)
    assert found["eer"] == equal_error_rate(*roc_curve(one.same, one.scores)[:2])
    assert 0 < found["eer"] < 0.5
    json.dumps(found, allow_nan=False)


def test_labels_of_pairs_do_not_touch_the_scores():
    x, row_of, pairs = planted()
    other = Pairs(pairs.first, pairs.second, ~pairs.same, pairs.fold)
    np.testing.assert_array_equal(score_pairs(x, row_of, pairs).scores, score_pairs(x, row_of, other).scores)
    assert figures_of(score_pairs(x, row_of, other))["auc"] < 0.01


def test_people_are_the_first_folders_where_these_can_be_people():
    pairs = Pairs(["a/x/1", "a/2"], ["a/3", "b/1"], np.array([True, False]), np.zeros(2, int))
    assert people_of(pairs).tolist() == [[0, 0], [0, 1]]
    assert people_of(Pairs(["a/1"], ["a/2"], np.array([False]), np.zeros(1, int))) is None
    assert people_of(Pairs(["1"], ["2"], np.array([False]), np.zeros(1, int))) is None
    assert people_of(Pairs([], [], np.zeros(0, bool), np.zeros(0, int))) is None
