"""Verification over pairs, exact and sampled."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from components.evaluate.figures.roc import (
    cosine,
    equal_error_rate,
    mean_row,
    negative_pairs,
    positive_pairs,
    thinned,
    verification_roc,
)
from tests.bounds import of_mean, of_share


def faces(n=60, identities=5, spread=1.0, seed=0):
    generator = np.random.default_rng(seed)
    truth = np.arange(n) % identities
    x = generator.normal(size=(identities, 8))[truth] * spread + generator.normal(size=(n, 8))
    return x, [f"person {identity}" for identity in truth]


def test_auc_is_that_of_all_pairs():
    x, labels = faces()
    roc = verification_roc(x, labels)
    centred = x - x.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    chosen = list(itertools.combinations(range(len(x)), 2))
    scores = [unit[i] @ unit[j] for i, j in chosen]
    assert roc.auc == pytest.approx(roc_auc_score([labels[i] == labels[j] for i, j in chosen], scores))
    assert (roc.n_pos, roc.n_neg) == (roc.pos_total, roc.neg_total) == (330, 1440)


@pytest.mark.parametrize(("n", "d"), [(5, 1), (40, 8), (4100, 6), (50, 1100)])
def test_cosines_are_those_of_a_float64_copy_to_the_last_bit(n, d):
    generator = np.random.default_rng(n)
    x = generator.normal(3.0, size=(n, d)).astype(np.float32)
    chosen = generator.integers(n, size=(100, 2))
    wide = x.astype(np.float64)
    np.testing.assert_array_equal(mean_row(x), wide.mean(axis=0))
    centred = wide - wide.mean(axis=0)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    expected = (
        (unit @ unit.T)[tuple(chosen.T)]
        if n < len(chosen)
        else np.einsum("ij,ij->i", unit[chosen[:, 0]], unit[chosen[:, 1]])
    )
    np.testing.assert_array_equal(cosine(x, chosen), expected)


def test_curve_is_thin_and_rises_from_corner_to_corner():
    x, labels = faces(n=200, identities=10)
    roc = verification_roc(x, labels)
    assert len(roc.fpr) == len(roc.tpr) == len(roc.thresholds) <= 200
    assert (roc.fpr[0], roc.tpr[0], roc.fpr[-1], roc.tpr[-1]) == (0, 0, 1, 1)
    assert np.all(np.diff(roc.fpr) >= 0)
    assert np.all(np.diff(roc.tpr) >= 0)
    # A curve that rises from 0 to 1 strays from its 200 chords by triangles of 1/200 in all.
    assert np.trapezoid(roc.tpr, roc.fpr) == pytest.approx(roc.auc, abs=1 / 200)
    json.dumps(roc.as_dict(), allow_nan=False)


def test_well_apart_is_perfect():
    x, labels = faces(spread=100)
    roc = verification_roc(x, labels)
    assert roc.auc > 0.98
    assert roc.eer < 0.1


def test_sample_is_close_to_all_and_seeded():
    x, labels = faces(n=300, identities=6)
    whole = verification_roc(x, labels)
    sample = verification_roc(x, labels, max_pairs=3000)
    assert (sample.n_pos, sample.n_neg) == (3000, 3000)
    assert (sample.pos_total, sample.neg_total) == (whole.n_pos, whole.n_neg)
    # A share of pairs ranked right has no larger deviation than a draw, of 3,000 pairs of either sort.
    assert sample.auc == pytest.approx(whole.auc, abs=of_share(whole.auc, 3000))
    assert sample == verification_roc(x, labels, max_pairs=3000)


def test_faces_without_label_are_left_out():
    x, labels = faces()
    hidden = [None if i % 3 == 0 else label for i, label in enumerate(labels)]
    known = [i for i, label in enumerate(hidden) if label]
    assert verification_roc(x, hidden) == verification_roc(x[known], [labels[i] for i in known])


@pytest.mark.parametrize("labels", [[None] * 4, ["a"] * 4, list("abcd"), ["a", None, None, None]])
def test_undefined_says_why(labels):
    roc = verification_roc(np.eye(4), labels)
    assert roc.auc is None
    assert "labelled faces give" in roc.undefined
    json.dumps(roc.as_dict(), allow_nan=False)


def test_self_label_is_named_so():
    x, labels = faces()
    clusters = np.array([int(label.split()[1]) for label in labels])
    roc = verification_roc(x, clusters, protocol="self_label")
    assert roc.protocol == "self_label"
    assert roc.auc == verification_roc(x, labels).auc


def test_wrong_arguments_are_errors():
    with pytest.raises(ValueError, match=r"Unknown protocol 'lfw'. Expected one of: identity, self_label"):
        verification_roc(np.eye(2), ["a", "b"], protocol="lfw")
    with pytest.raises(ValueError, match="received 1 for 2 faces"):
        verification_roc(np.eye(2), ["a"])


def test_a_zero_vector_scores_zero():
    x = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert verification_roc(x, ["a", "a", "b", "b"]).auc == 0.25


def test_equal_error_rate_is_interpolated():
    assert equal_error_rate(np.array([0, 0, 1]), np.array([0, 1, 1])) == 0.0
    assert equal_error_rate(np.array([0, 1.0]), np.array([0, 1.0])) == 0.5
    assert equal_error_rate(np.array([0, 0.2, 1]), np.array([0, 0.8, 1])) == pytest.approx(0.2)


def test_thinned_keeps_both_ends():
    line = np.linspace(0, 1, 5000)
    kept = thinned(line, line, 200)
    assert kept[0] == 0
    assert kept[-1] == 4999
    assert len(kept) <= 200


@settings(max_examples=60)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=30), st.integers(1, 50))
def test_pairs_are_of_their_sort(values, limit):
    truth = np.unique(values, return_inverse=True)[1]
    same = {(i, j) for i, j in itertools.combinations(range(len(truth)), 2) if truth[i] == truth[j]}
    different = set(itertools.combinations(range(len(truth)), 2)) - same
    generator = np.random.default_rng(0)
    for cap in (limit, 10_000):
        for expected, draw in (
            (same, lambda cap: positive_pairs(truth, cap, generator)),
            (different, lambda cap: negative_pairs(truth, len(different), cap, generator)),
        ):
            if not expected:
                continue
            found = [tuple(sorted(pair)) for pair in draw(cap).tolist()]
            assert set(found) <= expected
            assert len(found) == min(cap, len(expected))
            if cap == 10_000:
                assert set(found) == expected


def test_sampled_pairs_are_even():
    truth = np.array([0] * 2 + [1] * 5 + [2] * 9)
    for draw, total in (
        (lambda g: positive_pairs(truth, 40, g), 47),
        (lambda g: negative_pairs(truth, 73, 40, g), 73),
    ):
        generator = np.random.default_rng(0)
        drawn = np.concatenate([np.sort(draw(generator), axis=1) for _ in range(500)])
        counts = np.unique(drawn, axis=0, return_counts=True)[1]
        assert len(counts) == total
        due = 500 * 40 / total
        assert np.abs(counts - due).max() < of_mean(np.sqrt(due), 1)
