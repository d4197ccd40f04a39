"""Agreement with identities: every figure against scikit-learn, or counted out; weights against copies."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score, mutual_info_score
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

from components.evaluate.figures.agreement import (
    NAMES,
    adjusted_information,
    agreement,
    best_map_share,
    cells_of,
    expected_information,
    separated,
)
from components.evaluate.figures.metrics import label_metrics

CLUSTERS = st.integers(-1, 4)


def groupings(most=12, people="abcd", clusters=CLUSTERS):
    return st.integers(2, most).flatmap(
        lambda n: st.tuples(
            st.lists(st.sampled_from(people), min_size=n, max_size=n),
            st.lists(clusters, min_size=n, max_size=n).map(np.array),
        )
    )


def alone(clusters):
    """Noise faces as clusters of their own, by hand."""
    return [cluster if cluster >= 0 else 100 + i for i, cluster in enumerate(clusters.tolist())]


@settings(max_examples=100)
@given(groupings())
def test_bcubed_and_pairs_are_what_counting_gives(grouping):
    truth, clusters = grouping
    found, group, n = label_metrics(truth, clusters), alone(clusters), len(truth)
    precisions, recalls = [], []
    for i in range(n):
        cluster = [j for j in range(n) if group[j] == group[i]]
        person = [j for j in range(n) if truth[j] == truth[i]]
        both = len(set(cluster) & set(person))
        precisions.append(both / len(cluster))
        recalls.append(both / len(person))
    assert found["bcubed_precision"] == pytest.approx(np.mean(precisions))
    assert found["bcubed_recall"] == pytest.approx(np.mean(recalls))
    harmonic = 2 / (1 / np.mean(precisions) + 1 / np.mean(recalls))
    assert found["bcubed_f"] == pytest.approx(harmonic)
    same = [(truth[i] == truth[j], group[i] == group[j]) for i, j in combinations(range(n), 2)]
    both, true, predicted = (sum(map(test, same)) for test in (all, lambda p: p[0], lambda p: p[1]))
    assert found["pairwise_f"] == (pytest.approx(2 * both / (true + predicted)) if true + predicted else None)


@settings(max_examples=100)
@given(groupings(most=9, clusters=st.integers(-1, 3)))
def test_acc_is_the_best_of_all_maps(grouping):
    truth, clusters = grouping
    group = alone(clusters)
    people, names = sorted(set(truth)), sorted(set(group))
    width = max(len(people), len(names))
    best = 0
    for order in permutations(range(width), min(len(names), 7)):
        person_of = dict(zip(names, order, strict=False))
        right = sum(
            person_of[g] < len(people) and people[person_of[g]] == t
            for g, t in zip(group, truth, strict=True)
            if g in person_of
        )
        best = max(best, right)
    assume(len(names) <= 7)
    assert label_metrics(truth, clusters)["acc"] == pytest.approx(best / len(truth))


@settings(max_examples=100)
@given(groupings())
def test_purity_and_repairs_are_what_counting_gives(grouping):
    truth, clusters = grouping
    found, group = label_metrics(truth, clusters), alone(clusters)
    owner_of, moves = {}, 0
    for name in set(group):
        inside = [t for t, g in zip(truth, group, strict=True) if g == name]
        owner_of[name] = min(set(inside), key=lambda person: (-inside.count(person), person))
        moves += len(inside) - inside.count(owner_of[name])
    merges = len(owner_of) - len(set(owner_of.values()))
    assert (found["moves"], found["merges"], found["repairs"]) == (moves, merges, moves + merges)
    assert found["purity"] == pytest.approx(1 - moves / len(truth))


@settings(max_examples=100)
@given(groupings(most=40, people="abcdefg", clusters=st.integers(-1, 8)))
def test_ami_agrees_with_scikit_learn(grouping):
    truth, clusters = grouping
    group = alone(clusters)
    table = contingency_matrix(truth, group, sparse=True)
    expected = expected_mutual_information(table, len(truth))
    cells = cells_of(truth, clusters)
    sizes = [
        np.unique(np.unique(values, return_counts=True)[1], return_counts=True) for values in (truth, group)
    ]
    assert expected_information(*sizes[0], *sizes[1], len(truth)) == pytest.approx(expected, abs=1e-9)
    ami = adjusted_information(cells, np.ones((1, len(cells.faces_of))))[0]
    if len(set(zip(truth, group, strict=True))) == len(set(truth)) == len(set(group)):
        assert ami == 1.0
        return
    entropies = mutual_info_score(truth, truth) + mutual_info_score(group, group)
    assume(abs(entropies / 2 - expected) > 1e-6)  # 0 / 0 elsewhere: both answers are rounding
    # Above, a difference of less than 1e-12 over one of more than 1e-6.
    assert ami == pytest.approx(adjusted_mutual_info_score(truth, group), abs=1e-6)


def test_expected_information_in_parts_is_the_same(monkeypatch):
    sizes = np.array([1, 2, 5, 9]), np.array([3, 2, 1, 1])
    whole = expected_information(*sizes, *sizes, 21)
    monkeypatch.setattr("components.evaluate.figures.agreement.TERMS_AT_ONCE", 5)
    assert expected_information(*sizes, *sizes, 21) == pytest.approx(whole, rel=1e-12)


@settings(max_examples=60)
@given(groupings(), st.lists(st.integers(1, 3), min_size=4, max_size=4))
def test_a_grouping_without_error_stays_so_whoever_is_drawn(grouping, draws):
    truth, _ = grouping
    clusters = np.unique(truth, return_inverse=True)[1]
    cells = cells_of(truth, clusters)
    found = agreement(cells, np.array([draws[: len(cells.faces_of)]]))
    for name in NAMES:
        good = 0.0 if name in ("merges", "moves", "repairs") else 1.0
        if not np.isnan(found[name][0]):
            assert found[name][0] == pytest.approx(good, abs=1e-9), name


@settings(max_examples=60)
@given(groupings(people="abc", clusters=st.integers(-1, 2)), st.integers(0, 2))
def test_a_person_of_weight_0_is_not_there(grouping, out):
    truth, clusters = grouping
    names = sorted(set(truth))
    gone = names[out % len(names)]
    kept = [i for i, t in enumerate(truth) if t != gone]
    assume(len(kept) >= 2)
    weights = np.array([[0 if name == gone else 1 for name in names]])
    found = agreement(cells_of(truth, clusters), weights)
    expected = label_metrics([truth[i] for i in kept], clusters[kept])
    for name in NAMES:
        value = None if np.isnan(found[name][0]) else found[name][0]
        assert value == (None if expected[name] is None else pytest.approx(expected[name], abs=1e-6)), name


def test_copies_of_a_person_are_not_held_against_each_other():
    # a and b share cluster 0; a is drawn twice. A copy of a sees 2 faces of its own and 1 of b.
    cells = cells_of(list("aab"), np.zeros(3, int))
    found = agreement(cells, np.array([[2, 1]]))
    assert found["bcubed_precision"][0] == pytest.approx((4 * 2 / 3 + 1 / 5) / 5)
    assert found["bcubed_recall"][0] == 1.0
    assert found["pairwise_precision"][0] == pytest.approx(2 / (2 + 4))  # 2 pairs of a, 2 x 2 of a and b
    assert found["purity"][0] == pytest.approx(4 / 5)
    assert (found["merges"][0], found["moves"][0]) == (0, 1)


def test_only_what_is_contested_is_assigned():
    # a owns cluster 0 alone (3 faces), so that 2 faces in cluster 1 are worth nothing to it.
    cells = cells_of(list("aaaaabb"), np.array([0, 0, 0, 1, 1, 1, 2]))
    assert best_map_share(cells, np.ones((1, 2)))[0] == pytest.approx(4 / 7)


def test_noise_faces_are_groups_of_their_own():
    assert separated(np.array([5, -1, 3, -1, 5])).tolist() == [1, 2, 0, 3, 1]
    noisy = label_metrics(list("aabb"), np.array([-1, -1, -1, -1]))
    alone_each = label_metrics(list("aabb"), np.arange(4))
    assert noisy.pop("n_noise") == 4
    assert alone_each.pop("n_noise") == 0
    assert noisy == alone_each
    assert (noisy["merges"], noisy["moves"], noisy["pairwise_recall"]) == (2, 0, 0.0)


def test_repairs_by_hand_and_ties_by_name():
    # Cluster 0: a a b, 1: a, 2: c d (a tie, c owns it).
    found = label_metrics(list("aabacd"), np.array([0, 0, 0, 1, 2, 2]))
    assert (found["merges"], found["moves"], found["repairs"]) == (1, 2, 3)
    assert isinstance(found["repairs"], int)
